// The log's jobs and answers, and the mending of one that broke.

import OpsCore

extension EventLoop {
    /// What was decided goes to the writer.
    func submitLog() {
        for job in engine.log.nextJobs() { hand(job) }
    }

    func hand(_ job: LogJob) {
        if !submit(job) { logBroke("the log thread takes no more") }
    }

    /// The log's thread has answered.
    func collect(_ answers: [LogAnswer]) {
        for answer in answers {
            switch answer {
            case .opened:
                engine.log.opened()
                if engine.log.isDegraded { mend() }
            case .wrote(let batch): engine.log.wrote(batch)
            case .synced(let sequence): engine.log.synced(through: sequence)
            case .failed(let failure): logBroke(failure.words)
            }
        }
        engine.releaseHeld()
    }

    /// A job failed: a snapshot that still needs this log will never have it.
    private func logBroke(_ words: String) {
        engine.log.failed()
        engine.degrade(words)
        if let snapshotting = loop.snapshotting, !snapshotting.isFinishing {
            snapshotFailed("the log broke")
        }
        loop.rounds.postpone(.mend, at: engine.now.boot)
    }

    /// Tries to make a broken log whole: a detached segment first; once it is open, a snapshot.
    func mend() {
        guard engine.log.isDegraded else { return loop.rounds.cancel(.mend) }
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
