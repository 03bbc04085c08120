// `cost status`, `cost days` and the forecast: figures, read and not changed.

extension State {
    /// The figures of a model, or nil for all of them.
    func costFigures(_ model: ModelName?, at minute: Int64) -> CostFigures {
        let costs = domains.costs
        let spent = costs.spent(model, at: minute)
        let cap = costs.cap(model)
        let configured: MicroUSD?? =
            costs.caps[model] == nil ? nil : .some(costs.configuredCap(model))
        return CostFigures(
            spent: spent, reserved: costs.reserved(model), cap: cap, configured: configured,
            level: CostLevel(
                spent, of: cap, alertPercent: costs.rules.alertPercent, criticalPercent: 100))
    }

    /// `cost status`: the daily cap, every model with a cap or with anything spent or reserved.
    package func costStatus(at now: Moment) -> CostStatus {
        let costs = domains.costs
        let minute = serviceMinute(at: now)
        var names = Set(costs.models.keys).union(costs.rules.models.keys)
        for model in costs.caps.keys { if let model { names.insert(model) } }
        let models = names.sorted().map { (name: $0, figures: costFigures($0, at: minute)) }
            .filter {
                $0.figures.cap != nil || $0.figures.spent != .zero || $0.figures.reserved != .zero
            }
        let total = costFigures(nil, at: minute)
        let level = models.reduce(total.level) { max($0, $1.figures.level) }
        let wall = now.bootMilliseconds + clockOffset
        return CostStatus(
            ts: wall / 1_000, total: total, models: models, level: level,
            capAt: capReached(total, at: now),
            unpriced: models.map(\.name).filter { costs.rules.models[$0]?.price == nil },
            open: costs.openCount, remembered: costs.closedCount,
            rememberedSince: costs.entries.oldest.map {
                ($0.deadline - CostBounds.closedMilliseconds + clockOffset) / 1_000
            })
    }

    /// When the daily cap is reached if spending goes on at the pace of the day so far: what leaves
    /// the window is known to the minute.  The day is that of UTC, and at least an hour.
    private func capReached(_ total: CostFigures, at now: Moment) -> Int64? {
        guard let cap = total.cap, total.spent < cap else { return nil }
        let minute = serviceMinute(at: now)
        let wall = now.bootMilliseconds + clockOffset
        let sinceMidnight = (wall / 60_000) % 1_440 + 1
        let length = max(60, sinceMidnight)
        let ring = domains.costs.total.minutes
        let paid = ring.window(length, endingWith: minute) &+ domains.costs.pendingTotal
        if paid == .zero { return nil }
        // In micro-USD times the length of the day so far, so that nothing is lost to division.
        var sum = Int128(total.spent.micros) * Int128(length)
        let limit = Int128(cap.micros) * Int128(length)
        for ahead in 1...CostBounds.windowMinutes {
            let leaving = ring.amount(at: minute + ahead - CostBounds.windowMinutes)
            sum += Int128(paid.micros) - Int128(leaving.micros) * Int128(length)
            if sum >= limit { return (wall / 60_000 + ahead) * 60 }
        }
        return nil
    }

    /// `cost days`: the last 31 days of UTC, the newest first.
    func days(_ model: ModelName?, at now: Moment) throws(Refusal) -> CostOutcome {
        let costs = domains.costs
        var ring = costs.total.hours
        if let model {
            guard let kept = costs.models[model] else {
                throw Refusal(.notFound, "nothing is known of the model \(model)")
            }
            ring = kept.hours
        }
        var sums: [Int64: MicroUSD] = [:]
        for entry in ring.entries {
            let wall = wallSeconds(ofService: entry.period * 3_600_000)
            let day = wall - (wall % 86_400 + 86_400) % 86_400
            sums[day, default: .zero] = (sums[day] ?? .zero) &+ entry.amount
        }
        let days = sums.sorted { $0.key > $1.key }.map { CostDay(day: $0.key, amount: $0.value) }
        return .other(.days(model, days))
    }

    /// `cost set-cap`.
    func setCap(
        _ model: ModelName?, _ choice: CapChange.Choice, by caller: Caller
    ) throws(Refusal) -> CostOutcome {
        let costs = domains.costs
        if costs.caps[model] == nil, costs.caps.count >= CostBounds.caps, choice != .configured {
            throw Refusal(
                .tooMany, "\(CostBounds.caps) caps are set by command",
                hint: "usd=configured gives one back to the configuration")
        }
        let old = costs.cap(model)
        let new: MicroUSD? =
            switch choice {
            case .amount(let cap): cap
            case .none: nil
            case .configured: costs.configuredCap(model)
            }
        func text(_ cap: MicroUSD?) -> String { cap.map { "\($0) USD" } ?? "none" }
        let what = model.map { "the cap of \($0)" } ?? "the daily cap"
        let source = choice == .configured ? ", as the configuration says" : ""
        let change = CapChange(
            model: model, choice: choice,
            summary: "\(what): \(text(new))\(source); it was \(text(old))", uid: caller.uid)
        return .other(.capSet(model, old: old, new: new), .capSet(change))
    }
}
