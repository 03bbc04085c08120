// What callers could make grow or wrap, and what a cap of nothing means.

import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct CostBoundTests {
    /// Those that lapse are closed ones too: whoever reserves and never settles fills no memory.
    @Test func whatLapsesHasTheSameBound() {
        var spending = Spending()
        var id: UInt64 = 0
        for _ in 0..<12 {
            for _ in 0..<CostBounds.open {
                id += 1
                let entry = CostEntry(
                    id: id, model: .tiny, state: .open, amount: MicroUSD(1), minute: 0,
                    deadline: spending.world.now.bootMilliseconds + 1_000, key: "", uid: 7,
                    isExempt: false)
                spending.world.commit(.cost(.reserved(entry)))
            }
            spending.world.advance(milliseconds: 2_000)
            while true {
                let changes = spending.world.state.dueInDomains(
                    at: spending.world.now, atMost: 1_000)
                #expect(changes.count <= 1_000)
                if changes.isEmpty { break }
                for change in changes { spending.world.commit(change) }
            }
            #expect(spending.status.open == 0)
            #expect(spending.status.remembered <= CostBounds.closed)
        }
        // The oldest went.
        #expect(spending.world.state.costs.entry(1) == nil)
        #expect(spending.world.state.costs.entry(id)?.state == .lapsed)
        #expect(spending.status.total.spent == MicroUSD(Int64(id)))
    }

    /// Prices that nobody has, and tokens that no call has: what is held never wraps.
    @Test func tokensCostNoMoreThanTheMost() throws {
        var spending = Spending()
        spending.rules.dailyCap = nil
        spending.rules.models[.big]?.cap = nil
        spending.rules.models[.big]?.priceInput = .most
        spending.rules.models[.big]?.priceOutput = .most
        let tokens = CostEstimate.tokens(
            TokenCounts(input: UInt64(TokenCounts.most), output: UInt64(TokenCounts.most)))
        for number in 1...CostBounds.open {
            let held = try spending.reserve(.big, tokens).view?.entry.amount
            #expect(held?.micros == MicroUSD.most.micros + 1, "\(number)")
        }
        #expect(spending.status.total.reserved.micros == 10_000 * (MicroUSD.most.micros + 1))
        // The largest cap has no room for such a call.
        spending.rules.dailyCap = .most
        _ = try spending.ask(.release(.id(1)))
        #expect(try spending.reserve(.big, tokens).verdict.decision == .deny)
    }

    /// A model with a cap of nothing is throttled, whether it was ever used or not.
    @Test func aModelThatIsStoppedIsTold() throws {
        var spending = Spending()
        try spending.ask(.setCap(.tiny, .amount(.zero)))
        spending.rules.models[.small]?.cap = .zero
        spending.pass(seconds: 1)
        spending.pass(seconds: 1)
        #expect(spending.told.map(\.kind) == [.costCapSet, .costCritical, .costCritical])
        #expect(spending.world.state.toldCostLevels.map(\.model) == [.small, .tiny])
        #expect(spending.status.level == .critical)
        try spending.ask(.setCap(.tiny, .configured))
        spending.rules.models[.small]?.cap = usd("1")
        spending.pass(seconds: 1)
        #expect(spending.world.state.toldCostLevels.isEmpty)
        #expect(spending.isReplayed())
    }

    /// So is everything, where the configuration says so and nothing is known yet.
    @Test func aDailyCapOfNothingIsTold() {
        var rules = CostRules()
        rules.dailyCap = .zero
        var spending = Spending(rules)
        spending.pass(seconds: 1)
        spending.pass(seconds: 1)
        #expect(spending.told.map(\.kind) == [.costCritical])
        #expect(!spending.world.state.costs.isEmpty)
        #expect(spending.isReplayed())
    }

    /// While a log is replayed onto entries of a snapshot, which come in any order.
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func forgettingNeedsNoOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func entry(_ id: UInt64, _ state: CostState) -> CostEntry {
            CostEntry(
                id: id, model: .tiny, state: state, amount: MicroUSD(1), minute: 0,
                deadline: Int64(id / 3 * 10), key: id % 2 == 0 ? "k\(id)" : "", uid: 7,
                isExempt: false)
        }
        var replayed = CostEntries()
        var lived = CostEntries()
        for id in (1...400 as ClosedRange<UInt64>).shuffled(using: &random) {
            replayed.restore(entry(id, .settled))
        }
        for id in 1...400 as ClosedRange<UInt64> {
            _ = lived.put(entry(id, .open))
            _ = lived.put(entry(id, .settled))
        }
        for id in 200...600 as ClosedRange<UInt64> {
            for table in 0...1 {
                func change(_ entries: inout CostEntries) {
                    if id > 400 || table == 0 { _ = entries.put(entry(id, .open)) }
                    if id > 400 || table == 0 { _ = entries.put(entry(id, .settled)) }
                    if id % 50 == 0 {
                        entries.forget(through: entry(id - 180, .settled).mark)
                    }
                }
                if table == 0 { change(&replayed) } else { change(&lived) }
            }
        }
        replayed.rebuild()
        #expect(replayed.shards == lived.shards)
        #expect(replayed.closedCount == lived.closedCount && replayed.oldest == lived.oldest)
        for id in 1...600 as ClosedRange<UInt64> {
            #expect(replayed.entry(ofKey: "k\(id)") == lived.entry(ofKey: "k\(id)"))
        }
    }

    /// Bytes decide: the two forms of an accent are two keys, in whatever shard.
    @Test func keysAreBytes() throws {
        var spending = Spending()
        for number in 0..<300 {
            try spending.record(.tiny, "0.01", key: "caf\u{e9}\(number)")
            try spending.record(.tiny, "0.01", key: "cafe\u{301}\(number)")
        }
        #expect(spending.figures(.tiny)?.spent == usd("6"))
    }
}
