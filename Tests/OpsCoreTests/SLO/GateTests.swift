import Testing

@testable import OpsCore

/// The budget's arithmetic (S2-01, X-08, X-15), and the rules in State+Gate by number.
struct GateTests {
    let api = ObjectiveName.named("api")

    @Test("the source's own figures: 0.8 % over the window, 0.2 % today: burn 20, 80 left")
    func sourceExample() throws {
        var traffic = Traffic([.of()])
        try traffic.observe(api, good: 9_880, bad: 120)
        traffic.keep()
        try traffic.wait(seconds: 86_400 + 60, step: 60)
        try traffic.observe(api, good: 4_990, bad: 10)
        traffic.keep()
        let report = try traffic.budget(api)
        #expect(report.errorRatePercent == 130.0 / 15_000 * 100)
        #expect(report.burnPercent.map { Int($0 * 1_000 + 0.5) } == 20_000)
        #expect(Int(report.remainingPercent * 1_000 + 0.5) == 80_000)
        #expect(report.band == .ok)
    }

    @Test(
        "bands share edges as X-08 says",
        arguments: [
            (0, BurnBand.ok), (99.999, .ok), (100, .watch), (149.999, .watch), (150, .warning),
            (200, .warning), (200.001, .critical), (10_000, .critical), (nil, .unknown),
        ] as [(Double?, BurnBand)])
    func bands(_ percent: Double?, _ band: BurnBand) {
        #expect(BurnBand(percent) == band)
    }

    /// Bad events that burn this many per cent of the daily budget of 1 %, with steady traffic.
    func burn(_ traffic: inout Traffic, _ percent: UInt64, minutes: Int) throws {
        try traffic.run(
            api, seconds: minutes * 60, perSecond: 10, badPerThousand: percent / 10, step: 10)
    }

    @Test("1: above 200 for 120 minutes closes, below for as long opens; a dip starts anew")
    func closesAndOpens() throws {
        var traffic = Traffic([.of()])
        try burn(&traffic, 300, minutes: 119)
        #expect(traffic.gate.word == .open)
        #expect(traffic.gate.parts.first?.turns != nil)
        try burn(&traffic, 300, minutes: 2)
        #expect(traffic.gate.word == .closed)
        #expect(traffic.gate.objective == api)
        let closed = try #require(traffic.gates.last)
        #expect(closed.kind == .gateClosed && closed.severity == .critical)
        #expect(closed.objective?.objective == api)

        // Good traffic until the day's share is below 2 %, then 120 minutes more.
        var minutes = 0
        while traffic.gate.parts.first?.burnPercent ?? 0 >= 200, minutes < 2_000 {
            try burn(&traffic, 0, minutes: 1)
            minutes += 1
        }
        try burn(&traffic, 0, minutes: 118)
        #expect(traffic.gate.word == .closed)
        try burn(&traffic, 0, minutes: 3)
        #expect(traffic.gate.word == .open)
        #expect(traffic.gates.map(\.kind) == [.gateClosed, .gateOpened])
    }

    @Test("1: a dip below 200 starts the two hours anew")
    func dip() throws {
        var traffic = Traffic([.of()])
        try burn(&traffic, 210, minutes: 100)
        #expect(traffic.gate.parts.first?.turns != nil)
        // 100 minutes at 2.1 % and 10 at 0 % are 1.9 %.
        try burn(&traffic, 0, minutes: 10)
        #expect(traffic.gate.parts.first?.turns == nil)
        try burn(&traffic, 400, minutes: 60)
        #expect(traffic.gate.word == .open)
    }

    @Test("1: exactly 200 closes nothing")
    func edge() throws {
        var traffic = Traffic([.of()])
        try burn(&traffic, 200, minutes: 600)
        #expect(traffic.gate.word == .open)
        #expect(traffic.gate.parts.first?.turns == nil)
    }

    @Test("2, 4: without data it is unknown; closed stays closed, and says so")
    func unknown() throws {
        var traffic = Traffic([.of()])
        #expect(traffic.gate.word == .unknown)
        try burn(&traffic, 300, minutes: 130)
        #expect(traffic.gate.word == .closed)
        try traffic.wait(seconds: 2 * 86_400, step: 60)
        #expect(traffic.gate.word == .closed)
        #expect(Traffic([.of { $0.gates = false }]).gate.word == .unknown)
    }

    @Test("3: a new baseline opens it, and its event keeps the old figures")
    func rebaseline() throws {
        var traffic = Traffic([.of()])
        try burn(&traffic, 300, minutes: 130)
        #expect(traffic.gate.word == .closed)
        try traffic.world.ask(.service(.rebaseline(api, reason: "new database")), uid: 7)
        let event = try #require(traffic.told.last { $0.kind == .sloRebaselined })
        #expect(event.uid == 7 && event.reason == "new database")
        #expect(event.details.contains("75660 good and 2340 bad events"))
        #expect(traffic.gate.word == .unknown)
        try burn(&traffic, 0, minutes: 1)
        #expect(traffic.gate.word == .open)
        #expect(try traffic.budget(api).counts.bad == 0)
        #expect(
            traffic.world.replayed().image(at: traffic.world.now)
                == traffic.world.state.image(at: traffic.world.now))
    }

    @Test("4: one objective is enough to close it, and one that does not gate is not")
    func several() throws {
        let other = Objective.of("other") { $0.gates = false }
        var traffic = Traffic([.of(), other])
        for _ in 0..<130 {
            try traffic.run(other.name, seconds: 30, perSecond: 10, badPerThousand: 300, step: 30)
            try traffic.run(api, seconds: 30, perSecond: 10, step: 30)
        }
        #expect(traffic.gate.word == .open)
        #expect(traffic.gate.parts.map(\.name) == [api])
    }

    @Test("5: an override holds for its time, is recorded, ends by itself or by command")
    func overrides() throws {
        var traffic = Traffic([.of()])
        try burn(&traffic, 300, minutes: 130)
        let open = Command.service(.gateOverride(.open, milliseconds: 600_000, reason: "hotfix"))
        try traffic.world.ask(open, uid: 7)
        #expect(traffic.gate.word == .open)
        #expect(traffic.gate.override?.uid == 7)
        #expect(traffic.gate.override?.ttlSeconds == 600)
        traffic.world.advance(milliseconds: 599_999)
        traffic.keep()
        #expect(traffic.gate.word == .open)
        traffic.world.advance(milliseconds: 1)
        #expect(traffic.gate.word == .closed)
        traffic.keep()
        let kinds: [EventKind] = [.gateClosed, .gateOverride, .gateOverrideEnded]
        #expect(traffic.gates.map(\.kind) == kinds)
        try traffic.world.ask(
            .service(.gateOverride(.closed, milliseconds: 1_000, reason: "freeze")))
        try traffic.world.ask(.service(.gateOverride(nil, milliseconds: nil, reason: "")))
        #expect(traffic.gate.override == nil)
        #expect(
            traffic.world.refusal(.service(.gateOverride(nil, milliseconds: nil, reason: "")))?.code
                == .notFound)
        #expect(
            traffic.world.refusal(.service(.gateOverride(.open, milliseconds: nil, reason: "x")))?
                .code
                == .badArgument)
        #expect(
            traffic.world.replayed().image(at: traffic.world.now)
                == traffic.world.state.image(at: traffic.world.now))
    }

    @Test("a wall clock that is set does not shorten an override, nor the two hours")
    func clockSet() throws {
        var traffic = Traffic([.of()])
        try burn(&traffic, 300, minutes: 60)
        traffic.world.now.wall += 86_400_000_000_000
        traffic.world.commit(try #require(traffic.world.state.clockChange(at: traffic.world.now)))
        try burn(&traffic, 300, minutes: 30)
        #expect(traffic.gate.word == .open)
        try burn(&traffic, 300, minutes: 31)
        #expect(traffic.gate.word == .closed)
    }
}
