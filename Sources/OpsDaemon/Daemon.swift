// opsd: the loop around the engine.  It owns every descriptor and every thread's mailbox, reads the
// clocks once a turn, and does what the engine asks in the one order that keeps promises:
//
//     log        what was decided goes to the writer
//     kernel     bans go to the packet filter's thread, where they are enforced
//     replies    those whose gate is open, on to their sockets
//     events     those that are safe, to watchers, journal and trail
//
// so that nobody is told what a crash could take back.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import OpsStore
import OpsSystemd

/// What was given on the command line and at start.
package struct DaemonOptions: Sendable {
    /// nil: the default path.
    package var configurationFile: String?
    /// Set aside what is damaged and start with the rest.
    package var isForced = false

    package init() {}
}

/// The running daemon.
final class Daemon {
    /// What a token stands for.
    enum Source {
        case listener, signals, bootTimer, wallTimer, journal
        case log, snapshot, probe, trails
        case kernel, kernelMonitor
        case connection(Connection)
    }

    let file: String
    let engine: Engine
    let directory: StateDirectory
    var configuration: Configuration
    var roles: Roles
    var poller: Poller
    var sources: [Source?] = []
    var listener: Listener?
    var listenerToken: Token?
    /// The socket is the service manager's: it stays when we go.
    let isActivated: Bool
    var isAcceptPaused = false
    /// The last errno that kept newcomers out, and when that was told; nanoseconds of boot time.
    var acceptTrouble: (code: Int32, told: Int64)?
    let signals: SignalSource
    let bootTimer: BootTimer
    let wallTimer: WallTimer
    let manager: ServiceManager
    var announcer: Announcer
    var journalToken: Token?
    let logAnswers: Mailbox<LogAnswer>
    let logThread: LogThread
    let snapshotAnswers: Mailbox<SnapshotReport>
    /// Counts the snapshots begun.
    var snapshotTicket: UInt64 = 0
    /// There is one only while a snapshot is taken.
    var snapshotThread: SnapshotThread?
    var snapshotting: Snapshotting?
    /// Bytes of the last snapshot.
    var snapshotBytes: Int64 = 0
    var extras: SnapshotExtras
    var prober: Prober
    var probe: ProbeReader
    var trails: Trails
    /// There is one only where bans are enforced.
    let enforcer: Enforcer?
    let plan: EnforcementPlan
    var schedule: Timetable
    var serviceFiles: ServiceFiles
    var lag = LoopLag()
    private(set) var turns = TurnClock()
    let startedAt: Int64
    let host: HostIdentity?
    let bootID: OpsCore.BootID
    /// Set by TERM and INT: answer what was asked, write the last snapshot, go.
    var stopping: Stopping?
    var isFinished = false
    var armed = Int64.max
    var lastStatus = ""
    /// The start is over, and its code given back.
    var hasSettled = false
    /// A snapshot has left holes in the heap.
    var wantsTrim = false
    var buffer = [UInt8](repeating: 0, count: 65_536)

    init(_ parts: consuming DaemonParts) throws(Errno) {
        file = parts.file
        configuration = parts.configuration
        engine = parts.engine
        startedAt = parts.now.boot
        bootID = parts.bootID
        extras = parts.extras
        host = try? HostIdentity()
        roles = parts.roles
        directory = parts.directory
        isActivated = parts.isActivated
        listener = consume parts.listener
        signals = parts.signals
        manager = parts.manager
        announcer = parts.announcer
        logAnswers = parts.logAnswers
        logThread = parts.logThread
        prober = parts.prober
        probe = parts.probe
        trails = parts.trails
        enforcer = parts.enforcer
        plan = parts.plan
        poller = parts.poller
        bootTimer = parts.bootTimer
        wallTimer = parts.wallTimer
        snapshotAnswers = parts.snapshotAnswers
        schedule = Timetable(parts.configuration, parts.manager, at: parts.now.boot)
        serviceFiles = ServiceFiles(at: parts.now.boot)
        snapshotBytes = (try? directory.top.status(StateFiles.snapshot))?.sizeBytes ?? 0
        engine.host = self
        engine.clock = Clocks.bootNanoseconds
        if engine.log.isDegraded { schedule.mend.postpone(at: parts.now.boot) }
        try registerSources()
        try armWallTimer()
        try bootTimer.arm(atBootNanoseconds: parts.now.boot)
    }

    private func registerSources() throws(Errno) {
        if let number = listener?.descriptor.number {
            listenerToken = try register(number, .read, .listener)
        }
        _ = try register(signals.descriptor.number, .read, .signals)
        _ = try register(bootTimer.descriptor.number, .read, .bootTimer)
        _ = try register(wallTimer.descriptor.number, .read, .wallTimer)
        _ = try register(logAnswers.descriptorNumber, .read, .log)
        _ = try register(snapshotAnswers.descriptorNumber, .read, .snapshot)
        _ = try register(prober.descriptorNumber, .read, .probe)
        _ = try register(trails.descriptorNumber, .read, .trails)
        if let enforcer {
            _ = try register(enforcer.descriptorNumber, .read, .kernel)
            if let number = enforcer.monitorNumber {
                _ = try register(number, .read, .kernelMonitor)
            }
        }
        if let number = announcer.descriptorNumber {
            journalToken = try register(number, .none, .journal)
        }
    }

    func register(
        _ number: Int32, _ interest: Interest, _ source: Source
    ) throws(Errno) -> Token {
        let token = try poller.register(number, interest)
        while sources.count <= Int(token.slot) { sources.append(nil) }
        sources[Int(token.slot)] = source
        return token
    }

    /// Turns until the end.
    func run() throws(Errno) {
        while !isFinished { try turn() }
    }

    /// One turn: wait, take what is ready, do what is due, and then the order above.
    func turn() throws(Errno) {
        try poller.wait(timeoutMilliseconds: -1)
        let (boot, wall) = Clocks.now()
        turns.begin(at: boot) { Clocks.threadCPUNanoseconds() }
        engine.begin(at: Moment(boot: boot, wall: wall))
        while let ready = poller.next() { try dispatch(ready) }
        engine.serveArrived()
        try performDue()
        var hasMore = engine.expire()
        hasMore = engine.settle() || hasMore
        hasMore = engine.serveLeftovers() || hasMore
        hasMore = engine.advanceLists() || hasMore
        advanceSnapshot()
        engine.sweepSessions()
        hasMore = engine.serveWaits() || hasMore

        submitLog()
        submitKernel()
        flushReplies()
        hasMore = flushEvents() || hasMore

        if stopping != nil { advanceStop() }
        try arm(hasMore: hasMore)
        turns.end(at: Clocks.bootNanoseconds()) { Clocks.threadCPUNanoseconds() }
    }

    private func dispatch(_ ready: Ready) throws(Errno) {
        switch sources[Int(ready.token.slot)] {
        case .connection(let connection): receive(connection, ready)
        case .listener: try acceptNewcomers()
        case .log: collectLog()
        case .bootTimer: _ = try bootTimer.acknowledge()
        case .wallTimer:
            switch try wallTimer.acknowledge() {
            case .clockSet: engine.watchClock()
            case .due: engine.checkDaily()
            case .nothing: break
            }
            try armWallTimer()
        case .signals: while let signal = try signals.next() { handle(signal.signal) }
        case .snapshot: collectSnapshot()
        case .probe:
            prober.collect()
            probe.adopt(mounts: prober.mounts)
            if let found = prober.surroundings { engine.state.surroundings = found }
            if let scan = prober.processes {
                probe.adopt(processCount: scan.total)
                engine.monitor.processes = scan
            }
        case .trails: trails.collect()
        case .kernel: enforcer?.collect(engine)
        case .kernelMonitor: enforcer?.listen(engine)
        case .journal: announcer.flush()
        case nil: break
        }
    }

    private func handle(_ signal: Signal) {
        switch signal {
        case .terminate, .interrupt: beginStop()
        case .hangUp:
            trails.submit(.reopen)
            manager.reloading()
            _ = reload(by: .daemon)
            manager.ready(status: statusLine)
        case .user1: try? beginSnapshot()
        default: break
        }
    }

    // MARK: Log

    private func submitLog() {
        for job in engine.log.nextJobs() { hand(job) }
    }

    func hand(_ job: LogJob) {
        if logThread.submit(job) != .accepted {
            logBroke("the log thread takes no more")
        }
    }

    /// The changes of this turn, as one batch; and the next step of whatever else is under way there.
    private func submitKernel() { enforcer?.advance(engine) }

    private func collectLog() {
        for answer in logAnswers.drain() {
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
        if let snapshotting, !snapshotting.isFinishing { snapshotFailed("the log broke") }
        schedule.mend.postpone(at: engine.now.boot)
    }

    // MARK: Events

    /// Hands over the events that are safe; true when some are still to be told.
    private func flushEvents() -> Bool {
        for events in engine.takeEvents() {
            announcer.announce(events)
            trails.gather(events)
        }
        let isBehind = announcer.tell(atMost: stopping == nil ? Announcer.eventsPerTurn : .max)
        trails.flush(rotateBytes: Int64(configuration.events.rotateBytes))
        if let journalToken {
            _ = try? poller.update(journalToken, announcer.wantsWriting ? .write : .none)
        }
        return isBehind
    }

    // MARK: Timers

    /// The daily check is calendar work; a step of the clock wakes this timer too.
    func armWallTimer() throws(Errno) {
        let minutes = configuration.health.dailyCheckMinutes
        // Arming tells once that the clock was set since; that was seen, or is seen now.
        let wasSet =
            minutes == TimeOfDay.never
            ? try wallTimer.armForClockStepsOnly()
            : try wallTimer.arm(
                atWallNanoseconds: Calendar.next(
                    minutes: minutes, after: Clocks.now().wallNanoseconds))
        if wasSet { engine.watchClock() }
    }

    private func arm(hasMore: Bool) throws(Errno) {
        var next = min(schedule.next, engine.nextDeadline, enforcer?.nextDue(engine) ?? .max)
        if hasMore || engine.hasLeftovers || !engine.touched.isEmpty { next = engine.now.boot }
        if let stopping {
            let isWelcome = engine.now.boot < stopping.welcomeEnds
            next = min(next, isWelcome ? stopping.welcomeEnds : stopping.deadline)
        }
        if next == armed && next > engine.now.boot { return }
        armed = next
        try bootTimer.arm(atBootNanoseconds: next)
    }
}
