// A start: gathers the parts of a daemon, each when what it needs is there.  Any step may refuse
// the start, with an exit code of its own.

import OpsConfig
import OpsCore
import OpsFirewall
import OpsLinux
import OpsStore
import OpsSystemd

/// What a start learns on its way, for the first lines of the journal.
struct StartupNotes {
    private(set) var lines: [(severity: Severity, message: String)] = []

    mutating func add(_ severity: Severity, _ message: String) { lines.append((severity, message)) }
}

/// The steps of a start.
enum Start {
    /// Gathers everything; the caller sends READY.
    static func parts(
        _ options: DaemonOptions, _ configuration: Configuration, file: String
    ) throws(StartFault) -> DaemonParts {
        // The environment is read, and signals are blocked, before there is any thread.
        let manager = ServiceManager()
        var inherited = try fault { () throws(SocketFault) in
            try ServiceManager.inheritedListener()
        }
        let signals = try fault { () throws(Errno) in
            try SignalSource([.terminate, .interrupt, .hangUp, .user1, .user2])
        }
        var announcer = Announcer(toJournal: StandardStream.isJournal)
        var notes = StartupNotes()
        let directory = try StateDirectory(path: configuration.paths.state)
        try prepareLogDirectory(configuration.paths.log, &notes)
        let room = descriptorRoom(configuration, &notes)
        let bootID = try currentBoot()
        let (engine, extras) = try recover(
            directory, options, configuration, bootID, room: room, &notes)
        let roles = roles(configuration, &notes)

        let isActivated = inherited != nil
        let listener: Listener
        if let taken = inherited.take() {
            listener = taken
        } else {
            listener = try listen(configuration.paths.socket)
        }
        let (logThread, logAnswers) = try openLog(engine, directory)
        engine.restoreHistory(readHistory(directory))
        for (severity, message) in notes.lines { announcer.say(severity, message) }

        var hostNetworks = HostNetworksReader()
        engine.adopt(hostNetworks.read())
        let prober = try fault { () throws(Errno) in
            try Prober(
                includeRemote: configuration.probe.remoteMounts,
                excluding: configuration.probe.mountsExclude)
        }
        let plan = EnforcementPlan(configuration.enforce, manager)
        let enforcer = try fault { () throws(Errno) in
            try plan.carryOut(engine, Layout(ipv6Prefix: UInt8(configuration.guard.ipv6Prefix)))
        }
        announcer.say(plan.severity, plan.message)
        let trails = try fault { () throws(Errno) in
            try Trails(
                logPath: configuration.paths.log, statePath: configuration.paths.state,
                start: chainStart(engine), link: configuration.events.link)
        }
        let reader = try fault { () throws(Errno) in
            try EventReader(logPath: configuration.paths.log)
        }
        let archiver = try fault { () throws(Errno) in
            try Archiver(logPath: configuration.paths.log)
        }
        return DaemonParts(
            file: file, configuration: configuration, now: engine.now, bootID: bootID,
            engine: engine, extras: extras, roles: roles, directory: directory,
            listener: listener, isActivated: isActivated, signals: signals, manager: manager,
            announcer: announcer, logAnswers: logAnswers, logThread: logThread,
            snapshotAnswers: try fault { () throws(Errno) in try Mailbox(capacity: 64) },
            prober: prober, probe: try fault { () throws(Errno) in try ProbeReader() },
            trails: trails, reader: reader, archiver: archiver, plan: plan, enforcer: enforcer,
            poller: try fault { () throws(Errno) in try Poller() },
            bootTimer: try fault { () throws(Errno) in try BootTimer() },
            wallTimer: try fault { () throws(Errno) in try WallTimer() })
    }

    /// How the tail of events stands, before any event of this run is told.
    static func chainStart(_ engine: Engine) -> ChainStart {
        let next = engine.outbox.firstID ?? engine.state.events.lastID + 1
        return ChainStart(
            tail: engine.state.events.all.filter { $0.id < next }, next: next,
            durable: engine.audit.durable)
    }

    /// Turns a lower error into a failed start.
    static func fault<Value: ~Copyable, Lower: Error>(
        _ body: () throws(Lower) -> Value
    ) throws(StartFault) -> Value {
        do throws(Lower) { return try body() } catch { throw .failed("\(error)") }
    }

    /// Determines who has which role; notes names that do not exist here.
    private static func roles(
        _ configuration: Configuration, _ notes: inout StartupNotes
    ) -> Roles {
        let roles = Roles(configuration.access)
        for name in roles.missing {
            notes.add(.warning, "access: \(name) does not exist on this host")
        }
        if Environment.value("ALLOW_DIRTY") == "true" {
            notes.add(.warning, "ALLOW_DIRTY is set; opsd ignores it")
        }
        return roles
    }
}
