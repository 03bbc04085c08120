// The end: no new connections, what was asked is answered, a last snapshot, the minute of history
// under way; two seconds in all, then it ends as it stands: everything acknowledged is in the log.

import OpsConfig
import OpsCore
import OpsLinux

/// The daemon is on its way out.
struct Stopping {
    /// How long it may take: nanoseconds.
    static let patience: Int64 = 2_000_000_000

    /// How long a client that has just connected may take to send its request: nanoseconds.
    static let welcome: Int64 = 500_000_000

    /// Nanoseconds of boot time.
    var deadline: Int64
    /// Until then newcomers may still send their first request; nanoseconds of boot time.
    var welcomeEnds: Int64
    /// The last snapshot has been asked for.
    var isSaving = false
}

extension EventLoop {
    func beginStop() {
        if loop.stopping != nil { return }
        loop.stopping = Stopping(
            deadline: engine.now.boot + Stopping.patience,
            welcomeEnds: engine.now.boot + Stopping.welcome)
        perform(.stopAccepting)
        engine.endWaits()
        engine.flushObservations()
        engine.commit(.noted(Note(.stopped, .info, "stopping in good order")))
        if let minute = engine.flushHistory() { write(minute) }
    }

    /// A step towards the end; called each turn.
    func advanceStop() {
        guard let stopping = loop.stopping else { return }
        let isLate = engine.now.boot >= stopping.deadline
        if !stopping.isSaving && !engine.lists.isWriting {
            loop.stopping?.isSaving = true
            if !engine.log.isDegraded && engine.log.changesSinceSnapshot > 0 {
                try? beginSnapshot()
                advanceSnapshot()
            }
            submitLog()
        }
        if loop.snapshotting?.wantsSync(engine.log) ?? false, let job = engine.log.syncJob() {
            hand(job)
        }
        // What has ended with the steps above is told as well.
        _ = engine.serveWaits()
        engine.closeServed(patient: engine.now.boot < stopping.welcomeEnds)
        flushReplies()
        let isSaved =
            loop.snapshotting == nil && !engine.lists.isWriting
            && (engine.log.isDegraded || engine.log.isSettled)
        let isTold = engine.sessionCount == 0 && isQuiet && !engine.hasUntold
        if isLate || (isSaved && isTold) {
            if isLate {
                perform(.say(.warning, "stopped after two seconds, not all was drained"))
            }
            perform(.leave)
            loop.isFinished = true
        }
    }
}
