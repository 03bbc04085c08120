// A snapshot under way, from the loop's side: which part is next, how many are with the thread, and
// what must be durable before the file may have its name.

import OpsCore
import OpsStore

/// The progress of one snapshot.
struct Snapshotting {
    /// Parts that may be with the thread at once: enough to keep it busy with little memory.
    static let partsInFlight = 2

    /// Everything up to this sequence number is in the snapshot.
    let sequence: UInt64
    /// The next part of the tables, `State.snapshotParts` when all have been handed over.
    private var part = 0
    private var inFlight: Int
    /// The log's last number when the last part was copied.
    private(set) var through: UInt64?
    private(set) var isFinishing = false

    /// The thread has been asked to begin.
    init(sequence: UInt64) {
        self.sequence = sequence
        inFlight = 1
    }

    /// The thread has done a job.
    mutating func partWritten() { inFlight -= 1 }

    /// Returns the job to submit now; nil: wait.
    mutating func next(_ state: State, _ log: LogBook, at now: Moment) -> SnapshotJob? {
        if isFinishing || inFlight >= Self.partsInFlight { return nil }
        if part < State.snapshotParts {
            let copy = state.snapshotPart(part, at: now)
            part += 1
            if part == State.snapshotParts { through = log.sequence }
            inFlight += 1
            return .part(copy)
        }
        guard let through, log.reaches(through) else { return nil }
        isFinishing = true
        inFlight += 1
        return .finish(through: through, previous: log.snapshot)
    }

    /// The log must be synced for the snapshot to end: `everysec` and `no` do not sync by
    /// themselves, or not soon.
    func wantsSync(_ log: LogBook) -> Bool {
        guard let through, !isFinishing else { return false }
        return !log.reaches(through)
    }
}
