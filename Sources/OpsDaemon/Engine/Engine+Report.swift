// Replies that show the host and the daemon rather than the guard, made from the monitor, the log
// and what the daemon knows of itself.

import OpsConfig
import OpsCore
import OpsProtocol

extension Engine {
    /// The health of the latest sample; without a sample, the health that was announced last.
    var status: HealthStatus {
        monitor.sample.flatMap { monitor.rules.status(of: $0) }
            ?? monitor.tracker.status
    }

    /// The host and the daemon now.
    func hostReport() -> HostReport {
        var vitals = host?.vitals() ?? Vitals(version: Release.version)
        vitals.run = runID
        let sample = monitor.sample
        let status = status
        let satellites = satellites.reports(at: now.boot)
        var report = HostReport(
            now: now, sample: sample, status: status,
            word: sample.map { monitor.rules.word(for: status, $0) } ?? .healthy,
            findings: state.fullTables + monitor.findings,
            components: components(vitals) + satelliteComponents(satellites)
                + (workComponent.map { [$0] } ?? []),
            satellites: satellites, guardStats: guardStats, vitals: vitals,
            lastEventID: state.events.lastID)
        report.held = monitor.tracker.status
        report.levels = monitor.rules.levels
        return report
    }

    /// The same with the objectives and the gate, for `status`.
    private func statusReport() -> HostReport {
        var report = hostReport()
        report.services = ask { $0.serviceSummary(at: now) }
        report.gate = ask { $0.gate(at: now) }
        return report
    }

    /// The reply to a question about the host and the daemon.
    func report(_ question: HostQuestion) -> Reply {
        switch question {
        case .version: .version(Release.version)
        case .status: .status(statusReport())
        case .health: .health(hostReport())
        case .metrics: .metrics(hostReport())
        case .systemStats: .systemStats(hostReport())
        case .history(let hours, let step, let after):
            .history(
                monitor.history.points(
                    hours: hours, stepSeconds: step, after: after, now: now), hours: hours)
        case .processes(let top): .processes(monitor.processes, top: top, now: now)
        case .disks: .disks(monitor.sample?.mounts ?? [], now: now)
        case .audit: .auditStatus(audit)
        case .config: .config(json: ConfigurationFile.json(configuration))
        }
    }

    /// The five components of X-09; satellites come after them.
    private func components(_ vitals: Vitals) -> [ComponentReport] {
        let lag = vitals.loopLagMilliseconds
        let loop = ComponentReport(
            "loop", lag < 1_000, "the last timer was \(Self.tenths(lag)) ms late")
        let store = ComponentReport(
            "store", vitals.degraded == nil && vitals.storeFault == nil,
            vitals.degraded.map { "degraded, the state is in memory only: \($0)" }
                ?? vitals.storeFault
                ?? "durable through \(vitals.durableSequence) of \(vitals.sequence)")
        let trails = ComponentReport(
            "trails", vitals.trailsFault == nil,
            vitals.trailsFault ?? "written; \(vitals.droppedRecords) records dropped")
        return [loop, store, trails, probeComponent(vitals), enforcement(vitals)]
    }

    private func probeComponent(_ vitals: Vitals) -> ComponentReport {
        if !vitals.probeMissing.isEmpty {
            return ComponentReport(
                "probe", false, "cannot read " + vitals.probeMissing.joined(separator: ", "))
        }
        guard let sample = monitor.sample else {
            return ComponentReport("probe", false, "no sample yet")
        }
        let age = Double(now.boot - sample.at.boot) / 1_000_000_000
        let limit = Double(configuration.probe.intervalMilliseconds) / 1_000 * 3 + 2
        var detail = "the sample is \(Self.tenths(age)) s old"
        if vitals.stuckProbes > 0 { detail += "; \(vitals.stuckProbes) calls hang on a mount" }
        return ComponentReport("probe", age <= limit, detail)
    }

    private func enforcement(_ vitals: Vitals) -> ComponentReport {
        ComponentReport(
            "enforcement", !vitals.isEnforcementBroken,
            vitals.enforcementDetail ?? "none: bans are recorded, not enforced in the kernel")
    }

    /// A number with one decimal, for people.
    static func tenths(_ value: Double) -> String {
        let tenths = Int64(max(0, min(value, 1e15)) * 10 + 0.5)
        return "\(tenths / 10).\(tenths % 10)"
    }
}
