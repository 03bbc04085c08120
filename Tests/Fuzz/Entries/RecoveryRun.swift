// A whole recovery from a damaged state directory: it ends, it never hands over a record or an
// entity that was not written, nor one out of order, and forced it starts.

import OpsCore
import OpsStore
import OpsTestKit

/// The first bytes lay out segments and snapshots, the others damage them.
func fuzzRecovery(_ bytes: [UInt8]) throws(Finding) {
    var feed = Feed(bytes)
    var disk = DamagedDisk(&feed)
    while !feed.isEmpty { disk.damage(&feed) }
    for isForced in [false, true] {
        let (step, sink) = disk.directory.recover(isForced: isForced, pieceBytes: 100)
        try disk.holdWritten(sink)
        switch step {
        case .done(let recovered):
            try hold(
                sink.log.last.map { $0.sequence == recovered.sequence } ?? true,
                "it says \(recovered.sequence)")
            var state = sink.state
            state.exercise()
        case .refused(let faults):
            try hold(!faults.isEmpty, "refused without a word")
            try hold(
                !isForced || faults.contains { $0.kind == .newer }, "forced, and refused: \(faults)"
            )
        case .snapshot, .segment: throw Finding(description: "it does not end")
        }
    }
}

/// A state directory that is written, and then damaged.
private struct DamagedDisk {
    private(set) var directory = MemoryStateDirectory()
    /// All records ever written, by their number; the first is 1.
    private var written: [LogEntry] = []

    /// One to four segments of up to eight records, and up to two snapshots.
    init(_ feed: inout Feed) {
        let segments = 1 + Int(feed.byte() % 4)
        for number in 0..<segments {
            let count = Int(feed.byte() % 9)
            let isDetached = count == 8 && number > 0
            segment(count, isDetached: isDetached)
        }
        for name in [StateFiles.snapshot, StateFiles.previousSnapshot] {
            let choice = feed.byte()
            if choice & 1 == 1 { snapshot(name, UInt64(choice >> 1), UInt64(feed.byte() % 4)) }
        }
    }

    private mutating func segment(_ count: Int, isDetached: Bool) {
        let first = UInt64(written.count) + 1
        var bytes: [UInt8] = []
        var writer = SegmentWriter(
            SegmentHeader(
                salt: first &* 77, firstSequence: first, isDetached: isDetached,
                bootID: BootID(high: 1, low: 2), created: Moment(boot: 3, wall: 4)),
            into: &bytes)
        for _ in 0..<count {
            writer.mark(durable: writer.nextSequence - 1, snapshot: 0, into: &bytes)
            let stamp = Stamp(moment: Moment(boot: 5_000_000 * Int64(written.count), wall: 6))
            let change = Self.change(writer.nextSequence)
            let sequence = writer.append(change, stamp, into: &bytes)
            written.append(LogEntry(sequence: sequence, stamp: stamp, change: change))
        }
        directory.files[StateFiles.segment(first)] = bytes + [UInt8](repeating: 0, count: 64)
    }

    private static func change(_ sequence: UInt64) -> Change {
        switch sequence % 3 {
        case 0: .banned(ban(sequence))
        case 1: .bansExpiredMany(count: UInt32(sequence))
        default: .unbanned(ban(sequence - 2).network, .command, uid: 0)
        }
    }

    private static func ban(_ sequence: UInt64) -> Ban {
        Ban(
            network: Network(ipv4: 0x0a00_0000 + UInt32(truncatingIfNeeded: sequence)),
            deadline: Int64(truncatingIfNeeded: sequence), created: 1, reason: "r\(sequence)",
            source: "s", uid: 0, traits: [])
    }

    private mutating func snapshot(_ name: String, _ sequence: UInt64, _ ahead: UInt64) {
        var bytes: [UInt8] = []
        var writer = SnapshotWriter(
            SnapshotHeader(
                sequence: sequence, bootID: BootID(high: 1, low: 2),
                taken: Moment(boot: 3, wall: 4), clockOffset: 5, lastEventID: 6), into: &bytes)
        for number in 0..<3 { writer.append(Self.ban(sequence + UInt64(number)), into: &bytes) }
        writer.finish(through: sequence + ahead, into: &bytes)
        directory.files[name] = bytes
    }

    /// One accident, as four bytes say.
    mutating func damage(_ feed: inout Feed) {
        let paths = directory.files.keys.sorted()
        let kind = feed.byte()
        let path = paths.isEmpty ? "" : paths[Int(feed.byte()) % paths.count]
        let place = Int(feed.number(UInt16.self))
        guard var bytes = directory.files[path] else { return }
        let at = bytes.isEmpty ? 0 : place % bytes.count
        switch kind % 8 {
        case 0: bytes = Array(bytes[..<at])
        case 1 where !bytes.isEmpty: bytes[at] ^= 1 << (kind >> 5)
        case 2: for index in at..<min(bytes.count, at + 512) { bytes[index] = 0 }
        case 3: bytes += Self.noise(kind, Int(kind >> 3))
        case 4:
            let end = min(bytes.count, at + 16)
            bytes.replaceSubrange(at..<end, with: Self.noise(kind, end - at))
        case 5: return directory.files[path] = nil
        case 6:
            directory.files[StateFiles.segment(UInt64(place % 40) + 1)] = bytes
            return
        default:
            if let other = paths.first(where: { $0 != path }) {
                bytes = directory.files[other] ?? bytes
            }
        }
        directory.files[path] = bytes
    }

    /// Not bytes of the input: the fuzzer would learn to make right checksums of them.
    private static func noise(_ seed: UInt8, _ count: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(seed))
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    /// All of it had been written, and the log comes without a gap.
    func holdWritten(_ sink: RecordingSink) throws(Finding) {
        var last: UInt64?
        for entry in sink.log {
            try hold(
                entry.sequence >= 1 && entry.sequence <= UInt64(written.count)
                    && written[Int(entry.sequence) - 1] == entry,
                "number \(entry.sequence) was never written so")
            try hold(last.map { $0 + 1 == entry.sequence } ?? true, "a gap in the log")
            last = entry.sequence
        }
        guard let header = sink.header else { return }
        for (number, ban) in sink.bans.enumerated() {
            try hold(ban == Self.ban(header.sequence + UInt64(number)), "\(ban) was never written")
        }
        try hold(
            sink.log.first.map { $0.sequence == header.sequence + 1 } ?? true,
            "the log does not go on from the snapshot")
    }
}
