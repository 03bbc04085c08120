// What `kill -9` leaves of a log whose writes are under way, for tests that kill at any moment.

import OpsCore
import OpsStore
import OpsTestKit

@testable import OpsDaemon

extension FakeLoop {
    /// What a start would find after `kill -9` now: the records of this daemon's log, those on the
    /// disk and, of what was not durable, any number.
    /// - Parameter start: how many records there were when this daemon started.
    func recordsAfterKill(
        startedAfter start: Int, using random: inout SeededGenerator
    ) -> ArraySlice<(stamp: Stamp, change: Change)> {
        var records: [(stamp: Stamp, change: Change)] = []
        var bytes = files.sorted { $0.key < $1.key }.map(\.value)
        for job in jobs + engine.log.nextJobs() {
            if case .write(let batch) = job, !bytes.isEmpty {
                bytes[bytes.count - 1] += batch.bytes
            }
        }
        for file in bytes {
            _ = try? LogReader.read(file.span) { _, stamp, change in
                records.append((stamp, change))
            }
        }
        let durable = min(records.count, max(0, Int(engine.log.durable) - start))
        return records.prefix(Int.random(in: durable...records.count, using: &random))
    }
}

extension State {
    /// The state that these records lead to, as after a recovery.
    init(replaying history: [(stamp: Stamp, change: Change)]) {
        self.init(hashKey: (1, 2))
        for (stamp, change) in history { apply(change, stamp) }
        recoveryEnded()
    }
}
