// How full something was, by the hour, for a week: 8 bytes an hour, and as many for how far the
// forecast of a day before was off.  Hours are those of the service clock, which never goes back.

/// Hours in a row, some of them without a measurement.
package struct TrendSeries: Hashable, Sendable {
    /// The most hours: a week and the hour that ends it.
    package static let limit = 169
    /// An hour without a measurement.
    private static let gap = Int64.min

    /// The first hour; means nothing where there is none.
    package private(set) var first: Int64 = 0
    /// KiB by hour.
    private var values: [Int64] = []

    /// No hours.
    package init() {}

    /// As a file has it; nil: no such series.
    package init?(first: Int64, _ values: [Int64?]) {
        guard values.count <= Self.limit, first >= 0, first < 1 << 40 else { return nil }
        self.first = first
        self.values = values.map { $0 ?? Self.gap }
    }

    /// All hours, nil for those without a measurement.
    package var all: [Int64?] { values.map { $0 == Self.gap ? nil : $0 } }

    /// The hour after the last.
    package var end: Int64 { first + Int64(values.count) }

    /// Whether nothing was measured.
    package var isEmpty: Bool { values.isEmpty }

    /// What was measured in an hour.
    package subscript(hour: Int64) -> Int64? {
        guard hour >= first, hour < end else { return nil }
        let value = values[Int(hour - first)]
        return value == Self.gap ? nil : value
    }

    /// Sets an hour: a later one than all others, or one that is there.  Hours that are more than a
    /// week older go.
    package mutating func set(_ value: Int64, at hour: Int64) {
        if values.isEmpty || hour - first >= 2 * Int64(Self.limit) {
            first = hour
            values = [value]
            return
        }
        if hour < first { return }
        while end <= hour { values.append(Self.gap) }
        values[Int(hour - first)] = value
        let surplus = values.count - Self.limit
        if surplus > 0 {
            values.removeFirst(surplus)
            first += Int64(surplus)
        }
    }

    /// The hours from `start` on that were measured, ascending.
    package func points(from start: Int64) -> [TrendPoint] {
        var points: [TrendPoint] = []
        for hour in max(start, first)..<max(start, first, end) {
            if let value = self[hour] {
                points.append(TrendPoint(hour: Double(hour - start), value: Double(value)))
            }
        }
        return points
    }
}

/// One measurement.
package struct TrendPoint: Hashable, Sendable {
    /// Hours since some beginning.
    package var hour: Double
    /// KiB.
    package var value: Double

    package init(hour: Double, value: Double) {
        self.hour = hour
        self.value = value
    }
}
