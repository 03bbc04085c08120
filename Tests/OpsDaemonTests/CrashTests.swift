// Random commands on a real directory, a crash at a random point, and what the next start holds:
// all that was durable, and nothing that was never acknowledged.

import OpsConfig
import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct CrashTests {
    /// What is compared.
    private struct Kept: Equatable {
        var bans: [Ban]
        var strikes: [Strike]
        var offenses: [Offense]
        var entries: [DomainEntry]
    }

    private func kept(_ state: State, _ now: Moment) -> Kept {
        let image = state.image(at: now)
        return Kept(
            bans: image.bans, strikes: image.strikes, offenses: image.offenses,
            entries: image.entries)
    }

    private func line(_ random: inout SeededGenerator) -> String {
        let host = Int.random(in: 1...12, using: &random)
        return switch Int.random(in: 0..<13, using: &random) {
        case 10: "ban 203.0.113.\(host) ttl=2h confirm=60"
        case 11: host % 2 == 0 ? "confirm 203.0.113.\(host)" : "slo rebaseline default reason=r"
        case 12: "gate override to=\(host % 2 == 0 ? "closed" : "auto") ttl=\(host)h reason=r"
        case 0...2: "ban 203.0.113.\(host) ttl=\(Int.random(in: 100...999, using: &random))h"
        case 3, 4: "unban 203.0.113.\(host)"
        case 5...7: "strike 203.0.113.\(host) source=s\(host % 3) reason=\"r \(host)\""
        case 8: "clear 203.0.113.\(host)"
        default: "ban 2001:db8:\(host)::/48 203.0.113.\(host) ttl=permanent"
        }
    }

    /// Leaves of the open segment what a crash may leave: everything durable, a random part of what
    /// was only written and of the batch being written, and zeros or nothing after it.
    private func tear(_ store: RealStore, _ random: inout SeededGenerator) throws -> Int {
        let name = "state/" + store.segment
        var bytes = Array(try store.scratch.bytes(name).prefix(store.length))
        if case .write(let batch)? = store.engine.log.nextJobs().first { bytes += batch.bytes }
        let end = Int.random(in: store.durableLength...bytes.count, using: &random)
        bytes.removeLast(bytes.count - end)
        if Bool.random(using: &random) { bytes += [UInt8](repeating: 0, count: 4_096) }
        try store.scratch.write(bytes, to: name)
        return end
    }

    @Test(arguments: [Configuration.Store.Fsync.always, .everysec], 1...8)
    func nothingDurableIsLost(_ policy: Configuration.Store.Fsync, _ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let scratch = try ScratchDirectory()
        var now = Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear)
        for _ in 0..<5 {
            var said: [UInt64: Kept] = [:]
            var durable: UInt64 = 0
            do {
                let store = try RealStore(scratch, now: now, policy: policy)
                // What the start itself records changes neither.
                for sequence in store.recovered.sequence...store.engine.log.sequence {
                    said[sequence] = kept(store.engine.state, now)
                }
                for _ in 0..<Int.random(in: 1...60, using: &random) {
                    now.boot += 1_000_000
                    now.wall += 1_000_000
                    store.performEach(line(&random), at: now) { sequence in
                        said[sequence] = self.kept(store.engine.state, now)
                    }
                    if Int.random(in: 0..<3, using: &random) == 0 { store.step() }
                    if Int.random(in: 0..<10, using: &random) == 0 { store.sync() }
                    if Int.random(in: 0..<60, using: &random) == 0 {
                        store.flush()
                        try store.snapshot(at: now)
                    }
                }
                durable = store.engine.log.durable
                _ = try tear(store, &random)
            }
            let directory = try StateDirectory(path: scratch.state)
            let found = try directory.recover(isForced: false) {
                State(rules: RealStore.rules, hashKey: (9, 9), eventCapacity: 1_000)
            }
            let sequence = found.outcome.sequence
            #expect(sequence >= durable)
            #expect(found.outcome.damaged.isEmpty)
            let expected = try #require(said[sequence])
            #expect(kept(found.state, now) == expected)
        }
    }
}
