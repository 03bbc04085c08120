// The log's jobs and answers, and the repair of a log that broke.

import OpsConfig
import OpsCore

extension EventLoop {
    /// Hands what was decided to the writer.
    func submitLog() {
        for job in engine.log.nextJobs() { submitOrDegrade(job) }
    }

    /// Hands a job to the writer; a queue that is full breaks the log.
    func submitOrDegrade(_ job: LogJob) {
        if !submit(job) { logBroke("the log thread's queue is full") }
    }

    /// The log's thread has answered.
    func collect(_ answers: [LogAnswer]) {
        for answer in answers {
            switch answer {
            case .opened:
                engine.log.opened()
                if engine.log.isDegraded { repairLog() }
            case .wrote(let batch): engine.log.wrote(batch)
            case .synced(let sequence): engine.log.synced(through: sequence)
            case .looked(let sight): adopt(sight)
            case .failed(let failure):
                if failure.isUsurped { return end(failure.message) }
                logBroke(failure.message)
            }
        }
        engine.releaseHeld()
    }

    /// While nothing is written, the log's thread is woken this rarely.
    private static var quietLookNanoseconds: Int64 { 4 * Rounds.second }

    /// Has the log's thread look whether everything is there, if something was written since it
    /// last looked, or that is a while ago.  Where its queue is full, it looks another time.
    func lookAtStore() {
        let (sequence, now) = (engine.log.sequence, engine.now.boot)
        if loop.looked.sequence == sequence, now < loop.looked.again { return }
        if loop.isLooking || !submit(.look(engine.log.needs)) { return }
        loop.isLooking = true
        loop.looked = (sequence, now + Self.quietLookNanoseconds)
    }

    private func adopt(_ sight: LogSight) {
        loop.isLooking = false
        if let fault = sight.fault {
            if fault.isUsurped { return end(fault.message) }
            giveUp("log: \(fault.message)")
        }
        if let taken = sight.lockTaken { perform(.say(.critical, "lock: \(taken)")) }
        if let fault = sight.lockFault, fault != loop.lockFault {
            perform(.say(.critical, "lock: \(fault); another opsd could write the same state"))
        }
        loop.lockFault = sight.lockFault
    }

    /// Two processes must not write one state: this one ends, and says no word more to anybody.
    private func end(_ message: String) {
        loop.usurped = message
        loop.isFinished = true
    }

    /// The store's part of what the daemon knows of itself.
    func fillStore(_ vitals: inout Vitals) {
        vitals.sequence = engine.log.sequence
        vitals.durableSequence = engine.log.durable
        vitals.snapshotSequence = engine.log.snapshot
        vitals.fsync = configuration.store.fsync.rawValue
        if case .degraded(let reason, _) = engine.log.condition { vitals.degraded = reason }
        vitals.snapshotFailures = loop.snapshotTrouble.failures
        vitals.storeFault = storeFault
    }

    /// What is wrong with the store although it is not degraded; nil: nothing.
    var storeFault: String? {
        if let fault = loop.lockFault { return "not locked: \(fault)" }
        let trouble = loop.snapshotTrouble
        guard let message = trouble.message else { return nil }
        let megabytes = Double(engine.log.bytesSinceSnapshot) / 1_048_576
        let tenths = (megabytes * 10).rounded() / 10
        let count = trouble.failuresInARow
        return (count == 1 ? "the last snapshot" : "the last \(count) snapshots")
            + " failed: \(message); the log keeps everything, and grows: \(tenths) MiB since the "
            + "last one that was written"
    }

    /// A job failed: a snapshot that still needs this log cannot end.
    private func logBroke(_ message: String) {
        engine.log.failed()
        giveUp(message)
    }

    /// Nothing more goes to this segment, and a snapshot that still needs it cannot end.
    private func giveUp(_ message: String) {
        engine.degrade(message)
        if let snapshotting = loop.snapshotting, !snapshotting.isFinishing {
            snapshotFailed("the log broke", isOwn: false)
        }
        loop.rounds.postpone(.logRepair, at: engine.now.boot)
    }

    /// Tries to repair a broken log: with a detached segment first; once that is open, with a
    /// snapshot.
    func repairLog() {
        guard engine.log.isDegraded else { return loop.rounds.cancel(.logRepair) }
        if loop.snapshotting != nil { return }
        if engine.log.isRecording {
            try? beginSnapshot()
        } else {
            wantSegment(isDetached: true)
        }
    }

    func wantSegment(isDetached: Bool) {
        guard let salt = newSalt() else { return }
        engine.log.wantSegment(
            salt: salt, bootID: loop.bootID, at: engine.now, isDetached: isDetached)
    }
}
