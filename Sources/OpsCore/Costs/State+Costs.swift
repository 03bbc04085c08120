// What was spent comes in.  The rules, numbered as their tests:
//  1. What was spent counts in the minute in which it is reported or, with `at`, in the minute of
//     that time: up to an hour late.
//  2. Without a key it is counted at once, for caps too, and logged with the rest of its second.
//     With a key, or for an earlier minute, it is a change of its own, durable when acknowledged.
//  3. A key counts once: said again with the same model and amount it gets the same answer, and
//     with others it is refused.
//  4. A settled call counts with what it cost, in the minute in which that was said.  Settled again
//     with the same amount it gets the same answer.
//  5. One that lapsed counts with what was reserved, until it is settled or released after all.
//  6. A correction counts in the minute of what it corrects, and is an event.
//  7. More than 1,000 models: the money of further ones counts as "(others)", and for the daily
//     cap.

extension State {
    /// Spending, for reading.
    package var costs: Costs { domains.costs }

    /// New rules; what is kept stays.
    package mutating func adopt(_ rules: CostRules) { domains.costs.rules = rules }

    /// The hot path: counts what was spent now; false where the general path must answer.
    @inline(__always)
    package mutating func spend(
        _ amount: MicroUSD, on model: ModelName, at now: Moment
    ) -> Bool {
        domains.costs.gather(amount, model, minute: serviceMinute(at: now))
    }

    /// What a request about spending comes to.
    package func outcome(
        of command: CostCommand, by caller: Caller, at now: Moment
    ) throws(Refusal) -> CostOutcome {
        switch command {
        case .record(let report): try record(report, by: caller, at: now)
        case .reserve(let request): try reserve(request, by: caller, at: now)
        case .settle(let name, let amount): try settle(name, amount, at: now)
        case .release(let name): try release(name, at: now)
        case .correct(let name, let amount): try correct(name, amount, by: caller, at: now)
        case .check(let model, let isExempt):
            try check(model, isExempt: isExempt, by: caller, at: now)
        case .status: .other(.status(costStatus(at: now)))
        case .days(let model): try days(model, at: now)
        case .setCap(let model, let choice): try setCap(model, choice, by: caller)
        }
    }

    // MARK: Records

    private func record(
        _ report: CostReport, by caller: Caller, at now: Moment
    ) throws(Refusal) -> CostOutcome {
        let model = domains.costs.counted(report.model)
        let minute = try minute(of: report.at, now)
        if let key = report.key {
            if let entry = domains.costs.entries.entry(ofKey: key) {
                guard entry.state == .recorded, entry.model == model,
                    entry.amount == report.amount
                else { throw taken(key, entry) }
                return .call(CostCall(.recorded, view(entry, isRepeated: true)))
            }
            let entry = CostEntry(
                id: domains.costs.lastID + 1, model: model, state: .recorded,
                amount: report.amount, minute: minute,
                deadline: now.bootMilliseconds + CostBounds.closedMilliseconds, key: key,
                uid: caller.uid, isExempt: false)
            return .call(counted(.recorded, entry, report.amount, needsRoom: true))
        }
        let reply = CostReply.counted(model, report.amount)
        if minute == serviceMinute(at: now) {
            return .other(reply, telemetry: .spent(model, report.amount, minute: minute))
        }
        return .other(reply, .spent(delta(model, report.amount, minute)))
    }

    /// Rule 1.
    private func minute(of at: Int64?, _ now: Moment) throws(Refusal) -> Int64 {
        guard let at else { return serviceMinute(at: now) }
        let wall = now.bootMilliseconds + clockOffset
        let (age, overflow) = wall.subtractingReportingOverflow(at)
        if overflow || age < -1_000 { throw Refusal(.badArgument, "at: is in the future") }
        if age > Self.lateMilliseconds {
            throw Refusal(
                .badArgument, "at: more than an hour ago", hint: "money counts up to an hour late")
        }
        return (serviceMilliseconds(at: now) - max(0, age)) / 60_000
    }

    func delta(_ model: ModelName, _ amount: MicroUSD, _ minute: Int64) -> SpendDelta {
        SpendDelta(
            model: model, number: domains.costs.nextNumber(model), minute: minute, amount: amount)
    }

    /// Up to where closed entries go, so that there is room for one more; nil: there is room.
    var excess: CostMark? {
        if domains.costs.closedCount < CostBounds.closed { return nil }
        return domains.costs.entries.mark(forgetting: CostBounds.closedSlice)
    }

    /// The entry is so from now on, and an amount is counted with it.
    /// - Parameter needsRoom: it is one more closed entry.
    func counted(
        _ form: CostCall.Form, _ entry: CostEntry, _ amount: MicroUSD, needsRoom: Bool
    ) -> CostCall {
        var call = CostCall(form, view(entry, isRepeated: false), .counted)
        call.number = domains.costs.nextNumber(entry.model)
        call.amount = amount
        if needsRoom { call.forgotten = excess }
        return call
    }

    func view(_ entry: CostEntry, isRepeated: Bool) -> CostView {
        CostView(
            entry: entry, expires: Self.seconds(entry.deadline + clockOffset),
            isRepeated: isRepeated)
    }

    func taken(_ key: String, _ entry: CostEntry) -> Refusal {
        Refusal(
            .refused,
            "key: \(key.debugDescription) is that of number \(entry.id), which is \(entry.state.name)"
                + " with \(entry.amount) USD for \(entry.model)",
            hint: "a key stands for one call")
    }

    // MARK: What became of a call

    private func named(_ name: CostName) throws(Refusal) -> CostEntry {
        let entry: CostEntry? =
            switch name {
            case .id(let id): domains.costs.entries[id]
            case .key(let key): domains.costs.entries.entry(ofKey: key)
            }
        if let entry { return entry }
        let text =
            switch name {
            case .id(let id): "the number \(id)"
            case .key(let key): "the key \(key.debugDescription)"
            }
        throw Refusal(
            .notFound, "there is no reservation or record with \(text)",
            hint: "those that have ended are remembered for 24 hours")
    }

    /// The entry as it is from now on, and what that counts.
    private func close(
        _ entry: CostEntry, _ state: CostState, _ amount: MicroUSD, at now: Moment
    ) -> CostOutcome {
        // What counts already changes in its minute; what did not counts now.
        let isCounted = entry.state == .lapsed
        let more = isCounted ? amount &- entry.amount : amount
        let minute = isCounted ? entry.minute : serviceMinute(at: now)
        let fresh = entry.closed(state, amount, in: minute, at: now)
        return .call(counted(.closed, fresh, more, needsRoom: entry.state == .open))
    }

    /// Rules 4 and 5.
    private func settle(
        _ name: CostName, _ amount: MicroUSD, at now: Moment
    ) throws(Refusal) -> CostOutcome {
        let entry = try named(name)
        switch entry.state {
        case .open, .lapsed, .released: return close(entry, .settled, amount, at: now)
        case .settled where entry.amount == amount:
            return .call(CostCall(.closed, view(entry, isRepeated: true)))
        case .settled, .recorded:
            throw Refusal(
                .refused,
                "number \(entry.id) is \(entry.state.name) already, with \(entry.amount) USD",
                hint: "an administrator can change it: cost correct \(entry.id) usd=\(amount)")
        }
    }

    private func release(_ name: CostName, at now: Moment) throws(Refusal) -> CostOutcome {
        let entry = try named(name)
        switch entry.state {
        case .open, .lapsed: return close(entry, .released, .zero, at: now)
        case .released: return .call(CostCall(.closed, view(entry, isRepeated: true)))
        case .settled, .recorded:
            throw Refusal(
                .refused,
                "number \(entry.id) is \(entry.state.name) already, with \(entry.amount) USD")
        }
    }

    /// Rule 6.
    private func correct(
        _ name: CostName, _ amount: MicroUSD, by caller: Caller, at now: Moment
    ) throws(Refusal) -> CostOutcome {
        let entry = try named(name)
        if entry.state == .open {
            throw Refusal(
                .refused, "number \(entry.id) is open",
                hint: "say what it cost: cost settle \(entry.id) usd=\(amount)")
        }
        var fresh = entry
        fresh.amount = amount
        if entry.state != .recorded { fresh.state = .settled }
        let isCounted = entry.state != .released
        if !isCounted { fresh.minute = serviceMinute(at: now) }
        let delta = delta(
            entry.model, isCounted ? amount &- entry.amount : amount, fresh.minute)
        return .other(
            .closed(view(fresh, isRepeated: false)),
            .corrected(
                CostCorrection(entry: fresh, was: entry.amount, delta: delta, uid: caller.uid)))
    }
}
