// What a durable domain is: a table of its own, changed by records of its own.  A domain is added
// by a folder of its own in each module and a line in a few hubs; `State+Domains.swift` is the
// registry that every domain must be in.
//
// A domain never reads a clock, never touches another domain's table, and never tells anybody of an
// event: it returns the event, and the state numbers it.

/// What a domain may know beside its record: when it was decided, and how deadlines become dates.
package struct Instant: Hashable, Sendable {
    /// When the record was decided.
    package var stamp: Stamp
    /// Wall clock less boot time, milliseconds.
    package var clockOffset: Int64

    /// The wall clock second in which a deadline falls, rounded up; nil: never.
    package func expires(_ deadline: Int64) -> Int64? {
        deadline == Ban.never ? nil : State.seconds(deadline + clockOffset)
    }
}

/// When a snapshot takes what a domain has.
package enum SnapshotPortion: Hashable, Sendable {
    /// With its header.  Replay meets what was taken then exactly as it was at the snapshot's
    /// number.
    case beginning
    /// With one of the parts, `0..<State.snapshotParts`, while the log goes on.  For tables that
    /// are too large to be held by the snapshot as a whole: their records can be applied again.
    case part(Int)
}

/// What a snapshot takes of a domain, by reference; its entries are made on the snapshot's thread.
package protocol DomainImage: Sendable {
    /// Calls `body` with the entries, in an order that `restore` accepts.
    func forEachEntry<Failure: Error>(
        _ body: (DomainEntry) throws(Failure) -> Void
    ) throws(Failure)
}

/// A durable table with its records; a value of the state.  Always specialised, never an
/// existential.
package protocol Domain: Sendable {
    /// What may happen to it: the payloads of its log records.
    associatedtype Record: Hashable & Sendable
    associatedtype Image: DomainImage

    /// Applies a record, live and in replay; returns the event that it makes, if any.  Total: any
    /// record applies to any table, and may be applied again, in order, without harm.
    mutating func apply(_ record: Record, at instant: Instant) -> EventDraft?

    /// What a snapshot takes in this portion; nil: nothing.
    func image(_ portion: SnapshotPortion, at now: Moment) -> Image?

    /// The oldest snapshot reader that understands its entries; 1 while it is empty.
    var minReader: Int { get }

    /// Moves every deadline to another boot.  `instant` has the clock offset of the boot before.
    mutating func rebase(_ rebase: Rebase, at instant: Instant)

    /// Recovery is over: whatever was under way is forgotten.
    mutating func recoveryEnded()

    /// When something ends next, milliseconds of boot time; `Int64.max`: nothing does.
    var nextDeadline: Int64 { get }

    /// The changes that end what is due, those of other domains among them; at most `limit`, and
    /// none when nothing is due.  Applying them moves `nextDeadline` on.
    func due(at now: Moment, in state: borrowing State, atMost limit: Int) -> [Change]
}

/// Looks at every domain; `State.visitDomains` drives it.
package protocol DomainVisitor {
    mutating func visit(_ domain: borrowing some Domain, in state: borrowing State)
}

/// Changes every domain; `Domains.modify` drives it.
package protocol DomainModifier {
    mutating func modify(_ domain: inout some Domain)
}
