// A page as the payload of an item of work: written by opsd, read by opspager.  A payload has a
// bound, so texts are shortened until it fits; what is left out of a digest is counted, never
// forgotten.

package import OpsCore

extension PageMessage {
    /// The longest message of an incident in a digest that does not fit: code points.
    private static let shortMessage = 30

    /// The payload, at most `limitBytes` (1,024 or more).  Shortened are, in this order: evidence,
    /// details, advice, links, the messages of a digest; then incidents are told by their numbers
    /// alone, the least severe first, and at last the one message is cut.
    package func json(limitBytes: Int = PageMessage.payloadBytes) -> String {
        var page = self
        page.countBeyond(Self.namedLimit)
        var bytes = page.encoded()
        for text in [\PageMessage.evidence, \.details, \.advice] {
            while bytes.count > limitBytes, !page[keyPath: text].isEmpty {
                page[keyPath: text].drop(bytes: bytes.count - limitBytes)
                bytes = page.encoded()
            }
        }
        if bytes.count > limitBytes {
            page.links = []
            if page.subjects.count > 1 { page.shortenMessages(Self.shortMessage) }
            bytes = page.encoded()
        }
        while bytes.count > limitBytes, page.subjects.count > 1 {
            page.countBeyond(page.subjects.count - 1)
            bytes = page.encoded()
        }
        for limit in [200, 100, Self.shortMessage] where bytes.count > limitBytes {
            page.shortenMessages(limit)
            bytes = page.encoded()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads a payload; members that are not known are ignored.  nil: not a page of this form.
    package init?(json: JSONValue) {
        guard json["page"]?.integer == 1,
            let reason = json["reason"]?.text.flatMap({ PageReason(rawValue: $0) }),
            let host = json["host"]?.text, let made = json["made"]?.integer
        else { return nil }
        var subjects: [PageSubject] = []
        for member in json["incidents"]?.elements ?? [] {
            guard let subject = PageSubject(json: member) else { return nil }
            subjects.append(subject)
        }
        self.init(reason: reason, host: host, made: made, subjects: subjects)
        for member in json["unnamed"]?.members ?? [] {
            guard let severity = Severity(rawValue: member.name) else { continue }
            unnamed[severity] = Int(clamping: max(0, member.value.integer ?? 0))
        }
        unnamedIDs = (json["unnamed_ids"]?.elements ?? []).compactMap {
            $0.integer.map { UInt64(clamping: $0) }
        }
        windowSeconds = json["window_seconds"]?.integer
        details = json["details"]?.text ?? ""
        links = (json["links"]?.elements ?? []).compactMap(\.text)
        advice = json["advice"]?.text ?? ""
        evidence = json["evidence"]?.text ?? ""
        audit = json["audit"]?.text
        uid = json["uid"]?.integer.flatMap { UInt32(exactly: $0) }
    }

    // MARK: Writing

    private func encoded() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key("page")
            json.integer(1)
            json.key("reason")
            json.string(reason.rawValue)
            json.key("host")
            json.string(host)
            json.key("made")
            json.integer(made)
            json.key("severity")
            json.string(severity.rawValue)
            json.key("incidents")
            json.array { json in for subject in subjects { subject.write(to: &json) } }
            writeCounts(&json)
            writeTexts(&json)
        }
        return json.bytes
    }

    private func writeCounts(_ json: inout JSONWriter) {
        json.key("unnamed")
        json.object { json in
            for severity in [Severity.critical, .warning, .info] {
                guard let count = unnamed[severity], count > 0 else { continue }
                json.key(text: severity.rawValue)
                json.integer(count)
            }
        }
        if !unnamedIDs.isEmpty {
            json.key("unnamed_ids")
            json.array { json in for id in unnamedIDs { json.integer(id) } }
        }
        json.key("window_seconds")
        if let windowSeconds { json.integer(windowSeconds) } else { json.null() }
    }

    private func writeTexts(_ json: inout JSONWriter) {
        json.key("details")
        json.string(details)
        json.key("links")
        json.array { json in for link in links { json.string(link) } }
        json.key("advice")
        json.string(advice)
        json.key("evidence")
        json.string(evidence)
        json.key("audit")
        if let audit { json.string(audit) } else { json.null() }
        json.key("uid")
        if let uid { json.integer(uid) } else { json.null() }
    }

    // MARK: Shortening

    /// Counts the incidents beyond the first ones.
    private mutating func countBeyond(_ limit: Int) {
        guard subjects.count > limit else { return }
        for subject in subjects[limit...] { unnamed[subject.severity, default: 0] += 1 }
        unnamedIDs = Array(
            (subjects[limit...].map(\.incident) + unnamedIDs).prefix(
                max(0, Self.namedLimit - limit)))
        subjects.removeSubrange(limit...)
    }

    private mutating func shortenMessages(_ limit: Int) {
        for index in subjects.indices {
            let message = subjects[index].message
            guard message.unicodeScalars.count > limit else { continue }
            subjects[index].message = message.codePoints(atMost: limit - 1) + "…"
        }
    }
}

extension PageSubject {
    fileprivate init?(json: JSONValue) {
        guard let incident = json["id"]?.integer,
            let severity = json["severity"]?.text.flatMap({ Severity(rawValue: $0) }),
            let source = json["source"]?.text, let message = json["message"]?.text,
            let stage = json["stage"]?.text.flatMap({ IncidentStage(rawValue: $0) }),
            let reason = json["reason"]?.text.flatMap({ PageReason(rawValue: $0) }),
            let opened = json["opened"]?.integer
        else { return nil }
        self.init(
            incident: UInt64(clamping: incident), severity: severity, source: source,
            message: message, fingerprint: json["fingerprint"]?.text ?? "",
            count: UInt64(clamping: json["count"]?.integer ?? 1), stage: stage, reason: reason,
            opened: opened, resolved: json["resolved"]?.integer)
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("id")
            json.integer(incident)
            json.key("severity")
            json.string(severity.rawValue)
            json.key("source")
            json.string(source)
            json.key("message")
            json.string(message)
            json.key("fingerprint")
            json.string(fingerprint)
            json.key("count")
            json.integer(count)
            json.key("stage")
            json.string(stage.rawValue)
            json.key("reason")
            json.string(reason.rawValue)
            json.key("opened")
            json.integer(opened)
            json.key("resolved")
            if let resolved { json.integer(resolved) } else { json.null() }
        }
    }
}

extension String {
    /// Drops at least so many bytes from the end and marks the cut, or drops all.
    fileprivate mutating func drop(bytes: Int) {
        let mark = "…"
        let keep = utf8.count - bytes - mark.utf8.count
        guard keep > 0 else {
            self = ""
            return
        }
        var end = utf8.index(startIndex, offsetBy: keep)
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil {
            end = utf8.index(before: end)
        }
        self = end == startIndex ? "" : String(self[..<end]) + mark
    }
}
