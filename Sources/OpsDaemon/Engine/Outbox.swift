// Events that wait to be announced.  Those of one turn are a batch: they leave together, in order,
// when the last of them is safe, and are not copied again.

import OpsCore

/// Events that were made and not announced.
struct Outbox {
    /// The most events that wait; more are lost to the sinks (not to the tail) and counted.
    static let limit = 65_536
    /// The most events that room is reserved for in the next turn's batch.
    private static let roomAhead = 1_024

    private struct Batch {
        var events: [Event]
        /// The sequence number that the last event of the batch waits for.
        var sequence: UInt64
    }

    /// Events of the turn under way.
    private var open: [Event] = []
    private var openSequence: UInt64 = 0
    private var closed: [Batch] = []
    private var count = 0
    /// Events that there was no room for.
    private(set) var lost: UInt64 = 0

    var isEmpty: Bool { count == 0 }

    /// The id of the first event that waits.
    var firstID: UInt64? { closed.first?.events.first?.id ?? open.first?.id }

    /// Adds an event that waits for `sequence`, a number not below the last.
    mutating func append(_ event: consuming Event, waitingFor sequence: UInt64) {
        if count >= Self.limit {
            lost += 1
            return
        }
        count += 1
        open.append(event)
        openSequence = sequence
    }

    /// Ends a turn: its events are a batch.
    mutating func endTurn() {
        if open.isEmpty { return }
        var events: [Event] = []
        events.reserveCapacity(min(open.count, Self.roomAhead))
        swap(&events, &open)
        closed.append(Batch(events: events, sequence: openSequence))
    }

    /// Ends a turn: removes and returns the batches that may go when the log is safe through
    /// `safe`.
    mutating func removeReady(through safe: UInt64) -> [[Event]] {
        endTurn()
        var ready: [[Event]] = []
        for batch in closed {
            if batch.sequence > safe { break }
            ready.append(batch.events)
            count -= batch.events.count
        }
        if !ready.isEmpty { closed.removeFirst(ready.count) }
        return ready
    }

    /// Releases room that a busy time needed and an idle one does not.
    mutating func relax() {
        if open.isEmpty { open = [] }
        if closed.isEmpty { closed = [] }
    }
}
