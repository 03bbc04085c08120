// A page of events in JSON, and the places at which pages begin: an id, or
// `ID-INODE-OFFSET-SEEN` for a line of a file.

package import OpsCore

extension EventPage {
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        json.member("total", integer: total)
        json.member("total_complete", isTotalComplete)
        let last = json.pageRows("events", rows, budget) { json, row in
            switch row.content {
            case .event(let event): event.writeMembers(to: &json)
            case .line(let line): json.raw(members: line)
            }
        }
        json.key("next")
        if let place = last?.place ?? next { json.write(place) } else { json.null() }
        if compressedFiles > 0 { json.member("compressed_files", integer: compressedFiles) }
        if let fault { json.member("fault", text: fault) }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ place: EventPlace) {
        switch place {
        case .id(let id): integer(id)
        case .line(let line): string(line.text)
        }
    }
}

extension EventLinePlace {
    /// `ID-INODE-OFFSET-SEEN`
    var text: String { "\(id)-\(inode)-\(offset)-\(seen)" }
}

extension EventPlace {
    /// What to pass as `after`.
    package var text: String {
        switch self {
        case .id(let id): String(id)
        case .line(let line): line.text
        }
    }

    /// nil: it is neither an id nor the text of a line's place.
    package init?(parsing text: String) {
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false).map {
            RequestParser.plainInteger(UInt64.self, String($0))
        }
        if numbers.count == 1, let id = numbers[0] {
            self = .id(id)
        } else if numbers.count == 4, let id = numbers[0], let inode = numbers[1],
            let offset = numbers[2], let seen = numbers[3], offset <= UInt64(Int64.max),
            seen <= 1 << 48
        {
            self = .line(EventLinePlace(id: id, inode: inode, offset: offset, seen: seen))
        } else {
            return nil
        }
    }
}

extension EventMark {
    /// `ID` or `RUN:ID`; nil: neither.
    init?(parsing text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let last = parts.last,
            let id = RequestParser.plainInteger(UInt64.self, String(last))
        else { return nil }
        switch parts.count {
        case 1: self.init(id: id)
        case 2:
            guard let run = WorkToken.parse(String(parts[0])) else { return nil }
            self.init(run: run, id: id)
        default: return nil
        }
    }
}
