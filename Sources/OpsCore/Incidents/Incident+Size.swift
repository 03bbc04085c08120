// How large an incident may become.  An entity that is too large to be written must not be made, so
// every change goes through `fitted`; and memory is counted, so that 10,000 of them have a bound.

extension Incident {
    /// Adds a step; of too many, the oldest but the first go.
    package mutating func add(_ step: IncidentStep) {
        steps.append(step)
        if steps.count > IncidentBounds.steps {
            steps.removeSubrange(1..<1 + steps.count - IncidentBounds.steps)
        }
    }

    /// Adds the mark of a page, or puts it in the place of the one for the same page; of too many,
    /// the oldest that have ended go.
    package mutating func add(_ mark: PageMark) {
        if let place = pages.firstIndex(where: { $0.isSamePage(as: mark) }) {
            pages[place] = mark
            return
        }
        pages.append(mark)
        while pages.count > IncidentBounds.pages {
            pages.remove(at: pages.firstIndex { $0.end != nil } ?? 0)
        }
    }

    /// This incident, shortened until it can be written whole: the oldest steps go, then links,
    /// then details, then ended page marks, then what a newer version added.
    package var fitted: Incident {
        if encodedBytes <= EntityBounds.bytes { return self }
        var incident = self
        while incident.encodedBytes > EntityBounds.bytes, incident.steps.count > 4 {
            incident.steps.remove(at: 1)
        }
        while incident.encodedBytes > EntityBounds.bytes, !incident.links.isEmpty {
            incident.links.removeLast()
        }
        while incident.encodedBytes > EntityBounds.bytes, !incident.details.isEmpty {
            let half = incident.details.writtenBytes / 2
            incident.details = half < 64 ? "" : incident.details.cut(toWrittenBytes: half)
        }
        while incident.encodedBytes > EntityBounds.bytes,
            let ended = incident.pages.firstIndex(where: { $0.end != nil })
        {
            incident.pages.remove(at: ended)
        }
        if incident.encodedBytes > EntityBounds.bytes { incident.unknown = "" }
        return incident
    }

    /// Bytes of its JSON object, or a few more.
    var encodedBytes: Int {
        var size = Self.fixedBytes + group.source.jsonBytes + group.key.jsonBytes
        size += message.jsonBytes + details.jsonBytes + (rule?.jsonBytes ?? 0)
        for link in links { size += link.jsonBytes + 1 }
        size += changes.count * Self.numberBytes
        for step in steps { size += step.text.jsonBytes + Self.stepBytes }
        for page in pages { size += page.channel.jsonBytes + Self.pageBytes }
        return size + unknown.utf8.count
    }

    /// Names of members, and numbers, at their longest.
    private static var fixedBytes: Int { 900 }
    private static var numberBytes: Int { 21 }
    /// A step without its text; a mark without its channel.
    private static var stepBytes: Int { 56 }
    private static var pageBytes: Int { 124 }

    /// Bytes of memory, about: its own, its texts, and its places in the indexes.
    var memoryBytes: Int {
        var size = 960 + group.source.heapBytes * 2 + group.key.heapBytes * 2
        size += message.heapBytes + details.heapBytes + (rule?.heapBytes ?? 0)
        size += unknown.heapBytes + changes.count * 8 + links.count * 16
        for link in links { size += link.heapBytes }
        size += steps.count * MemoryLayout<IncidentStep>.stride
        for step in steps { size += step.text.heapBytes }
        size += pages.count * MemoryLayout<PageMark>.stride
        for page in pages { size += page.channel.heapBytes }
        return size
    }
}

extension PageMark {
    /// Whether both are of one page of an incident.
    package func isSamePage(as other: PageMark) -> Bool {
        channel == other.channel && reason == other.reason && number == other.number
    }
}

extension IncidentNote {
    var memoryBytes: Int { 192 + text.heapBytes + unknown.heapBytes }
}

extension IncidentEvidence {
    var memoryBytes: Int { 160 + text.heapBytes + unknown.heapBytes }
}

extension String {
    /// Bytes of it as a JSON string, or a few more.
    var jsonBytes: Int {
        unicodeScalars.reduce(2) { size, scalar in
            if scalar.isWrittenEscaped { return size + 6 }
            return size + (scalar == "\"" || scalar == "\\" ? 2 : UTF8.width(scalar))
        }
    }

    /// Bytes that it takes beside its own 16; a short one is kept inside them.
    fileprivate var heapBytes: Int { utf8.count < 16 ? 0 : 32 + utf8.count }

    /// It, or as much of its beginning as takes this many written bytes with the mark of a cut.
    package func shortened(toWrittenBytes limit: Int) -> String {
        let mark = "\u{2026}"
        return writtenBytes <= limit
            ? self : cut(toWrittenBytes: limit - mark.utf8.count) + mark
    }
}
