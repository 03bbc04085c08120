// How many events opswatch may tell: what an attacker can cause by the lines that he writes must
// not push everything else out of the tail of events.  What is beyond the budget is counted, and
// told with the next event of its kind and source.

/// Counts of a minute.
package struct DetectorEventBudget: Sendable {
    private struct Key: Hashable {
        var kind: EventKind
        var source: String
    }

    private struct Count {
        /// Of this minute.
        var told = 0
        /// Since the last one that was told.
        var untold = 0
    }

    /// The most kinds and sources that are counted; more are not told.
    private static let keys = 1_024
    private static let minute: Int64 = 60_000_000_000

    private var counts: [Key: Count] = [:]
    private var began: Int64?
    private var told = 0

    /// Nothing was told.
    package init() {}

    /// How many of its kind and source wait to be told.
    package func untold(_ event: DetectorEvent) -> Int {
        counts[Key(kind: event.kind, source: event.source)]?.untold ?? 0
    }

    /// Takes one event from the budget.
    /// - Returns: how many of its kind and source were not told before it; nil: it is not told
    ///   either, but counted.
    package mutating func take(_ event: DetectorEvent, at boot: Int64) -> Int? {
        if began.map({ boot - $0 >= Self.minute }) ?? true {
            began = boot
            told = 0
            // What was not told is kept until it is.
            counts = counts.filter { $0.value.untold > 0 }.mapValues { Count(untold: $0.untold) }
        }
        let key = Key(kind: event.kind, source: event.source)
        guard counts[key] != nil || counts.count < Self.keys else { return nil }
        var count = counts[key] ?? Count()
        let isTold =
            count.told < DetectorBounds.eventsPerMinute && told < DetectorBounds.allEventsPerMinute
        let untold = count.untold
        count.untold = isTold ? 0 : untold + 1
        if isTold {
            told += 1
            count.told += 1
        }
        counts[key] = count
        return isTold ? untold : nil
    }
}
