// A state directory in memory, and a recovery of it as the daemon would run one.

import OpsCore
import OpsStore

/// Files by their path in the state directory.
struct Disk {
    var files: [String: [UInt8]] = [:]

    var listing: StateFiles {
        var state: [FileEntry] = []
        var log: [FileEntry] = []
        for (path, bytes) in files {
            let entry = FileEntry(
                name: path.split(separator: "/").last.map(String.init) ?? "",
                bytes: UInt64(bytes.count))
            if path.hasPrefix("wal/") { log.append(entry) } else { state.append(entry) }
        }
        return StateFiles(state: state, log: log)
    }

    /// Adds a segment of `count` records from `first` on, a batch each.
    mutating func segment(
        _ first: UInt64, _ count: Int, isDetached: Bool = false, named: UInt64 = 0
    ) {
        var random = Seeded(first)
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

    func recover(isForced: Bool = false) -> (Recovery.Step, Memory) {
        var memory = Memory()
        var recovery = Recovery(listing, isForced: isForced)
        while true {
            switch recovery.step {
            case .snapshot(let file):
                let bytes = files[file] ?? []
                for start in stride(from: 0, to: bytes.count, by: 300) {
                    recovery.snapshotPiece(
                        bytes.span.extracting(start..<min(start + 300, bytes.count)), into: &memory)
                }
                recovery.snapshotEnd(into: &memory)
            case .segment(let file):
                let bytes = files[file.path] ?? []
                recovery.segment(bytes.span, into: &memory)
            case .done, .refused: return (recovery.step, memory)
            }
        }
    }

    /// The recovery's outcome where it must start.
    func started(isForced: Bool = false) -> (RecoveryResult, Memory)? {
        let (step, memory) = recover(isForced: isForced)
        guard case .done(let recovered) = step else { return nil }
        return (recovered, memory)
    }

    /// The faults where it must not; empty where it started.
    func refused(isForced: Bool = false) -> [StoreFault] {
        guard case .refused(let faults) = recover(isForced: isForced).0 else { return [] }
        return faults
    }
}
