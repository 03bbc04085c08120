// Work as whoever needs it done asks for it: an item before it has a number.

/// What should be done outside.
package struct WorkDraft: Hashable, Sendable {
    /// What is done, and where it goes: `page/CHANNEL`, `restart`.
    package var kind: String
    /// What it is about: there is one open item for each kind and key.
    package var key: String
    /// A JSON object, at most `WorkBounds.payloadBytes`; no secrets.
    package var payload: String
    /// It may use the places that are kept for what is critical, and goes first.
    package var isUrgent: Bool
    /// Not before this, milliseconds of boot time; 0: at once.
    package var notBefore: Int64
    /// When it is given up, milliseconds of boot time.
    package var expires: Int64

    package init(
        kind: String, key: String, payload: String, isUrgent: Bool, notBefore: Int64 = 0,
        expires: Int64
    ) {
        self.kind = kind
        self.key = key
        self.payload = payload
        self.isUrgent = isUrgent
        self.notBefore = notBefore
        self.expires = expires
    }
}

/// What is promised of a kind of work.
package enum WorkPromise: Hashable, Sendable {
    /// It is done, perhaps twice: pages.
    case atLeastOnce
    /// It is done, or it is not known whether it was; never twice: restarts, scaling, jobs.
    case atMostOnce

    /// The promise of a kind.
    package init(kind: String) { self = kind.hasPrefix("page/") ? .atLeastOnce : .atMostOnce }
}

/// The fixed bounds of work.
package enum WorkBounds {
    /// Items that are not ended, and how many of these places are kept for urgent ones.
    package static let open = 10_000
    /// Of these, for urgent ones alone.
    package static let keptForUrgent = 1_000
    /// UTF-8 bytes of a payload.
    package static let payloadBytes = 4 << 10
    /// UTF-8 bytes of the name of a kind, and of a key.
    package static let kindBytes = 64
    /// The same of a key.
    package static let keyBytes = 192
    /// Ended items are kept for this long, and at most this many.
    package static let endedMilliseconds: Int64 = 7 * 86_400_000
    /// The most of them.
    package static let ended = 10_000
    /// Items handed out in a turn.
    package static let perTurn = 64
    /// Of the other side's words; what is written as an escape counts as six.
    package static let errorBytes = 256
    /// Of a receipt.
    package static let receiptBytes = 128
    /// Of what a holder says with its sign of life.
    package static let progressBytes = 128
    /// Attempts of an item that are told one by one; of more, the oldest go.
    package static let attempts = 16
    /// Failed attempts after which the channel is parked.
    package static let attemptsBeforeParking = 5
    /// From one try of a parked kind to the next.
    package static let probeMilliseconds: Int64 = 60_000
    /// A lease, where none is asked for.
    package static let leaseMilliseconds: Int64 = 60_000
    /// From the first failed attempt to the second; it doubles with each, up to `backoffMost`.
    package static let backoffMilliseconds: Int64 = 2_000
    /// The longest.
    package static let backoffMost: Int64 = 300_000
    /// How long a kind takes nothing that is limited and does not say until when.
    package static let limitedMilliseconds: Int64 = 30_000
    /// How long an item may be ready before it is said that nobody takes it.
    package static let untakenMilliseconds: Int64 = 60_000
    /// Numbers that are not given after a crash: items that it took back may have had them.
    package static let skippedAfterCrash: UInt64 = 1_000
    /// Kinds that one `work take` may name.
    package static let kindsAtOnce = 64
}
