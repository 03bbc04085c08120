// One line from opsd, as far as a reporter needs it.

import OpsProtocol

/// `ok {...}` or `err {...}`.
enum Answer: Sendable {
    /// The object of an `ok`.
    case taken([UInt8])
    case refused(Refusal)

    /// Why not.
    struct Refusal: Hashable, Sendable {
        var code: String
        var message: String
    }

    /// nil: it is neither.
    init?(_ line: Span<UInt8>) {
        if line.count >= 3, JSONReader.matches(line, 0..<3, "ok ") {
            var object: [UInt8] = []
            line.extracting(droppingFirst: 3).withUnsafeBufferPointer {
                object.append(contentsOf: $0)
            }
            self = .taken(object)
        } else if line.count >= 4, JSONReader.matches(line, 0..<4, "err "),
            let value = try? JSONValue(parsing: line.extracting(droppingFirst: 4)),
            let code = value["code"]?.text
        {
            self = .refused(Refusal(code: code, message: value["message"]?.text ?? code))
        } else {
            return nil
        }
    }

    /// Whether an object that opsd wrote has this member.  Its own texts cannot look like one: a
    /// quote in them is escaped.
    static func has(_ member: StaticString, in object: Span<UInt8>) -> Bool {
        let length = member.utf8CodeUnitCount
        guard object.count >= length else { return false }
        for start in 0...(object.count - length)
        where object[start] == UInt8(ascii: "\"")
            && JSONReader.matches(object, start..<(start + length), member)
        {
            return true
        }
        return false
    }
}

/// What `places` answers.
struct PlacesPage: Sendable {
    /// Last numbers by stream, of one user.
    var places: [String: UInt64] = [:]
    /// What to pass as `after`; nil: that was the last page.
    var next: String?

    /// nil: the object is not such a page.
    init?(_ object: [UInt8], uid: UInt32) {
        guard let value = try? JSONValue(parsing: object.span),
            case .array(let rows)? = value["places"]
        else { return nil }
        for row in rows {
            guard let stream = row["stream"]?.text, let place = row["place"]?.integer,
                let owner = row["uid"]?.integer
            else { return nil }
            if owner == Int64(uid) { places[stream] = UInt64(clamping: place) }
        }
        next = value["next"]?.text
    }
}
