// Events on their way out: each waits until the log is safe as far as the change it tells of.  They
// leave in order; where all may go, as after every batch of a busy daemon, none is copied.

import OpsCore

/// Events that were made and not announced.
struct Outbox {
    /// Events that wait, at most; more are lost to the sinks (not to the tail) and counted.
    static let limit = 65_536
    /// What the room of a busy time may keep.
    private static let rest = 1_024

    private var events: [Event] = []
    /// The sequence number each waits for; it grows.
    private var sequences: [UInt64] = []
    /// Events that found no room.
    private(set) var lost: UInt64 = 0

    var isEmpty: Bool { events.isEmpty }

    /// The number of the first that waits.
    var firstID: UInt64? { events.first?.id }

    /// Adds an event that waits for `sequence`.
    mutating func append(_ event: consuming Event, waitingFor sequence: UInt64) {
        if events.count >= Self.limit {
            lost += 1
            return
        }
        events.append(event)
        sequences.append(sequence)
    }

    /// Those that may go when the log is safe up to `safe`; they are handed out once.
    mutating func take(upTo safe: UInt64) -> [Event] {
        if let last = sequences.last, last <= safe {
            sequences.removeAll(keepingCapacity: true)
            // The next batch is about as long.
            var all: [Event] = []
            all.reserveCapacity(min(events.count, Self.rest))
            swap(&all, &events)
            return all
        }
        let count = sequences.firstIndex { $0 > safe } ?? 0
        if count == 0 { return [] }
        let ready = Array(events[..<count])
        events.removeFirst(count)
        sequences.removeFirst(count)
        return ready
    }

    /// Room that a busy time took and an idle one does not need is given back.
    mutating func relax() {
        if !isEmpty { return }
        events = []
        if sequences.capacity > Self.rest { sequences = [] }
    }
}
