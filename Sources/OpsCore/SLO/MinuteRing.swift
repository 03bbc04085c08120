// Exact counts by minute for 30 days.  A late observation is at most an hour late.

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

extension Counts: RunningAmount {
    static var zero: Counts { Counts() }
}

/// The minutes of 30 days.
struct MinuteRing: Sendable {
    /// 30 days.
    static let length: Int64 = 43_200

    private var ring = PeriodRing<Counts>(length: length)

    /// The newest minute with a sum of its own; nil: nothing was counted yet.
    var head: Int64? { ring.head }

    /// Adds counts to a minute; false where it is out of reach, and then nothing is counted.
    @discardableResult
    mutating func add(_ counts: Counts, minute: Int64) -> Bool { ring.add(counts, at: minute) }

    /// What was counted in the `length` minutes that end with `last`.
    func window(_ length: Int64, endingWith last: Int64) -> Counts {
        ring.window(length, endingWith: last)
    }

    /// The minutes with anything in them, oldest first.
    var entries: [MinuteEntry] { ring.entries { MinuteEntry(minute: $0, counts: $1) } }
}
