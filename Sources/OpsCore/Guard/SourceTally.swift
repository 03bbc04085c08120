// What came of the reports of each source since opsd started: telemetry, counted where a strike is
// decided, and at nothing in a replay.  One for each source that counts by itself, and one for all
// others.

/// Totals of one source since opsd started.
package struct SourceTally: Hashable, Sendable {
    /// nil: all sources without a policy of their own.
    package var source: String?
    /// Strikes that counted.
    package var strikes: UInt64 = 0
    /// Their weights together.
    package var weight: UInt64 = 0
    /// Bans that they led to; dry runs are not among them.
    package var bans: UInt64 = 0

    package init(_ source: String?) { self.source = source }
}

/// A strike that counts, for the totals.
package struct TalliedStrike: Hashable, Sendable {
    /// The place of its source among the policies; nil: it has none.
    var place: Int?
    var weight: Int
    /// It led to a ban that is enforced.
    var isBan: Bool
}

/// Totals by source: those with a policy in the order of their names, then all others.
struct SourceTallies: Sendable {
    private(set) var all = [SourceTally(nil)]

    /// Counts a strike.
    @inline(__always)
    mutating func count(_ strike: TalliedStrike) {
        let place = strike.place ?? all.count - 1
        guard place < all.count else { return }
        all[place].strikes &+= 1
        all[place].weight &+= UInt64(clamping: strike.weight)
        if strike.isBan { all[place].bans &+= 1 }
    }

    /// New policies: totals of a source that has none any more go to the others.
    mutating func adopt(_ index: SourceIndex) {
        var fresh = index.names.map { SourceTally($0) } + [SourceTally(nil)]
        for old in all {
            let place = old.source.flatMap { index.place(of: $0) } ?? fresh.count - 1
            fresh[place].strikes &+= old.strikes
            fresh[place].weight &+= old.weight
            fresh[place].bans &+= old.bans
        }
        all = fresh
    }
}

extension State {
    /// Counts a strike for the totals.
    @inline(__always)
    package mutating func count(_ strike: TalliedStrike) { tallies.count(strike) }
}
