// Snapshots and the mending of a broken log.  A snapshot goes in small steps, a part or two a turn,
// so that no turn stalls; a broken log is mended by a new segment and then a snapshot.

import OpsConfig
import OpsCore
import OpsLinux
import OpsStore

extension Daemon: EngineHost {
    /// The log may grow so far beyond the last snapshot: bytes.
    static let logFloorBytes = 4 << 20

    /// Begins a snapshot, unless one is under way (its end answers this request too).
    func beginSnapshot() throws(Refusal) {
        if snapshotting != nil || engine.putOffSnapshot() { return }
        if engine.log.isDegraded && !engine.log.isRecording {
            throw Refusal(
                .degraded, "the log is broken; mending it ends in a snapshot",
                hint: "`health` says why")
        }
        let state = engine.state
        let header = SnapshotHeader(
            sequence: engine.log.sequence, bootID: bootID, taken: engine.now,
            clockOffset: state.clockOffset, lastEventID: state.events.lastID,
            serviceOffset: state.snapshotServiceOffset, minReader: state.minReader)
        let job = SnapshotJob.begin(
            header, extras, events: state.events.all,
            domains: state.domainImages(.beginning, at: engine.now))
        snapshotTicket += 1
        guard
            let thread = try? SnapshotThread(
                statePath: configuration.paths.state, ticket: snapshotTicket,
                answers: snapshotAnswers),
            thread.submit(job) == .accepted
        else { throw Refusal(.busy, "no thread for a snapshot", hint: "try again in a second") }
        snapshotThread = thread
        // A log that has just been mended is in its new segment already.
        if !engine.log.isDegraded { wantSegment(isDetached: false) }
        snapshotting = Snapshotting(sequence: header.sequence)
        engine.log.snapshotBegan()
        schedule.lastSnapshot = engine.now.boot
    }

    func wantSegment(isDetached: Bool) {
        guard let salt = try? Random.word() else { return }
        engine.log.wantSegment(
            salt: salt, bootID: bootID, at: engine.now, isDetached: isDetached)
    }

    /// Hands over the next part, if the thread can take it.
    func advanceSnapshot() {
        guard let job = snapshotting?.next(engine.state, engine.log, at: engine.now) else { return }
        if snapshotThread?.submit(job) != .accepted {
            snapshotFailed("the snapshot thread takes no more")
        }
    }

    func collectSnapshot() {
        for report in snapshotAnswers.drain() where report.ticket == snapshotTicket {
            switch report.answer {
            case .written: snapshotting?.partWritten()
            case .finished(let bytes):
                guard let done = snapshotting else { continue }
                endSnapshotThread()
                snapshotBytes = bytes
                let wasDegraded = engine.log.isDegraded
                engine.log.snapshotIsDurable(done.sequence)
                if wasDegraded && !engine.log.isDegraded { engine.noteRecovered() }
                if !engine.log.isDegraded { schedule.mend.due = .max }
                engine.end(.snapshot, .success(.snapshot(lsn: done.sequence)))
            case .failed(let words): snapshotFailed(words)
            }
        }
    }

    /// The thread ends with what it still has to do; its file goes with it.
    private func endSnapshotThread() {
        snapshotting = nil
        wantsTrim = true
        snapshotThread?.stop()
        snapshotThread = nil
    }

    func snapshotFailed(_ words: String) {
        if snapshotting == nil { return }
        endSnapshotThread()
        announcer.say(.critical, "snapshot: \(words)")
        engine.end(.snapshot, .failure(Refusal(.internal, "snapshot: \(words)")))
        if engine.log.isDegraded { schedule.mend.postpone(at: engine.now.boot) }
    }

    /// Takes one when the log has grown, or when something changed and it is time.
    func considerSnapshot() {
        if snapshotting != nil || engine.log.isDegraded { return }
        let log = engine.log
        let isLong = log.bytesSinceSnapshot > max(Self.logFloorBytes, Int(snapshotBytes / 2))
        let interval = configuration.store.snapshotIntervalMilliseconds * 1_000_000
        let isTime =
            log.changesSinceSnapshot > 0 && engine.now.boot - schedule.lastSnapshot >= interval
        if isLong || isTime { try? beginSnapshot() }
    }

    /// Tries to make a broken log whole: a detached segment first; once it is open, a snapshot.
    func mend() {
        guard engine.log.isDegraded else {
            schedule.mend.due = .max
            return
        }
        if snapshotting != nil { return }
        if engine.log.isRecording {
            try? beginSnapshot()
        } else {
            wantSegment(isDetached: true)
        }
    }
}
