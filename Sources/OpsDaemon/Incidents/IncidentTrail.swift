// The files of the inbox in the log directory (S2-16): incidents.ndjson, a line for whatever
// happens to an incident and for each page, repeats gathered to a line a second;
// incident_summary.json, of the last 24 hours, replaced as a whole, a minute old at most while
// something happens.
//
// What happens is taken from the events, so it is written only once a crash cannot undo it.

import OpsConfig
import OpsCore
import OpsProtocol

/// Lines that have yet to be written.
struct IncidentTrail {
    /// Lines that gather in a second: more are lost, as where the trail thread does not keep up.
    static let limitBytes = 8 << 20

    private(set) var lines: [UInt8] = []

    /// Hands over what has gathered.
    mutating func take() -> [UInt8] {
        defer { lines = [] }
        return lines
    }

    /// Something happened to an incident, or to a silence.
    mutating func append(_ event: Event, _ incident: Incident?) {
        guard case .incident(let subject) = event.subject else { return }
        line(event.wall / 1_000_000_000, event.kind.rawValue) { json in
            if let incident {
                incident.writeShown(to: &json)
            } else {
                json.trailMember("id", subject.incident)
                json.trailMember("silence", subject.silence)
                json.key("details")
                json.string(event.details)
            }
            json.trailMember("uid", event.uid.map(UInt64.init))
            if let reason = event.reason {
                json.key("note")
                json.string(reason)
            }
        }
    }

    /// An incident was raised this often, and only counted.
    mutating func append(repeats: UInt64, of incident: Incident) {
        line(incident.updated, "incident_repeated") { json in
            incident.writeShown(to: &json)
            json.key("repeats")
            json.integer(repeats)
        }
    }

    /// What became of a page of an incident.
    mutating func append(_ page: PageMark, of incident: Incident) {
        line(page.at, "page") { json in
            incident.writeShown(to: &json)
            json.key("page")
            json.object { page.writeShown(to: &$0) }
        }
    }

    private mutating func line(
        _ wall: Int64, _ what: String, _ members: (inout JSONWriter) -> Void
    ) {
        if lines.count >= Self.limitBytes { return }
        JSONWriter.append(to: &lines) { json in
            json.object { json in
                json.key("time")
                json.string { Timestamp.write(seconds: wall, to: &$0) }
                json.key("what")
                json.string(what)
                members(&json)
            }
        }
        lines.append(0x0a)
    }
}

extension JSONWriter {
    fileprivate mutating func trailMember(_ name: StaticString, _ value: UInt64?) {
        guard let value else { return }
        key(name)
        integer(value)
    }
}

/// The files as they were left.
struct IncidentFiles {
    static let summary = "incident_summary.json"
    /// Hours that the summary is about.
    static let hours = 24
    /// An unchanged inbox is summed up again after this long: what is older than 24 hours leaves
    /// it.
    static let refresh: Int64 = 3_600 * Rounds.second

    /// What the summary on disk was made of, and when: nanoseconds of boot time.
    var written: (revision: UInt64, at: Int64)?
}

extension Engine {
    /// Keeps what events that are safe tell of incidents.
    func noteIncidents(_ batches: [[Event]]) {
        for events in batches {
            for index in events.indices where events[index].kind.topic == .incident {
                guard case .incident(let subject) = events[index].subject else { continue }
                let incident = subject.incident.flatMap { id in ask { $0.incident(id) } }
                incidentTrail.append(events[index], incident)
            }
        }
    }

    /// Keeps what became of a page.
    func noteInTrail(_ page: PageMark, of incident: Incident) {
        incidentTrail.append(page, of: incident)
    }
}

extension EventLoop {
    /// Writes what has happened to incidents; called once a second.
    func writeIncidentTrail() {
        for (id, count) in engine.update({ $0.takeRepeatedIncidents() }) {
            guard let incident = engine.ask({ $0.incident(id) }) else { continue }
            engine.incidentTrail.append(repeats: count, of: incident)
        }
        let lines = engine.incidentTrail.take()
        if lines.isEmpty { return }
        let rotateBytes = Int64(configuration.events.rotateBytes)
        perform(.trail(.append(.incidents, lines: lines, rotateBytes: rotateBytes)))
    }

    /// Writes `incident_summary.json` if something happened since the last time; called once a
    /// minute.
    func writeIncidentSummary() {
        let revision = engine.ask { $0.incidents.revision }
        let now = engine.now.boot
        if let written = loop.incidentFiles.written, written.revision == revision,
            now - written.at < IncidentFiles.refresh
        {
            return
        }
        loop.incidentFiles.written = (revision, now)
        let summary = engine.ask {
            $0.incidentSummary(hours: IncidentFiles.hours, at: engine.now)
        }
        var bytes: [UInt8] = []
        JSONWriter.append(to: &bytes) { json in json.object { summary.writeMembers(to: &$0) } }
        bytes.append(0x0a)
        perform(.trail(.replace(IncidentFiles.summary, bytes: bytes)))
    }
}
