// The files of objectives and of the gate in the log directory: slo_budget.json, replaced as a
// whole, a minute old at most while events come; slo_budget.ndjson, a line for each objective at
// :00, :15, :30 and :45 of the wall clock; deploy_gate.flag, which exists while the gate is closed.
// The flag says until when it is valid and is written again before that: a reader who finds one
// that has expired knows that opsd is dead, not that the gate is closed.

import OpsConfig
import OpsCore
import OpsProtocol

/// The files as they were left.
struct ServiceFiles {
    static let latest = "slo_budget.json"
    static let flag = "deploy_gate.flag"
    /// How many records `slo_budget.json` covered when it was last written.
    var latestRecords: UInt64?
    /// When the flag is to be written next: nanoseconds of boot time; nil: it does not exist.
    var flagDue: Int64?
    /// The content of the flag without its times.
    var flagWords = ""
    /// When `slo_budget.ndjson` gets its lines.
    var quarters = ClockPeriods(length: 900 * Rounds.second)
    /// A flag of an earlier daemon may be there.
    var mayHaveOldFlag = true
}

extension EventLoop {
    /// Writes `slo_budget.json` if something was counted since the last time; called once a minute.
    func writeLatestBudget() {
        var bytes: [UInt8] = []
        let records = engine.state.services.levels.values.reduce(0 as UInt64) { $0 &+ $1.number }
        if records == loop.serviceFiles.latestRecords { return }
        loop.serviceFiles.latestRecords = records
        BudgetReport.writeLatest(engine.budgets, to: &bytes)
        if !bytes.isEmpty { perform(.trail(.replace(ServiceFiles.latest, bytes: bytes))) }
    }

    /// Writes a line for each objective when a quarter of an hour begins (S2-01), and has
    /// `slo_budget.json` written again.  Called once a second.
    func writeBudgetTrail() {
        if !loop.serviceFiles.quarters.hasBegun(at: engine.now.wall) { return }
        loop.serviceFiles.latestRecords = nil
        var lines: [UInt8] = []
        for report in engine.budgets {
            report.writeTrail(to: &lines)
            lines.append(0x0a)
        }
        if lines.isEmpty { return }
        let rotateBytes = Int64(configuration.events.rotateBytes)
        perform(.trail(.append(.budget, lines: lines, rotateBytes: rotateBytes)))
    }

    /// Writes the flag while the gate is closed, and removes it when it is not.
    func refreshFlag() {
        let view = engine.ask { $0.gate(at: engine.now) }
        let now = engine.now.boot
        guard view.word == .closed else {
            if loop.serviceFiles.flagDue != nil || loop.serviceFiles.mayHaveOldFlag {
                perform(.trail(.remove(ServiceFiles.flag)))
            }
            loop.serviceFiles.flagDue = nil
            loop.serviceFiles.mayHaveOldFlag = false
            loop.serviceFiles.flagWords = ""
            return
        }
        let words = "\(view.reason) \(view.since ?? 0)"
        if let due = loop.serviceFiles.flagDue, due > now, words == loop.serviceFiles.flagWords {
            return
        }
        loop.serviceFiles.flagWords = words
        loop.serviceFiles.flagDue = now + configuration.gate.flagRefreshMilliseconds * 1_000_000
        loop.serviceFiles.mayHaveOldFlag = false
        let wall = engine.now.wallMilliseconds
        var bytes: [UInt8] = []
        view.writeFlag(
            now: wall / 1_000,
            expires: (wall + configuration.gate.flagLifeMilliseconds) / 1_000, to: &bytes)
        perform(.trail(.replace(ServiceFiles.flag, bytes: bytes)))
    }
}

extension Engine {
    /// The budgets of all objectives now, the default one first.
    var budgets: [BudgetReport] {
        ask { state in
            let all = state.services.objectives
            let first = all.filter { $0.name == .standard }
            return (first + all.filter { $0.name != .standard }).map { state.budget($0, at: now) }
        }
    }
}
