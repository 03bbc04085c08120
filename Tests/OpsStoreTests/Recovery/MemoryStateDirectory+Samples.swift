// State directories in memory that are filled with samples, and damaged.

import OpsCore
import OpsStore
import OpsTestKit

extension MemoryStateDirectory {
    /// Adds a segment of `count` records from `first` on, a batch each.
    mutating func segment(
        _ first: UInt64, _ count: Int, isDetached: Bool = false, named: UInt64 = 0
    ) {
        var random = SeededGenerator(seed: first)
        var log = SampleLog(first: first, salt: first &* 77, isDetached: isDetached)
        for index in 0..<count {
            let snapshot = index == count - 1 ? named : 0
            log.batch(
                [(random.stamp(), .bansExpiredMany(count: UInt32(first) + UInt32(index)))],
                snapshot: snapshot)
        }
        files[StateFiles.segment(first)] = log.bytes
    }

    mutating func snapshot(_ name: String, at sequence: UInt64, through: UInt64? = nil) {
        files[name] = SampleSnapshot(sequence, at: sequence, through: through, entities: 5).bytes
    }

    mutating func flip(_ path: String, at: Int) { files[path]?[at] ^= 4 }

    /// The recovery's outcome where it must start.
    func started(isForced: Bool = false) -> (RecoveryResult, RecordingSink)? {
        let (step, sink) = recover(isForced: isForced, pieceBytes: 300)
        guard case .done(let recovered) = step else { return nil }
        return (recovered, sink)
    }

    /// The faults where it must not; empty where it started.
    func refused(isForced: Bool = false) -> [StoreFault] {
        guard case .refused(let faults) = recover(isForced: isForced, pieceBytes: 300).0 else {
            return []
        }
        return faults
    }
}
