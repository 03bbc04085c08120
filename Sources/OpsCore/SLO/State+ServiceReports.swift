// `slo budget`, `slo status`, `slo rebaseline`: figures of the windows, read and not changed.
// Percentiles come from summed sketches, never from other percentiles.

/// `slo budget`, the S2-01 object of one objective.
package struct BudgetReport: Hashable, Sendable {
    /// What was promised.
    package var objective: Objective
    /// Wall clock seconds since 1970.
    package var ts: Int64
    /// Events of the whole window.
    package var counts: Counts
    /// 95 of 100 latencies in the window are not above it; nil: none were measured.
    package var p95Milliseconds: Double?
    /// 99 of 100 latencies in the window are not above it; nil: none were measured.
    package var p99Milliseconds: Double?
    /// How much of the daily budget the last 24 hours burnt, per cent; nil: no events in them.
    package var burnPercent: Double?
    /// What is promised, and how each promise stands.
    package var promises: [PromiseView] = []
    /// No event for long, or none at all.
    package var isUnknown = true

    /// The bad events of the whole window, per cent.
    package var errorRatePercent: Double? {
        counts.total == 0 ? nil : Double(counts.bad) / Double(counts.total) * 100
    }
    /// X-15; 100 where nothing is known, below 0 where more was burnt than there is.
    package var remainingPercent: Double { 100 - (burnPercent ?? 0) }
    /// Which band the burn falls into (S2-05, X-08).
    package var band: BurnBand { BurnBand(burnPercent) }

    /// `unknown` without data for long, else the worst of the promises.
    package var state: PromiseState {
        if isUnknown || band == .unknown { return .unknown }
        let states = promises.map(\.state)
        return states.contains(.firing) ? .firing : states.contains(.broken) ? .broken : .ok
    }
    /// Every promise is known to be kept.
    package var isOK: Bool { state == .ok }
    /// S2-03: red while something fires, yellow where a budget is spent, grey without data.
    package var indicator: String {
        switch state {
        case .unknown: "grey"
        case .firing: "red"
        case .broken: "yellow"
        case .watch, .ok: band == .ok ? "green" : "yellow"
        }
    }
}

/// One alert in `slo status`.
package struct AlertView: Hashable, Sendable {
    /// The tier as it is now.
    package var reading: TierReading
    /// Whether it fires, and if not, why.
    package var state: AlertState
    /// Since when it fires, wall clock seconds since 1970.
    package var since: Int64?
    /// The highest burn since then, times the allowed one.
    package var peakBurn: Double?
}

/// `slo status` of one objective.
package struct ServiceReport: Hashable, Sendable {
    /// The S2-01 figures.
    package var budget: BudgetReport
    /// The window that the figures are of, seconds.
    package var windowSeconds: Int64
    /// Events in that window.
    package var counts: Counts
    /// Latencies in that window.
    package var latency: LatencyFigures
    /// What is left of the budget of the objective's whole window, per cent; nil: no events.
    package var budgetLeftPercent: Double?
    /// What is left of the budget, as minutes in which every event is bad.
    package var budgetLeftMinutes: Double?
    /// When the budget is gone at the burn of the last hour; nil: never, or not known.
    package var exhaustedInSeconds: Int64?
    /// The alerts in force, the shortest window first.
    package var alerts: [AlertView]
    /// Events before this do not count: wall clock seconds since 1970; nil: all events do.
    package var baseline: Int64?
    /// The newest minute with an event, wall clock seconds since 1970; nil: none.
    package var lastEvent: Int64?
    /// The burn of each of the last 24 hours, oldest first; nil: no events.
    package var hourly: [Double?]
    /// Memory that the objective takes, about.
    package var bytes: Int

    /// The objective's.
    package var state: PromiseState { budget.state }
}

extension State {
    /// The objectives of these names, all objectives where none are named.
    private func wanted(_ names: [ObjectiveName]) throws(Refusal) -> [Objective] {
        if names.isEmpty { return domains.services.objectives }
        var wanted: [Objective] = []
        for name in names {
            guard let index = domains.services.index(of: name) else { throw unknownObjective(name) }
            wanted.append(domains.services.objectives[index])
        }
        return wanted
    }

    func budgets(_ names: [ObjectiveName], at now: Moment) throws(Refusal) -> Decision {
        let wanted = try wanted(names)
        return Decision(
            .service(.budgets(wanted.map { budget($0, at: now) })))
    }

    /// The S2-01 figures of an objective.
    package func budget(_ objective: Objective, at now: Moment) -> BudgetReport {
        var report = emptyBudget(objective, at: now)
        let level =
            domains.services.levels[objective.name] ?? ServiceLevel(objective.name, baseline: 0)
        let minute = serviceMinute(at: now)
        report.counts = level.counts(objective.windowMinutes, endingWith: minute)
        let figures = level.figures(objective.windowMinutes, endingWith: minute, objective)
        report.p95Milliseconds = figures.p95
        report.p99Milliseconds = figures.p99
        report.burnPercent = objective.dailyBurnPercent(level.counts(1_440, endingWith: minute))
        report.isUnknown = level.isSilent(objective, minute)
        report.promises = promises(report, figures, level, minute)
        return report
    }

    /// The figures of an objective without events.
    private func emptyBudget(_ objective: Objective, at now: Moment) -> BudgetReport {
        BudgetReport(
            objective: objective, ts: (now.bootMilliseconds + clockOffset) / 1_000,
            counts: Counts(), p95Milliseconds: nil, p99Milliseconds: nil, burnPercent: nil)
    }

    func serviceStatus(
        _ names: [ObjectiveName], windowSeconds: Int?, at now: Moment
    ) throws(Refusal) -> Decision {
        var reports: [ServiceReport] = []
        for objective in try wanted(names) {
            let minutes = windowSeconds.map { Int64(($0 + 59) / 60) } ?? objective.windowMinutes
            if minutes > objective.windowMinutes {
                throw Refusal(
                    .badArgument,
                    "window: the window of \(objective.name) is \(objective.windowMinutes * 60) s")
            }
            reports.append(report(objective, minutes, at: now))
        }
        return Decision(.service(.status(reports, gate(at: now))))
    }

    private func report(
        _ objective: Objective, _ minutes: Int64, at now: Moment
    ) -> ServiceReport {
        let minute = serviceMinute(at: now)
        let level =
            domains.services.levels[objective.name] ?? ServiceLevel(objective.name, baseline: 0)
        let budget = budget(objective, at: now)
        var report = ServiceReport(
            budget: budget, windowSeconds: minutes * 60,
            counts: level.counts(minutes, endingWith: minute),
            latency: level.figures(minutes, endingWith: minute, objective),
            budgetLeftPercent: nil, budgetLeftMinutes: nil, exhaustedInSeconds: nil,
            alerts: alertViews(level, objective, minute),
            baseline: level.baseline > 0 ? wallSeconds(ofService: level.baseline) : nil,
            lastEvent: level.lastMinute.map { wallSeconds(ofService: $0 * 60_000) },
            hourly: (0..<24).map { hour in
                objective.burn(level.counts(60, endingWith: minute - 60 * (23 - hour)))
            }, bytes: level.bytes)
        if let burnt = objective.burn(budget.counts) {
            let left = 1 - burnt
            let outage = Double(objective.windowMinutes) * objective.allowedBad
            report.budgetLeftPercent = left * 100
            report.budgetLeftMinutes = left * outage
            if let burn = report.hourly.last ?? nil, burn > 0 {
                let seconds = max(0, left) * Double(objective.windowMinutes) * 60 / burn
                report.exhaustedInSeconds = Int64(min(seconds, 1e15))
            }
        }
        return report
    }

    private func alertViews(
        _ level: ServiceLevel, _ objective: Objective, _ minute: Int64
    ) -> [AlertView] {
        var isShorterFiring = false
        return objective.tiers.map { tier in
            let reading = level.reading(tier, objective, minute)
            let active = level.alerts[AlertKind(tier)]
            let state = alertState(reading, level, isShorterFiring: isShorterFiring)
            if active != nil { isShorterFiring = true }
            return AlertView(
                reading: reading, state: state,
                since: active.map { wallSeconds(ofService: $0.started) },
                peakBurn: active.map { Double($0.peak) / 1_000 })
        }
    }

    func rebaseline(
        _ given: ObjectiveName?, reason: String, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        let name: ObjectiveName
        if let given { name = given } else { name = try onlyObjective() }
        guard let index = domains.services.index(of: name) else { throw unknownObjective(name) }
        let objective = domains.services.objectives[index]
        let old = budget(objective, at: now)
        let level = domains.services.levels[name]
        let change = Rebaseline(
            name: name, number: (level?.number ?? 0) + 1, at: serviceMilliseconds(at: now),
            summary: "\(name): new baseline; before it \(old.text)", reason: reason,
            uid: caller.uid)
        var fresh = emptyBudget(objective, at: now)
        fresh.promises = promises(
            fresh, LatencyFigures(), ServiceLevel(name, baseline: change.at),
            serviceMinute(at: now))
        return Decision(.service(.rebaselined(fresh)), .one(.service(.rebaselined(change))))
    }

    /// The objective that is meant where none is named.
    private func onlyObjective() throws(Refusal) -> ObjectiveName {
        let objectives = domains.services.objectives
        if objectives.count == 1, let only = objectives.first { return only.name }
        if domains.services.index(of: .standard) != nil { return .standard }
        let names = objectives.prefix(8).map(\.name.description)
        throw Refusal(
            .badArgument, "name: missing; there are \(objectives.count) objectives",
            hint: names.isEmpty ? nil : "one of " + names.joined(separator: ", "))
    }
}

extension BudgetReport {
    /// For the event that keeps an old baseline.
    fileprivate var text: String {
        if counts.total == 0 { return "there were no events" }
        func milliseconds(_ value: Double?) -> String {
            guard let value else { return "-" }
            let tenths = Int64(value * 10 + 0.5)
            return "\(tenths / 10).\(tenths % 10) ms"
        }
        return "\(counts.good) good and \(counts.bad) bad events, p95 "
            + "\(milliseconds(p95Milliseconds)), p99 \(milliseconds(p99Milliseconds)), burn "
            + "\(State.percent(burnPercent)) of the daily budget"
    }
}
