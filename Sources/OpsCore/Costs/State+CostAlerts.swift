// Levels that are told: once a crossing.  A level that is reached is told at once; it is over when
// spending is `CostBounds.calmPoints` below where it begins, so that spending which stays near a
// threshold tells nothing again and again.

extension State {
    /// The changes that are due now, to be applied in this order.  Called once a second.
    package func costChanges(at now: Moment) -> [Change] {
        let stopped = domains.costs.stopped
        if domains.costs.isEmpty && stopped.isEmpty && domains.costs.cap(nil) != .zero { return [] }
        let minute = serviceMinute(at: now)
        var changes: [Change] = []
        if let change = alertChange(nil, domains.costs.total.alerted, minute) {
            changes.append(change)
        }
        let isMinute = now.boot / 1_000_000_000 % 60 == 0
        var dropped: [ModelName] = []
        var told: [(ModelName, Change)] = []
        for model in domains.costs.models.values {
            if let change = alertChange(model.name, model.alerted, minute) {
                told.append((model.name, change))
            }
            if isMinute, isForgettable(model, at: minute) { dropped.append(model.name) }
        }
        for model in stopped {
            if let change = alertChange(model, .fine, minute) { told.append((model, change)) }
        }
        changes += told.sorted { $0.0 < $1.0 }.map(\.1)
        changes += dropped.sorted().map { .cost(.modelDropped($0)) }
        return changes
    }

    /// Whether nothing of a model counts or is wanted any more.
    private func isForgettable(_ model: ModelSpend, at minute: Int64) -> Bool {
        domains.costs.rules.models[model.name] == nil && domains.costs.caps[model.name] == nil
            && model.alerted == .fine && model.isOver(at: minute)
    }

    private func alertChange(
        _ model: ModelName?, _ told: CostLevel, _ minute: Int64
    ) -> Change? {
        let figures = costFigures(model, at: minute)
        var level = figures.level
        if level < told {
            let calm = CostLevel(
                figures.spent, of: figures.cap,
                alertPercent: domains.costs.rules.alertPercent - CostBounds.calmPoints,
                criticalPercent: 100 - CostBounds.calmPoints)
            level = max(level, min(told, calm))
        }
        if level == told { return nil }
        return .cost(
            .alerted(CostAlert(model: model, level: level, details: Self.text(model, figures))))
    }

    private static func text(_ model: ModelName?, _ figures: CostFigures) -> String {
        let whose = model.map { "\($0): " } ?? "all models: "
        guard let cap = figures.cap, let utilization = figures.utilization else {
            return "\(whose)\(figures.spent) USD in 24 hours, and no cap"
        }
        return "\(whose)\(figures.spent) of \(cap) USD in 24 hours, "
            + "\(utilization / 10).\(utilization % 10) %"
    }

    /// Levels that were told and are not over: of a model, or nil for all of them.
    package var toldCostLevels: [(model: ModelName?, level: CostLevel)] {
        var told: [(model: ModelName?, level: CostLevel)] = []
        if domains.costs.total.alerted != .fine {
            told.append((nil, domains.costs.total.alerted))
        }
        for model in domains.costs.models.values where model.alerted != .fine {
            told.append((model.name, model.alerted))
        }
        return told.sorted { ($0.model ?? .others) < ($1.model ?? .others) }
    }
}
