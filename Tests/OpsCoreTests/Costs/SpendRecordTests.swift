// What was spent comes in: the rules of State+Costs.swift, by their numbers.

import Testing

@testable import OpsCore

@Suite struct SpendRecordTests {
    /// Rule 1.
    @Test func moneyCountsInItsMinuteForADay() throws {
        var spending = Spending()
        try spending.record(.big, "1")
        let hourAgo = spending.world.now.wallMilliseconds - 3_599_000
        try spending.ask(.record(CostReport(model: .big, amount: usd("2"), at: hourAgo)))
        spending.keep()
        #expect(spending.status.total.spent == usd("3"))
        // 23 hours on, what was spent an hour before is out of the window.
        spending.pass(seconds: 23 * 3_600)
        #expect(spending.status.total.spent == usd("1"))
        spending.pass(seconds: 3_600)
        #expect(spending.status.total.spent == .zero)
        #expect(spending.isReplayed())
    }

    @Test func tooLateAndTooEarlyIsRefused() {
        let spending = Spending()
        let now = spending.world.now.wallMilliseconds
        for (at, word) in [(now - 3_601_000, "hour ago"), (now + 2_000, "future")] {
            let report = CostReport(model: .big, amount: usd("1"), at: at)
            #expect(spending.refusal(.record(report))?.message.contains(word) == true)
        }
    }

    /// Rule 2: what is not logged yet counts for the cap already.
    @Test func whatIsGatheredCountsAtOnce() throws {
        var spending = Spending()
        try spending.record(.big, "14.99")
        #expect(spending.world.log.count == 1, "nothing but the clock is logged")
        #expect(try spending.reserve(.big, "0.02") == nil)
        #expect(try spending.reserve(.big, "0.01") != nil)
        spending.keep()
        #expect(spending.status.total.spent == usd("14.99"))
        #expect(spending.isReplayed())
    }

    /// Rule 3.
    @Test func aKeyCountsOnce() throws {
        var spending = Spending()
        for _ in 0..<3 { try spending.record(.big, "1", key: "job-17") }
        #expect(spending.status.total.spent == usd("1"))
        for (model, amount) in [(ModelName.big, "2"), (.small, "1")] {
            let report = CostReport(model: model, amount: usd(amount), key: "job-17")
            #expect(spending.refusal(.record(report))?.code == .refused)
        }
        // After 24 hours nobody remembers it.
        spending.pass(seconds: 86_401)
        try spending.record(.big, "2", key: "job-17")
        #expect(spending.status.total.spent == usd("2"))
        #expect(spending.isReplayed())
    }

    /// Rule 4.
    @Test func aSettledCallCountsWithWhatItCost() throws {
        var spending = Spending()
        let id = try #require(try spending.reserve(.big, "3"))
        #expect(spending.status.total.reserved == usd("3"))
        let first = try spending.close(.settle(.id(id), usd("2.5")))
        #expect(first.entry.state == .settled && !first.isRepeated)
        #expect(try spending.close(.settle(.id(id), usd("2.5"))).isRepeated)
        #expect(spending.refusal(.settle(.id(id), usd("2.6")))?.code == .refused)
        #expect(spending.refusal(.release(.id(id)))?.code == .refused)
        #expect(spending.status.total.spent == usd("2.5"))
        #expect(spending.status.total.reserved == .zero)
        #expect(spending.refusal(.settle(.id(99), usd("1")))?.code == .notFound)
        #expect(spending.isReplayed())
    }

    /// Rule 5: litellm's reservations that nobody released blocked for ever, or were forgotten.
    @Test func whatNobodySettlesCountsAsSpent() throws {
        var spending = Spending()
        let ids = try ["1", "2", "4"].map { try #require(try spending.reserve(.big, $0)) }
        spending.pass(seconds: 599)
        #expect(spending.status.total.reserved == usd("7"))
        spending.pass(seconds: 1)
        #expect(spending.status.total.spent == usd("7"))
        #expect(spending.status.total.reserved == .zero)
        // Somebody comes back after all.
        _ = try spending.close(.settle(.id(ids[0]), usd("0.5")))
        _ = try spending.close(.release(.id(ids[1])))
        #expect(spending.status.total.spent == usd("4.5"))
        // And one that was released was made nevertheless.
        _ = try spending.close(.settle(.id(ids[1]), usd("0.25")))
        #expect(spending.status.total.spent == usd("4.75"))
        #expect(spending.isReplayed())
    }

    /// Rule 6: one mistyped price blocked all, and nothing put it right (litellm #20615).
    @Test func aWrongAmountIsPutRight() throws {
        var spending = Spending()
        try spending.record(.big, "24000", key: "typo")
        #expect(try spending.reserve(.small, "0.01") == nil)
        spending.pass(seconds: 3_600)
        let view = try spending.close(.correct(.key("typo"), usd("0.24")))
        #expect(view.entry.state == .recorded && view.entry.amount == usd("0.24"))
        let id = try #require(try spending.reserve(.small, "0.01"))
        _ = try spending.close(.release(.id(id)))
        #expect(spending.status.total.spent == usd("0.24"))
        let event = try #require(spending.told.last { $0.kind == .costCorrected })
        #expect(
            event.details == "gpt-4o: number 1 cost 0.24 USD, not 24000.00 USD" && event.uid == 7)
        // It counts in the minute of what it corrects.
        spending.pass(seconds: 23 * 3_600)
        #expect(spending.status.total.spent == .zero)
        #expect(spending.isReplayed())
    }

    @Test func anOpenOneIsSettledAndNotCorrected() throws {
        var spending = Spending()
        let id = try #require(try spending.reserve(.big, "3"))
        #expect(
            spending.refusal(.correct(.id(id), usd("1")))?.hint
                == "say what it cost: cost settle 1 usd=1.00")
    }

    /// Rule 7.
    @Test func theMoneyOfTooManyModelsCountsTogether() throws {
        var spending = Spending()
        for number in 0..<CostBounds.models { try spending.record(.named("m\(number)"), "0.001") }
        try spending.record(.named("one-more"), "0.5")
        try spending.record(.named("another"), "0.25", key: "k")
        // A model of the configuration has a place of its own in any case.
        try spending.record(.big, "1")
        spending.keep()
        #expect(spending.figures(.others)?.spent == usd("0.75"))
        #expect(spending.figures(.big)?.spent == usd("1"))
        #expect(spending.status.total.spent == usd("2.75"))
        #expect(spending.world.state.costs.models.count <= CostBounds.models + 2)
        let bytes = spending.world.state.costs.models.values.reduce(0) { $0 + $1.bytes }
        #expect(bytes < 20_000_000)
        #expect(spending.isReplayed())
        // Models of which nothing counts any more make room.
        for _ in 0..<33 { spending.pass(seconds: 86_400) }
        spending.world.advance(milliseconds: 60_000 - spending.world.now.bootMilliseconds % 60_000)
        spending.keep()
        #expect(Set(spending.world.state.costs.models.keys) == [.big], "the configuration has it")
        #expect(spending.isReplayed())
    }

    /// The oldest go where there are too many.
    @Test func oldKeysGoWhereThereAreTooMany() throws {
        var spending = Spending()
        spending.rules.dailyCap = nil
        spending.fill(CostBounds.closed - 10)
        for number in CostBounds.closed - 10..<CostBounds.closed + 10 {
            try spending.ask(
                .record(
                    CostReport(model: .tiny, amount: MicroUSD(1), key: "k\(number)")))
        }
        let costs = spending.world.state.costs
        #expect(costs.closedCount <= CostBounds.closed)
        #expect(costs.closedCount > CostBounds.closed - 2 * CostBounds.closedSlice)
        #expect(spending.status.total.spent.micros == Int64(CostBounds.closed + 10))
        // The newest is remembered, the first is not.
        try spending.ask(
            .record(CostReport(model: .tiny, amount: MicroUSD(1), key: "k100000")))
        #expect(spending.status.total.spent.micros == Int64(CostBounds.closed + 10))
        try spending.ask(.record(CostReport(model: .tiny, amount: MicroUSD(1), key: "k0")))
        #expect(spending.status.total.spent.micros == Int64(CostBounds.closed + 11))
        #expect(spending.isReplayed())
    }

    /// Whatever is counted, no sum wraps into room under a cap.
    @Test func noSumWraps() throws {
        var spending = Spending()
        let change = Change.cost(
            .spent(
                SpendDelta(
                    model: .big, number: 1,
                    minute: spending.world.state.serviceMinute(
                        at: spending.world.now), amount: MicroUSD(SpendRing.limit - 5))))
        spending.world.commit(change)
        for _ in 0..<20 { try spending.ask(.record(CostReport(model: .big, amount: .most))) }
        spending.keep()
        for _ in 0..<20 { try spending.ask(.record(CostReport(model: .big, amount: .most))) }
        #expect(spending.status.total.spent >= MicroUSD(SpendRing.limit - 5))
        #expect(try spending.reserve(.small, "0.01") == nil)
    }
}
