// How fast something grows, from what it was by the hour.  Slopes are medians of the slopes of
// pairs of points (Theil and Sen), so that a fifth of the points may be anything.  The rules,
// numbered as their tests:
//  F1. The slope of a day is that of the points of 24 hours, the slope of a week that of medians of
//      4 hours.
//  F2. A change within an hour or two that is far from what the hours around it do is a step: a
//      deletion, a copy.  One that does not come again is taken out, as if it had not been: what
//      grows after it grows as it did before.
//  F3. Steps that come again (at the same time one or two days off, or four of them in two days)
//      belong to what happens: log rotation, nightly backups.  Then whole days are compared, by
//      their medians: what is written and deleted within each is what the slope is without.
//  F4. Three hours in a row that all go the same way are no step, but a change of pace.
//  F5. There is no slope with less than a day of points, or with less than half of the last day.
//
// Source: P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, 1968.

/// The slopes of a series, KiB an hour.
package struct Growth: Hashable, Sendable {
    /// Of the last 24 hours.
    package var day: Double
    /// Of the last 7 days, or of what there is of them.
    package var week: Double

    /// The fewest points: a day of them.
    package static let leastHours = 24
    /// The fewest points of the last 24 hours.
    static let leastRecent = 12
    /// A step is at least this share of the size.
    static let stepShare = 0.005

    /// The slopes at the end of an hour; nil: too little is known (F5).
    /// - Parameter size: what there is room for, KiB: what counts as a step is a share of it.
    package init?(_ series: TrendSeries, at hour: Int64, size: Double) {
        let start = hour - 168
        let measured = series.points(from: start).filter { $0.hour <= 168 }
        let recent = measured.count { $0.hour > 144 }
        guard measured.count >= Self.leastHours, recent >= Self.leastRecent else { return nil }
        let (points, repeats) = Self.withoutSteps(measured, size)
        let lastDay = points.filter { $0.hour >= 144 }
        let ofDay = Self.slope(of: lastDay)
        let ofWeek = Self.slope(of: Self.thinned(points))
        if repeats {
            let days = Self.days(points)
            day = days.count < 2 ? ofDay : Self.slope(of: Array(days.suffix(2)))
            week = days.count < 2 ? ofWeek : Self.slope(of: days)
        } else {
            (day, week) = (ofDay, ofWeek)
        }
    }

    /// The median of the slopes of all pairs; 0 for fewer than two points.
    static func slope(of points: [TrendPoint]) -> Double {
        var slopes: [Double] = []
        slopes.reserveCapacity(points.count * (points.count - 1) / 2)
        for (index, one) in points.enumerated() {
            for other in points[(index + 1)...] {
                slopes.append((other.value - one.value) / (other.hour - one.hour))
            }
        }
        return median(&slopes)
    }

    /// Medians of whole days, the last of which ends now; of those of which half was measured.
    private static func days(_ points: [TrendPoint]) -> [TrendPoint] {
        (0..<7).compactMap { day in
            let (start, end) = (Double(day) * 24, Double(day + 1) * 24)
            var values = points.filter { $0.hour > start && $0.hour <= end }.map(\.value)
            return values.count < leastRecent
                ? nil : TrendPoint(hour: end, value: median(&values))
        }
    }

    /// Medians of each 4 hours.
    private static func thinned(_ points: [TrendPoint]) -> [TrendPoint] {
        var groups: [[TrendPoint]] = []
        for point in points {
            if let last = groups.last?.first, Int(last.hour) / 4 == Int(point.hour) / 4 {
                groups[groups.count - 1].append(point)
            } else {
                groups.append([point])
            }
        }
        return groups.map { group in
            var hours = group.map(\.hour)
            var values = group.map(\.value)
            return TrendPoint(hour: median(&hours), value: median(&values))
        }
    }

    /// F2 to F4: the points without steps that do not come again, and whether some do.
    private static func withoutSteps(
        _ points: [TrendPoint], _ size: Double
    ) -> (points: [TrendPoint], repeats: Bool) {
        let steps = steps(points, size)
        let coming = steps.filter { step in comesAgain(step, steps) }
        var rest = points
        for step in steps where !coming.contains(where: { $0.place == step.place }) {
            for index in step.place..<rest.count { rest[index].value -= step.excess }
        }
        return (rest, !coming.isEmpty)
    }

    /// A change that is far from what the hours around it do.
    private struct Step {
        /// The first point after it.
        var place: Int
        var hour: Double
        /// What it is beyond the usual pace.
        var excess: Double
    }

    private static func steps(_ points: [TrendPoint], _ size: Double) -> [Step] {
        var paces: [Double] = []
        for (one, other) in zip(points, points.dropFirst()) {
            paces.append((other.value - one.value) / (other.hour - one.hour))
        }
        var sorted = paces
        let usual = median(&sorted)
        var off = paces.map { abs($0 - usual) }
        let noise = 1.4826 * median(&off)
        var steps: [Step] = []
        for index in paces.indices {
            let span = points[index + 1].hour - points[index].hour
            let excess = (paces[index] - usual) * span
            if abs(excess) > max(size * stepShare, 8 * noise * span) {
                steps.append(Step(place: index + 1, hour: points[index + 1].hour, excess: excess))
            }
        }
        return steps.filter { step in !isPace(step, steps) }
    }

    /// F4: whether it is one of three in a row that go the same way.
    private static func isPace(_ step: Step, _ steps: [Step]) -> Bool {
        func goes(_ offset: Int) -> Bool {
            steps.contains {
                $0.place == step.place + offset && ($0.excess > 0) == (step.excess > 0)
            }
        }
        return goes(-1) && goes(1) || goes(1) && goes(2) || goes(-1) && goes(-2)
    }

    /// F3.
    private static func comesAgain(_ step: Step, _ steps: [Step]) -> Bool {
        let alike = steps.filter { ($0.excess > 0) == (step.excess > 0) }
        let isDaily = alike.contains { other in
            let apart = abs(other.hour - step.hour)
            return abs(apart - 24) <= 1 || abs(apart - 48) <= 1
        }
        return isDaily || alike.count { abs($0.hour - step.hour) <= 24 } >= 4
    }

    /// The median; 0 of nothing.
    static func median(_ values: inout [Double]) -> Double {
        if values.isEmpty { return 0 }
        values.sort()
        let middle = values.count / 2
        return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
    }
}
