// What a turn does by itself, with a clock that the test advances: each round, and each step that
// nobody asks for.  The turn is the daemon's own (`EventLoop`).

import OpsConfig
import OpsCore
import OpsTestKit
import Testing

@testable import OpsDaemon

extension FakeLoop {
    /// Removes and returns the jobs of the trail thread.
    func takeTrailJobs() -> [TrailJob] {
        let jobs = errands.compactMap { if case .trail(let job) = $0 { job } else { nil } }
        errands = []
        return jobs
    }

    /// Passes time a second at a time, with a turn and what it leaves for each.
    func pass(seconds: Int) {
        for _ in 0..<seconds {
            advance(1)
            settle()
        }
    }
}

extension TrailJob {
    /// What it does to which file, in a word each.
    fileprivate var words: String {
        switch self {
        case .append(let trail, _, _): "append \(trail.rawValue)"
        case .events: "events"
        case .chain: "chain"
        case .reopen: "reopen"
        case .prune: "prune"
        case .replace(let name, _): "replace \(name)"
        case .remove(let name): "remove \(name)"
        case .minute: "minute"
        case .bansFile: "bans file"
        }
    }
}

@Suite struct TurnTests {
    private let second = FakeLoop.second

    // MARK: The log

    @Test func theLogsSizeStartsASnapshot() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        let reason = String(repeating: "r", count: 256)
        func ban(_ block: Int) {
            let targets = (0..<250).map { "10.\(block / 200).\(block % 200).\($0)" }
            _ = loop.ask(client, "ban \(targets.joined(separator: " ")) ttl=1h reason=\(reason)")
        }
        for block in 0..<40 { ban(block) }
        #expect(loop.engine.log.bytesSinceSnapshot < 4 << 20)
        loop.pass(seconds: 2)
        #expect(loop.snapshotsFinished == 0)
        for block in 40..<60 { ban(block) }
        #expect(loop.engine.log.bytesSinceSnapshot > 4 << 20)
        loop.pass(seconds: 1)
        #expect(loop.snapshotsFinished == 1)
        #expect(loop.engine.log.bytesSinceSnapshot < 4 << 20)
    }

    @Test func aChangeAndTheIntervalStartASnapshot() {
        let loop = FakeLoop.settled()
        let interval = loop.configuration.store.snapshotIntervalMilliseconds / 1_000
        let client = loop.connect()
        _ = loop.ask(client, "ban 203.0.113.9 ttl=30d")
        loop.pass(seconds: Int(interval) - 2)
        #expect(loop.snapshotsFinished == 0)
        loop.pass(seconds: 3)
        #expect(loop.snapshotsFinished == 1)
        loop.pass(seconds: Int(interval) + 3)
        #expect(loop.snapshotsFinished == 1, "nothing has changed since")
    }

    @Test func everysecSyncsOnceASecondWhatWasWritten() {
        var configuration = Configuration()
        configuration.store.fsync = .everysec
        let loop = FakeLoop.settled(configuration)
        let client = loop.connect()
        _ = loop.ask(client, "ban 203.0.113.9 ttl=1h")
        let sequence = loop.engine.log.sequence
        #expect(loop.engine.log.written == sequence && loop.engine.log.durable < sequence)
        loop.pass(seconds: 1)
        #expect(loop.engine.log.durable == sequence)
        #expect(loop.journal.last == "sync \(sequence)")
        let jobs = loop.journal.count
        loop.pass(seconds: 5)
        #expect(loop.journal.count == jobs, "there is nothing to sync")
    }

    /// Without it, a torn end could not be told from damage.
    @Test func aLoneMarkFollowsTheLastBatchWithinASecond() {
        let loop = FakeLoop(marksAtOnce: false)
        loop.settle()
        let client = loop.connect()
        _ = loop.ask(client, "ban 203.0.113.9 ttl=1h")
        let sequence = loop.engine.log.sequence
        let before = loop.journal
        #expect(before.last == "write \(sequence) sync")
        loop.pass(seconds: 1)
        #expect(loop.journal == before + ["write \(sequence)"])
        loop.pass(seconds: 5)
        #expect(loop.journal.count == before.count + 1)
    }

    /// A broken log is left alone for a second, and then repaired by itself; so it is after repairs
    /// that failed, within a second or so of the disk's coming back.
    @Test(arguments: 0...3) func aBrokenLogIsRepairedByTheClock(_ failures: Int) {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        loop.disk = .broken
        _ = loop.ask(client, "ban 203.0.113.9 ttl=1h")
        #expect(loop.engine.log.isDegraded)
        for _ in 0..<failures {
            loop.advance(1)
            loop.settle()
            #expect(loop.engine.log.isDegraded && !loop.engine.log.isRecording)
        }
        loop.disk = .prompt
        loop.advance(0.9)
        loop.settle()
        #expect(loop.engine.log.isDegraded)
        loop.advance(0.2)
        loop.settle()
        #expect(!loop.engine.log.isDegraded && loop.snapshotsFinished == 1)
        let kinds = loop.announced.map(\.kind)
        #expect(kinds.filter { $0.topic == .store }.suffix(2) == [.degraded, .recovered])
        #expect(kinds.contains(.incidentOpened))
    }

    // MARK: What ends

    @Test func whatNewSettingsUndoGoesOnTurnByTurn() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        for block in 0..<12 {
            let targets = (0..<250).map { "10.0.\(block).\($0)" }
            _ = loop.ask(client, "ban \(targets.joined(separator: " ")) ttl=1h")
        }
        var configuration = loop.configuration
        configuration.guard.allow = [Network(ipv4: 0x0a00_0000, prefix: 8)]
        loop.engine.begin(at: loop.now)
        loop.engine.adopt(configuration)
        #expect(loop.engine.state.guardStats.activeBans > 0)
        loop.settle()
        #expect(loop.engine.state.guardStats.activeBans == 0)
    }

    @Test func emptiedRateWindowsAreSwept() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        for host in 0..<200 { _ = loop.ask(client, "hit 203.0.113.\(host)") }
        #expect(loop.engine.state.guardStats.trackedRates == 200)
        let window = loop.configuration.guard.rateWindowMilliseconds / 1_000
        loop.pass(seconds: Int(window) + 10)
        #expect(loop.engine.state.guardStats.trackedRates == 0)
    }

    /// More end in a second than are announced: the rest is still logged, or a start would bring it
    /// back and count it again.
    @Test func silentExpiriesAreLogged() throws {
        let scratch = try ScratchDirectory()
        var now = Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear)
        do {
            let store = try RealStore(scratch, now: now)
            let hosts = (1...250).map { "203.0.113.\($0)" }.joined(separator: " ")
            store.perform("ban \(hosts) ttl=2s", at: now)
            now.boot += 3_000_000_000
            now.wall += 3_000_000_000
            store.engine.begin(at: now)
            store.engine.expire()
            store.flush()
        }
        let found = try StateDirectory(path: scratch.state).recover(isForced: false) {
            State(rules: RealStore.rules, hashKey: (9, 9), eventCapacity: 1_000)
        }
        #expect(found.state.guardStats.activeBans == 0)
        #expect(found.state.events.all.count { $0.kind == .banExpired } == Bounds.expiriesAnnounced)
    }

    // MARK: The host

    @Test func theDailyCheckIsMadeOnceADay() {
        let loop = FakeLoop.settled()
        func checks() -> Int { loop.announced.count { $0.kind == .healthCheck } }
        let minutes = loop.configuration.health.dailyCheckMinutes
        loop.advance(Double(minutes) * 60 - 1)
        loop.settle()
        #expect(checks() == 0)
        loop.pass(seconds: 2)
        #expect(checks() == 1)
        loop.advance(86_400 - 2)
        loop.settle()
        #expect(checks() == 1)
        loop.pass(seconds: 2)
        #expect(checks() == 2)
        // A clock that is set past the time makes none, and plans the next.
        loop.setWall(by: 3 * 86_400)
        loop.settle()
        #expect(checks() == 2)
        loop.advance(86_400)
        loop.settle()
        #expect(checks() == 3)
    }

    /// New settings in the very turn in which the check is due plan the next, and make this one.
    @Test func aReloadLosesNoDailyCheck() throws {
        let loop = FakeLoop.settled()
        loop.advance(Double(loop.configuration.health.dailyCheckMinutes) * 60)
        loop.engine.begin(at: loop.now)
        try loop.adoptDailyCheck()
        loop.settle()
        #expect(loop.announced.count { $0.kind == .healthCheck } == 1)
    }

    /// A stop ends at once where nothing is left to do, and after two seconds where a disk hangs.
    @Test func aStopTakesTwoSecondsAtMost() throws {
        let idle = FakeLoop.settled()
        let before = idle.now
        idle.engine.begin(at: idle.now)
        idle.beginStop()
        idle.settle()
        #expect(idle.loop.isFinished && idle.now == before)

        let loop = FakeLoop.settled()
        let client = loop.connect()
        loop.disk = .waiting
        loop.send(client, "ban 203.0.113.9 ttl=1h\n")
        loop.engine.begin(at: loop.now)
        loop.beginStop()
        let deadline = try #require(loop.loop.stopping).deadline
        #expect(deadline == loop.now.boot + 2 * FakeLoop.second)
        for _ in 0..<20 {
            loop.turn()
            #expect(!loop.loop.isFinished && loop.armed <= deadline)
            loop.advance(0.1)
        }
        loop.turn()
        #expect(loop.loop.isFinished && client.take().isEmpty)
    }

    @Test func theMinuteUnderWayIsWrittenAtAStop() {
        let loop = FakeLoop.settled()
        loop.nextSample = Sample(at: loop.now)
        loop.pass(seconds: 5)
        #expect(!loop.takeTrailJobs().map(\.words).contains("minute"))
        loop.engine.begin(at: loop.now)
        loop.beginStop()
        #expect(loop.takeTrailJobs().map(\.words) == ["minute"])
    }

    @Test func roundsAskForWhatIsDueAndTheSignOfLifeComesLast() {
        let loop = FakeLoop.settled()
        loop.errands = []
        loop.pass(seconds: 3_600)
        var counts: [String: Int] = [:]
        for errand in loop.errands {
            let word = "\(errand)".prefix { $0.isLetter }
            counts[String(word), default: 0] += 1
        }
        let probe = loop.configuration.probe
        #expect(counts["askProcesses"] == 3_600 / Int(probe.processesMilliseconds / 1_000))
        #expect(counts["askMounts"] == 3_600 / Int(probe.mountsMilliseconds / 1_000))
        #expect(counts["askHostNetworks"] == 720 && counts["refreshScope"] == 60)
        #expect(counts["giveUpStuck"] == 3_600 && counts["journalSecond"] == 3_600)
        #expect(counts["resumeAccepting"] == 3_600 && counts["watchdog"] == 360)
        #expect(counts["giveBack"] == 1, "the code of the start, once")
        loop.errands = []
        loop.advance(3_600)
        loop.turn()
        if case .watchdog? = loop.errands.last {} else { Issue.record("not the sign of life") }
        #expect(loop.errands.contains { if case .trail(.prune) = $0 { true } else { false } })
    }

    @Test func theStatusLineIsToldWhenItChanges() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        loop.errands = []
        loop.pass(seconds: 3)
        _ = loop.ask(client, "ban 203.0.113.9 ttl=1h")
        loop.pass(seconds: 3)
        let lines = loop.errands.compactMap { if case .status(let line) = $0 { line } else { nil } }
        #expect(lines == ["HEALTHY; 1 bans, 0 addresses with strikes"])
    }
}

// MARK: - Files of objectives

extension TurnTests {
    private static func isFlag(_ job: TrailJob) -> Bool { job.words.hasSuffix(ServiceFiles.flag) }

    @Test func anOldFlagIsTakenAway() {
        let loop = FakeLoop()
        loop.settle()
        #expect(loop.takeTrailJobs().map(\.words).contains("remove deploy_gate.flag"))
        loop.pass(seconds: 60)
        #expect(!loop.takeTrailJobs().contains(where: Self.isFlag))
    }

    @Test func theFlagIsRefreshedWhileTheGateIsClosed() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        _ = loop.takeTrailJobs()
        _ = loop.ask(client, "gate override to=closed ttl=1d reason=test")
        loop.pass(seconds: 1)
        #expect(
            loop.takeTrailJobs().filter(Self.isFlag).map(\.words) == ["replace deploy_gate.flag"])
        let refresh = Int(loop.configuration.gate.flagRefreshMilliseconds / 1_000)
        loop.pass(seconds: refresh - 1)
        #expect(!loop.takeTrailJobs().contains(where: Self.isFlag))
        loop.pass(seconds: 1)
        #expect(
            loop.takeTrailJobs().filter(Self.isFlag).map(\.words) == ["replace deploy_gate.flag"])
        _ = loop.ask(client, "gate override to=auto reason=test")
        loop.pass(seconds: 1)
        #expect(
            loop.takeTrailJobs().filter(Self.isFlag).map(\.words) == ["remove deploy_gate.flag"])
    }

    /// S2-01: at :00, :15, :30 and :45, whenever opsd started.
    @Test func budgetLinesGoByTheWallClock() {
        let quarter = 900 * Rounds.second
        let loop = FakeLoop.settled()
        func count() -> Int {
            loop.takeTrailJobs().count { $0.words == "append slo_budget.ndjson" }
        }
        _ = count()
        let rest = Int((quarter - loop.now.wall % quarter) / Rounds.second)
        loop.pass(seconds: rest % 900 == 0 ? 899 : rest - 1)
        #expect(count() == 0)
        loop.pass(seconds: 2)
        #expect(count() == 1)
        loop.pass(seconds: 890)
        #expect(count() == 0)
        loop.pass(seconds: 10)
        #expect(count() == 1)
    }

    @Test func aClockThatIsSetBeginsNoQuarter() {
        let minute = 60 * Rounds.second
        var quarters = ClockPeriods(length: 900 * Rounds.second)
        var begun: [Int64] = []
        for at: Int64 in [0, 1, 14, 15, 16, 29, 30, 40, 50, 59, 60, 5, 14, 15] {
            if quarters.hasBegun(at: 1_700_000_100 / 900 * quarters.length + at * minute) {
                begun.append(at)
            }
        }
        #expect(begun == [15, 30, 60, 15])
    }

    @Test func budgetsAreWrittenByTheirPeriods() {
        let loop = FakeLoop.settled()
        loop.pass(seconds: 120)
        _ = loop.takeTrailJobs()
        let client = loop.connect()
        func count(_ words: String) -> Int { loop.takeTrailJobs().count { $0.words == words } }
        loop.pass(seconds: 120)
        #expect(count("replace slo_budget.json") == 0, "nothing was counted")
        _ = loop.ask(client, "slo observe default latency_ms=5 status=200")
        loop.pass(seconds: 61)
        #expect(count("replace slo_budget.json") == 1)
        loop.pass(seconds: 900)
        #expect(count("append slo_budget.ndjson") == 1)
    }
}
