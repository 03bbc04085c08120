// Slopes against patterns of which the answer is known, and against a slow model.  The rules are
// numbered in Growth.swift.

import OpsTestKit
import Testing

@testable import OpsCore

/// GiB in KiB.
private let gib = 1_048_576.0

/// Ten days by the hour, of a file system of 1,000 GiB.
private struct Disk {
    static let size = 1_000 * gib
    var series = TrendSeries()

    init(hours: Int = 240, _ used: (Int) -> Double) {
        for hour in 0..<hours { series.set(Int64(used(hour) * gib), at: Int64(1_000 + hour)) }
    }

    /// Slopes at an hour, GiB an hour.
    func growth(at hour: Int) -> (day: Double, week: Double)? {
        Growth(series, at: Int64(1_000 + hour), size: Self.size).map {
            ($0.day / gib, $0.week / gib)
        }
    }
}

@Suite struct GrowthTests {
    /// Hours at which each pattern is looked at: every phase of a day, and days apart.
    static let looks = Array(stride(from: 168, to: 240, by: 5))

    /// F1.
    @Test func whatGrowsByTheHourIsExact() throws {
        let disk = Disk { 100 + Double($0) }
        for look in Self.looks {
            let growth = try #require(disk.growth(at: look))
            #expect(abs(growth.day - 1) < 1e-6 && abs(growth.week - 1) < 1e-6)
        }
        let flat = Disk { _ in 500 }
        #expect(flat.growth(at: 200)?.day == 0 && flat.growth(at: 200)?.week == 0)
    }

    /// F5.
    @Test func aDayIsNeeded() {
        let disk = Disk { 100 + Double($0) }
        #expect(Disk(hours: 23) { Double($0) }.growth(at: 22) == nil)
        #expect(Disk(hours: 24) { Double($0) }.growth(at: 23) != nil)
        // A month off: what was before is too old.
        var series = disk.series
        #expect(Growth(series, at: 1_000 + 240 + 720, size: Disk.size) == nil)
        for hour in 0..<23 { series.set(Int64(hour), at: Int64(1_000 + 960 + hour)) }
        #expect(Growth(series, at: 1_000 + 982, size: Disk.size) == nil)
        series.set(23, at: 1_000 + 983)
        #expect(Growth(series, at: 1_000 + 983, size: Disk.size) != nil)
        // Half of the last day is missing.
        var sparse = TrendSeries()
        for hour in 0..<100 where hour < 80 || hour % 2 == 0 { sparse.set(1, at: Int64(hour)) }
        #expect(Growth(sparse, at: 99, size: 1_000) != nil)
        var sparser = TrendSeries()
        for hour in 0..<100 where hour < 80 || hour % 4 == 0 { sparser.set(1, at: Int64(hour)) }
        #expect(Growth(sparser, at: 99, size: 1_000) == nil)
    }

    /// Noise of 1 % of the size hides nothing.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func noiseIsNoGrowth(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let disk = Disk { 100 + Double($0) + Double(random.next() % 1_000) / 100 - 5 }
        for look in Self.looks {
            let growth = try #require(disk.growth(at: look))
            #expect((0.6...1.4).contains(growth.day), "\(look): \(growth)")
            #expect((0.9...1.1).contains(growth.week), "\(look): \(growth)")
        }
    }

    /// F2: a deletion, a copy: the pace goes on as before.
    @Test(arguments: [-300.0, -40, 40, 200], [150, 180, 200, 220, 235])
    func aStepIsTakenOut(step: Double, at hour: Int) throws {
        let disk = Disk { 400 + Double($0) * 0.5 + ($0 >= hour ? step : 0) }
        for look in Self.looks {
            let growth = try #require(disk.growth(at: look))
            #expect(abs(growth.day - 0.5) < 0.01 && abs(growth.week - 0.5) < 0.01, "\(look)")
        }
        // Over two hours, too.
        let slow = Disk {
            400 + Double($0) * 0.5 + ($0 >= hour ? step / 2 : 0) + ($0 > hour ? step / 2 : 0)
        }
        for look in Self.looks {
            let growth = try #require(slow.growth(at: look))
            #expect(abs(growth.day - 0.5) < 0.1 && abs(growth.week - 0.5) < 0.1, "\(look)")
        }
    }

    /// Two clean-ups in a week are no habit.
    @Test func twoDeletionsAreNoHabit() throws {
        let disk = Disk {
            300 + Double($0) - ($0 >= 100 ? 80 : 0) - ($0 >= 195 ? 80 : 0)
        }
        for look in Self.looks {
            let growth = try #require(disk.growth(at: look))
            #expect(abs(growth.day - 1) < 0.01 && abs(growth.week - 1) < 0.01, "\(look)")
        }
    }

    /// F3: logs that are rotated each night are neither full tomorrow nor never.
    @Test func aSawToothIsWhatItGrowsBy() throws {
        let still = Disk { 900 + Double($0 % 24) }
        let growing = Disk { 500 + Double($0 % 24) + Double($0) * 0.1 }
        for look in Self.looks {
            let none = try #require(still.growth(at: look))
            #expect(abs(none.day) < 0.01 && abs(none.week) < 0.01, "\(look): \(none)")
            let some = try #require(growing.growth(at: look))
            #expect(abs(some.day - 0.1) < 0.02 && abs(some.week - 0.1) < 0.02, "\(look): \(some)")
        }
    }

    /// The same where it is rotated by size, at any time.
    @Test(arguments: [5, 6, 7, 9]) func aSawToothOfHours(period: Int) throws {
        let disk = Disk { 700 + Double($0 % period) * 10 + Double($0) * 0.1 }
        for look in Self.looks {
            let growth = try #require(disk.growth(at: look))
            #expect(growth.week > 0 && growth.week < 0.5, "\(look): \(growth)")
            #expect(abs(growth.day) < 1.5, "far from the 10 of its teeth: \(growth)")
        }
    }

    /// F3: a backup each night that nobody deletes.
    @Test func stepsThatComeAgainCount() throws {
        let disk = Disk { 300 + Double(($0 + 22) / 24) * 24 }
        for look in Self.looks {
            let growth = try #require(disk.growth(at: look))
            #expect(abs(growth.day - 1) < 0.01 && abs(growth.week - 1) < 0.01, "\(look)")
        }
    }

    /// F4: what fills for hours is told by the slope of a day, within a day.
    @Test func aChangeOfPaceIsSeen() throws {
        let disk = Disk { 300 + ($0 > 190 ? Double($0 - 190) * 10 : 0) }
        #expect(try #require(disk.growth(at: 190)).day == 0)
        #expect(try #require(disk.growth(at: 205)).day > 5)
        #expect(abs(try #require(disk.growth(at: 214)).day - 10) < 0.01)
    }

    /// The plain slope against one that is written down as in the book.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func theSlopeIsTheMedianOfAll(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var points: [TrendPoint] = []
        for hour in 0..<Int(random.next() % 30) {
            points.append(
                TrendPoint(hour: Double(hour), value: Double(random.next() % 1_000)))
        }
        var slopes: [Double] = []
        for i in points.indices {
            for j in points.indices where j > i {
                slopes.append(
                    (points[j].value - points[i].value) / (points[j].hour - points[i].hour))
            }
        }
        slopes.sort()
        let count = slopes.count
        let expected =
            count == 0
            ? 0
            : count % 2 == 1 ? slopes[count / 2] : (slopes[count / 2 - 1] + slopes[count / 2]) / 2
        #expect(Growth.slope(of: points) == expected)
    }

    /// Whatever is measured, no sum overflows and nothing traps.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func anythingIsTaken(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var trend = Trend(id: .memory, size: 1 << 54)
        var hour: Int64 = random.pick([0, 5, (1 << 40) - 900])
        for _ in 0..<400 {
            hour += random.pick([1, 1, 1, 1, 2, 30, 168, 400, 0])
            trend.add(
                random.pick([0, 1, 1 << 54, Int64(random.next() >> 11)]),
                size: random.pick([1, 1 << 54]), at: hour)
            #expect(trend.used.all.count <= TrendSeries.limit && trend.guesses.count <= 25)
            #expect(trend.used.end == hour + 1 || trend.used.end > hour)
            _ = trend.error
        }
    }
}
