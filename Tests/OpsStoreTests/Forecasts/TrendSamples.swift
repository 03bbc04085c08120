// Made-up trends.

import OpsTestKit

@testable import OpsCore

extension SeededGenerator {
    mutating func trendID() -> TrendID {
        pick([
            .memory, .swap, TrendID(mount: "/") ?? .memory,
            TrendID(mount: "/srv/\"é\" \u{1}") ?? .memory,
        ])
    }

    private mutating func series(_ values: [Int64?]) -> TrendSeries {
        let first: Int64 = pick([0, 489_000, (1 << 40) - 1])
        let count = pick([0, 1, 24, TrendSeries.limit])
        return TrendSeries(first: first, (0..<count).map { _ in pick(values) }) ?? TrendSeries()
    }

    mutating func trend() -> Trend {
        var trend = Trend(id: trendID(), size: pick([1, 1 << 53]))
        trend.used = series([nil, 0, 5, 1 << 54])
        trend.misses = series([nil, 0, -(1 << 54), 1 << 54])
        for _ in 0..<pick([0, 1, 25]) {
            trend.guesses.append(
                TrendGuess(hour: pick([0, 489_000]), used: pick([0, 1 << 54])))
        }
        return trend
    }
}
