import OpsTestKit
import Testing

@testable import OpsCore

/// The rules in LatencyTarget by number, and what a missed target is part of.
struct LatencyAlertTests {
    let api = ObjectiveName.named("api")

    /// This many minutes of 60 events each, `slow` of them over both targets.
    func run(_ traffic: inout Traffic, minutes: Int, slow: UInt64) throws {
        for _ in 0..<minutes {
            try traffic.world.ask(
                .service(
                    .observeMany(
                        api,
                        ObservationBatch(
                            good: 60, bad: 0,
                            latencies: [
                                .init(milliseconds: 3_000, count: slow),
                                .init(milliseconds: 20, count: 60 - slow),
                            ].filter { $0.count > 0 }), at: nil)))
            traffic.keep()
            traffic.world.advance(milliseconds: 60_000)
        }
        traffic.keep()
    }

    @Test("1: a missed target fires, is told, and is neither ok nor green")
    func fires() throws {
        var traffic = Traffic([.of()])
        try traffic.world.ask(
            .service(
                .observeMany(
                    api,
                    ObservationBatch(
                        good: 20_000, bad: 0, latencies: [.init(milliseconds: 3_000, count: 20_000)]
                    ), at: nil)))
        traffic.keep()
        let events = traffic.told
        #expect(events.map(\.kind) == [.sloFiring, .sloFiring])
        #expect(events.map(\.objective?.alert) == ["p95", "p99"])
        #expect(events.map(\.severity) == [.warning, .warning])
        #expect(events.first?.objective?.peakBurn == 20_000)
        let budget = try traffic.budget(api)
        #expect(!budget.isOK && budget.state == .firing && budget.indicator == "red")
        #expect(budget.band == .ok)
        let states = budget.promises.map(\.state)
        #expect(states == [.ok, .ok, .firing, .firing])
        #expect(try traffic.status(api).state == .firing)
    }

    @Test("1: exactly what is allowed misses nothing, one event more does")
    func edge() throws {
        var traffic = Traffic([.of { $0.latencyP99Milliseconds = 5_000 }])
        try run(&traffic, minutes: 40, slow: 3)
        #expect(traffic.told.isEmpty)
        try run(&traffic, minutes: 1, slow: 4)
        #expect(traffic.isFiring(api, .p95) && !traffic.isFiring(api, .p99))
    }

    @Test("1: a few slow events are none: min_events and min_bad count here, too")
    func few() throws {
        var traffic = Traffic([.of()])
        for count in [2, 16] as [UInt64] {
            try traffic.world.ask(
                .service(
                    .observeMany(
                        api,
                        ObservationBatch(
                            good: count, bad: 0,
                            latencies: [.init(milliseconds: 3_000, count: count)]), at: nil)))
            traffic.keep()
            #expect(traffic.told.isEmpty)
        }
        try run(&traffic, minutes: 1, slow: 3)
        #expect(traffic.isFiring(api, .p95))
    }

    @Test("1: events without a latency do not hide slow ones")
    func measuredOnly() throws {
        var traffic = Traffic([.of()])
        try traffic.observe(api, good: 1_000_000)
        try run(&traffic, minutes: 1, slow: 30)
        #expect(traffic.isFiring(api, .p95))
        #expect(try traffic.status(api).latency.overPercent(.p95) == 50)
    }

    @Test("2: over when the short window is within what is allowed; the window stays broken")
    func resolves() throws {
        var traffic = Traffic([.of()])
        try run(&traffic, minutes: 30, slow: 30)
        #expect(traffic.isFiring(api, .p95))
        try run(&traffic, minutes: 3, slow: 0)
        #expect(traffic.isFiring(api, .p95))
        try run(&traffic, minutes: 2, slow: 0)
        #expect(!traffic.isFiring(api, .p95) && !traffic.isFiring(api, .p99))
        #expect(traffic.told.last?.kind == .sloResolved)
        let budget = try traffic.budget(api)
        #expect(budget.state == .broken && !budget.isOK && budget.indicator == "yellow")
        #expect(
            traffic.world.replayed().image(at: traffic.world.now)
                == traffic.world.state.image(at: traffic.world.now))
    }

    @Test("2: events without latencies end it as unknown, a gap of some minutes does not")
    func unmeasured() throws {
        var traffic = Traffic([.of()])
        try run(&traffic, minutes: 10, slow: 30)
        try traffic.run(api, seconds: 15 * 60, perSecond: 10, step: 30)
        #expect(traffic.isFiring(api, .p95))
        try traffic.run(api, seconds: 20 * 60, perSecond: 10, step: 30)
        #expect(!traffic.isFiring(api, .p95))
        #expect(traffic.told.last?.kind == .sloUnknown)
    }

    @Test("3: a percentile is on the side of its target that the exact count says")
    func sides() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<400 {
            let limit = Double(Int.random(in: 1...2_000, using: &random)) / 2
            var objective = Objective.of()
            objective.latencyP95Milliseconds = limit
            objective.latencyP99Milliseconds = limit
            var tally = Tally()
            var counts = Counts()
            for _ in 0..<Int.random(in: 1...300, using: &random) {
                let latency = limit * Double.random(in: 0.98...1.001, using: &random)
                tally.add(1, bin: LatencyBins.bin(latency))
                counts.good += 1
                if latency > limit {
                    counts.overP95 += 1
                    counts.overP99 += 1
                }
            }
            let figures = LatencyFigures(tally, counts, objective)
            for (target, shown) in [(LatencyTarget.p95, figures.p95), (.p99, figures.p99)] {
                let value = try #require(shown)
                let isOver = counts.overP95 * 1_000 > tally.total * (1_000 - target.perMille)
                #expect((value > limit) == isOver, "\(limit): \(value)")
                #expect(Double(Int64(value * 10 + 0.5)) / 10 == value)
                #expect(abs(value - limit) <= limit * 0.03 + 0.1)
            }
        }
    }

    @Test(
        "3: percentiles of a window and its counts are of the same events", arguments: [1, 2, 30])
    func sameEvents(_ days: Int64) throws {
        var traffic = Traffic([.of()])
        for _ in 0..<35 {
            for _ in 0..<24 {
                try run(&traffic, minutes: 1, slow: 7)
                try traffic.wait(seconds: 3_533, step: 3_533)
            }
        }
        let report = try traffic.status(api, windowSeconds: Int(days) * 86_400)
        let share = try #require(report.latency.overPercent(.p95))
        #expect(abs(share - 7.0 / 60 * 100) < 1e-9)
        #expect(report.latency.measured >= UInt64(days) * 23 * 60)
    }

    @Test("a latency alert closes the gate where latency_gate says so, and opens it again")
    func gate() throws {
        var traffic = Traffic([
            .of {
                $0.latencyGates = true
            }
        ])
        try run(&traffic, minutes: 119, slow: 30)
        #expect(traffic.gate.word == .open)
        try run(&traffic, minutes: 3, slow: 30)
        #expect(traffic.gate.word == .closed)
        #expect(traffic.gate.reason == "api misses its p95 latency target")
        #expect(traffic.gates.last?.details.contains("p95 latency target") == true)
        try run(&traffic, minutes: 60, slow: 0)
        #expect(traffic.gate.word == .closed)
        #expect(traffic.gate.reason == "api has recovered, but not for long enough yet")
        try run(&traffic, minutes: 80, slow: 0)
        #expect(traffic.gate.word == .open)

        var without = Traffic([.of()])
        try run(&without, minutes: 130, slow: 30)
        #expect(without.gate.word == .open)
    }
}
