// What may happen to the durable state: each case is one kind of log record.  Values are absolute
// ("ends at T", never "+1"), so applying a record again, in order, does no harm.  What is not
// logged (rate windows, samples) is `Telemetry`, a type of its own: it cannot reach the log.

/// An event that changes nothing else.
package struct Note: Hashable, Sendable {
    /// What happened.
    package var kind: EventKind
    /// How much it matters (S5-09).
    package var severity: Severity
    /// One line for people; at most `Bounds.detailsBytes`.
    package var details: String
    /// Who caused it; nil is the daemon itself.
    package var uid: UInt32?

    /// Details beyond `Bounds.detailsBytes` are cut.
    package init(_ kind: EventKind, _ severity: Severity, _ details: String, uid: UInt32? = nil) {
        self.kind = kind
        self.severity = severity
        self.details = details.cut(toWrittenBytes: Bounds.detailsBytes)
        self.uid = uid
    }
}

/// A durable change; the one way durable state changes, live and in replay.
package enum Change: Hashable, Sendable {
    /// The only claim on its network from now on; all others are dropped.
    case banned(Ban)
    /// All claims on the network are lifted.
    case unbanned(Network, ClearReason, uid: UInt32)
    /// The claim of its source on its network, whatever others claim.
    case claimed(Ban)
    /// One source's claim on a network is lifted.
    case released(ClaimRelease)
    /// The claim of this source is confirmed: it ends at `deadline`.
    case claimConfirmed(Network, source: String, deadline: Int64, uid: UInt32)
    case struck(Strike)
    case strikesCleared(Network, ClearReason, uid: UInt32)
    /// The strikes of an address that count together are cleared.
    case counterCleared(Network, StrikeCounter, ClearReason, uid: UInt32)
    /// `announce`: the ban at the mark, the only one to end here, becomes an event of its own.
    case bansExpired(ExpiryMark, announce: Bool)
    /// The sum of a second in which too many expired to announce each.
    case bansExpiredMany(count: UInt32)
    case strikesExpired(ExpiryMark)
    /// The wall clock was set, or drifted: wall less boot time, milliseconds.  `step`: set by
    /// this many milliseconds; nil where it is only noted (start).
    case clockSet(offset: Int64, step: Int64?)
    case rebased(Rebase)
    case noted(Note)
    /// The claim that decides over this network is confirmed: it ends at `deadline`.
    case confirmed(Network, deadline: Int64, uid: UInt32)
    /// An address was banned by the rules this many times in a row.
    case remembered(Offense)
    /// All offenses up to the mark are forgotten.
    case forgotten(ExpiryMark)

    /// A strike, and the place in its reporter's log where it stood.
    indirect case struckAt(Strike, Place)
    /// A claim that the strike at this place led to.
    indirect case claimedAt(Ban, Place)

    /// A record of a domain.  Indirect, so that the hot cases stay small.
    indirect case domain(DomainRecord)
}
