// The log's jobs and answers, and the repair of a log that broke.

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
            case .failed(let failure): logBroke(failure.message)
            }
        }
        engine.releaseHeld()
    }

    /// A job failed: a snapshot that still needs this log cannot end.
    private func logBroke(_ message: String) {
        engine.log.failed()
        engine.degrade(message)
        if let snapshotting = loop.snapshotting, !snapshotting.isFinishing {
            snapshotFailed("the log broke")
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
