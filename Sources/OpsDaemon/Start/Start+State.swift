// From what recovery read to an engine with an open log.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import OpsStore

extension Start {
    /// Returns the engine with what the state directory holds, and what a snapshot carries along
    /// for other versions.
    static func recover(
        _ directory: borrowing StateDirectory, _ options: DaemonOptions,
        _ configuration: Configuration, _ bootID: OpsCore.BootID, room: Int,
        _ notes: inout StartupNotes
    ) throws(StartFault) -> (Engine, SnapshotExtras) {
        let key = try fault { () throws(Errno) in (try Random.word(), try Random.word()) }
        let salt = try fault { () throws(Errno) in try Random.word() }
        let rules = configuration.guard
        let tail = configuration.events.tail
        var recovered = try directory.recover(isForced: options.isForced) {
            State(rules: rules, hashKey: key, eventCapacity: tail)
        }
        try directory.tidy(after: &recovered)
        let run = try fault { () throws(Errno) in try Random.word() }
        let engine = engine(
            recovered, configuration, bootID, salt, now(), &notes, marksAtOnce: false, run: run)
        engine.descriptorRoom = room
        return (engine, recovered.outcome.extras)
    }

    /// The engine with the state as recovered, moved to this boot.
    static func engine(
        _ found: RecoveredState, _ configuration: Configuration, _ bootID: OpsCore.BootID,
        _ salt: UInt64, _ now: Moment, _ notes: inout StartupNotes, marksAtOnce: Bool = true,
        run: UInt64 = 0
    ) -> Engine {
        var state = found.state
        let recovered = found.outcome
        // What was told after the last durable record is lost where opsd did not stop by itself.
        let wasStopped = state.events.newest?.kind == .stopped
        // A state that was recovered without a snapshot may not know the offset of its clocks.
        let isFresh = recovered.bootID == nil || state.clockOffset == 0
        state.recoveryEnded()
        state.restore(
            lastEventID: state.events.lastID, clockOffset: state.clockOffset,
            bootID: recovered.bootID ?? bootID)
        var log = LogBook(
            policy: configuration.store.fsync, sequence: recovered.sequence,
            snapshot: recovered.snapshotSequence, salt: salt, bootID: bootID, now: now,
            marksAtOnce: marksAtOnce)
        log.inherit(recovered)
        let engine = Engine(state: state, log: log, configuration: configuration, now: now)
        var audit = AuditChainReport(directory: configuration.paths.log)
        audit.durable = recovered.audit
        engine.adopt(audit)
        engine.runID = run
        let offset = now.wallMilliseconds - now.bootMilliseconds
        if isFresh {
            engine.commit(.clockSet(offset: offset, step: nil))
        } else if state.bootID != bootID {
            engine.commit(
                .rebased(
                    Rebase(
                        lastBoot: recovered.lastMoment?.bootMilliseconds ?? 0,
                        earlierOffset: state.clockOffset, boot: now.bootMilliseconds,
                        wall: now.wallMilliseconds, bootID: bootID)))
        } else {
            engine.watchClock()
        }
        engine.resumeWork(wasStopped: wasStopped)
        tell(recovered, engine, &notes)
        engine.applySettings()
        engine.commit(
            .noted(
                Note(
                    .started, .info,
                    "opsd \(Release.version) is up, run \(WorkToken.text(run))")))
        return engine
    }

    /// What recovery has to say.
    private static func tell(
        _ recovered: RecoveryResult, _ engine: Engine, _ notes: inout StartupNotes
    ) {
        for cut in recovered.cut {
            let message =
                "\(cut.file): \(cut.bytes) bytes after offset \(cut.offset) are not whole and "
                + "were left out: \(cut.reason)"
            engine.commit(.noted(Note(.logCut, .warning, message)))
        }
        for fault in recovered.damaged { notes.add(.critical, "damaged: \(fault)") }
        for path in recovered.quarantine {
            notes.add(.critical, "\(path) was set aside as \(StateFiles.quarantine(path))")
        }
        for path in recovered.strangers {
            notes.add(.warning, "\(path) is not one of opsd's files")
        }
    }

    /// The log's thread, with the first segment open.
    static func openLog(
        _ engine: Engine, _ directory: borrowing StateDirectory
    ) throws(StartFault) -> (LogThread, Mailbox<LogAnswer>) {
        let answers = try fault { () throws(Errno) in try Mailbox<LogAnswer>(capacity: 64) }
        let lock = try fault { () throws(Errno) in try directory.heldLock() }
        let path = directory.path
        let thread = try fault { () throws(Errno) in
            try LogThread(statePath: path, lock: lock, answers: answers)
        }
        try openLog(engine, thread, answers)
        return (thread, answers)
    }

    /// Opens the first segment and waits until everything said so far is on the disk.  A disk that
    /// is full, read-only or failing does not end the start: the daemon starts degraded, answers
    /// what was recovered, and repairs its log when it can.
    private static func openLog(
        _ engine: Engine, _ thread: LogThread, _ answers: Mailbox<LogAnswer>
    ) throws(StartFault) {
        var failure = try perform(engine.log.first, thread, answers)
        for job in failure == nil ? engine.log.nextJobs() : [] {
            failure = try perform(job, thread, answers)
            if failure != nil {
                engine.log.failed()
            } else if case .write(let batch) = job {
                engine.log.wrote(batch)
            }
        }
        guard let failure else { return }
        if !failure.isOfTheDisk { throw .failed(failure.message) }
        engine.degrade(failure.message)
    }

    /// Submits a job and waits for the answer; returns why it failed, if it did.
    private static func perform(
        _ job: LogJob, _ thread: LogThread, _ answers: Mailbox<LogAnswer>
    ) throws(StartFault) -> LogFailure? {
        switch thread.submit(job) {
        case .accepted: break
        case .failed(let error): throw .failed("the log thread could not be started: \(error)")
        case .full, .stopped: preconditionFailure("the log thread takes no job at the start")
        }
        _ = try fault { () throws(Errno) in try answers.wait(timeoutMilliseconds: -1) }
        for answer in answers.drain() {
            if case .failed(let failure) = answer { return failure }
        }
        return nil
    }
}
