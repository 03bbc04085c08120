// A stop: no new connections, open requests are answered, a last snapshot is taken, the minute of
// history is written.  After two seconds the daemon ends with whatever is left undone: everything
// acknowledged is in the log.

import OpsConfig
import OpsCore
import OpsLinux

/// The progress of a stop.
struct Stopping {
    /// How long it may take: nanoseconds.
    static let patience: Int64 = 2_000_000_000

    /// How long a client that has just connected may take to send its request: nanoseconds.
    static let welcome: Int64 = 500_000_000

    /// Nanoseconds of boot time.
    var deadline: Int64
    /// Until then new connections may still send their first request; nanoseconds of boot time.
    var welcomeEnds: Int64
    /// The last snapshot has been asked for.
    var isSaving = false
}

extension EventLoop {
    /// Begins a stop, unless one has begun.
    func beginStop() {
        if loop.stopping != nil { return }
        loop.stopping = Stopping(
            deadline: engine.now.boot + Stopping.patience,
            welcomeEnds: engine.now.boot + Stopping.welcome)
        perform(.stopAccepting)
        engine.endWaits()
        engine.flushObservations()
        engine.commit(.noted(Note(.stopped, .info, "stopping cleanly")))
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
            writeIncidentTrail()
        }
        if loop.snapshotting?.wantsSync(engine.log) ?? false, let job = engine.log.syncJob() {
            submitOrDegrade(job)
        }
        // Waits that have ended with the steps above are answered as well.
        _ = engine.serveWaits()
        engine.closeServed(patient: engine.now.boot < stopping.welcomeEnds)
        flushReplies()
        let isSaved =
            loop.snapshotting == nil && !engine.lists.isWriting
            && (engine.log.isDegraded || engine.log.isSettled)
        let isTold = engine.sessionCount == 0 && isQuiet && !engine.hasUntold
        if isLate || (isSaved && isTold) {
            if isLate {
                perform(.say(.warning, "stopped after two seconds with work left undone"))
            }
            perform(.leave)
            loop.isFinished = true
        }
    }
}
