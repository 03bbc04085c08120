// What objectives and the gate leave in the log directory: slo_budget.json, always whole, a
// minute old at most where events come; slo_budget.ndjson, a line an objective every 15 minutes; deploy_gate.flag, there while
// the gate is closed.  The flag says until when it counts and is written anew before that: a reader
// who finds one that is past knows that opsd is dead, not that the gate is closed.

import OpsConfig
import OpsCore
import OpsProtocol

/// The files and when they are due.
struct ServiceFiles {
    static let latest = "slo_budget.json"
    static let flag = "deploy_gate.flag"
    /// S2-01.
    static let trailSeconds: Int64 = 900
    static let latestSeconds: Int64 = 60

    /// The next line of the trail and the next whole file; nanoseconds of boot time.
    var trailDue: Int64
    var latestDue: Int64
    /// Records that the whole file has.
    var latestRecords: UInt64?
    /// When the flag is to be written next; nil: there is none, as far as we know.
    var flagDue: Int64?
    /// What the flag says, but for its times.
    var flagWords = ""
    /// A flag of an earlier daemon may be there.
    var mayHaveOldFlag = true

    init(at now: Int64) {
        trailDue = now + Self.trailSeconds * Timetable.second
        latestDue = now + Timetable.second
    }
}

extension Daemon {
    /// Once a second, behind the turns of alerts and gate.
    func writeServiceFiles() {
        let now = engine.now.boot
        if serviceFiles.latestDue <= now {
            serviceFiles.latestDue = now + ServiceFiles.latestSeconds * Timetable.second
            writeLatestBudget()
        }
        if serviceFiles.trailDue <= now {
            serviceFiles.trailDue = now + ServiceFiles.trailSeconds * Timetable.second
            serviceFiles.latestRecords = nil
            writeBudgetTrail()
        }
        refreshFlag()
    }

    private func writeLatestBudget() {
        var bytes: [UInt8] = []
        let records = engine.state.services.levels.values.reduce(0 as UInt64) { $0 &+ $1.number }
        if records == serviceFiles.latestRecords { return }
        serviceFiles.latestRecords = records
        BudgetReport.writeLatest(engine.budgets, to: &bytes)
        if !bytes.isEmpty { trails.submit(.replace(ServiceFiles.latest, bytes: bytes)) }
    }

    private func writeBudgetTrail() {
        var lines: [UInt8] = []
        for report in engine.budgets {
            report.writeTrail(to: &lines)
            lines.append(0x0a)
        }
        if lines.isEmpty { return }
        trails.submit(
            .append(.budget, lines: lines, rotateBytes: Int64(configuration.events.rotateBytes)))
    }

    /// Writes the flag while the gate is closed, and takes it away when it is not.
    private func refreshFlag() {
        let view = engine.state.gate(at: engine.now)
        let now = engine.now.boot
        guard view.word == .closed else {
            if serviceFiles.flagDue != nil || serviceFiles.mayHaveOldFlag {
                trails.submit(.remove(ServiceFiles.flag))
            }
            serviceFiles.flagDue = nil
            serviceFiles.mayHaveOldFlag = false
            serviceFiles.flagWords = ""
            return
        }
        let words = "\(view.reason) \(view.since ?? 0)"
        if let due = serviceFiles.flagDue, due > now, words == serviceFiles.flagWords { return }
        serviceFiles.flagWords = words
        serviceFiles.flagDue = now + configuration.gate.flagRefreshMilliseconds * 1_000_000
        serviceFiles.mayHaveOldFlag = false
        let wall = engine.now.wallMilliseconds
        var bytes: [UInt8] = []
        view.writeFlag(
            now: wall / 1_000,
            expires: (wall + configuration.gate.flagLifeMilliseconds) / 1_000, to: &bytes)
        trails.submit(.replace(ServiceFiles.flag, bytes: bytes))
    }
}

extension Engine {
    /// The budgets of all objectives now, the default one first.
    var budgets: [BudgetReport] {
        let all = state.services.objectives
        let first = all.filter { $0.name == .standard }
        return (first + all.filter { $0.name != .standard }).map { state.budget($0, at: now) }
    }
}
