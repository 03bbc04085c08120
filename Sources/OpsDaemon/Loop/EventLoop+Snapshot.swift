// Snapshots in small steps, one part per turn, so that no turn stalls.

import OpsConfig
import OpsCore
import OpsLinux
import OpsStore

extension EventLoop {
    /// The log may grow by at least this many bytes before its length alone begins a snapshot.
    private static var logFloorBytes: Int { 4 << 20 }

    /// Begins a snapshot, unless one has begun (its end answers this request too).
    func beginSnapshot() throws(Refusal) {
        if loop.snapshotting != nil || engine.postponeSnapshot() { return }
        if engine.log.isDegraded && !engine.log.isRecording {
            throw Refusal(
                .degraded, "the log is broken: opsd writes a snapshot when it has repaired the log",
                hint: "`health` says why")
        }
        let sequence = engine.log.sequence
        let job = SnapshotJob.begin(
            engine.state, sequence: sequence, bootID: loop.bootID, loop.extras,
            audit: engine.audit.durable, at: engine.now)
        engine.wantsAuditHead = true
        loop.snapshotTicket += 1
        guard openSnapshot(job, ticket: loop.snapshotTicket) else {
            noteFailure("no thread could be started for it")
            throw Refusal(
                .busy, "no thread could be started for a snapshot", hint: "try again in a second")
        }
        // A degraded log that records again is in a new segment already, opened by its repair.
        if !engine.log.isDegraded { wantSegment(isDetached: false) }
        loop.snapshotting = Snapshotting(sequence: sequence)
        engine.log.snapshotBegan()
        loop.lastSnapshot = engine.now.boot
    }

    /// Hands over the next part, if the thread can take it.
    func advanceSnapshot() {
        guard
            let job = loop.snapshotting?.next(engine.state, engine.log, at: engine.now)
        else { return }
        if !submit(job) { snapshotFailed("the snapshot thread's queue is full") }
    }

    /// The snapshot's thread has answered.
    func collect(_ reports: [SnapshotReport]) {
        for report in reports {
            if report.ticket == loop.older.ticket {
                collectOlder(report.answer)
                continue
            }
            if report.ticket != loop.snapshotTicket { continue }
            switch report.answer {
            case .written: loop.snapshotting?.partWritten()
            case .finished(let bytes):
                guard let done = loop.snapshotting else { continue }
                endSnapshot()
                loop.snapshotBytes = bytes
                let wasDegraded = engine.log.isDegraded
                engine.log.snapshotIsDurable(done.sequence)
                if loop.snapshotTrouble.ended() {
                    perform(.say(.info, "snapshot: written again, as far as \(done.sequence)"))
                }
                if wasDegraded && !engine.log.isDegraded { engine.noteRecovered() }
                if !engine.log.isDegraded { loop.rounds.cancel(.logRepair) }
                engine.end(.snapshot, .success(.snapshot(lsn: done.sequence)))
            case .failed(let message): snapshotFailed(message)
            case .older: break
            }
        }
    }

    private func endSnapshot() {
        loop.snapshotting = nil
        loop.wantsTrim = true
        closeSnapshot()
    }

    /// `isOwn`: the fault is of the snapshot, not of the log that it needs.
    func snapshotFailed(_ message: String, isOwn: Bool = true) {
        if loop.snapshotting == nil { return }
        endSnapshot()
        engine.log.snapshotFailed()
        if isOwn { noteFailure(message) }
        engine.end(.snapshot, .failure(Refusal(.internal, "snapshot: \(message)")))
        if engine.log.isDegraded { loop.rounds.postpone(.logRepair, at: engine.now.boot) }
    }

    /// Counts a failure, and says what follows from it.
    private func noteFailure(_ message: String) {
        let now = engine.now.boot
        guard loop.snapshotTrouble.failed(message, at: now) else { return }
        let follows =
            engine.log.isDegraded
            ? "the log is not whole without it"
            : "tried again in \(loop.snapshotTrouble.wait(at: now)) s; until then the log keeps "
                + "everything, and grows"
        perform(.say(.critical, "snapshot: \(message); \(follows)"))
    }

    /// Begins a snapshot when the log has grown enough, or when something changed and it is time.
    func considerSnapshot() {
        if loop.snapshotting != nil || engine.log.isDegraded { return }
        if loop.snapshotTrouble.message != nil {
            if engine.now.boot >= loop.snapshotTrouble.retryAt { try? beginSnapshot() }
            return
        }
        let log = engine.log
        let isLong =
            log.bytesSinceSnapshot > max(Self.logFloorBytes, Int(loop.snapshotBytes / 2))
        let interval = configuration.store.snapshotIntervalMilliseconds * 1_000_000
        let isTime =
            log.changesSinceSnapshot > 0 && engine.now.boot - loop.lastSnapshot >= interval
        if isLong || isTime { try? beginSnapshot() }
    }
}
