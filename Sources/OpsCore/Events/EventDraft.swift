// An event before it has a number: what a domain's record returns, for the state to keep and to
// tell.

/// What a record has to tell.
package struct EventDraft: Hashable, Sendable {
    /// What happened.
    package var kind: EventKind
    /// How much it matters (S5-09).
    package var severity: Severity
    /// One line for people.
    package var details: String
    /// The reason given by whoever asked for it; nil: none was given, or this kind has none.
    package var reason: String?
    /// Who caused it; nil is the daemon itself.
    package var uid: UInt32?
    /// When what it announces ends, wall clock seconds since 1970; nil: never, or this kind has
    /// none.
    package var expires: Int64?
    /// The thing of a domain that it is about; nil: none.
    package var subject: EventSubject?

    package init(
        _ kind: EventKind, _ severity: Severity, _ details: String, reason: String? = nil,
        uid: UInt32? = nil, expires: Int64? = nil, subject: EventSubject? = nil
    ) {
        self.kind = kind
        self.severity = severity
        self.details = details
        self.reason = reason
        self.uid = uid
        self.expires = expires
        self.subject = subject
    }
}
