// Spending over a crash, on real directories: what was logged is there again, to the micro-USD,
// also from a snapshot that was taken while money was spent.

import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct CostRecoveryTests {
    private let start = Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear)

    /// A second in which some is spent.
    private func second(_ store: RealStore, _ random: inout SeededGenerator, _ now: inout Moment) {
        for _ in 0..<10 {
            let model = random.pick(["gpt-4o", "gpt-4o-mini", "other"])
            let last = store.engine.state.costs.lastID
            let id = last == 0 ? 1 : random.next() % last + 1
            let usd = MicroUSD(Int64(random.next() % 50_000))
            let line = random.pick([
                "cost record model=\(model) usd=\(usd) key=k\(random.next() % 500)",
                "cost reserve model=\(model) usd=\(usd) ttl=\(random.next() % 90 + 1)",
                "cost settle \(id) usd=\(usd)", "cost release \(id)",
                "cost correct \(id) usd=\(usd)",
            ])
            store.perform(line, at: now)
        }
        now.boot += 1_000_000_000
        now.wall += 1_000_000_000
        store.engine.begin(at: now)
        store.engine.expire()
        store.flush()
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aSnapshotUnderWayCountsNothingTwice(seed: UInt64) throws {
        let scratch = try ScratchDirectory()
        var random = SeededGenerator(seed: seed)
        var now = start
        var expected: [DomainEntry] = []
        var status: CostStatus
        do {
            let store = try RealStore(scratch, now: now)
            for _ in 0..<40 { second(store, &random, &now) }
            try store.snapshot(at: now) {
                for _ in 0..<20 { second(store, &random, &now) }
            }
            for _ in 0..<40 { second(store, &random, &now) }
            expected = store.engine.state.image(at: now).entries
            status = store.engine.costStatus
        }
        let found = try StateDirectory(path: scratch.state).recover(isForced: false) {
            State(rules: RealStore.rules, hashKey: (9, 9), eventCapacity: 1_000)
        }
        #expect(found.outcome.snapshot != nil)
        var state = found.state
        state.recoveryEnded()
        #expect(state.image(at: now).entries == expected)
        #expect(state.costStatus(at: now) == status)
        #expect(status.total.spent > .zero && status.open > 0)
    }
}
