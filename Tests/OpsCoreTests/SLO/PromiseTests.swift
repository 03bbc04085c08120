import Testing

@testable import OpsCore

/// Two promises about errors, each with its own label; the gate without data; baselines.
struct PromiseTests {
    let name = ObjectiveName.standard

    @Test("the source's healthy example, an error rate of 0.8 %, is healthy by the defaults")
    func healthy() throws {
        var traffic = Traffic([Objective(.standard)])
        try traffic.run(
            name, seconds: 3 * 86_400, perSecond: 10, badPerThousand: 8, step: 60)
        #expect(traffic.told.isEmpty)
        let report = try traffic.budget(name)
        #expect(report.isOK && report.state == .ok && report.band == .ok)
        #expect(report.indicator == "green")
        let left = report.promises.compactMap(\.leftPercent).map { Int($0 + 0.5) }
        #expect(left == [20, 20])
    }

    @Test("with 99.9 % promised both count, and no figure contradicts another")
    func both() throws {
        var traffic = Traffic([.of("default")])
        try traffic.run(
            name, seconds: 2 * 86_400, perSecond: 10, badPerThousand: 8, step: 60)
        let report = try traffic.budget(name)
        #expect(report.band == .ok && report.promises[1].state == .ok)
        #expect(report.promises[0].state == .firing)
        #expect(!report.isOK && report.indicator == "red")
        #expect(try traffic.status(name).state == .firing)
    }

    @Test("a daily budget burnt critically is not ok beside CRITICAL")
    func critical() throws {
        var traffic = Traffic([Objective(.standard)])
        try traffic.observe(name, good: 97, bad: 3)
        traffic.keep()
        let report = try traffic.budget(name)
        #expect(report.band == .critical && report.state == .firing)
        #expect(!report.isOK && report.indicator == "red")
    }

    @Test("the availability follows the daily budget unless it is set, and its alerts fit")
    func derived() {
        var objective = Objective(.standard)
        #expect(objective.availabilityPPM == 990_000)
        objective.dailyErrorBudgetPPM = 200_000
        #expect(objective.availabilityPPM == 800_000)
        #expect(objective.tiers == [.day, .threeDays])
        objective.dailyErrorBudgetPPM = 1_000_000
        #expect(objective.availabilityPPM == 1 && objective.tiers == [.threeDays])
        objective.promisedPPM = 999_000
        #expect(objective.tiers == BurnTier.allCases)
    }

    @Test("4: gate.unknown says what no data means; a closed part stays closed")
    func unknownGate() throws {
        for word in [GateWord.open, .closed, .unknown] {
            var rules = GateRules()
            rules.unknown = word
            let traffic = Traffic([.of()], gate: rules)
            #expect(traffic.gate.word == word)
            #expect(traffic.gate.reason.hasPrefix("api has had no data for 24 hours"))
            #expect(Traffic([], gate: rules).gate.word == word)
        }
        var rules = GateRules()
        rules.unknown = .open
        var traffic = Traffic([.of("default")], gate: rules)
        try traffic.run(
            name, seconds: 130 * 60, perSecond: 10, badPerThousand: 30, step: 10)
        try traffic.wait(seconds: 2 * 86_400, step: 60)
        #expect(traffic.gate.word == .closed)
    }

    @Test("5: an override is nobody's")
    func overrideNamesNobody() throws {
        var traffic = Traffic([.of("default")])
        try traffic.observe(name, good: 100)
        traffic.keep()
        for word in [GateWord.closed, .open] {
            try traffic.world.ask(
                .service(.gateOverride(word, milliseconds: 60_000, reason: "freeze")))
            #expect(traffic.gate.word == word)
            #expect(traffic.gate.objective == nil && traffic.gate.burnPercent == nil)
        }
        var silent = Traffic([.of()])
        try silent.world.ask(
            .service(.gateOverride(.closed, milliseconds: 60_000, reason: "freeze")))
        #expect(silent.gate.objective == nil)
    }

    @Test("a baseline needs no words where it is clear which is meant, and shows the new figures")
    func rebaseline() throws {
        var traffic = Traffic([.of("web")])
        try traffic.observe(.named("web"), good: 5, bad: 5)
        traffic.keep()
        let reply = try traffic.world.ask(.service(.rebaseline(nil, reason: "")), uid: 7)
        guard case .service(.rebaselined(let report))? = reply else { throw Wrong() }
        #expect(report.objective.name == .named("web"))
        #expect(report.counts.total == 0 && report.burnPercent == nil && report.state == .unknown)
        let event = try #require(traffic.told.last)
        #expect(event.kind == .sloRebaselined && event.reason == nil)
        #expect(event.details.contains("5 good and 5 bad events"))

        var several = Traffic([.of("api"), .of("default"), .of("web")])
        let standard = try several.world.ask(.service(.rebaseline(nil, reason: "")))
        guard case .service(.rebaselined(let chosen))? = standard else { throw Wrong() }
        #expect(chosen.objective.name == .standard)
        let unclear = Traffic([.of("api"), .of("web")]).world.refusal(
            .service(.rebaseline(nil, reason: "")))
        #expect(unclear?.code == .badArgument && unclear?.hint == "one of api, web")
    }
}
