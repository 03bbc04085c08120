// What opsd raises by itself: once a second, what is wrong now is compared with the incidents that
// are open.  A level, not an edge: after a crash, a reload or a lost record the next second puts
// right what is missing.

import OpsConfig
import OpsCore

extension Engine {
    /// Incidents that begin, or end, in one look: the others do in the next.
    private static let changesPerLook = 100

    /// Raises and resolves opsd's own incidents.
    func checkConditions() {
        if log.isFull { return }
        let rules = configuration.incidentRules
        let conditions = conditions()
        var left = Self.changesPerLook
        for condition in conditions where condition.standing == .wrong && left > 0 {
            guard let severity = rules[condition.rule] else { continue }
            let changes = ask { $0.raise(condition, severity, at: now) }
            if !changes.isEmpty { left -= 1 }
            for change in changes { commit(change) }
        }
        guard let stay = conditionClock.observe(conditions, at: now.bootMilliseconds) else {
            return
        }
        // Without a sample nothing is known of the host.
        let unknown = monitor.sample == nil ? IncidentRule.ofHost : []
        for change in resolving(but: stay, unknown, rules) {
            commit(change)
        }
    }

    private func resolving(
        but stay: Set<String>, _ unknown: Set<IncidentRule>, _ rules: IncidentRules
    ) -> [Change] {
        ask {
            $0.resolveConditions(
                but: stay, unknown, rules, atMost: Self.changesPerLook, at: now)
        }
    }

    /// What is wrong now, in the eyes of the rules.
    private func conditions() -> [IncidentCondition] {
        healthConditions + serviceConditions + daemonConditions + costConditions
            + ask { $0.endpointConditions(at: now) }
            + ask { $0.queueConditions(at: now) } + ask { $0.forecastConditions(at: now) }
    }

    private var healthConditions: [IncidentCondition] {
        var conditions: [IncidentCondition] = []
        if monitor.tracker.status == .critical {
            conditions.append(
                IncidentCondition(
                    .health, "The host is in a critical state",
                    details: monitor.findings.map(\.message).joined(separator: "; ")))
        }
        for finding in ask({ $0.fullTables }) + monitor.findings where finding.isHeld {
            guard let rule = IncidentRule(rawValue: finding.code.rawValue) else { continue }
            conditions.append(
                IncidentCondition(
                    rule, thing: finding.thing, rule.message(about: finding.thing),
                    details: finding.message))
        }
        return conditions
    }

    private var serviceConditions: [IncidentCondition] {
        var conditions: [IncidentCondition] = []
        for level in ask({ $0.services.levels.values }) {
            let name = level.name.description
            // Without data an alert neither goes on nor ends.
            let standing: IncidentCondition.Standing =
                level.alerts[.silence] == nil ? .wrong : .unknown
            var seen: Set<IncidentRule> = []
            for (kind, alert) in level.alerts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                guard let rule = IncidentRule(kind), seen.insert(rule).inserted else { continue }
                var condition = IncidentCondition(
                    rule, thing: name, rule.message(about: name),
                    details: "the alert \(kind.name), peak \(Self.thousandths(alert.peak))")
                condition.standing = standing
                conditions.append(condition)
            }
            guard standing == .unknown else { continue }
            for rule in [IncidentRule.sloBurn, .sloBurnSlow, .sloLatency]
            where !seen.contains(rule) {
                conditions.append(.unknown(rule, thing: name))
            }
        }
        let gate = ask { $0.gate(at: now) }
        switch gate.word {
        case .closed:
            conditions.append(
                IncidentCondition(
                    .gateClosed, "The deploy gate is closed", details: gate.reason))
        case .unknown: conditions.append(.unknown(.gateClosed))
        case .open: break
        }
        return conditions
    }

    private var daemonConditions: [IncidentCondition] {
        var conditions: [IncidentCondition] = []
        if case .degraded(let message, _) = log.condition {
            conditions.append(
                IncidentCondition(
                    .storeDegraded, "The state of opsd is in memory only", details: message))
        }
        if let fault = host?.enforcementFault {
            conditions.append(
                IncidentCondition(
                    .enforceFailed, "Bans are not enforced in the kernel", details: fault))
        }
        for report in satellites.reports(at: now.boot) where report.silentSeconds != nil {
            let name = report.satellite.rawValue
            conditions.append(
                IncidentCondition(
                    .satelliteSilent, thing: name, "\(name) is silent",
                    details: Self.detail(report)))
        }
        for (kind, seconds) in ask({ $0.untakenWork(at: now) }) {
            conditions.append(
                IncidentCondition(
                    .noWorker, thing: kind, "Nobody takes work of the kind \(kind)",
                    details: "it has waited for \(seconds) s"))
        }
        let kinds = ask { $0.workKindStates }
        for channel in configuration.pager.pageable {
            guard let kind = kinds[channel.workKind], kind.parkedSince != nil else { continue }
            conditions.append(
                IncidentCondition(
                    .channelParked, thing: channel.name,
                    "The channel \(channel.name) does not deliver", details: kind.lastError))
        }
        return conditions
    }

    private static func thousandths(_ number: Int64) -> String {
        "\(number / 1_000).\(number % 1_000 / 100)"
    }
}

extension IncidentRule {
    /// Those that need a sample of the host.
    fileprivate static let ofHost: Set<IncidentRule> = [
        .health, .cpuHigh, .memoryHigh, .memoryLow, .diskHigh, .diskLow, .inodesHigh, .readOnly,
        .mountStale, .stealHigh, .cpuLimit, .memoryLimit, .diskFullSoon,
    ]

    /// The rule of an alert; nil: it raises none.
    fileprivate init?(_ kind: AlertKind) {
        switch kind {
        case .hour, .sixHours: self = .sloBurn
        case .day, .threeDays: self = .sloBurnSlow
        case .p95, .p99: self = .sloLatency
        case .silence: return nil
        }
    }

    /// The message of its incident, without figures.
    fileprivate func message(about thing: String) -> String {
        switch self {
        case .cpuHigh: "The CPU is busy"
        case .memoryHigh, .memoryLow: "Memory is running out"
        case .diskHigh: "The disk \(thing) is nearly full"
        case .diskLow: "The disk \(thing) has little space left"
        case .inodesHigh: "The disk \(thing) has hardly any inodes left"
        case .readOnly: "The disk \(thing) became read-only"
        case .mountStale: "The disk \(thing) does not answer"
        case .stealHigh: "The hypervisor takes CPU time for others"
        case .cpuLimit: "The container uses all the CPU it may"
        case .memoryLimit: "The container uses all the memory it may"
        case .tableFull: "A table of opsd is nearly full: \(thing)"
        case .sloBurn: "\(thing): the error budget burns fast"
        case .sloBurnSlow: "\(thing): the error budget burns"
        case .sloLatency: "\(thing): the latency target is missed"
        default: rawValue
        }
    }
}
