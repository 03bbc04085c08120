// Exact counts by minute for 30 days, as running sums: any window is one subtraction.  A late
// observation moves the sums from its minute on, at most an hour of them.  Sums wrap rather than
// trap; differences stay right.

/// What was counted.
package struct Counts: Hashable, Sendable {
    /// Events that kept the promise.
    package var good: UInt64 = 0
    /// Events that broke it.
    package var bad: UInt64 = 0
    /// Latencies above the p95 and p99 target.
    package var overP95: UInt64 = 0
    /// Latencies above the p99 target.
    package var overP99: UInt64 = 0

    package init(good: UInt64 = 0, bad: UInt64 = 0, overP95: UInt64 = 0, overP99: UInt64 = 0) {
        self.good = good
        self.bad = bad
        self.overP95 = overP95
        self.overP99 = overP99
    }

    /// Events, good and bad.
    package var total: UInt64 { good &+ bad }

    /// Whether nothing was counted.
    package var isZero: Bool { self == Counts() }

    /// The sum, wrapping.
    package static func &+ (one: Counts, other: Counts) -> Counts {
        Counts(
            good: one.good &+ other.good, bad: one.bad &+ other.bad,
            overP95: one.overP95 &+ other.overP95, overP99: one.overP99 &+ other.overP99)
    }

    /// The difference, wrapping: right as long as `other` is a part of `one`.
    package static func &- (one: Counts, other: Counts) -> Counts {
        Counts(
            good: one.good &- other.good, bad: one.bad &- other.bad,
            overP95: one.overP95 &- other.overP95, overP99: one.overP99 &- other.overP99)
    }
}

/// The counts of one minute.
package struct MinuteEntry: Hashable, Sendable {
    /// Minutes since 1970 on the service clock.
    package var minute: Int64
    /// What was counted in it.
    package var counts: Counts

    package init(minute: Int64, counts: Counts) {
        self.minute = minute
        self.counts = counts
    }
}

/// The newest `length` minutes.
struct MinuteRing: Sendable {
    /// 30 days.
    static let length: Int64 = 43_200

    /// The newest minute with a sum of its own; nil: nothing was counted yet.
    private(set) var head: Int64?
    /// The first minute ever counted: nothing before it is worth a look.
    private var first: Int64 = 0
    /// At `minute mod (length + 1)`: all that was counted up to and with that minute.  One slot
    /// more than minutes: the oldest minute's count is a difference too.
    private var sums: [Counts] = []

    /// Adds counts to a minute; false where it is out of reach, and then nothing is counted.
    @discardableResult
    mutating func add(_ counts: Counts, minute: Int64) -> Bool {
        guard minute >= 0, minute < Int64.max / 2 else { return false }
        guard let head else {
            sums = [Counts](repeating: Counts(), count: Int(Self.length) + 1)
            self.head = minute
            first = minute
            sums[slot(minute)] = counts
            return true
        }
        if minute <= head - Self.length { return false }
        first = min(first, minute)
        if minute > head {
            let newest = sums[slot(head)]
            // After a gap as long as the ring every slot is the same: filling each once is enough.
            var fill = max(head + 1, minute - Self.length)
            while fill <= minute {
                sums[slot(fill)] = newest
                fill += 1
            }
            self.head = minute
        }
        for later in minute...max(head, minute) {
            sums[slot(later)] = sums[slot(later)] &+ counts
        }
        return true
    }

    /// What was counted in the `length` minutes that end with `last`.
    func window(_ length: Int64, endingWith last: Int64) -> Counts {
        sum(through: last) &- sum(through: last - min(length, Self.length))
    }

    /// The minutes with anything in them, oldest first.
    var entries: [MinuteEntry] {
        guard let head else { return [] }
        var entries: [MinuteEntry] = []
        var minute = max(first, head - Self.length + 1)
        var before = sum(through: minute - 1)
        while minute <= head {
            let sum = sums[slot(minute)]
            if sum != before {
                entries.append(MinuteEntry(minute: minute, counts: sum &- before))
            }
            before = sum
            minute += 1
        }
        return entries
    }

    private func sum(through minute: Int64) -> Counts {
        guard let head else { return Counts() }
        return sums[slot(min(head, max(minute, head - Self.length)))]
    }

    private func slot(_ minute: Int64) -> Int {
        let slot = minute % (Self.length + 1)
        return Int(slot < 0 ? slot + Self.length + 1 : slot)
    }
}
