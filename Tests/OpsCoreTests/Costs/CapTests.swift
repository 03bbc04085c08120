// Levels, alerts, caps set by command, the forecast, and a month against an exact recount.

import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct CapTests {
    /// S2-22, to the digit.
    @Test func theExampleOfTheDocument() throws {
        var spending = Spending()
        try spending.record(.big, "12.30")
        try spending.record(.small, "6.20")
        spending.keep()
        let status = spending.status
        #expect(status.total.spent == usd("18.50") && status.total.cap == usd("25"))
        #expect(status.total.utilization == 740)
        #expect(spending.figures(.big)?.utilization == 820)
        #expect(spending.figures(.small)?.utilization == 620)
        #expect(status.level.name == "OK" && status.level.action == "NONE")
    }

    /// S2-25: both thresholds are inclusive, and the worst of all and of the models counts.
    @Test(arguments: [
        ("22.499999", CostLevel.fine), ("22.5", .warning), ("24.999999", .warning),
        ("25", .critical), ("26", .critical),
    ])
    func levelsAreInclusive(spent: String, level: CostLevel) throws {
        var spending = Spending()
        try spending.record(.tiny, spent)
        spending.keep()
        #expect(spending.status.level == level)
        let utilization = try #require(spending.status.total.utilization)
        #expect((utilization >= 900) == (level >= .warning), "it never looks like more than it is")
        #expect((utilization >= 1_000) == (level >= .critical))
    }

    @Test func oneModelOverItsCapIsTheWorst() throws {
        var spending = Spending()
        try spending.record(.small, "10")
        spending.keep()
        #expect(spending.status.level == .critical && spending.status.total.level == .fine)
        #expect(try spending.reserve(.small, "0.1") == nil)
        #expect(try spending.reserve(.big, "0.1") != nil, "only that model is throttled")
    }

    /// One alert a crossing, whatever happens near the threshold.
    @Test func aCrossingIsToldOnce() throws {
        var spending = Spending()
        try spending.record(.tiny, "22.5")
        for _ in 0..<30 { spending.pass(seconds: 1) }
        #expect(spending.told.map(\.kind) == [.costWarning])
        #expect(spending.told[0].details == "all models: 22.50 of 25.00 USD in 24 hours, 90.0 %")
        try spending.record(.tiny, "2.5")
        for _ in 0..<30 { spending.pass(seconds: 1) }
        #expect(spending.told.map(\.kind) == [.costWarning, .costCritical])
        #expect(spending.told[1].severity == .critical)
        // A little below it is not over; then all of it has left the window.
        spending.rules.dailyCap = usd("25.5")
        spending.pass(seconds: 1)
        #expect(spending.told.count == 2)
        spending.pass(seconds: 86_400)
        #expect(spending.told.map(\.kind) == [.costWarning, .costCritical, .costFine])
        #expect(spending.isReplayed())
    }

    @Test func aCapThatIsSetStays() throws {
        var spending = Spending()
        let reply = try spending.ask(.setCap(nil, .amount(usd("30"))))
        guard case .capSet(nil, let old, let new) = reply else { throw Wrongly() }
        #expect(old == usd("25") && new == usd("30"))
        #expect(spending.told.last?.details == "the daily cap: 30.00 USD; it was 25.00 USD")
        #expect(spending.told.last?.uid == 7)
        // A reload does not undo it, and the status says both.
        spending.rules.dailyCap = usd("20")
        #expect(spending.status.total.cap == usd("30"))
        #expect(spending.status.total.configured == .some(usd("20")))
        try spending.ask(.setCap(.tiny, .amount(.zero)))
        #expect(try spending.reserve(.tiny, "0") == nil, "nothing may be spent on it")
        try spending.ask(.setCap(.big, .none))
        #expect(spending.figures(.big)?.cap == nil)
        #expect(spending.isReplayed())
        try spending.ask(.setCap(nil, .configured))
        #expect(spending.status.total.cap == usd("20") && spending.status.total.configured == nil)
    }

    /// "cap at 16:40": a pace of a dollar an hour since midnight.
    @Test func theForecastKnowsTheMinute() throws {
        var spending = Spending()
        let wall = spending.world.now.wallMilliseconds
        spending.world.advance(milliseconds: 86_400_000 - wall % 86_400_000)
        #expect(spending.status.capAt == nil)
        for _ in 0..<600 {
            try spending.record(.tiny, "0.025")
            spending.pass(seconds: 60)
        }
        // 15.00 at ten o'clock, 1.50 an hour: 10.00 more take six hours and forty minutes.
        let at = try #require(spending.status.capAt)
        let minuteOfDay = at % 86_400 / 60
        #expect((16 * 60 + 38...16 * 60 + 41).contains(minuteOfDay), "\(minuteOfDay)")
        // What leaves the window is counted: at half that pace it is never reached.
        spending.rules.dailyCap = usd("40")
        #expect(spending.status.capAt == nil)
    }

    /// Setting the wall clock, ahead or back, moves no money in or out of the window.
    @Test(arguments: [7_200, -7_200, 30 * 86_400, -30 * 86_400] as [Int64])
    func aClockThatIsSetMovesNothing(step: Int64) throws {
        var spending = Spending()
        try spending.record(.big, "1")
        let id = try #require(try spending.reserve(.big, "2"))
        spending.pass(seconds: 60)
        spending.world.now.wall += step * 1_000_000_000
        let change = try #require(spending.world.state.clockChange(at: spending.world.now))
        spending.world.commit(change)
        spending.pass(seconds: 1)
        #expect(spending.status.total.spent == usd("1"))
        #expect(spending.status.total.reserved == usd("2"))
        _ = try spending.close(.settle(.id(id), usd("1.5")))
        #expect(spending.status.total.spent == usd("2.5"))
        spending.pass(seconds: 86_400 - 120)
        #expect(spending.status.total.spent == usd("2.5"))
        spending.pass(seconds: 120)
        #expect(spending.status.total.spent == .zero)
        #expect(spending.isReplayed())
    }

    /// Over a reboot the window goes on by what passed on the wall clock, and ends move along.
    @Test func aRebootKeepsTheWindow() throws {
        var spending = Spending()
        try spending.record(.big, "1")
        _ = try spending.reserve(.big, "2")
        spending.keep()
        let last = spending.world.now
        let offset = last.wallMilliseconds - last.bootMilliseconds
        let wall = last.wallMilliseconds + 3_600_000
        spending.world.commit(
            .rebased(
                Rebase(
                    lastBoot: last.bootMilliseconds, earlierOffset: offset, boot: 5_000,
                    wall: wall, bootID: BootID(high: 5, low: 6))))
        spending.world.now = Moment(boot: 5_000_000_000, wall: wall * 1_000_000)
        spending.keep()
        // The reservation's ten minutes are over.
        #expect(spending.status.total.spent == usd("3"))
        spending.pass(seconds: 22 * 3_600)
        #expect(spending.status.total.spent == usd("3"))
        spending.pass(seconds: 3_600)
        #expect(spending.status.total.spent == usd("2"))
        #expect(spending.isReplayed())
    }

    /// A month of spending, with every kind of request, against a list of all that was paid.
    @Test(arguments: 1...3 as ClosedRange<UInt64>) func aMonthIsRecounted(seed: UInt64) throws {
        var month = Month(seed: seed)
        for _ in 0..<31 * 24 * 2 { try month.halfHour() }
        #expect(month.checks > 1_000)
        #expect(month.spending.isReplayed())
    }
}

/// Random spending, and what it should come to.
private struct Month {
    var spending = Spending()
    var random: SeededGenerator
    /// All that counts: model, minute, micro-USD.
    var paid: [(model: ModelName, minute: Int64, micros: Int64)] = []
    var open: [(id: UInt64, model: ModelName, micros: Int64, ends: Int64)] = []
    /// Keyed records: what they were, and where in `paid`.
    var keyed: [(id: UInt64, place: Int, at: Int64)] = []
    var checks = 0
    let models = [ModelName.big, .small, .tiny]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        spending.rules.dailyCap = usd("200")
        spending.rules.models[.big]?.cap = nil
        spending.rules.models[.small]?.cap = nil
    }

    var minute: Int64 { spending.world.state.serviceMinute(at: spending.world.now) }
    private var now: Int64 { spending.world.now.bootMilliseconds }

    mutating func halfHour() throws {
        for _ in 0..<Int(random.next() % 6) { try step() }
        let passed = Int64(random.next() % 3_500)
        spending.world.advance(milliseconds: passed * 1_000)
        // Those whose time is over count in the minute in which that is seen.
        let now = self.now
        for entry in open where entry.ends <= now {
            paid.append((entry.model, minute, entry.micros))
        }
        open.removeAll { $0.ends <= now }
        spending.keep()
        recount()
    }

    private mutating func step() throws {
        let model = random.pick(models)
        let micros = Int64(random.next() % 3_000_000)
        let amount = MicroUSD(micros)
        switch random.next() % 8 {
        case 0, 1:
            try spending.ask(.record(CostReport(model: model, amount: amount)))
            paid.append((model, minute, micros))
        case 2:
            let late = Int64(random.next() % 3_500) * 1_000
            let at = spending.world.now.wallMilliseconds - late
            try spending.ask(.record(CostReport(model: model, amount: amount, at: at)))
            paid.append(
                (
                    model,
                    (spending.world.state.serviceMilliseconds(at: spending.world.now) - late)
                        / 60_000, micros
                ))
        case 3:
            let key = "k\(random.next())"
            let reply = try spending.ask(
                .record(CostReport(model: model, amount: amount, key: key)))
            guard case .recorded(let view) = reply else { throw Wrongly() }
            keyed.append((view.entry.id, paid.count, now))
            paid.append((model, minute, micros))
        case 4:
            let long = now - 80_000_000
            keyed.removeAll { $0.at < long }
            guard let entry = keyed.last else { return }
            _ = try spending.close(.correct(.id(entry.id), amount))
            paid[entry.place].micros = micros
        case 5, 6:
            let (verdict, view) = try spending.reserve(
                model, .amount(amount), ttl: Int(random.next() % 3_000) + 1)
            let held = open.reduce(0) { $0 + $1.micros } + window(nil)
            let fits = held + micros <= 200_000_000 && held < 200_000_000
            #expect((verdict.decision == .allow) == fits)
            if let view { open.append((view.entry.id, model, micros, view.entry.deadline)) }
        default:
            guard let entry = open.popLast() else { return }
            if random.next() % 2 == 0 {
                _ = try spending.close(.release(.id(entry.id)))
            } else {
                _ = try spending.close(.settle(.id(entry.id), amount))
                paid.append((entry.model, minute, micros))
            }
        }
    }

    private func window(_ model: ModelName?) -> Int64 {
        let last = minute
        return paid.reduce(0) { sum, one in
            let counts = one.minute > last - 1_440 && (model == nil || one.model == model)
            return counts ? sum + one.micros : sum
        }
    }

    private mutating func recount() {
        checks += 1
        let status = spending.status
        #expect(status.total.spent.micros == window(nil))
        #expect(status.total.reserved.micros == open.reduce(0) { $0 + $1.micros })
        for model in models {
            #expect((spending.figures(model)?.spent.micros ?? 0) == window(model), "\(model)")
        }
        let since = minute / 60 - 743
        let all = paid.reduce(0) { $0 + ($1.minute / 60 >= since ? $1.micros : 0) }
        let hours = spending.world.state.costs.total.hours
        #expect(hours.window(744, endingWith: minute / 60).micros == all)
    }
}
