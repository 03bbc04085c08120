// Every command has a row, and every row says whether its reply waits for the log.

import OpsCore
import Testing

@testable import OpsProtocol

/// The kinds of `Command`.  Without a `default:`, so that a new one does not compile before it is
/// here.
private enum CommandKind: CaseIterable {
    case ping, version, commands, status, health, metrics, metricsHistory, processes, disks
    case systemStats, check, hit, strike, success, clear, ban, confirm, unban, bans, strikes, why
    case places, hello
    case detectorSource, detectorRule, detectorEvent, detectorSources, detectorRules
    case guardStats, guardCleanup, enforceAudit, events, watch, snapshot, reload, config
    case listBegin, listAdd, listCommit, listDrop, listShow
    case observe, observeMany, budget, serviceStatus, rebaseline
    case gateStatus, gateCheck, gateOverride
    case workTake, workBegun, workBeat, workDone, workFailed, workList, workShow, workWhy
    case workCancel, workRetry, workHold, workResume
    case incidentRaise, incidentAcknowledge, incidentResolve, incidentNote, incidentShow
    case incidentList, incidentSummary, silenceAdd, silenceEnd, silenceList
    case pagerStatus, pagerTest, pagerReport
    case auditStatus
    case costRecord, costReserve, costSettle, costRelease, costCorrect, costCheck, costStatus
    case costDays, costSetCap
    case endpoints, endpointReport
    case queueReport, queueStatus, forecast

    init(_ command: Command) {
        self =
            switch command {
            case .ping: .ping
            case .version: .version
            case .commands: .commands
            case .status: .status
            case .health: .health
            case .metrics: .metrics
            case .metricsHistory: .metricsHistory
            case .processes: .processes
            case .disks: .disks
            case .systemStats: .systemStats
            case .check: .check
            case .hit: .hit
            case .strike: .strike
            case .success: .success
            case .clear: .clear
            case .ban: .ban
            case .confirm: .confirm
            case .unban: .unban
            case .bans: .bans
            case .strikes: .strikes
            case .places: .places
            case .hello: .hello
            case .detector(.source): .detectorSource
            case .detector(.rule): .detectorRule
            case .detector(.event): .detectorEvent
            case .detector(.sources): .detectorSources
            case .detector(.rules): .detectorRules
            case .why: .why
            case .guardStats: .guardStats
            case .guardCleanup: .guardCleanup
            case .enforceAudit: .enforceAudit
            case .events: .events
            case .watch: .watch
            case .auditStatus: .auditStatus
            case .snapshot, .olderSnapshot: .snapshot
            case .reload: .reload
            case .config: .config
            case .list(.begin): .listBegin
            case .list(.add): .listAdd
            case .list(.commit): .listCommit
            case .list(.drop): .listDrop
            case .list(.show): .listShow
            case .service(.observe): .observe
            case .service(.observeMany): .observeMany
            case .service(.budget): .budget
            case .service(.status): .serviceStatus
            case .service(.rebaseline): .rebaseline
            case .service(.gateStatus): .gateStatus
            case .service(.gateCheck): .gateCheck
            case .service(.gateOverride): .gateOverride
            case .work(let command): CommandKind(command)
            case .incident(let command): CommandKind(command)
            case .pager(let command): CommandKind(command)
            case .cost(let command): CommandKind(command)
            case .endpoint(.list): .endpoints
            case .endpoint(.report): .endpointReport
            case .queue(.report): .queueReport
            case .queue(.status): .queueStatus
            case .forecast: .forecast
            }
    }

    private init(_ command: CostCommand) {
        self =
            switch command {
            case .record: .costRecord
            case .reserve: .costReserve
            case .settle: .costSettle
            case .release: .costRelease
            case .correct: .costCorrect
            case .check: .costCheck
            case .status: .costStatus
            case .days: .costDays
            case .setCap: .costSetCap
            }
    }

    private init(_ command: WorkCommand) {
        self =
            switch command {
            case .take: .workTake
            case .begun: .workBegun
            case .beat: .workBeat
            case .done: .workDone
            case .failed: .workFailed
            case .list: .workList
            case .show: .workShow
            case .why: .workWhy
            case .cancel: .workCancel
            case .retry: .workRetry
            case .hold: .workHold
            case .resume: .workResume
            }
    }

    private init(_ command: IncidentCommand) {
        self =
            switch command {
            case .raise: .incidentRaise
            case .acknowledge: .incidentAcknowledge
            case .resolve: .incidentResolve
            case .note: .incidentNote
            case .show: .incidentShow
            case .list: .incidentList
            case .summary: .incidentSummary
            case .silence: .silenceAdd
            case .endSilence: .silenceEnd
            case .silences: .silenceList
            }
    }

    private init(_ command: PagerCommand) {
        self =
            switch command {
            case .status: .pagerStatus
            case .test: .pagerTest
            case .report: .pagerReport
            }
    }
}

@Suite struct CommandKindTests {
    @Test func everyCommandHasARow() throws {
        var kinds: Set<CommandKind> = []
        for row in CommandTable.rows {
            kinds.insert(CommandKind(try RequestParser.parse(Array(row.example.utf8).span).command))
        }
        #expect(kinds == Set(CommandKind.allCases))
    }

    /// Those whose replies a crash may take back, since they show nothing that the log keeps.  A
    /// row that is not named here says `showsState`.
    @Test func allOtherRepliesWaitForTheLog() {
        let free = CommandTable.rows.filter { !$0.traits.contains(.showsState) }.map(\.verb)
        #expect(
            Set(free) == [
                "ping", "version", "commands", "config", "watch", "snapshot", "status", "health",
                "metrics", "metrics history", "processes", "disks", "stats system",
                "list begin", "list add", "enforce verify", "enforce repair", "slo observe",
                "slo add", "hello", "detector source", "detector rule", "detector sources",
                "detector rules", "work take", "work begun", "work beat", "work done",
                "work failed", "pager report", "audit status", "endpoint report", "queue report",
            ])
    }
}
