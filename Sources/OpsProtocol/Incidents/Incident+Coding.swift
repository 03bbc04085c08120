// Incidents, notes, evidence and silences as they are kept: in records of the log and lines of a
// snapshot.  Times are those of the state.  How they are shown is in Incident+JSON.swift.

package import OpsCore

extension Incident: CodedEntity {
    /// The name of the first member.
    package static var word: StaticString { "incident" }

    /// The number.
    package static func write(_ id: UInt64, to json: inout JSONWriter) { json.integer(id) }

    /// The number.
    package static func readID(_ members: inout EntityMembers) throws(EntityFault) -> UInt64 {
        try members.integer("incident")
    }

    /// Members that have their usual value are left out.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("source", text: group.source)
        json.member("key", text: group.key)
        if group.isKeyed { json.member("keyed", true) }
        json.member("severity", text: severity.rawValue)
        json.member("highest", text: highest.rawValue)
        json.member("message", text: message)
        if !details.isEmpty { json.member("details", text: details) }
        if !links.isEmpty { json.list("links", links) { $0.string($1) } }
        json.member("stage", text: stage.rawValue)
        if let rule { json.member("rule", text: rule) }
        json.member("uid", integer: uid)
        json.member("opened", integer: opened)
        json.member("updated", integer: updated)
        if let resolved { json.member("resolved", integer: resolved) }
        json.member("raises", integer: raises)
        json.member("repeats", integer: repeats)
        json.member("earlier_repeats", integer: earlierRepeats)
        json.member("window_ends_ms", integer: windowEnds)
        json.member("window", integer: window)
        json.member("since_ms", integer: since)
        if let acknowledgedSeverity {
            json.member("acknowledged_severity", text: acknowledgedSeverity.rawValue)
        }
        json.list("changes", changes) { $0.integer($1) }
        if isFlood { json.member("flood", true) }
        if let silence { json.member("silence", integer: silence) }
        json.list("steps", steps) { $1.write(to: &$0) }
        json.list("pages", pages) { $1.write(to: &$0) }
        if deadline != Ban.never { json.member("deadline_ms", integer: deadline) }
    }

    /// Reads what `writeMembers` writes.
    package init(id: UInt64, _ members: inout EntityMembers) throws(EntityFault) {
        var group = IncidentGroup(
            source: try members.text("source", limitBytes: IncidentBounds.sourceBytes), key: nil,
            message: "")
        group.key = try members.text("key")
        group.isKeyed = try members.bool(ifThere: "keyed") ?? false
        let severity: Severity = try members.word("severity")
        self.init(
            id: id, group: group, severity: severity, message: try members.text("message"),
            uid: try members.integer("uid"), opened: try members.wall("opened"),
            since: try members.bootTime("since_ms"),
            windowEnds: try members.bootTime("window_ends_ms"))
        highest = try members.word("highest")
        details = try members.text(ifThere: "details") ?? ""
        links = try members.list("links") { (json, bytes) throws(JSONFault) in
            try json.string(bytes)
        }
        stage = try members.word("stage")
        rule = try members.text(ifThere: "rule")
        updated = try members.wall("updated")
        resolved = try members.wall(ifThere: "resolved")
        raises = try members.integer("raises")
        repeats = try members.integer("repeats")
        earlierRepeats = try members.integer("earlier_repeats")
        window = try members.integer("window")
        acknowledgedSeverity = try members.word(ifThere: "acknowledged_severity")
        changes = try members.list("changes") { (json, bytes) throws(JSONFault) in
            try json.integer(Int64.self, bytes)
        }
        isFlood = try members.bool(ifThere: "flood") ?? false
        silence = try members.integer(ifThere: "silence")
        steps = try members.list("steps", IncidentStep.init(reading:_:))
        pages = try members.list("pages", PageMark.init(reading:_:))
        deadline = try members.deadline("deadline_ms")
    }
}

extension IncidentStep {
    /// `["raised",1795252290,1000,"words"]`
    fileprivate func write(to json: inout JSONWriter) {
        json.array { json in
            json.string(kind.rawValue)
            json.integer(at)
            if let uid { json.integer(uid) } else { json.null() }
            json.string(text)
        }
    }

    fileprivate init(
        reading json: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        try json.beginArray(bytes)
        let kind: Kind = try json.element(bytes)
        let at = try json.wallElement(bytes)
        try json.requireElement(bytes)
        let uid = try json.isNull(bytes) ? nil : try json.integer(UInt32.self, bytes)
        try json.requireElement(bytes)
        let text = try json.string(bytes)
        try json.endArray(bytes)
        self.init(kind, at: at, uid: uid, text: text)
    }
}

extension PageMark {
    /// `["mail","raise",1,12,"sent",1795252290,17,false]`
    fileprivate func write(to json: inout JSONWriter) {
        json.array { json in
            json.string(channel)
            json.string(reason.rawValue)
            json.integer(number)
            json.integer(item)
            if let end { json.string(end.rawValue) } else { json.null() }
            json.integer(at)
            json.integer(count)
            json.bool(isInDigest)
        }
    }

    fileprivate init(
        reading json: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        try json.beginArray(bytes)
        try json.requireElement(bytes)
        let channel = try json.string(bytes)
        let reason: PageReason = try json.element(bytes)
        try json.requireElement(bytes)
        let number = try json.integer(UInt32.self, bytes)
        try json.requireElement(bytes)
        let item = try json.integer(UInt64.self, bytes)
        try json.requireElement(bytes)
        let end: PageEnd? = try json.isNull(bytes) ? nil : try json.word(bytes)
        let at = try json.wallElement(bytes)
        try json.requireElement(bytes)
        let count = try json.integer(UInt64.self, bytes)
        try json.requireElement(bytes)
        let isInDigest = try json.bool(bytes)
        try json.endArray(bytes)
        self.init(
            channel: channel, reason: reason, number: number, count: count, item: item,
            isInDigest: isInDigest, end: end, at: at)
    }
}

extension IncidentNote: CodedEntity {
    /// The name of the first member.
    package static var word: StaticString { "incident_note" }

    /// `"17/3"`
    package static func write(_ id: ID, to json: inout JSONWriter) {
        json.string("\(id.incident)/\(id.number)")
    }

    /// `"17/3"`
    package static func readID(_ members: inout EntityMembers) throws(EntityFault) -> ID {
        let text = try members.text("incident_note", limitBytes: 40)
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let incident = UInt64(parts[0]), let number = UInt32(parts[1]),
            (1...UInt32(IncidentBounds.notes)).contains(number)
        else { throw EntityFault("incident_note: expected INCIDENT/NUMBER") }
        return ID(incident: incident, number: number)
    }

    /// All but the number.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("text", text: text)
        if let uid { json.member("uid", integer: uid) }
        json.member("at", integer: at)
    }

    /// Reads what `writeMembers` writes.
    package init(id: ID, _ members: inout EntityMembers) throws(EntityFault) {
        self.init(
            id: id, text: try members.text("text"), uid: try members.integer(ifThere: "uid"),
            at: try members.wall("at"))
    }
}

extension IncidentEvidence: CodedEntity {
    /// The name of the first member.
    package static var word: StaticString { "incident_evidence" }

    /// The number of the incident.
    package static func write(_ id: UInt64, to json: inout JSONWriter) { json.integer(id) }

    /// The number of the incident.
    package static func readID(_ members: inout EntityMembers) throws(EntityFault) -> UInt64 {
        try members.integer("incident_evidence")
    }

    /// All but the number.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("text", text: text)
        json.member("at", integer: at)
    }

    /// Reads what `writeMembers` writes.
    package init(id: UInt64, _ members: inout EntityMembers) throws(EntityFault) {
        self.init(id: id, text: try members.text("text"), at: try members.wall("at"))
    }
}

extension Silence: CodedEntity {
    /// The name of the first member.
    package static var word: StaticString { "silence" }

    /// The number.
    package static func write(_ id: UInt64, to json: inout JSONWriter) { json.integer(id) }

    /// The number.
    package static func readID(_ members: inout EntityMembers) throws(EntityFault) -> UInt64 {
        try members.integer("silence")
    }

    /// All but the number.
    package func writeMembers(to json: inout JSONWriter) {
        if let severity { json.member("severity", text: severity.rawValue) }
        if let source { json.member("source", text: source) }
        if let fingerprint { json.member("fingerprint", text: fingerprint) }
        json.member("reason", text: reason)
        json.member("uid", integer: uid)
        json.member("created", integer: created)
        json.member("silenced", integer: silenced)
        json.member("deadline_ms", integer: deadline == Ban.never ? nil : deadline)
    }

    /// Reads what `writeMembers` writes.
    package init(id: UInt64, _ members: inout EntityMembers) throws(EntityFault) {
        self.init(
            id: id, severity: try members.word(ifThere: "severity"),
            source: try members.text(ifThere: "source"),
            fingerprint: try members.text(ifThere: "fingerprint"),
            reason: try members.text("reason"), uid: try members.integer("uid"),
            created: try members.wall("created"), silenced: try members.integer("silenced"),
            deadline: try members.deadline("deadline_ms"))
    }
}
