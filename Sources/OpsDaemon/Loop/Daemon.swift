// opsd: the event loop on real descriptors.  It owns every descriptor and every thread's mailbox,
// reads the clocks once a turn, and does what the loop asks; what is decided, and in which order,
// is in `EventLoop`.

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
    /// `--recover`: set aside what is damaged and start with the rest.
    package var isForced = false

    /// The default path, and no damage accepted.
    package init() {}
}

/// The running daemon.
final class Daemon: EventLoop {
    /// What a token stands for.
    enum Source {
        case listener, signals, bootTimer, wallTimer, journal
        case log, snapshot, probe, trails, reader, archiver
        case kernel, kernelMonitor
        case connection(Connection)
    }

    let file: String
    let engine: Engine
    let loop: LoopState
    let directory: StateDirectory
    var roles: Roles
    var poller: Poller
    var sources: [Source?] = []
    var listener: Listener?
    var listenerToken: Token?
    /// The socket is the service manager's: it stays when opsd stops.
    let isActivated: Bool
    var isAcceptPaused = false
    /// The last errno that kept connections from being accepted, and when that was reported;
    /// nanoseconds of boot time.
    var acceptTrouble: (code: Int32, reported: Int64)?
    let signals: SignalSource
    let bootTimer: BootTimer
    let wallTimer: WallTimer
    let manager: ServiceManager
    var announcer: Announcer
    var journalToken: Token?
    let logAnswers: Mailbox<LogAnswer>
    let logThread: LogThread
    let snapshotAnswers: Mailbox<SnapshotReport>
    /// The snapshot's thread, which exists only while a snapshot is taken.
    var snapshotThread: SnapshotThread?
    /// Only while a snapshot for an older release is written.
    var olderSnapshotThread: SnapshotThread?
    var prober: Prober
    var probe: ProbeReader
    var trails: Trails
    let reader: EventReader
    var archiver: Archiver
    /// nil: bans are not enforced.
    let enforcer: Enforcer?
    let plan: EnforcementPlan
    private(set) var turns = TurnClock()
    /// The share of the turn for connections that come and go.
    var arrivals = TurnShare(until: .max)
    let host: HostIdentity?
    private var armed = Int64.max
    var buffer = [UInt8](repeating: 0, count: 65_536)

    init(_ parts: consuming DaemonParts) throws(Errno) {
        file = parts.file
        engine = parts.engine
        loop = LoopState(
            parts.configuration,
            watchdogNanoseconds: parts.manager.watchdogMicroseconds.map {
                Int64(clamping: $0) * 1_000
            },
            bootID: parts.bootID, extras: parts.extras,
            snapshotBytes: (try? parts.directory.top.status(StateFiles.snapshot))?.sizeBytes ?? 0,
            at: parts.now.boot)
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
        reader = parts.reader
        archiver = parts.archiver
        enforcer = parts.enforcer
        plan = parts.plan
        poller = parts.poller
        bootTimer = parts.bootTimer
        wallTimer = parts.wallTimer
        snapshotAnswers = parts.snapshotAnswers
        engine.host = self
        if let host { engine.hostName = host.hostName }
        engine.clock = Clocks.bootNanoseconds
        if engine.log.isDegraded { loop.rounds.postpone(.logRepair, at: parts.now.boot) }
        expectSatellites()
        try registerSources()
        try planDailyCheck()
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
        _ = try register(reader.descriptorNumber, .read, .reader)
        _ = try register(archiver.descriptorNumber, .read, .archiver)
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

    // MARK: Waking

    func takeInput() throws(Errno) {
        // What the last turn had no time for comes first: nobody who is always ready stands in the
        // way of the others.
        if !poller.hasUnread { try poller.wait(timeoutMilliseconds: -1) }
        let (boot, wall) = Clocks.now()
        turns.begin(at: boot) { Clocks.threadCPUNanoseconds() }
        engine.begin(at: Moment(boot: boot, wall: wall))
        arrivals = engine.share(of: TurnShare.input)
        while !arrivals.isOver, let ready = poller.next() { try dispatch(ready) }
    }

    func wake(at boot: Int64) throws(Errno) {
        if boot != armed || boot <= engine.now.boot {
            armed = boot
            try bootTimer.arm(atBootNanoseconds: boot)
        }
        turns.end(at: Clocks.bootNanoseconds()) { Clocks.threadCPUNanoseconds() }
    }

    var wallClock: Int64 { Clocks.now().wallNanoseconds }

    func wake(atWall wall: Int64?) throws(Errno) {
        // Arming reports once that the clock was set since the last time.
        let wasSet =
            if let wall {
                try wallTimer.arm(atWallNanoseconds: wall)
            } else {
                try wallTimer.armForClockStepsOnly()
            }
        if wasSet { engine.watchClock() }
    }

    private func dispatch(_ ready: Ready) throws(Errno) {
        switch sources[Int(ready.token.slot)] {
        case .connection(let connection): receive(connection, ready)
        case .listener: try acceptConnections()
        case .log: collect(logAnswers.drain())
        case .bootTimer: _ = try bootTimer.acknowledge()
        case .wallTimer:
            switch try wallTimer.acknowledge() {
            case .clockSet:
                engine.watchClock()
                try planDailyCheck()
            // `performRounds` finds out what is due.
            case .due, .nothing: break
            }
        case .signals: while let signal = try signals.next() { handle(signal.signal) }
        case .snapshot: collect(snapshotAnswers.drain())
        case .probe:
            prober.collect()
            probe.adopt(mounts: prober.mounts)
            if let found = prober.hostNetworks { engine.adopt(found) }
            if let links = prober.takeLinks() { probe.adopt(links: links) }
            if let scan = prober.processes {
                probe.adopt(processCount: scan.total)
                engine.adopt(scan)
            }
        case .trails: collectTrails()
        case .archiver: archiver.collect()
        case .reader:
            for answer in reader.collect() { engine.finishRead(answer.ticket, answer.page) }
        case .kernel: if let enforcer { engine.collect(from: enforcer) }
        case .kernelMonitor: if let enforcer { engine.listen(with: enforcer) }
        case .journal: announcer.flush()
        case nil: break
        }
    }

    private func handle(_ signal: Signal) {
        switch signal {
        case .terminate, .interrupt: beginStop()
        case .hangUp:
            manager.reloading()
            if case .failure(let refusal) = reload(by: .daemon) {
                // Nobody else is told each fault.
                for line in refusal.message.split(separator: "\n") {
                    announcer.say(.warning, "reload: \(line)")
                }
            }
            manager.ready(status: statusLine)
        case .user1: try? beginSnapshot()
        case .user2: trails.submit(.reopen)
        default: break
        }
    }

    // MARK: Threads

    func submit(_ job: LogJob) -> Bool { logThread.submit(job) == .accepted }

    func openSnapshot(_ job: SnapshotJob, ticket: UInt64) -> Bool {
        guard
            let thread = try? SnapshotThread(
                statePath: configuration.paths.state, ticket: ticket, answers: snapshotAnswers),
            thread.submit(job) == .accepted
        else { return false }
        snapshotThread = thread
        return true
    }

    func submit(_ job: SnapshotJob) -> Bool { snapshotThread?.submit(job) == .accepted }

    func openOlderSnapshot(_ job: SnapshotJob, ticket: UInt64) -> Bool {
        guard
            let thread = try? SnapshotThread(
                statePath: configuration.paths.state, ticket: ticket, answers: snapshotAnswers),
            thread.submit(job) == .accepted
        else { return false }
        olderSnapshotThread = thread
        return true
    }

    func closeOlderSnapshot() {
        olderSnapshotThread?.stop()
        olderSnapshotThread = nil
    }

    func closeSnapshot() {
        snapshotThread?.stop()
        snapshotThread = nil
    }

    func newSalt() -> UInt64? { try? Random.word() }

    func submitKernel() {
        if let enforcer { engine.advance(enforcer) }
    }

    var kernelDue: Int64 { enforcer.map(engine.nextDue) ?? .max }

    func beginAudit(repairs: Bool) throws(Refusal) {
        guard let enforcer else {
            throw Refusal(.refused, "bans are not enforced here", hint: "`health` says why")
        }
        enforcer.wantAudit(repairs: repairs, lists: true, at: engine.now.boot)
    }

    // MARK: Sinks

    func tell(_ batches: [[Event]]) -> Bool {
        for events in batches {
            announcer.announce(events)
            trails.gather(events)
        }
        let isBehind = announcer.tell(
            atMost: loop.stopping == nil ? Announcer.eventsPerTurn : .max)
        trails.flush(engine.configuration.events.room)
        if let journalToken {
            _ = try? poller.update(journalToken, announcer.wantsWriting ? .write : .none)
        }
        return isBehind
    }

    /// Reads the answers of the trail thread, and tells what it removed.
    private func collectTrails() {
        trails.collect()
        collect(trails.takeBansFileAnswers())
        let limit = engine.configuration.events.room.limitBytes
        if let line = trails.takeRemoved(limitBytes: limit) { announcer.say(.warning, line) }
        for note in trails.takeNotes() { announcer.say(.warning, note) }
        engine.adopt(trails.report(directory: configuration.paths.log))
    }

    var isQuiet: Bool { trails.isIdle }
    var firstUnwrittenEvent: UInt64? { trails.firstUnwritten }
    var readsEventFiles: Bool { true }

    func submit(_ job: EventReadJob) -> Bool { reader.submit(job) }

    func giveUpReading() -> Bool { reader.giveUp() }
}
