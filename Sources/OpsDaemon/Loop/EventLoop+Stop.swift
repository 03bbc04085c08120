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

    /// How long it may take where a snapshot for an older release is the last thing to do.
    static let olderPatience: Int64 = 10_000_000_000

    /// How long a client that has just connected may take to send its request: nanoseconds.
    static let welcome: Int64 = 500_000_000

    /// Nanoseconds of boot time.
    var deadline: Int64
    /// Until then new connections may still send their first request; nanoseconds of boot time.
    var welcomeEnds: Int64
    /// The last snapshot has been asked for.
    var isSaving = false
    /// So has the last one for an older release.
    var isNarrowing = false
}

extension EventLoop {
    /// Begins a stop, unless one has begun.
    func beginStop() {
        if loop.stopping != nil { return }
        loop.stopping = Stopping(
            deadline: engine.now.boot
                + (loop.older.release == nil ? Stopping.patience : Stopping.olderPatience),
            welcomeEnds: engine.now.boot + Stopping.welcome)
        perform(.stopAccepting)
        engine.endWaits()
        engine.flushObservations()
        engine.flushEndpoints()
        engine.flushQueues()
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
            // Nothing changes any more.
            if !isLate && narrowsAtStop() { return }
            if isLate {
                let seconds = loop.older.release == nil ? "two" : "ten"
                perform(
                    .say(.warning, "stopped after \(seconds) seconds with work left undone"))
            }
            perform(.leave)
            loop.isFinished = true
        }
    }

    /// Has the snapshot for an older release, where one was asked for, written again as the last
    /// act of the daemon, so that it holds all; true while that is to be waited for.
    private func narrowsAtStop() -> Bool {
        guard let release = loop.older.release, let stopping = loop.stopping else { return false }
        if loop.older.isWriting { return true }
        if stopping.isNarrowing { return false }
        loop.stopping?.isNarrowing = true
        do throws(Refusal) {
            try beginSnapshot(for: release)
            return true
        } catch {
            return false
        }
    }
}
