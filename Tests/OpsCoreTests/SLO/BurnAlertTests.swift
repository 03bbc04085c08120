import Testing

@testable import OpsCore

/// Hand-worked traffic (point 5 of what was asked), and the rules in State+BurnAlerts by number.
///
/// The Workbook's formula: with a share `e` of bad events, an alert of factor `f` over a long
/// window `w` fires after `(1 - SLO) / e * w * f`, on top of steady good traffic.
struct BurnAlertTests {
    let api = ObjectiveName.named("api")

    /// Steady good traffic for this long.
    func steady(_ days: Int, _ objective: Objective = .of()) throws -> Traffic {
        var traffic = Traffic([objective])
        try traffic.run(objective.name, seconds: days * 86_400, perSecond: 10, step: 60)
        #expect(traffic.told.isEmpty)
        return traffic
    }

    @Test(
        "a hard outage: the page comes after 51.84 s, and after 99.9 %'s own share of it at 50 %",
        arguments: [(1_000, 52), (500, 104), (100, 519)])
    func hardOutage(_ badPerThousand: UInt64, _ seconds: Int) throws {
        var traffic = try steady(2)
        let fired = try #require(
            try traffic.run(
                api, seconds: 3_600, perSecond: 10, badPerThousand: badPerThousand,
                until: { $0.isFiring(api, .hour) }))
        // Windows begin on whole minutes, so the long one is up to a minute short.
        #expect(fired <= seconds && fired >= seconds * 59 / 60 - 1, "\(fired)")
        let event = try #require(traffic.told.last)
        #expect(event.kind == .sloFiring && event.severity == .critical)
        #expect(event.objective?.alert == "1h" && event.objective?.objective == api)
        #expect((event.objective?.peakBurn ?? 0) > 14_400)
    }

    @Test(
        "a slow burn: each tier by the formula, the fast ones never",
        arguments: [
            // burn 7: 6 h after 6/7 of 6 h; burn 4: 1 d after 3/4 of a day; burn 2: 3 d after half.
            (7 as UInt64, AlertKind.sixHours, 18_514), (4, .day, 64_800), (2, .threeDays, 129_600),
        ])
    func slowBurn(_ burn: UInt64, _ kind: AlertKind, _ seconds: Int) throws {
        var even = Traffic([.of()])
        try even.run(api, seconds: 4 * 86_400, perSecond: 100, step: 60)
        let later = try #require(
            try even.run(
                api, seconds: 4 * 86_400, perSecond: 100, badPerThousand: burn, step: 30,
                until: { !$0.told.isEmpty }))
        #expect(abs(later - seconds) <= 120, "\(later)")
        #expect(even.told.map(\.objective?.alert) == [kind.name])
        #expect(even.told.map(\.severity) == [kind.tier?.isPage == true ? .critical : .warning])
    }

    @Test("a burn of exactly 1 fires nothing, for ever")
    func withinBudget() throws {
        var traffic = Traffic([.of()])
        try traffic.run(api, seconds: 6 * 86_400, perSecond: 100, badPerThousand: 1, step: 60)
        #expect(traffic.told.isEmpty)
    }

    @Test("2: over when the short window is clean: five to six minutes after the outage")
    func resolved() throws {
        var traffic = try steady(1)
        try traffic.run(api, seconds: 600, perSecond: 10, badPerThousand: 1_000)
        #expect(traffic.isFiring(api, .hour))
        let over = try #require(
            try traffic.run(
                api, seconds: 3_600, perSecond: 10, until: { !$0.isFiring(api, .hour) }))
        #expect(over >= 240 && over <= 360, "\(over)")
        let event = try #require(traffic.told.last { $0.objective?.alert == "1h" })
        #expect(event.kind == .sloResolved)
        #expect(event.objective?.peakBurn ?? 0 > 100_000)
        let duration = try #require(event.objective?.durationSeconds)
        #expect(abs(duration - Int64(600 - 52 + over)) <= 3)
    }

    @Test("a flap of a minute an hour burns budget, but wakes nobody twice for one minute")
    func flap() throws {
        var traffic = try steady(4)
        for _ in 0..<6 {
            try traffic.run(api, seconds: 20, perSecond: 10, badPerThousand: 1_000)
            try traffic.run(api, seconds: 3_580, perSecond: 10)
        }
        // 20 s of an hour are a burn of 5.6: below 14.4, and below 6 over six hours.
        #expect(!traffic.told.contains { $0.severity == .critical })
        #expect(traffic.told.filter { $0.kind == .sloFiring }.count <= 2)
    }

    @Test("low traffic: below the minimum of events or of bad ones nothing fires")
    func lowTraffic() throws {
        var traffic = Traffic([
            .of {
                $0.minimumEvents = 20; $0.minimumBad = 3
            }
        ])
        // One event in 10 minutes, every one bad: 6 in an hour, 36 in six hours.
        for _ in 0..<19 {
            try traffic.observe(api, good: 0, bad: 1)
            traffic.keep()
            try traffic.wait(seconds: 600, step: 60)
        }
        #expect(traffic.told.isEmpty)
        for _ in 0..<18 {
            try traffic.observe(api, good: 0, bad: 1)
            traffic.keep()
            try traffic.wait(seconds: 600, step: 60)
        }
        #expect(traffic.told.first?.objective?.alert == "6h")

        var two = Traffic([.of { $0.minimumBad = 3 }])
        try two.run(api, seconds: 600, perSecond: 1)
        try two.observe(api, good: 0, bad: 2)
        try two.run(api, seconds: 60, perSecond: 1)
        #expect(two.told.isEmpty)
    }

    @Test(
        "1: at least the minimum of events and of bad ones, no more is asked",
        arguments: [
            // 20 and 3: exactly both, one too few of either, exactly one of them.
            (17, 3, true), (16, 3, false), (18, 2, false), (16, 4, true), (15, 4, false),
            (97, 3, true), (98, 2, false),
        ] as [(UInt64, UInt64, Bool)])
    func minimum(_ good: UInt64, _ bad: UInt64, _ fires: Bool) throws {
        let objective = Objective.of {
            $0.minimumEvents = 20
            $0.minimumBad = 3
        }
        var traffic = Traffic([objective])
        try traffic.observe(api, good: good, bad: bad)
        traffic.keep()
        // At the least of these the budget burns twenty times too fast: the factor of 1h is 14.4.
        #expect(traffic.isFiring(api, .hour) == fires)
        #expect(traffic.told.isEmpty == !fires)
    }

    @Test("3: a lower tier is quiet while a higher one fires, and speaks when that one has ended")
    func suppression() throws {
        var traffic = try steady(4)
        try traffic.run(api, seconds: 5_400, perSecond: 10, badPerThousand: 1_000)
        #expect(traffic.told.map(\.objective?.alert) == ["1h"])
        let states = try traffic.status(api).alerts.map(\.state)
        #expect(states.prefix(2) == [.firing, .suppressed])
        try traffic.run(api, seconds: 420, perSecond: 10)
        let alerts = traffic.told.map { "\($0.kind.rawValue) \($0.objective?.alert ?? "")" }
        #expect(alerts == ["slo_firing 1h", "slo_resolved 1h", "slo_firing 6h"])
    }

    @Test("4: no traffic is unknown after a hundredth of the window, and ends what was firing")
    func silence() throws {
        var traffic = try steady(1)
        try traffic.run(api, seconds: 300, perSecond: 10, badPerThousand: 1_000)
        #expect(traffic.isFiring(api, .hour))
        let count = traffic.told.count
        var passed = 0
        while traffic.told.count == count, passed < 90_000 {
            try traffic.wait(seconds: 10)
            passed += 10
        }
        #expect(abs(passed - 432 * 60) <= 70, "\(passed)")
        let new = traffic.told.dropFirst(count).map {
            "\($0.kind.rawValue) \($0.objective?.alert ?? "")"
        }
        #expect(new == ["slo_unknown 1h", "slo_unknown no_data"])
        #expect(try traffic.status(api).state == .unknown)
        try traffic.wait(seconds: 86_400)
        #expect(traffic.told.count == count + 2)
        try traffic.run(api, seconds: 5, perSecond: 1)
        #expect(traffic.told.last?.kind == .sloResolved)
        #expect(traffic.told.last?.objective?.alert == "no_data")
    }

    @Test("an objective that never had an event is unknown, without an event about it")
    func neverAny() throws {
        var traffic = Traffic([.of()])
        try traffic.wait(seconds: 86_400, step: 60)
        #expect(traffic.told.isEmpty)
        #expect(try traffic.status(api).state == .unknown)
        #expect(try traffic.budget(api).band == .unknown)
        #expect(try traffic.budget(api).remainingPercent == 100)
    }

    @Test("a short gap says nothing: what fires goes on, and good traffic ends it")
    func gap() throws {
        var traffic = try steady(1)
        try traffic.run(api, seconds: 300, perSecond: 10, badPerThousand: 1_000)
        try traffic.wait(seconds: 900)
        #expect(traffic.isFiring(api, .hour))
        try traffic.run(api, seconds: 30, perSecond: 10)
        #expect(!traffic.isFiring(api, .hour))
    }

    @Test("5: a higher peak is logged once a minute at most, and is in the last event")
    func peak() throws {
        var traffic = try steady(1)
        try traffic.run(
            api, seconds: 600, perSecond: 10, badPerThousand: 1_000,
            until: { $0.isFiring(api, .hour) })
        let before = traffic.world.log.count
        try traffic.run(api, seconds: 600, perSecond: 10, badPerThousand: 1_000)
        let higher = traffic.world.log[before...].filter {
            if case .domain(.service(.alerted(let change))) = $0.0 {
                change.phase == .higher
            } else {
                false
            }
        }
        #expect((9...11).contains(higher.count))
        #expect(
            traffic.world.replayed().image(at: traffic.world.now)
                == traffic.world.state.image(at: traffic.world.now))
    }

    @Test("factors are rescaled to the window, and what can never fire is known")
    func factors() {
        let month = BurnTier.allCases.map { $0.factor(windowMinutes: 43_200) }
        #expect(month == [14.4, 6, 3, 1])
        let week = BurnTier.allCases.map { $0.factor(windowMinutes: 10_080) }
        #expect(week.map { Int($0 * 1_000 + 0.5) } == [3_360, 1_400, 700, 233])
        #expect(Objective.of(windowDays: 7).tiers == [.hour, .sixHours])
        // 14.4 times too fast needs a target above 93.06 %.
        #expect(BurnTier.hour.misfit(in: .of(availability: 930_500)) == .neverReached(factor: 14.4))
        #expect(BurnTier.hour.misfit(in: .of(availability: 930_600)) == nil)
        #expect(BurnTier.threeDays.misfit(in: .of(windowDays: 2)) == .windowTooShort)
    }

    @Test("an alert that is taken out of the configuration ends")
    func takenOut() throws {
        var traffic = try steady(1)
        try traffic.run(api, seconds: 300, perSecond: 10, badPerThousand: 1_000)
        #expect(traffic.isFiring(api, .hour))
        traffic.world.state.adopt([.of { $0.alerts = [] }], GateRules())
        traffic.keep()
        #expect(!traffic.isFiring(api, .hour))
        #expect(traffic.told.last?.kind == .sloResolved)
    }
}
