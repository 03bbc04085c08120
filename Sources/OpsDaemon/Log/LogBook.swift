// What the log holds, what of it is safe, and what goes to the writer next.  The book encodes and
// counts; the writer thread writes and syncs; the loop carries batches and answers between them.

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
    /// Whether what is logged reaches the disk.
    enum Condition: Equatable {
        case healthy
        /// The log broke: changes are in memory alone until a snapshot and a new segment are
        /// durable.  `since` in nanoseconds of boot time.
        case degraded(reason: String, since: Int64)
    }

    /// Bytes that may gather while the thread is busy, before requests that would add to them are
    /// refused: about 250,000 changes.
    var pendingLimitBytes = 32 << 20

    /// Opens the first segment.
    let first: LogJob
    let policy: Configuration.Store.Fsync
    private(set) var condition = Condition.healthy
    /// The sequence number of the newest change, logged or not.
    private(set) var sequence: UInt64
    /// Everything up to here was written.
    private(set) var written: UInt64
    /// Everything up to here is on the disk.
    private(set) var durable: UInt64
    /// The newest durable snapshot.
    private(set) var snapshot: UInt64
    /// What counted towards the snapshot under way, in case it fails.
    private var before: (bytes: Int, changes: UInt64) = (0, 0)
    /// Bytes logged since that snapshot began.
    private(set) var bytesSinceSnapshot = 0
    /// Changes since that snapshot began.
    private(set) var changesSinceSnapshot: UInt64 = 0
    private var writer: SegmentWriter
    /// What a buffer may keep while the log is idle.
    private static let restBytes = 64 << 10
    private var pending: [UInt8] = []
    private var spare: [UInt8] = []
    /// Jobs the thread has not answered.
    private var inFlight = 0
    /// Changes go to the log: false from a failure until the next segment.
    private(set) var isRecording = true
    /// The segment to go on in; its first number is not decided yet.
    private var wantedSegment: SegmentHeader?
    /// Something was written that a lone mark has not confirmed.
    private var wantsMark = false
    /// A lone mark is written as soon as the log falls idle; if false, after `mark` was called.
    private let marksAtOnce: Bool
    private var isMarkDue = false
    /// A sync was asked for while the thread was busy.
    private var wantsSync = false
    /// The last sequence number before the open segment, and before the one being opened.
    private var segmentStart: UInt64
    private var nextSegmentStart: UInt64

    /// Goes on after `sequence` in a first segment, which the first job opens.
    /// - Parameters:
    ///   - snapshot: the snapshot recovery started from, 0 where there was none.
    ///   - marksAtOnce: a lone mark follows the last batch at once.  Where requests come one by one
    ///     it would stand in the way of the next; the daemon calls `mark` once a second instead.
    init(
        policy: Configuration.Store.Fsync, sequence: UInt64, snapshot: UInt64, salt: UInt64,
        bootID: BootID, now: Moment, marksAtOnce: Bool = true
    ) {
        self.policy = policy
        self.marksAtOnce = marksAtOnce
        self.snapshot = snapshot
        let header = SegmentHeader(
            salt: salt, firstSequence: sequence + 1, bootID: bootID, created: now)
        var bytes: [UInt8] = []
        writer = SegmentWriter(header, into: &bytes)
        first = .open(
            path: StateFiles.segment(sequence + 1), header: bytes, isDetached: false)
        self.sequence = sequence
        written = sequence
        durable = sequence
        segmentStart = sequence
        nextSegmentStart = sequence
    }

    /// Bytes that wait for the log's thread to take them.
    var pendingBytes: Int { pending.count }

    /// The disk hangs, and no more bytes may gather.
    var isFull: Bool { pending.count >= pendingLimitBytes }

    var isDegraded: Bool {
        switch condition {
        case .healthy: false
        case .degraded: true
        }
    }

    /// Everything is written, and by policy durable; nothing is under way.
    var isSettled: Bool {
        inFlight == 0 && pending.isEmpty && wantedSegment == nil && safe >= sequence
    }

    /// The number up to which replies may go out.
    var safe: UInt64 {
        if isDegraded { return .max }
        return policy == .always ? durable : written
    }

    /// Whether a snapshot that was begun in this segment may end with `sequence`: the log is
    /// durable up to there from where the segment starts, and what lies before is in the snapshot,
    /// if not in the log.
    func reaches(_ sequence: UInt64) -> Bool { max(durable, segmentStart) >= sequence }

    /// Records a change that was applied; returns its sequence number.
    @discardableResult
    mutating func record(_ change: Change, _ stamp: Stamp) -> UInt64 {
        guard begin() else { return sequence }
        let before = pending.count
        writer.append(change, stamp, into: &pending)
        bytesSinceSnapshot += pending.count - before
        return sequence
    }

    /// The same of what a request about one call comes to.
    mutating func record(_ call: CostCall, _ stamp: Stamp) {
        guard begin() else { return }
        let before = pending.count
        writer.append(call, stamp, into: &pending)
        bytesSinceSnapshot += pending.count - before
    }

    /// Gives the next change its number; false if it is not recorded.
    @inline(__always)
    private mutating func begin() -> Bool {
        sequence += 1
        changesSinceSnapshot += 1
        if !isRecording { return false }
        if pending.isEmpty { writer.mark(durable: durable, snapshot: snapshot, into: &pending) }
        return true
    }

    /// Returns the jobs to submit now: none while the thread still has some, so that what gathers
    /// meanwhile is one write and one sync.
    mutating func nextJobs() -> [LogJob] {
        if inFlight > 0 { return [] }
        if let header = wantedSegment {
            wantedSegment = nil
            return rotate(to: header)
        }
        if !isRecording { return [] }
        if pending.isEmpty {
            if wantsSync, let job = syncJob() { return [job] }
            guard wantsMark, marksAtOnce || isMarkDue else { return [] }
            wantsMark = false
            writer.mark(durable: durable, snapshot: snapshot, into: &pending)
            return [makeBatch(sync: false)]
        }
        wantsMark = policy == .always
        isMarkDue = false
        return [makeBatch(sync: policy == .always)]
    }

    /// A lone mark goes out with the next jobs, unless there is another batch.
    mutating func mark() { isMarkDue = wantsMark }

    /// Returns a job for one fdatasync of what was written and not synced (`everysec`).  While the
    /// thread is busy, the sync is put off until the next jobs.
    mutating func syncJob() -> LogJob? {
        wantsSync = isRecording && inFlight > 0
        if inFlight > 0 || !isRecording || durable >= written { return nil }
        inFlight += 1
        return .sync(sequence: written)
    }

    /// Asks for a new segment with the next jobs.  `isDetached`: the log before it broke.
    mutating func wantSegment(salt: UInt64, bootID: BootID, at now: Moment, isDetached: Bool) {
        wantedSegment = SegmentHeader(
            salt: salt, firstSequence: 0, isDetached: isDetached, bootID: bootID, created: now)
    }

    /// Returns the last batch of the old segment, synced, and then the opening of the new one.
    private mutating func rotate(to wanted: SegmentHeader) -> [LogJob] {
        var jobs: [LogJob] = []
        if isRecording && (!pending.isEmpty || durable < sequence) {
            if pending.isEmpty { writer.mark(durable: durable, snapshot: snapshot, into: &pending) }
            jobs.append(makeBatch(sync: true))
        }
        var header = wanted
        header.firstSequence = sequence + 1
        nextSegmentStart = sequence
        var bytes: [UInt8] = []
        writer = SegmentWriter(header, into: &bytes)
        isRecording = true
        inFlight += 1
        jobs.append(
            .open(
                path: StateFiles.segment(header.firstSequence), header: bytes,
                isDetached: header.isDetached))
        return jobs
    }

    /// All that is pending, as one batch.
    private mutating func makeBatch(sync: Bool) -> LogJob {
        inFlight += 1
        let batch = LogBatch(bytes: pending, sequence: sequence, sync: sync || wantsSync)
        wantsSync = false
        pending = spare
        spare = []
        return .write(batch)
    }

    /// A segment was opened: everything before it is durable, or will be in a coming snapshot.
    mutating func opened() {
        inFlight -= 1
        segmentStart = nextSegmentStart
    }

    /// The writer has written a batch, and has synced it if the batch asked for that.
    mutating func wrote(_ batch: LogBatch) {
        inFlight -= 1
        if batch.bytes.capacity <= 1 << 20 {
            spare = batch.bytes
            spare.removeAll(keepingCapacity: true)
        }
        written = max(written, batch.sequence)
        if batch.sync { durable = max(durable, batch.sequence) }
    }

    /// A sync by itself made everything written before it durable.
    mutating func synced(through sequence: UInt64) {
        inFlight -= 1
        durable = max(durable, sequence)
    }

    /// Releases large buffers of a busy time, where nothing is being written.
    mutating func relax() {
        if inFlight > 0 || !pending.isEmpty { return }
        if pending.capacity > Self.restBytes { pending = [] }
        if spare.capacity > Self.restBytes { spare = [] }
    }

    /// A job failed; the thread fails the ones after it too.
    mutating func failed() { inFlight -= 1 }

    /// The log broke: nothing is recorded until a new segment is open.
    mutating func degrade(_ reason: String, at boot: Int64) {
        if !isDegraded { condition = .degraded(reason: reason, since: boot) }
        isRecording = false
        wantsMark = false
        wantsSync = false
        wantedSegment = nil
        pending = []
    }

    /// What recovery had to read after the snapshot counts towards the next one, reserved room
    /// included: starts that fail again and again must not let the log grow for ever.
    mutating func inherit(_ recovered: RecoveryResult) {
        bytesSinceSnapshot += Int(clamping: recovered.logBytes)
        changesSinceSnapshot += recovered.sequence - recovered.snapshotSequence
    }

    /// A snapshot begins here: what has been logged so far no longer counts towards the next.
    mutating func snapshotBegan() {
        before = (bytesSinceSnapshot, changesSinceSnapshot)
        bytesSinceSnapshot = 0
        changesSinceSnapshot = 0
    }

    /// It failed: what had been logged before it counts again.
    mutating func snapshotFailed() {
        bytesSinceSnapshot += before.bytes
        changesSinceSnapshot += before.changes
        before = (0, 0)
    }

    /// What must still be on the disk for a start to find everything that is durable.
    var needs: LogNeeds { LogNeeds(snapshot: snapshot, isWhole: !isDegraded) }

    /// A snapshot of everything up to `sequence` is durable.  If it was begun after the new
    /// segment, a broken log is whole again.
    mutating func snapshotIsDurable(_ sequence: UInt64) {
        snapshot = max(snapshot, sequence)
        before = (0, 0)
        if !isRecording { return }
        written = max(written, sequence)
        durable = max(durable, sequence)
        condition = .healthy
    }
}
