// Objectives over a crash, on real directories: what was logged is there again, exactly; what was
// observed since the last second, and nothing else, is lost.

import OpsConfig
import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct ServiceRecoveryTests {
    private let start = Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear)
    private let name = ObjectiveName.standard

    /// An observation, as a session's request makes it.
    private func observe(_ store: RealStore, _ random: inout SeededGenerator, at now: Moment) {
        store.engine.begin(at: now)
        let latency = Double.random(in: 0...3_000, using: &random)
        let isLate = Int.random(in: 0..<40, using: &random) == 0
        let wall = now.bootMilliseconds + store.engine.state.clockOffset
        let command = Command.service(
            .observe(
                name,
                Observation(
                    latencyMilliseconds: latency, isGood: Int.random(in: 0..<3, using: &random) > 0),
                at: isLate ? wall - Int64.random(in: 0...3_000_000, using: &random) : nil))
        let caller = Caller(uid: 0, role: .report)
        guard let decision = try? store.engine.state.decide(command, by: caller, at: now) else {
            return
        }
        store.engine.commit(decision.changes)
        if let telemetry = decision.telemetry { store.engine.update { $0.apply(telemetry) } }
    }

    @Test(arguments: 1...6)
    func stateAfterIsStateBefore(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let scratch = try ScratchDirectory()
        var now = start
        for round in 0..<4 {
            var expected: [DomainEntry] = []
            do {
                let store = try RealStore(scratch, now: now)
                for _ in 0..<Int.random(in: 20...80, using: &random) {
                    for _ in 0..<Int.random(in: 0...20, using: &random) {
                        observe(store, &random, at: now)
                    }
                    let step = [1, 1, 7, 65, 4_000].randomElement(using: &random) ?? 1
                    now.boot += Int64(step) * 1_000_000_000
                    now.wall += Int64(step) * 1_000_000_000
                    store.engine.begin(at: now)
                    store.engine.keepServices()
                    if Int.random(in: 0..<25, using: &random) == 0 {
                        store.perform("slo rebaseline default reason=test", at: now)
                    }
                    if Int.random(in: 0..<25, using: &random) == 0 {
                        store.perform("gate override ttl=1h reason=test", at: now)
                    }
                    if Int.random(in: 0..<30, using: &random) == 0 {
                        store.flush()
                        try store.snapshot(at: now)
                        store.flush()
                    }
                }
                store.flush()
                let image = store.engine.state.image(at: now)
                expected = image.entries
                // The last second, which is not logged.
                for _ in 0..<5 { observe(store, &random, at: now) }
            }
            #expect(!expected.isEmpty, "round \(round)")
            let found = try StateDirectory(path: scratch.state).recover(isForced: false) {
                State(rules: RealStore.rules, hashKey: (9, 9), eventCapacity: 1_000)
            }
            #expect(found.outcome.damaged.isEmpty)
            let image = found.state.image(at: now)
            // A late observation of the last second is a change of its own, but was not flushed.
            #expect(image.entries == expected)
        }
    }

    /// A snapshot that is taken while observations go on, a part at a time: nothing counts twice.
    @Test func aSnapshotUnderWayCountsNothingTwice() throws {
        let scratch = try ScratchDirectory()
        var random = SeededGenerator(seed: 7)
        var now = start
        var expected: [DomainEntry] = []
        do {
            let store = try RealStore(scratch, now: now)
            func second() {
                for _ in 0..<10 { observe(store, &random, at: now) }
                now.boot += 1_000_000_000
                now.wall += 1_000_000_000
                store.engine.begin(at: now)
                store.engine.keepServices()
                store.flush()
            }
            for _ in 0..<20 { second() }
            try store.snapshot(at: now) { second() }
            for _ in 0..<20 { second() }
            expected = store.engine.state.image(at: now).entries
        }
        let found = try StateDirectory(path: scratch.state).recover(isForced: false) {
            State(rules: RealStore.rules, hashKey: (9, 9), eventCapacity: 1_000)
        }
        #expect(found.outcome.snapshot != nil)
        #expect(found.state.image(at: now).entries == expected)
    }
}
