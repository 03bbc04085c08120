// Whether a call may be made, and what is held for it.  The rules, numbered as their tests:
//  1. A call may be made if what was spent in 24 hours, what is reserved and what it may cost are
//     together not above the cap, and the cap is not reached: the daily one and the model's.
//  2. Whoever asks and is not exempt is held to it; nothing lies between the question and the
//     reservation.
//  3. If it may not, and its tokens are known, a cheaper model that may is reserved in its place:
//     its own cap counts, and its own price.
//  4. A model without a price is named, and tokens of it are not allowed.
//  5. A key that is said again gets the same reservation, if that is enough.
//  6. Who is exempt is counted and never denied.

extension State {
    /// What `cost reserve` comes to.
    func reserve(
        _ request: CostRequest, by caller: Caller, at now: Moment
    ) throws(Refusal) -> CostOutcome {
        if request.isExempt { try allowExempt(caller) }
        let asked = request.model
        let model = domains.costs.counted(asked)
        if let key = request.key, let entry = domains.costs.entries.entry(ofKey: key) {
            return try again(request, key, entry)
        }
        guard let amount = amount(request.estimate, model) else {
            let reason = unpriced(asked)
            if request.isExempt {
                return hold(request, model, .zero, CostVerdict(.allow, reason), caller, now)
            }
            return denied(asked, reason)
        }
        if request.isExempt {
            return hold(request, model, amount, CostVerdict(.allow), caller, now)
        }
        if domains.costs.openCount >= CostBounds.open {
            return denied(
                asked, "\(CostBounds.open) reservations are open: settle or release some first")
        }
        guard let lack = lack(model, amount, at: now) else {
            return hold(request, model, amount, CostVerdict(.allow), caller, now)
        }
        if case .tokens(let tokens) = request.estimate,
            let (cheaper, amount) = cheaper(than: model, tokens, at: now)
        {
            return hold(request, cheaper, amount, CostVerdict(.use(cheaper), lack), caller, now)
        }
        return denied(asked, lack)
    }

    /// What `cost check` comes to.
    func check(
        _ asked: ModelName, isExempt: Bool, by caller: Caller, at now: Moment
    ) throws(Refusal) -> CostOutcome {
        if isExempt {
            try allowExempt(caller)
            return .other(.checked(CostVerdict(.allow), asked))
        }
        let model = domains.costs.counted(asked)
        guard let lack = lack(model, .zero, at: now) else {
            return .other(.checked(CostVerdict(.allow), asked))
        }
        let other = cheaper(than: model, TokenCounts(input: 0, output: 0), at: now)
        return .other(.checked(CostVerdict(other.map { .use($0.0) } ?? .deny, lack), asked))
    }

    private func allowExempt(_ caller: Caller) throws(Refusal) {
        if caller.roles.contains(.admin) || domains.costs.rules.exemptUsers.contains(caller.uid) {
            return
        }
        throw Refusal(
            .forbidden, "exempt: only for administrators and the users of costs.exempt")
    }

    private func denied(_ asked: ModelName, _ reason: String) -> CostOutcome {
        .other(.denied(CostVerdict(.deny, reason), asked))
    }

    private func unpriced(_ model: ModelName) -> String {
        "unknown price: costs.models has no price_in and price_out for \(model); give usd="
    }

    /// What a call may cost; nil: the model has no price.
    private func amount(_ estimate: CostEstimate, _ model: ModelName) -> MicroUSD? {
        switch estimate {
        case .amount(let amount): amount
        case .tokens(let tokens):
            domains.costs.rules.models[model]?.price.map { MicroUSD.cost(tokens, $0) }
        }
    }

    /// Rule 1: why an amount may not be spent; nil: it may.
    private func lack(_ model: ModelName, _ amount: MicroUSD, at now: Moment) -> String? {
        let minute = serviceMinute(at: now)
        return lack(ofCap: nil, amount, minute) ?? lack(ofCap: model, amount, minute)
    }

    /// The same by one cap: of a model, or nil the daily one.
    private func lack(
        ofCap scope: ModelName?, _ amount: MicroUSD, _ minute: Int64
    ) -> String? {
        guard let cap = domains.costs.cap(scope) else { return nil }
        let spent = domains.costs.spent(scope, at: minute)
        let reserved = domains.costs.reserved(scope)
        let taken = spent &+ reserved
        if taken < cap && taken &+ amount <= cap { return nil }
        let whose = scope.map { "the cap of \($0)" } ?? "the daily cap"
        let needs = amount == .zero ? "" : ", and this may cost \(amount)"
        return "\(whose) is \(cap) USD: \(spent) are spent, \(reserved) reserved\(needs)"
    }

    /// Rule 3.
    private func cheaper(
        than model: ModelName, _ tokens: TokenCounts, at now: Moment
    ) -> (ModelName, MicroUSD)? {
        var last = model
        for _ in 0..<CostBounds.cheaperSteps {
            guard let next = domains.costs.rules.models[last]?.cheaper else { return nil }
            if let amount = amount(.tokens(tokens), next), lack(next, amount, at: now) == nil {
                return (next, amount)
            }
            last = next
        }
        return nil
    }

    /// Rule 5.
    private func again(
        _ request: CostRequest, _ key: String, _ entry: CostEntry
    ) throws(Refusal) -> CostOutcome {
        let asked = request.model
        let wanted = amount(request.estimate, entry.model) ?? .zero
        guard entry.state == .open, wanted <= entry.amount else { throw taken(key, entry) }
        let isOther = entry.model != domains.costs.counted(asked)
        let view = view(entry, isRepeated: true)
        if isOther { return .other(.reserved(CostVerdict(.use(entry.model)), view)) }
        return .call(CostCall(.reserved, view))
    }

    /// Holds an amount.  Where no more reservations may be open, who is exempt has it counted at
    /// once, as if it had lapsed.
    private func hold(
        _ request: CostRequest, _ model: ModelName, _ amount: MicroUSD, _ verdict: CostVerdict,
        _ caller: Caller, _ now: Moment
    ) -> CostOutcome {
        let minute = serviceMinute(at: now)
        let entry = CostEntry(
            id: domains.costs.lastID + 1, model: model, state: .open, amount: amount,
            minute: minute,
            deadline: now.bootMilliseconds + Int64(request.ttlSeconds) * 1_000,
            key: request.key ?? "", uid: caller.uid, isExempt: request.isExempt)
        let call =
            domains.costs.openCount < CostBounds.open
            ? CostCall(.reserved, view(entry, isRepeated: false), .held)
            : counted(
                .reserved, entry.closed(.lapsed, amount, in: minute, at: now), amount,
                needsRoom: true)
        if verdict.decision == .allow && verdict.reason == nil { return .call(call) }
        return .other(
            .reserved(verdict, call.view), call.record, forgetting: call.forgotten)
    }
}
