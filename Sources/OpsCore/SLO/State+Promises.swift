// The promises of an objective: availability and two latencies over its window, and the errors of a
// day.  Each has a budget and a state of its own, and a reply names them apart, so that "80 % left"
// and "spent seven times over" are never about the same thing.

/// How a promise stands.
package enum PromiseState: String, Hashable, Sendable, CaseIterable {
    case ok
    /// More of the daily budget is burnt than there is, but not so much that anybody is told.
    case watch
    /// The budget of the window is spent; nothing fires any more, or not yet.
    case broken
    /// An alert fires or, for the daily budget, it burns critically.
    case firing
    case unknown
}

/// What can be promised.
package enum Promise: String, Hashable, Sendable, CaseIterable {
    case availability
    case dailyErrors = "daily_errors"
    case p95, p99
}

/// One promise in a reply.
package struct PromiseView: Hashable, Sendable {
    /// Which one.
    package var promise: Promise
    /// How it stands.
    package var state: PromiseState
    /// The share of events that may break it, per cent.
    package var allowedPercent: Double
    /// The share that broke it, per cent; nil: no events.
    package var brokenPercent: Double?
    /// The time that both are about, seconds.
    package var windowSeconds: Int64
    /// Since when its alert fires, wall clock seconds since 1970; nil: it does not.
    package var since: Int64?

    package init(
        _ promise: Promise, _ state: PromiseState, allowedPercent: Double,
        brokenPercent: Double?, windowSeconds: Int64, since: Int64? = nil
    ) {
        self.promise = promise
        self.state = state
        self.allowedPercent = allowedPercent
        self.brokenPercent = brokenPercent
        self.windowSeconds = windowSeconds
        self.since = since
    }

    /// What is left of its budget, per cent; nil: no events.
    package var leftPercent: Double? { brokenPercent.map { 100 - $0 / allowedPercent * 100 } }
}

extension State {
    /// The promises of the objective of `report`, whose counts and burn are known.
    func promises(
        _ report: BudgetReport, _ figures: LatencyFigures, _ level: ServiceLevel, _ minute: Int64
    ) -> [PromiseView] {
        let objective = report.objective
        let seconds = objective.windowMinutes * 60
        func began(_ kinds: [AlertKind]) -> Int64? {
            kinds.compactMap { level.alerts[$0]?.started }.min()
                .map { wallSeconds(ofService: $0) }
        }
        func state(
            _ isFiring: Bool, _ share: Double?, _ broken: UInt64, of events: UInt64,
            allowed: Double
        ) -> PromiseState {
            if isFiring { return .firing }
            guard let share else { return .unknown }
            let isEnough =
                events >= UInt64(objective.minimumEvents) && broken >= UInt64(objective.minimumBad)
            return isEnough && share > allowed ? .broken : .ok
        }
        let tiers = BurnTier.allCases.map { AlertKind($0) }
        let allowed = objective.allowedBad * 100
        let since = began(tiers)
        var views = [
            PromiseView(
                .availability,
                state(
                    since != nil, report.errorRatePercent, report.counts.bad,
                    of: report.counts.total, allowed: allowed),
                allowedPercent: allowed, brokenPercent: report.errorRatePercent,
                windowSeconds: seconds, since: since),
            PromiseView(
                .dailyErrors, report.band.state,
                allowedPercent: Double(objective.dailyErrorBudgetPPM) / 10_000,
                brokenPercent: report.burnPercent.map {
                    $0 * Double(objective.dailyErrorBudgetPPM) / 1_000_000
                }, windowSeconds: 86_400),
        ]
        for target in LatencyTarget.allCases {
            let since = began([AlertKind(target)])
            let isMissed = level.reading(target, objective, minute).isMissed == true
            let share = figures.overPercent(target)
            views.append(
                PromiseView(
                    target == .p95 ? .p95 : .p99,
                    state(
                        since != nil || isMissed, share, target.over(figures.counts),
                        of: figures.measured, allowed: target.allowedOver * 100),
                    allowedPercent: target.allowedOver * 100, brokenPercent: share,
                    windowSeconds: seconds, since: since))
        }
        return views
    }
}

extension BurnBand {
    fileprivate var state: PromiseState {
        switch self {
        case .ok: .ok
        case .watch, .warning: .watch
        case .critical: .firing
        case .unknown: .unknown
        }
    }
}
