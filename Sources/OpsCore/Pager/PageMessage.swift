// What a page says, as a value.  opsd writes it into the payload of an item of work, and opspager
// makes the text of a channel from it: no channel's markup is known here.

/// One incident as a page names it.
package struct PageSubject: Hashable, Sendable {
    /// The number of the incident.
    package var incident: UInt64
    /// The highest so far.
    package var severity: Severity
    /// Who raised it.
    package var source: String
    /// What is wrong.
    package var message: String
    /// S2-10.
    package var fingerprint: String
    /// How often it was raised in the time that the page is about.
    package var count: UInt64
    /// How it stands.
    package var stage: IncidentStage
    /// Why this incident is told.
    package var reason: PageReason
    /// Wall clock seconds since 1970.
    package var opened: Int64
    /// The same; nil: it is not over.
    package var resolved: Int64?

    package init(
        incident: UInt64, severity: Severity, source: String, message: String,
        fingerprint: String, count: UInt64, stage: IncidentStage, reason: PageReason,
        opened: Int64, resolved: Int64?
    ) {
        self.incident = incident
        self.severity = severity
        self.source = source
        self.message = message
        self.fingerprint = fingerprint
        self.count = count
        self.stage = stage
        self.reason = reason
        self.opened = opened
        self.resolved = resolved
    }
}

/// What a page says.
package struct PageMessage: Hashable, Sendable {
    /// Incidents that a digest names; the others are counted.
    package static let namedLimit = 50
    /// Bytes of a payload.
    package static let payloadBytes = 4 << 10

    /// Why it is sent.
    package var reason: PageReason
    /// The host that it is about.
    package var host: String
    /// When it was made, wall clock seconds since 1970.
    package var made: Int64
    /// One incident, or those that a digest names, the most severe first.
    package var subjects: [PageSubject]
    /// Incidents beyond `subjects`, by severity.
    package var unnamed: [Severity: Int] = [:]
    /// The numbers of some of these; with `subjects`, at most `namedLimit`.
    package var unnamedIDs: [UInt64] = []
    /// Seconds that `count` is about; nil: since the incident began.
    package var windowSeconds: Int64?
    /// More words of whoever raised it; only where there is one incident.
    package var details = ""
    /// Addresses of pages that help.
    package var links: [String] = []
    /// What to do, in the words of the message catalog.
    package var advice = ""
    /// The host as it was then, a few short lines.
    package var evidence = ""
    /// The newest head of the chain of events that is on the disk: `SEQ:HASH`; nil: none is.
    package var audit: String?
    /// For `test`: who asked.
    package var uid: UInt32?

    package init(reason: PageReason, host: String, made: Int64, subjects: [PageSubject]) {
        self.reason = reason
        self.host = host
        self.made = made
        self.subjects = subjects
    }

    /// The highest severity that it tells of.
    package var severity: Severity {
        let named = subjects.map(\.severity)
        let all = named + unnamed.filter { $0.value > 0 }.keys
        return all.max { $0.rank < $1.rank } ?? .info
    }
}

extension Severity {
    /// Greater is more severe.
    package var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }
}
