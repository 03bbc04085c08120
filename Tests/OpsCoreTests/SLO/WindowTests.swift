import OpsTestKit
import Testing

@testable import OpsCore

/// Windows against a recount of every observation (point 9 of what was asked).
struct WindowTests {
    @Test("the counts of any window are those of a recount", arguments: 1...6)
    func recount(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let objective = Objective.of()
        var traffic = Traffic([objective])
        var raw: [(minute: Int64, counts: Counts)] = []
        for _ in 0..<600 {
            let jump = [0, 0, 1_000, 20_000, 61_000, 3_000_000, 90_000_000][
                Int.random(in: 0..<7, using: &random)]
            // A daemon keeps once a second.
            if jump > 0 { traffic.keep() }
            traffic.world.advance(milliseconds: Int64(jump))
            if Int.random(in: 0..<20, using: &random) == 0 {
                traffic.world.now.wall +=
                    Int64.random(in: -9...9, using: &random) * 86_400_000_000_000
                if let change = traffic.world.state.clockChange(at: traffic.world.now) {
                    traffic.world.commit(change)
                }
            }
            let latency = Double.random(in: 0...2_000, using: &random)
            let isGood = Bool.random(using: &random)
            let age = Int64.random(in: 0...3_600_000, using: &random)
            let isLate = Bool.random(using: &random)
            let state = traffic.world.state
            let at = traffic.world.now.bootMilliseconds + state.clockOffset - age
            try traffic.world.ask(
                .service(
                    .observe(
                        objective.name,
                        Observation(latencyMilliseconds: latency, isGood: isGood),
                        at: isLate ? at : nil)))
            let clock = state.serviceMilliseconds(at: traffic.world.now)
            raw.append(
                (
                    (isLate ? clock - age : clock) / 60_000,
                    Counts(
                        good: isGood ? 1 : 0, bad: isGood ? 0 : 1, overP95: latency > 800 ? 1 : 0,
                        overP99: latency > 1_200 ? 1 : 0)
                ))
        }
        traffic.keep()
        let level = try #require(traffic.world.state.services.levels[objective.name])
        let now = traffic.world.state.serviceMinute(at: traffic.world.now)
        for length: Int64 in [1, 2, 5, 59, 60, 61, 1_440, 10_080, 43_199, 43_200] {
            for back: Int64 in [0, 1, 60, 1_440] where length + back <= 43_200 {
                let last = now - back
                let expected = raw.filter { $0.minute > last - length && $0.minute <= last }
                    .reduce(Counts()) { $0 &+ $1.counts }
                #expect(level.counts(length, endingWith: last) == expected)
            }
        }
        #expect(
            traffic.world.replayed().image(at: traffic.world.now)
                == traffic.world.state.image(at: traffic.world.now))
    }

    @Test("a minute falls out of its window and of the ring, and not before")
    func edges() {
        var ring = MinuteRing()
        #expect(ring.window(60, endingWith: 100) == Counts())
        ring.add(Counts(good: 1), minute: 1_000_000)
        for length: Int64 in [1, 60, 43_200] {
            #expect(ring.window(length, endingWith: 1_000_000 + length - 1).good == 1)
            #expect(ring.window(length, endingWith: 1_000_000 + length).good == 0)
            #expect(ring.window(length, endingWith: 999_999).good == 0)
        }
        ring.add(Counts(good: 1), minute: 1_043_199)
        #expect(ring.entries.map(\.minute) == [1_000_000, 1_043_199])
        ring.add(Counts(bad: 1), minute: 1_043_200)
        #expect(ring.entries.map(\.minute) == [1_043_199, 1_043_200])
        #expect(ring.add(Counts(good: 1), minute: 1_000_000) == false)
        #expect(ring.window(.max, endingWith: 1_043_200).total == 2)
        ring.add(Counts(good: 5), minute: 9_000_000)
        #expect(ring.entries.map(\.minute) == [9_000_000])
        #expect(ring.add(Counts(good: 1), minute: -1) == false)
        #expect(ring.add(Counts(good: 1), minute: .max) == false)
    }

    @Test("percentiles come from all events of the window, never from other percentiles")
    func percentiles() throws {
        let objective = Objective.of()
        var traffic = Traffic([objective])
        // An hour of 1,000 fast ones, an hour of 10 slow ones: the mean of the p95s would be 450.
        for (count, latency) in [(1_000, 100.0), (10, 800.0)] {
            for _ in 0..<count {
                try traffic.world.ask(
                    .service(
                        .observe(
                            objective.name, Observation(latencyMilliseconds: latency, isGood: true),
                            at: nil)))
            }
            traffic.keep()
            traffic.world.advance(milliseconds: 3_600_000)
        }
        let report = try traffic.status(objective.name)
        let p95 = try #require(report.latency.p95)
        #expect(abs(p95 - 100) <= 1)
        let p99 = try #require(traffic.status(objective.name, windowSeconds: 3 * 3_600).latency.p99)
        #expect(abs(p99 - 100) <= 1)
        let lastOnly = try #require(
            traffic.status(objective.name, windowSeconds: 4_000).latency.p50)
        #expect(abs(lastOnly - 800) <= 8)
    }

    @Test("a month's latencies are the sum of its hours, as they come and go")
    func rollingLatencies() {
        var level = ServiceLevel(.standard, baseline: 0)
        var scratch = Tally()
        var raw: [(minute: Int64, bin: UInt16)] = []
        var random = SeededGenerator(seed: 5)
        var minute: Int64 = 30_000_000
        for number in 1...2_000 {
            minute += Int64.random(in: 0...90, using: &random)
            let bin = UInt16.random(in: 0..<UInt16(LatencyBins.count), using: &random)
            raw.append((minute, bin))
            level.add(
                ObservedDelta(
                    name: .standard, number: UInt64(number), minute: minute,
                    counts: Counts(good: 1), bins: [BinCount(bin: bin, count: 1)]), &scratch)
        }
        for days: Int64 in [2, 7, 14, 30] {
            // Of the hour before 30 days not every minute is kept.
            let first = minute - days * 1_440 + 1
            let hour = first / 60 + (days == 30 && first % 60 > 0 ? 1 : 0)
            var expected = Tally()
            for one in raw where one.minute / 60 >= hour { expected.add(1, bin: Int(one.bin)) }
            #expect(level.latencies(days * 1_440, endingWith: minute) == expected)
        }
        for length: Int64 in [1, 60, 1_440] {
            var expected = Tally()
            for one in raw where one.minute > minute - length { expected.add(1, bin: Int(one.bin)) }
            #expect(level.latencies(length, endingWith: minute) == expected)
        }
        let later = minute + 43_200 + 120
        #expect(level.latencies(43_200, endingWith: later).total == 0)
    }

    @Test("30 days of usual traffic take less than 5 MB, the worst less than 12 MB")
    func memory() {
        func level(bins: ClosedRange<Int>, perBinAndMinute: UInt64) -> ServiceLevel {
            var level = ServiceLevel(.standard, baseline: 0)
            var scratch = Tally()
            let counts = bins.map {
                BinCount(bin: UInt16($0), count: perBinAndMinute + UInt64($0 % 3))
            }
            let hourly = counts.map { BinCount(bin: $0.bin, count: $0.count * 60) }
            let start: Int64 = 30_000_000
            for minute in [start, start + 43_199] { level.add(Counts(good: 1), minute: minute) }
            for hour in 0..<Int64(721) { level.add(hourly, hour: start / 60 + hour, &scratch) }
            for minute in 0..<Int64(1_440) { level.add(counts, minute: start + minute, &scratch) }
            return level
        }
        // Latencies from 5 to 500 ms: about 240 bins, some ten events a second.
        let usual = level(
            bins: LatencyBins.bin(5)...LatencyBins.bin(500), perBinAndMinute: 3)
        #expect(usual.bytes < 5_000_000, "\(usual.bytes)")
        // A million a second, in every bin there is.
        let worst = level(
            bins: 0...(LatencyBins.count - 1),
            perBinAndMinute: 60_000_000 / UInt64(LatencyBins.count))
        #expect(worst.bytes < 12_000_000, "\(worst.bytes)")
    }
}
