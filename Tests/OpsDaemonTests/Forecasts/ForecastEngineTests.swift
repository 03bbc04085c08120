// Forecasts in the daemon: over the socket, over a start, and what a hundred hours cost.

import OpsConfig
import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct ForecastEngineTests {
    private let start = Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear)

    private func mounts(_ count: Int, _ used: UInt64) -> [Mount] {
        (0..<count).map { number in
            var mount = Mount(
                device: "/dev/sd\(number)", mountpoint: number == 0 ? "/" : "/mnt/\(number)",
                fstype: "ext4")
            mount.space = MountSpace(
                blockSize: 1 << 20, blocks: 100_000, free: 100_000 - used,
                available: 100_000 - used)
            return mount
        }
    }

    /// A minute in which a sample is taken; what is due is committed.
    private func minute(_ store: RealStore, _ now: inout Moment, _ used: UInt64, disks: Int) {
        now.boot += 60_000_000_000
        now.wall += 60_000_000_000
        store.engine.begin(at: now)
        var sample = Sample(at: now)
        sample.mounts = mounts(disks, used)
        store.engine.update { $0.observeTrends(sample, at: now) }
        while let change = store.engine.update({ $0.trendChange(at: now) }) {
            store.engine.commit(change)
        }
    }

    /// 32 file systems for days: a record an hour for each, and all of it is there after a start.
    @Test func whatWasLoggedIsThere() throws {
        let scratch = try ScratchDirectory()
        var now = start
        var expected: [DomainEntry] = []
        var views: [ForecastView] = []
        do {
            let store = try RealStore(scratch, now: now)
            for minute in 0..<30 * 60 {
                self.minute(store, &now, UInt64(10_000 + minute * 10), disks: 32)
                store.flush()
            }
            try store.snapshot(at: now) {
                for minute in 0..<90 {
                    self.minute(store, &now, UInt64(28_000 + minute * 10), disks: 32)
                    store.flush()
                }
            }
            expected = store.engine.state.image(at: now).entries
            views = store.engine.state.forecasts(at: now)
        }
        #expect(views.count == 32 && views.allSatisfy { $0.unknown == nil })
        let found = try StateDirectory(path: scratch.state).recover(isForced: false) {
            State(rules: RealStore.rules, hashKey: (9, 9), eventCapacity: 1_000)
        }
        var state = found.state
        state.recoveryEnded()
        #expect(state.image(at: now).entries == expected)
        // After a start only the look of now is missing.
        var sample = Sample(at: now)
        sample.mounts = mounts(32, 28_900)
        now.boot += 60_000_000_000
        now.wall += 60_000_000_000
        state.observeTrends(sample, at: now)
        #expect(state.forecasts(at: now).map(\.day?.bytesPerDay) == views.map(\.day?.bytesPerDay))
    }

    @Test func aClientIsTold() {
        let loop = FakeLoop.settled(Configuration())
        let client = loop.connect(role: .read)
        #expect(loop.ask(client, "forecast").last?.hasPrefix(#"ok {"forecasts":["#) == true)
    }
}
