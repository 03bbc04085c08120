// Whether a call may be made: the rules of State+Reserve.swift, by their numbers, and what went
// wrong elsewhere.

import Testing

@testable import OpsCore

@Suite struct ReserveTests {
    /// Rule 1: a cap may be used up, to the last micro-USD, and is then reached.
    @Test func aCapHoldsToTheLastMicro() throws {
        var spending = Spending()
        #expect(try spending.reserve(.small, "10.000001") == nil)
        #expect(try spending.reserve(.small, "10") != nil)
        #expect(try spending.reserve(.small, "0.000001") == nil)
        #expect(try spending.reserve(.small, "0") == nil, "the cap is reached")
        #expect(try spending.reserve(.big, "15") != nil)
        let denied = try spending.reserve(.tiny, .amount(usd("0.01")))
        #expect(denied.verdict.decision == .deny && denied.view == nil)
        #expect(
            denied.verdict.reason
                == "the daily cap is 25.00 USD: 0.00 are spent, 25.00 reserved, and this may cost 0.01"
        )
    }

    /// Rule 2 (litellm #34732: check, then increment; overspent by whatever came at once).
    @Test func whoComesAtOnceGetsNoMoreThanThereIs() throws {
        var spending = Spending()
        let allowed = try (0..<1_000).filter { _ in try spending.reserve(.tiny, "0.1") != nil }
        #expect(allowed.count == 250)
        #expect(spending.isReplayed())
    }

    /// litellm #24675: the window never needs to be reset.
    @Test func theWindowMovesByItself() throws {
        var spending = Spending()
        try spending.record(.tiny, "25")
        spending.keep()
        for _ in 0..<23 {
            #expect(try spending.reserve(.tiny, "0.01") == nil)
            spending.pass(seconds: 3_600)
        }
        spending.pass(seconds: 3_600)
        #expect(try spending.reserve(.tiny, "25") != nil)
    }

    /// litellm #36926: what was released, settled for less or has lapsed is not held any more.
    @Test func whatIsGivenBackIsThereAgain() throws {
        var spending = Spending()
        for round in 0..<50 {
            let id = try #require(try spending.reserve(.small, "10"), "round \(round)")
            #expect(try spending.reserve(.small, "0.1") == nil)
            _ = try spending.close(round % 2 == 0 ? .release(.id(id)) : .settle(.id(id), .zero))
        }
        #expect(spending.status.total.reserved == .zero)
        #expect(spending.figures(.small)?.spent == .zero)
    }

    /// Rule 3 (litellm #41344: the model in whose place it goes passed the gate, and it did not).
    @Test func aCheaperModelIsHeldToItsOwnCap() throws {
        var spending = Spending()
        let tokens = CostEstimate.tokens(TokenCounts(input: 1_000_000, output: 100_000))
        try spending.record(.big, "14")
        // 3.50 for the big one, 0.21 for the small one.
        let first = try spending.reserve(.big, tokens)
        #expect(first.verdict.decision == .use(.small))
        #expect(
            first.view?.entry.model == .small && first.view?.entry.amount == usd("0.21"))
        try spending.record(.small, "9.7")
        #expect(try spending.reserve(.big, tokens).verdict.decision == .deny)
        // Without tokens nothing else is offered.
        var other = Spending()
        try other.record(.big, "15")
        #expect(try other.reserve(.big, .amount(usd("0.1"))).verdict.decision == .deny)
    }

    /// Where all models together are near the cap, the small one may still fit.
    @Test func aCheaperModelHelpsWithTheDailyCapToo() throws {
        var spending = Spending()
        try spending.record(.tiny, "24.5")
        let tokens = CostEstimate.tokens(TokenCounts(input: 1_000_000, output: 100_000))
        #expect(try spending.reserve(.big, tokens).verdict.decision == .use(.small))
    }

    /// Rule 4.
    @Test func aModelWithoutAPriceIsNamed() throws {
        var spending = Spending()
        let tokens = CostEstimate.tokens(TokenCounts(input: 1, output: 1))
        let denied = try spending.reserve(.tiny, tokens)
        #expect(denied.verdict.decision == .deny)
        #expect(denied.verdict.reason?.hasPrefix("unknown price: ") == true)
        #expect(denied.verdict.reason?.contains("tiny") == true)
        // It counts what it is told.
        #expect(try spending.reserve(.tiny, "1") != nil)
        try spending.record(.tiny, "2")
        spending.keep()
        #expect(spending.figures(.tiny)?.spent == usd("2"))
        #expect(spending.status.unpriced == [.tiny])
    }

    /// Rule 5.
    @Test func aKeyGetsTheSameReservation() throws {
        var spending = Spending()
        let one = try spending.reserve(.big, .amount(usd("1")), key: "k")
        let two = try spending.reserve(.big, .amount(usd("1")), key: "k")
        #expect(one.view?.entry.id == two.view?.entry.id && two.view?.isRepeated == true)
        #expect(spending.status.total.reserved == usd("1"))
        // More under the same key would be held by nothing.
        let more = CostRequest(model: .big, estimate: .amount(usd("1.01")), key: "k")
        #expect(spending.refusal(.reserve(more))?.code == .refused)
        // Whoever lost the answer settles by the key.
        _ = try spending.close(.settle(.key("k"), usd("0.9")))
        #expect(spending.figures(.big)?.spent == usd("0.9"))
        let late = CostRequest(model: .big, estimate: .amount(usd("1")), key: "k")
        #expect(spending.refusal(.reserve(late))?.code == .refused)
    }

    /// Rule 6.
    @Test func whoIsExemptIsCountedAndNeverDenied() throws {
        var spending = Spending()
        try spending.record(.tiny, "25")
        #expect(try spending.reserve(.tiny, "1") == nil)
        let exempt = try spending.reserve(.tiny, .amount(usd("1")), isExempt: true)
        #expect(exempt.verdict.decision == .allow && exempt.view?.entry.isExempt == true)
        #expect(spending.status.total.reserved == usd("1"))
        // A reporter may say so only if the configuration names it.
        let request = CostRequest(
            model: .tiny, estimate: .amount(usd("1")), isExempt: true)
        #expect(spending.refusal(.reserve(request), role: .report)?.code == .forbidden)
        #expect(
            spending.refusal(.check(.tiny, isExempt: true), role: .report)?.code == .forbidden)
        spending.rules.exemptUsers = [7]
        #expect(spending.refusal(.reserve(request), role: .report) == nil)
    }

    @Test func openReservationsHaveABound() throws {
        var spending = Spending()
        spending.rules.dailyCap = nil
        for _ in 0..<CostBounds.open { #expect(try spending.reserve(.tiny, "0.001") != nil) }
        let denied = try spending.reserve(.tiny, .amount(usd("0.001")))
        #expect(denied.verdict.decision == .deny)
        #expect(denied.verdict.reason?.contains("10000 reservations are open") == true)
        // Who is exempt is counted at once, and can still be settled.
        let exempt = try spending.reserve(.tiny, .amount(usd("5")), isExempt: true)
        #expect(exempt.view?.entry.state == .lapsed)
        #expect(spending.status.total.spent == usd("5"))
        let id = try #require(exempt.view?.entry.id)
        _ = try spending.close(.settle(.id(id), usd("3")))
        #expect(spending.status.total.spent == usd("3"))
        #expect(spending.world.state.costs.openCount == CostBounds.open)
        #expect(spending.isReplayed())
    }

    @Test func checkHoldsNothing() throws {
        var spending = Spending()
        guard case .checked(let free, .big) = try spending.ask(.check(.big, isExempt: false))
        else { throw Wrongly() }
        #expect(free.decision == .allow)
        try spending.record(.big, "15")
        guard case .checked(let other, .big) = try spending.ask(.check(.big, isExempt: false))
        else { throw Wrongly() }
        #expect(other.decision == .use(.small))
        try spending.record(.small, "10")
        guard case .checked(let denied, .big) = try spending.ask(.check(.big, isExempt: false))
        else { throw Wrongly() }
        #expect(denied.decision == .deny)
        #expect(spending.status.total.reserved == .zero)
    }
}
