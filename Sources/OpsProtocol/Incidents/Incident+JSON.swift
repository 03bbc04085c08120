// Incidents and silences as they are shown: in replies, and in the trails.

package import OpsCore

extension Incident {
    /// Its members wherever it is listed.
    package func writeShown(to json: inout JSONWriter) {
        json.member("id", integer: id)
        json.member("severity", text: highest.rawValue)
        json.member("source", text: group.source)
        json.member("message", text: message)
        json.member("fingerprint", text: fingerprint)
        json.member("stage", text: stage.rawValue)
        json.member("opened", seconds: opened)
        json.member("updated", seconds: updated)
        json.member("resolved", seconds: resolved)
        json.member("count", integer: raises)
        json.member("silenced", integer: silence)
        if isFlood { json.member("flood", true) }
    }
}

extension IncidentView {
    func writeMembers(to json: inout JSONWriter) {
        incident.writeShown(to: &json)
        json.member("key", text: incident.group.key)
        if incident.group.isKeyed { json.member("keyed", true) }
        json.member("newest_severity", text: incident.severity.rawValue)
        json.member("details", text: incident.details)
        json.list("links", incident.links) { $0.string($1) }
        json.key("rule")
        if let rule = incident.rule { json.string(rule) } else { json.null() }
        json.member("uid", integer: Caller.person(incident.uid))
        json.member("window", integer: incident.window)
        json.member("repeats", integer: incident.repeats)
        json.list("steps", incident.steps) { json, step in
            json.object { step.writeShown(to: &$0) }
        }
        json.list("pages", incident.pages) { json, page in
            json.object { page.writeShown(to: &$0) }
        }
        json.list("notes", notes) { json, note in
            json.object { json in
                json.member("number", integer: note.id.number)
                json.member("time", seconds: note.at)
                json.member("uid", integer: note.uid)
                json.member("text", text: note.text)
            }
        }
        json.key("evidence")
        guard let evidence else { return json.null() }
        json.object { json in
            json.member("time", seconds: evidence.at)
            json.member("text", text: evidence.text)
        }
    }
}

extension IncidentStep {
    fileprivate func writeShown(to json: inout JSONWriter) {
        json.member("time", seconds: at)
        json.member("what", text: kind.rawValue)
        json.member("uid", integer: uid)
        json.member("text", text: text)
    }
}

extension PageMark {
    /// Its members wherever it is shown.
    package func writeShown(to json: inout JSONWriter) {
        json.member("time", seconds: at)
        json.member("channel", text: channel)
        json.member("reason", text: reason.rawValue)
        json.member("number", integer: number)
        json.key("end")
        if let end { json.string(end.rawValue) } else { json.null() }
        json.member("work", integer: item == 0 ? nil : item)
    }
}

extension SilenceView {
    func writeMembers(to json: inout JSONWriter) {
        json.member("id", integer: silence.id)
        json.member("severity", optional: silence.severity?.rawValue)
        json.member("source", optional: silence.source)
        json.member("fingerprint", optional: silence.fingerprint)
        json.member("reason", text: silence.reason)
        json.member("uid", integer: silence.uid)
        json.member("created", seconds: silence.created)
        json.member("expires", seconds: expires)
        json.member("ttl_seconds", integer: ttlSeconds)
        json.member("silenced", integer: silence.silenced)
        json.member("holds", integer: holds)
    }
}

extension IncidentSummary {
    /// `"ok":true,"summary":{...}` (S2-09).
    package func writeMembers(to json: inout JSONWriter) {
        json.member("ok", true)
        json.key("summary")
        json.object { json in
            json.member("total_incidents", integer: total)
            json.member("unique_fingerprints", integer: fingerprints)
            json.member("raises", integer: raises)
            json.member("suppressed", integer: suppressed)
            json.member("open", integer: stages[.open] ?? 0)
            json.member("acknowledged", integer: stages[.acknowledged] ?? 0)
            json.member("resolved", integer: stages[.resolved] ?? 0)
            json.member("critical", integer: severities[.critical] ?? 0)
            json.member("warning", integer: severities[.warning] ?? 0)
            json.member("info", integer: severities[.info] ?? 0)
            json.member("hours", integer: hours)
            json.member("generated", seconds: made)
            json.list("by_source", sources) { json, source in
                json.object { json in
                    json.member("source", text: source.name)
                    json.member("count", integer: source.count)
                }
            }
            json.list("by_fingerprint", groups) { json, group in
                json.object { group.writeMembers(to: &$0) }
            }
        }
    }
}

extension IncidentSummary.Group {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("fingerprint", text: fingerprint)
        json.member("severity", text: severity.rawValue)
        json.member("source", text: source)
        json.member("message", text: message.shortened(toWrittenBytes: 120))
        json.member("count", integer: count)
        json.member("incident", integer: incident)
        json.member("stage", text: stage.rawValue)
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, optional text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }
}
