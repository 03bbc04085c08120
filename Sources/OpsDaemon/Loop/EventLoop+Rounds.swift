// Does what is due by the clock: one arm for each `Round`.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol

extension EventLoop {
    /// Does what is due.
    func performRounds() throws(Errno) {
        let now = engine.now.boot
        if loop.rounds.next <= now {
            for round in Round.allCases {
                let lateness = loop.rounds.lateness(round, at: now)
                if loop.rounds.fireIfDue(round, at: now) { perform(round, lateness) }
            }
        }
        if isDailyCheckDue {
            engine.checkDaily()
            try planDailyCheck()
        }
    }

    private var isDailyCheckDue: Bool { loop.dailyDue.map { $0 <= engine.now.wall } ?? false }

    /// New settings of the daily check; one that is due in this turn is still made.
    func adoptDailyCheck() throws(Errno) {
        if isDailyCheckDue { engine.checkDaily() }
        try planDailyCheck()
    }

    private func perform(_ round: Round, _ lateness: Int64) {
        switch round {
        case .sample: takeSample(lateness)
        case .processes:
            let memory = engine.monitor.sample?.memory?.totalBytes ?? 0
            perform(.askProcesses(memoryTotalBytes: memory))
        case .mounts: perform(.askMounts)
        case .hostNetworks: perform(.askHostNetworks)
        case .scope: perform(.refreshScope)
        case .probeTrail: writeProbeTrail()
        case .settleMemory: settleMemory()
        case .clock: engine.watchClock()
        case .rates: engine.sweepRates()
        case .services: engine.keepServices()
        case .costs: keepCosts()
        case .queues: engine.keepQueues()
        case .trends: engine.keepTrends()
        case .conditions: engine.checkConditions()
        case .dailyHealth: considerDailyHealth()
        case .latestBudget: writeLatestBudget()
        case .latestCosts: writeLatestCosts()
        case .budgetTrail: writeBudgetTrail()
        case .gateFlag: refreshFlag()
        case .incidentTrail: writeIncidentTrail()
        case .incidentSummary: writeIncidentSummary()
        case .bansFile: considerBansFile()
        case .stuckCalls: perform(.giveUpStuck)
        case .journal: perform(.journalSecond)
        case .relax:
            engine.relax()
            reportShedding()
        case .logMark: engine.log.mark()
        case .accepting: perform(.resumeAccepting)
        case .logSync: syncLog()
        case .storeLook: lookAtStore()
        case .snapshot: considerSnapshot()
        case .status: tellStatus()
        case .prune:
            let ages = configuration.trailAges
            let seconds = engine.now.wall / 1_000_000_000
            perform(.trail(.prune(ages, now: seconds, configuration.events.room)))
            if let age = ages.compress { perform(.archive(ArchiveJob(before: seconds - age))) }
        case .logRepair: repairLog()
        case .watchdog: perform(.watchdog)
        }
    }

    /// Plans the next daily check: by the wall clock, so again whenever that is set.
    func planDailyCheck() throws(Errno) {
        let minutes = configuration.health.dailyCheckMinutes
        loop.dailyDue =
            minutes == TimeOfDay.never
            ? nil : Calendar.next(minutes: minutes, after: wallClock)
        try wake(atWall: loop.dailyDue)
    }

    private func takeSample(_ lateness: Int64) {
        loop.lag.note(lateness, at: engine.now.boot)
        guard let sample = sample(), let minute = engine.observe(sample) else { return }
        write(minute)
    }

    /// Writes a finished minute into the ring file.
    func write(_ minute: MinuteRecord) {
        let offset = Int64(minute.slot * MinuteRecord.byteCount)
        perform(.trail(.minute(record: minute.encoded(), offset: offset)))
    }

    private func writeProbeTrail() {
        guard engine.monitor.sample != nil else { return }
        var line: [UInt8] = []
        engine.hostReport().writeTrail(to: &line)
        line.append(0x0a)
        perform(
            .trail(
                .append(
                    .probe, lines: line, rotateBytes: Int64(configuration.events.rotateBytes))))
    }

    /// Releases memory that a start or a snapshot has left.
    private func settleMemory() {
        if !loop.hasSettled && engine.now.boot - loop.startedAt > 2 * Rounds.second {
            loop.hasSettled = true
            perform(.giveBack(.startupCode))
        }
        if loop.wantsTrim && loop.snapshotting == nil {
            loop.wantsTrim = false
            perform(.giveBack(.heapHoles))
        }
    }

    /// Syncs the log, where `store.fsync` is `everysec` or a snapshot waits for it.
    private func syncLog() {
        let wantsSync = loop.snapshotting?.wantsSync(engine.log) ?? false
        if configuration.store.fsync == .everysec || wantsSync, let job = engine.log.syncJob() {
            submitOrDegrade(job)
        }
    }

    /// Reports connections that were closed in the last second for what they held.
    private func reportShedding() {
        if engine.shedding.isEmpty { return }
        let worst = engine.shedding.sorted { $0.value.bytes > $1.value.bytes }
        for (uid, shed) in worst.prefix(16) {
            perform(
                .say(
                    .warning,
                    "closed \(shed.connections) connections of user \(uid), which held "
                        + "\(shed.bytes) bytes that it did not read"))
        }
        engine.shedding = [:]
    }

    private func tellStatus() {
        let line = statusLine
        if line == loop.lastStatus { return }
        loop.lastStatus = line
        perform(.status(line))
    }

    /// One line for `systemctl status`.
    var statusLine: String {
        let stats = engine.ask { $0.guardStats }
        let status =
            engine.log.isDegraded ? "DEGRADED (the state is in memory only)" : engine.status.name
        let isClosed = engine.ask { $0.gate(at: engine.now).word == .closed }
        let gate = isClosed ? "; deploy gate closed" : ""
        let store = storeFault == nil ? "" : "; the store has a fault (opsctl health)"
        return "\(status); \(stats.activeBans) bans, \(stats.ipsWithStrikes) addresses with strikes"
            + gate + store
    }
}
