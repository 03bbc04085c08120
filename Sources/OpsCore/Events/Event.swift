// What happened, for people and programs: one `Event` for each noteworthy change.  Events come out
// of `apply`, so live and replayed state number them alike and an id never means two things.

/// One entry of the event tail (S5-09).
package struct Event: Hashable, Sendable {
    /// Grows by one with each event, and never restarts.
    package var id: UInt64
    /// What happened.
    package var kind: EventKind
    /// How much it matters (S5-09).
    package var severity: Severity
    /// The wall clock of the change, nanoseconds since 1970.
    package var wall: Int64
    /// CPU, memory and disk use at that moment.
    package var gauges: Gauges
    /// One line for people; never holds control characters the caller did not send.
    package var details: String
    /// The address or network it is about.
    package var network: Network?
    /// The reason given by whoever asked for it; nil: none was given, or this kind has none.
    package var reason: String?
    /// The program that asked for it or reported; nil: none, or this kind has none.
    package var source: String?
    /// Who caused it; nil is the daemon itself.
    package var uid: UInt32?
    /// When what it announces ends, wall clock seconds since 1970; nil: never, or this kind has
    /// none.
    package var expires: Int64?
    /// The thing of a domain that it is about; nil: none.
    package var subject: EventSubject?

    package init(
        id: UInt64, kind: EventKind, severity: Severity, wall: Int64, gauges: Gauges,
        details: String, network: Network? = nil, reason: String? = nil, source: String? = nil,
        uid: UInt32? = nil, expires: Int64? = nil, subject: EventSubject? = nil
    ) {
        self.id = id
        self.kind = kind
        self.severity = severity
        self.wall = wall
        self.gauges = gauges
        self.details = details
        self.network = network
        self.reason = reason
        self.source = source
        self.uid = uid
        self.expires = expires
        self.subject = subject
    }
}

extension Event {
    /// The source as it is shown; an event about a list shows the list's source.
    package var shownSource: String? {
        if case .list(let name) = subject { return AddressList.source(of: name) }
        return source
    }
}

/// An event as a watcher remembers it: which start of opsd told it, and its id.
package struct EventMark: Hashable, Sendable {
    /// The run of opsd; nil: the one that is asked.
    package var run: UInt64?
    /// The event's id.
    package var id: UInt64

    package init(run: UInt64? = nil, id: UInt64) {
        self.run = run
        self.id = id
    }
}
