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
    /// The flag: the reason and since when.
    var gateFlag = FlagFile<String>()
    /// When `slo_budget.ndjson` gets its lines.
    var quarters = ClockPeriods(length: 900 * Rounds.second)
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
        let words = view.word == .closed ? "\(view.reason) \(view.since ?? 0)" : nil
        switch loop.serviceFiles.gateFlag.step(
            words, at: engine.now.boot,
            every: configuration.gate.flagRefreshMilliseconds * 1_000_000)
        {
        case .none: return
        case .remove: return perform(.trail(.remove(ServiceFiles.flag)))
        case .write: break
        }
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
