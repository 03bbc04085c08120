// What the log holds, what of it is safe, and what goes to the writer next.  The book encodes and
// counts; the writer thread writes and syncs; whoever owns both carries batches and answers.

import OpsConfig
import OpsCore
import OpsStore

/// One write and, by policy, one fdatasync.
struct LogBatch: Sendable {
    var bytes: [UInt8]
    /// The last sequence number in it.
    var sequence: UInt64
    var sync: Bool
}

/// The open log.
struct LogBook {
    /// Where the log stands with its disk.
    enum Condition: Equatable {
        case healthy
        /// The log broke: changes are in memory alone until a snapshot and a new segment are
        /// durable.  `since` in nanoseconds of boot time.
        case degraded(reason: String, since: Int64)
    }

    let policy: Configuration.Store.Fsync
    private(set) var condition = Condition.healthy
    /// The sequence number of the newest change, logged or not.
    private(set) var sequence: UInt64
    /// Everything up to here was written / is on the disk.
    private(set) var written: UInt64
    private(set) var durable: UInt64
    /// The newest durable snapshot.
    private(set) var snapshot: UInt64
    /// Bytes logged since that snapshot began.
    private(set) var bytesSinceSnapshot = 0
    /// Changes since that snapshot began.
    private(set) var changesSinceSnapshot: UInt64 = 0
    private var writer: SegmentWriter
    private var pending: [UInt8] = []
    private var spare: [UInt8] = []
    private var isWriting = false
    /// Something was written that a lone mark has not confirmed.
    private var wantsMark = false

    /// - Parameters:
    ///   - writer: of the segment that is open and empty.
    ///   - snapshot: the snapshot recovery started from, 0 where there was none.
    init(policy: Configuration.Store.Fsync, writer: SegmentWriter, snapshot: UInt64) {
        self.policy = policy
        self.writer = writer
        self.snapshot = snapshot
        sequence = writer.nextSequence - 1
        written = sequence
        durable = sequence
    }

    var isDegraded: Bool { condition != .healthy }

    /// The number up to which replies may go out.
    var safe: UInt64 {
        if isDegraded { return .max }
        return policy == .always ? durable : written
    }

    /// Records a change that was applied; its sequence number.
    @discardableResult
    mutating func record(_ change: Change, _ stamp: Stamp) -> UInt64 {
        sequence += 1
        changesSinceSnapshot += 1
        if isDegraded { return sequence }
        if pending.isEmpty { writer.mark(durable: durable, snapshot: snapshot, into: &pending) }
        let before = pending.count
        writer.append(change, stamp, into: &pending)
        bytesSinceSnapshot += pending.count - before
        return sequence
    }

    /// The batch to hand over now: what has gathered, if the writer is free.
    mutating func nextBatch() -> LogBatch? {
        if isDegraded || isWriting { return nil }
        if pending.isEmpty {
            guard wantsMark else { return nil }
            wantsMark = false
            writer.mark(durable: durable, snapshot: snapshot, into: &pending)
            return take(sync: false)
        }
        wantsMark = policy == .always
        return take(sync: policy == .always)
    }

    private mutating func take(sync: Bool) -> LogBatch {
        isWriting = true
        let batch = LogBatch(bytes: pending, sequence: sequence, sync: sync)
        pending = spare
        spare = []
        return batch
    }

    /// The writer has written a batch, and synced it if it was to.
    mutating func wrote(_ batch: LogBatch) {
        isWriting = false
        if batch.bytes.capacity <= 1 << 20 {
            spare = batch.bytes
            spare.removeAll(keepingCapacity: true)
        }
        if isDegraded { return }
        written = max(written, batch.sequence)
        if batch.sync { durable = max(durable, batch.sequence) }
    }

    /// A sync by itself (`everysec`) made everything written before it durable.
    mutating func synced(through sequence: UInt64) {
        if !isDegraded { durable = max(durable, sequence) }
    }

    /// The log broke.
    mutating func degrade(_ reason: String, at boot: Int64) {
        condition = .degraded(reason: reason, since: boot)
        isWriting = false
        wantsMark = false
        pending = []
    }

    /// Goes on in a new segment; nothing may be pending in the old one.  `writer` starts at
    /// `sequence + 1`.
    mutating func rotate(to writer: SegmentWriter) {
        precondition(writer.nextSequence == sequence + 1 && pending.isEmpty)
        self.writer = writer
        bytesSinceSnapshot = 0
        changesSinceSnapshot = 0
    }

    /// Nothing waits to be written: a segment may be left.
    var isIdle: Bool { !isWriting && pending.isEmpty }

    /// A snapshot of everything up to `sequence` is durable; a broken log is whole again with it.
    mutating func snapshotIsDurable(_ sequence: UInt64) {
        snapshot = max(snapshot, sequence)
    }

    /// The new segment and the snapshot before it are durable.
    mutating func heal() {
        condition = .healthy
        written = sequence
        durable = sequence
    }
}
