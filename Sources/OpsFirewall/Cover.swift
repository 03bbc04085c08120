// Bans of networks may lie one in the other and end at different times; ranges of an interval set
// must be disjoint, and each has one timeout.  The cover is the one set of disjoint ranges in which
// every address is dropped exactly as long as the longest ban that holds it.
//
// Networks either nest or are apart, so one pass over them in order, with a stack of those that are
// open, is enough: n log n for the sort.  Neighbours that end together become one range.

import OpsCore

/// A range of addresses with one end.
package struct CoverRange: Hashable, Sendable {
    /// The first address in it.
    package var first: UInt128
    /// The last address in it.
    package var last: UInt128
    /// Milliseconds of boot time, or `Drop.never`.
    package var deadline: Int64
}

/// Makes disjoint ranges of networks that nest.
package enum Cover {
    /// The ranges for networks of one family, in order.  Those that ended by `boot`, milliseconds,
    /// count no more.
    package static func ranges(_ drops: some Sequence<Drop>, at boot: Int64) -> [CoverRange] {
        let open = drops.filter { $0.deadline > boot }.sorted { $0.network < $1.network }
        var sweep = Sweep()
        for drop in open { sweep.enter(drop) }
        sweep.finish()
        return sweep.ranges
    }

    /// The ranges to delete and those to add so that `old` becomes `new`; both are in order.
    package static func difference(
        from old: [CoverRange], to new: [CoverRange]
    ) -> (gone: [CoverRange], come: [CoverRange]) {
        var gone: [CoverRange] = []
        var come: [CoverRange] = []
        var one = 0
        var other = 0
        while one < old.count || other < new.count {
            if other == new.count || (one < old.count && old[one].first < new[other].first) {
                gone.append(old[one])
                one += 1
            } else if one == old.count || new[other].first < old[one].first {
                come.append(new[other])
                other += 1
            } else {
                if old[one] != new[other] {
                    gone.append(old[one])
                    come.append(new[other])
                }
                one += 1
                other += 1
            }
        }
        return (gone, come)
    }

    private struct Sweep {
        var ranges: [CoverRange] = []
        /// The networks that hold `place`, the narrowest last, each with the latest deadline of
        /// itself and those around it.
        private var open: [(last: UInt128, deadline: Int64)] = []
        /// The first address not dealt with yet; nil: all addresses have been.
        private var place: UInt128? = 0

        mutating func enter(_ drop: Drop) {
            let first = drop.network.firstKey
            close(before: first)
            if let around = open.last, first > 0 { emit(through: first - 1, around.deadline) }
            place = first
            let deadline = max(drop.deadline, open.last?.deadline ?? .min)
            open.append((drop.network.lastKey, deadline))
        }

        mutating func finish() { close(before: nil) }

        private mutating func close(before first: UInt128?) {
            while let inner = open.last {
                if let first, inner.last >= first { return }
                emit(through: inner.last, inner.deadline)
                open.removeLast()
            }
        }

        private mutating func emit(through last: UInt128, _ deadline: Int64) {
            guard let first = place, first <= last else { return }
            place = last == .max ? nil : last + 1
            if let before = ranges.last, before.deadline == deadline, before.last + 1 == first {
                ranges[ranges.count - 1].last = last
            } else {
                ranges.append(CoverRange(first: first, last: last, deadline: deadline))
            }
        }
    }
}
