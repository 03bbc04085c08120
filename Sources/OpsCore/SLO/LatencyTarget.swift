// The latency targets: each is a promise of its own, with a budget.  "95 of 100 take no longer than
// 800 ms" allows 5 % of the events to take longer; an event counts against it when it is reported,
// by the target of that time.  Only events whose latency was measured count.  The rules, numbered
// as their tests:
//  1. A missed target holds when, over both windows, a larger share than allowed took longer, and
//     the long one has at least the minimum of measured events and of those that took longer.  The
//     long window is `latencyWindowMinutes`, the short one a sixth of it.
//  2. It is over when either window is known to be within what is allowed.  A short window without
//     latencies says nothing; without any in the long one the end is unknown.
//  3. A percentile is never shown on the other side of its target than the exact count says.

/// A percentile with a target.
package enum LatencyTarget: UInt8, Hashable, Sendable, CaseIterable {
    case p95, p99

    /// As in replies and events.
    package var name: String { self == .p95 ? "p95" : "p99" }

    /// The share that must not take longer, thousandths.
    package var perMille: UInt64 { self == .p95 ? 950 : 990 }

    /// The share that may take longer, 0...1.
    package var allowedOver: Double { self == .p95 ? 0.05 : 0.01 }

    /// The target of an objective, milliseconds.
    package func milliseconds(_ objective: Objective) -> Double {
        self == .p95 ? objective.latencyP95Milliseconds : objective.latencyP99Milliseconds
    }

    /// How many events took longer.
    package func over(_ counts: Counts) -> UInt64 {
        self == .p95 ? counts.overP95 : counts.overP99
    }

    /// Whether so many of the measured events took longer that the percentile is above the target.
    package func isMissed(over: UInt64, measured: UInt64) -> Bool {
        let (high, low) = over.multipliedFullWidth(by: 1_000)
        let allowed = measured.multipliedFullWidth(by: 1_000 - perMille)
        return (high, low) > (allowed.high, allowed.low)
    }
}

/// The latencies of a window, and exact counts of the same events.
package struct LatencyFigures: Hashable, Sendable {
    /// Events whose latency was measured.
    package var measured: UInt64 = 0
    /// Of those, how many took longer than each target.
    package var counts = Counts()
    /// Percentiles in milliseconds, whole tenths; nil: none was measured.
    package var p50, p95, p99: Double?

    /// Nothing was measured.
    package init() {}

    /// The figures of a tally whose events were counted as `counts`.
    init(_ tally: Tally, _ counts: Counts, _ objective: Objective) {
        measured = tally.total
        self.counts = counts
        guard let median = tally.quantile(perMille: 500) else { return }
        p95 = shown(.p95, tally, objective)
        p99 = shown(.p99, tally, objective)
        p50 = min(Double(Self.tenths(median)) / 10, p95 ?? 0)
    }

    /// The share that took longer than a target, per cent; nil: none was measured.
    package func overPercent(_ target: LatencyTarget) -> Double? {
        measured == 0 ? nil : Double(target.over(counts)) / Double(measured) * 100
    }

    private static func tenths(_ milliseconds: Double) -> Int64 { Int64(milliseconds * 10 + 0.5) }

    /// Rule 3.  The percentile and the value shown for it are in the same bin, so only where the
    /// target is in that bin too can the two be on different sides of it.
    private func shown(
        _ target: LatencyTarget, _ tally: Tally, _ objective: Objective
    ) -> Double? {
        guard let value = tally.quantile(perMille: target.perMille) else { return nil }
        let limit = target.milliseconds(objective)
        var tenths = Self.tenths(value)
        let isMissed =
            LatencyBins.bin(value) == LatencyBins.bin(limit)
            ? target.isMissed(over: target.over(counts), measured: measured) : value > limit
        if isMissed {
            tenths = max(tenths, Int64(limit * 10))
            while Double(tenths) / 10 <= limit { tenths += 1 }
        } else {
            tenths = min(tenths, Int64(limit * 10) + 1)
            while Double(tenths) / 10 > limit { tenths -= 1 }
        }
        return Double(tenths) / 10
    }
}

/// A target as it is now.
package struct LatencyReading: Hashable, Sendable {
    /// How much of what is allowed took longer in the long window; nil: none was measured.
    package var burnLong: Double?
    /// The same of the short window.
    package var burnShort: Double?
    /// Whether the target is missed; nil: that cannot be told (rule 2).
    package var isMissed: Bool?
}

extension ServiceLevel {
    /// A target in the minute `last`.
    func reading(
        _ target: LatencyTarget, _ objective: Objective, _ last: Int64
    ) -> LatencyReading {
        let length = objective.latencyWindowMinutes
        func window(_ length: Int64) -> (measured: UInt64, over: UInt64) {
            (measured(length, endingWith: last), target.over(counts(length, endingWith: last)))
        }
        func burn(_ window: (measured: UInt64, over: UInt64)) -> Double? {
            window.measured == 0
                ? nil : Double(window.over) / Double(window.measured) / target.allowedOver
        }
        func isWithin(_ window: (measured: UInt64, over: UInt64)) -> Bool {
            window.measured > 0
                && !target.isMissed(over: window.over, measured: window.measured)
        }
        let long = window(length)
        let short = window(max(1, length / 6))
        var reading = LatencyReading(burnLong: burn(long), burnShort: burn(short), isMissed: nil)
        if isWithin(long) || isWithin(short) {
            reading.isMissed = false
        } else if long.measured >= UInt64(objective.minimumEvents),
            long.over >= UInt64(objective.minimumBad), short.measured > 0
        {
            reading.isMissed = true
        }
        return reading
    }
}
