// Everything a daemon is made of, in the order it must be had: each step may refuse the start with
// its own exit code, and what a later step needs from an earlier one is plain to see.

import OpsConfig
import OpsCore
import OpsFirewall
import OpsLinux
import OpsStore
import OpsSystemd

/// The parts of a daemon that is about to run.
struct DaemonParts: ~Copyable {
    let file: String
    let configuration: Configuration
    let now: Moment
    let bootID: OpsCore.BootID
    let engine: Engine
    let extras: SnapshotExtras
    let roles: Roles
    let directory: StateDirectory
    let listener: Listener
    let isActivated: Bool
    let signals: SignalSource
    let manager: ServiceManager
    let announcer: Announcer
    let logAnswers: Mailbox<LogAnswer>
    let logThread: LogThread
    let snapshotAnswers: Mailbox<SnapshotReport>
    let prober: Prober
    let probe: ProbeReader
    let trails: Trails
    let plan: EnforcementPlan
    let enforcer: Enforcer?
    let poller: Poller
    let bootTimer: BootTimer
    let wallTimer: WallTimer
}

/// What a start learns on its way, for the first lines of the journal.
struct StartStory {
    var lines: [(Severity, String)] = []

    mutating func add(_ severity: Severity, _ words: String) { lines.append((severity, words)) }
}

enum Start {
    /// Descriptors that are not connections: files, timers, mailboxes, a margin.
    static let ownDescriptors = 64

    /// Gathers everything; READY is the caller's to say.
    static func parts(
        _ options: DaemonOptions, _ configuration: Configuration, file: String
    ) throws(StartFault) -> DaemonParts {
        let manager = ServiceManager()
        var inherited = try fault { () throws(SocketFault) in
            try ServiceManager.inheritedListener()
        }
        let signals = try fault { () throws(Errno) in
            try SignalSource([.terminate, .interrupt, .hangUp, .user1])
        }
        var announcer = Announcer(toJournal: StandardStream.isJournal)
        var story = StartStory()
        let directory = try StateDirectory(path: configuration.paths.state)
        try prepareLogDirectory(configuration.paths.log)
        let descriptors = descriptorRoom(configuration)
        if descriptors.room < configuration.limits.connections {
            story.add(
                .warning,
                "limits.connections is \(configuration.limits.connections), and only "
                    + "\(descriptors.limit) descriptors may be open: raise LimitNOFILE")
        }

        let bootID = try currentBoot()
        let key = try fault { () throws(Errno) in (try Random.word(), try Random.word()) }
        let salt = try fault { () throws(Errno) in try Random.word() }
        let rules = configuration.guard
        let tail = configuration.events.tail
        var recollection = try directory.recover(isForced: options.isForced) {
            State(rules: rules, hashKey: key, eventCapacity: tail)
        }
        try directory.tidy(after: &recollection)
        let now = Self.now()
        let engine = engine(
            recollection, configuration, bootID, salt, now, &story, marksAtOnce: false)
        engine.descriptorRoom = descriptors.room

        let roles = Roles(configuration.access)
        for name in roles.missing {
            story.add(.warning, "access: there is no \(name) on this host")
        }
        if Environment.value("ALLOW_DIRTY") == "true" {
            story.add(.warning, "ALLOW_DIRTY is set; it has no effect here")
        }
        let isActivated = inherited != nil
        let listener: Listener
        if let taken = inherited.take() {
            listener = taken
        } else {
            listener = try listen(configuration.paths.socket)
        }

        let logAnswers = try fault { () throws(Errno) in try Mailbox<LogAnswer>(capacity: 64) }
        let logThread = try fault { () throws(Errno) in
            try LogThread(statePath: configuration.paths.state, answers: logAnswers)
        }
        let snapshotAnswers = try fault { () throws(Errno) in
            try Mailbox<SnapshotReport>(capacity: 64)
        }
        try openLog(engine, logThread, logAnswers)
        engine.monitor.restoreHistory(readHistory(directory))
        for (severity, words) in story.lines { announcer.say(severity, words) }
        engine.state.hostNetworks = SurroundingsReader.read()
        let prober = try fault { () throws(Errno) in
            try Prober(includeRemote: configuration.probe.remoteMounts)
        }
        let plan = EnforcementPlan(configuration.enforce, manager)
        let enforcer = try fault { () throws(Errno) in
            try plan.carryOut(engine, Layout(ipv6Prefix: UInt8(rules.ipv6Prefix)))
        }
        announcer.say(plan.severity, plan.words)
        let trails = try fault { () throws(Errno) in
            try Trails(logPath: configuration.paths.log, statePath: configuration.paths.state)
        }
        return DaemonParts(
            file: file, configuration: configuration, now: now, bootID: bootID, engine: engine,
            extras: recollection.recovered.extras, roles: roles, directory: directory,
            listener: listener, isActivated: isActivated, signals: signals, manager: manager,
            announcer: announcer, logAnswers: logAnswers, logThread: logThread,
            snapshotAnswers: snapshotAnswers, prober: prober,
            probe: try fault { () throws(Errno) in try ProbeReader() }, trails: trails,
            plan: plan, enforcer: enforcer,
            poller: try fault { () throws(Errno) in try Poller() },
            bootTimer: try fault { () throws(Errno) in try BootTimer() },
            wallTimer: try fault { () throws(Errno) in try WallTimer() })
    }

    /// Both clocks, together.
    static func now() -> Moment {
        let (boot, wall) = Clocks.now()
        return Moment(boot: boot, wall: wall)
    }

    /// Turns a lower error into a failed start.
    private static func fault<Value: ~Copyable, Lower: Error>(
        _ body: () throws(Lower) -> Value
    ) throws(StartFault) -> Value {
        do throws(Lower) { return try body() } catch { throw .failed("\(error)") }
    }

    private static func prepareLogDirectory(_ path: String) throws(StartFault) {
        do throws(Errno) {
            _ = try Directory.ensure(path: path, mode: 0o750)
        } catch {
            throw .failed("paths.log: \(path): \(error)")
        }
    }

    /// Raises the limit as far as it goes; how many connections there are descriptors for.
    static func descriptorRoom(_ configuration: Configuration) -> (limit: Int, room: Int) {
        let others = Engine.reservedConnections + ownDescriptors
        let wanted = UInt64(configuration.limits.connections + others)
        let limit = Int(clamping: (try? OwnProcess.raiseDescriptorLimit(atMost: wanted)) ?? 0)
        return (limit, max(1, limit - others))
    }

    private static func currentBoot() throws(StartFault) -> OpsCore.BootID {
        let text = try fault { () throws(Errno) in try OpsLinux.BootID.current().text }
        let digits = text.filter { $0 != "-" }
        guard digits.utf8.count == 32, let high = UInt64(digits.prefix(16), radix: 16),
            let low = UInt64(digits.suffix(16), radix: 16)
        else { throw .failed("the boot id \(text) is none") }
        return OpsCore.BootID(high: high, low: low)
    }

    /// The socket for a start by hand.  Its directory must be there or one level below one that is.
    private static func listen(_ path: String) throws(StartFault) -> Listener {
        do {
            if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex {
                _ = try Directory.ensure(path: String(path[..<slash]), mode: 0o755)
            }
            return try Listener(
                binding: SocketPath(path), mode: 0o660,
                group: try Accounts.groupID(named: "opsd").flatMap {
                    Accounts.ownUserID == 0 ? $0 : nil
                }, stale: .replace)
        } catch SocketFault.inUse(let path, _) {
            throw .locked("another process answers on \(path)")
        } catch {
            throw .failed("paths.socket: \(path): \(error)")
        }
    }

    private static func readHistory(_ directory: borrowing StateDirectory) -> [UInt8] {
        let size = MinuteRecord.byteCount * MinuteRecord.slots
        guard let file = try? directory.top.open("history", [.read, .nonBlocking]) else {
            return []
        }
        var bytes = [UInt8](repeating: 0, count: size)
        var done = 0
        while done < size, let count = try? file.read(into: &bytes, at: done, from: Int64(done)),
            count > 0
        {
            done += count
        }
        bytes.removeLast(size - done)
        return bytes
    }
}

// MARK: - State

extension Start {
    /// The engine with the state as recovered, moved to this boot.
    static func engine(
        _ recollection: Recollection, _ configuration: Configuration, _ bootID: OpsCore.BootID,
        _ salt: UInt64, _ now: Moment, _ story: inout StartStory, marksAtOnce: Bool = true
    ) -> Engine {
        var state = recollection.state
        let recovered = recollection.recovered
        // Without its snapshot a state may not know how its clocks stood.
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
        tell(recovered, engine, &story)
        engine.applySettings()
        engine.commit(.noted(Note(.started, .info, "opsd \(Release.version) is up")))
        return engine
    }

    /// What recovery has to say.
    private static func tell(
        _ recovered: RecoveryResult, _ engine: Engine, _ story: inout StartStory
    ) {
        for cut in recovered.cut {
            let words =
                "\(cut.file): \(cut.bytes) bytes behind offset \(cut.offset) were not whole and "
                + "are left out: \(cut.reason)"
            engine.commit(.noted(Note(.logCut, .warning, words)))
        }
        for fault in recovered.damaged { story.add(.critical, "damaged: \(fault)") }
        for path in recovered.quarantine {
            story.add(.critical, "\(path) was set aside as \(StateFiles.quarantine(path))")
        }
        for path in recovered.strangers { story.add(.warning, "\(path) is no file of opsd's") }
    }

    /// Opens the first segment and waits until everything said so far is on the disk.  A disk that
    /// is full or fails keeps nobody from asking what was recovered: the daemon starts degraded, and
    /// mends its log when it can.
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
        if !failure.isOfTheDisk { throw .failed(failure.words) }
        engine.degrade(failure.words)
    }

    /// Hands over a job and waits for the answer; why it failed, if it did.
    private static func perform(
        _ job: LogJob, _ thread: LogThread, _ answers: Mailbox<LogAnswer>
    ) throws(StartFault) -> LogFailure? {
        switch thread.submit(job) {
        case .accepted: break
        case .failed(let error): throw .failed("no thread for the log: \(error)")
        case .full, .stopped: preconditionFailure("the log thread takes no job at the start")
        }
        _ = try fault { () throws(Errno) in try answers.wait(timeoutMilliseconds: -1) }
        for answer in answers.drain() {
            if case .failed(let failure) = answer { return failure }
        }
        return nil
    }
}
