// Strikes and hits: what turns reports into bans.
//
// The rules, numbered as their tests:
//  1. Each strike ages out alone, `window` after it happened.
//  2. Strikes that reach `guard.strikes` ban for `guard.ban`, or longer (State+Escalation.swift);
//     the ban consumes them.
//  3. A strike while banned changes nothing.
//  4. Addresses in `allow`, and those of State+Protection.swift, are limited (429) but never struck
//     or banned.
//  5. A hit over the rate limit answers 429 and is one strike; the hit whose strike bans answers
//     403; so does every hit while banned, and it is not a strike.
//  6. A success clears strikes (`success_clears`), but not while the address is over its limit.
//  7. A full table of struck addresses drops the one whose strikes end first.

extension State {
    /// The fast path of a hit that changes nothing durable: banned, or admitted and counted, with
    /// the same result as `decide` and `apply`.  nil: it is over the limit; call `decide`.
    package mutating func admit(_ target: Target, at now: Moment) -> HitAnswer? {
        let key = key(target)
        if let entry = bans.holding(target.network, at: now.bootMilliseconds),
            !entry.traits.contains(.dryRun)
        {
            return bannedAnswer(key, until: entry.deadline, at: now)
        }
        if let held = listed(target.network, at: now) {
            return bannedAnswer(key, until: held.list.deadline, at: now)
        }
        guard let remaining = rates.admit(key, at: now.boot) else { return nil }
        let held = strikes.count == 0 ? 0 : strikes.weight(of: key, at: now.bootMilliseconds)
        return HitAnswer(network: key, outcome: .admitted(remaining: remaining), strikes: held)
    }

    func hit(
        _ target: Target, route: String?, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        let key = key(target)
        let entry = bans.holding(target.network, at: now.bootMilliseconds)
        if let entry, !entry.traits.contains(.dryRun) {
            return Decision(.hit(bannedAnswer(key, until: entry.deadline, at: now)))
        }
        if let held = listed(target.network, at: now) {
            return Decision(.hit(bannedAnswer(key, until: held.list.deadline, at: now)))
        }
        let room = rates.room(for: key, at: now.boot)
        if room > 0 {
            let held = strikes.count == 0 ? 0 : strikes.weight(of: key, at: now.bootMilliseconds)
            let answer = HitAnswer(
                network: key, outcome: .admitted(remaining: room - 1), strikes: held)
            return Decision(.hit(answer), telemetry: .hit(key, boot: now.boot))
        }
        let wait = rates.retryAfterSeconds(key, at: now.boot)
        var answer = HitAnswer(
            network: key, outcome: .limited(retryAfterSeconds: wait), strikes: 0)
        if entry != nil || isProtected(key) { return Decision(.hit(answer)) }
        let terms = StrikeTerms(
            reason: route.map { "rate limit: " + $0 } ?? "rate limit", source: "rate")
        let outcome: StrikeOutcome
        do {
            outcome = try addingStrike(key, terms, by: caller, at: now)
        } catch {  // No room for the ban or its source: still over the limit.
            answer.strikes = strikes.weight(of: key, at: now.bootMilliseconds)
            return Decision(.hit(answer))
        }
        if let ban = outcome.ban, !ban.isDryRun {
            return Decision(.hit(bannedAnswer(key, until: ban.deadline, at: now)), outcome.changes)
        }
        answer.strikes = outcome.strikes
        return Decision(.hit(answer), outcome.changes)
    }

    func strike(
        _ target: Target, _ terms: StrikeTerms, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        let key = key(target)
        if isProtected(key) {
            return Decision(
                .strike(StrikeAnswer(network: key, strikes: 0, ban: nil, isAllowed: true)))
        }
        if let view = holder(of: target.network, at: now) {
            return Decision(.strike(StrikeAnswer(network: key, strikes: 0, ban: view)))
        }
        let outcome = try addingStrike(key, terms, by: caller, at: now)
        let answer = StrikeAnswer(
            network: key, strikes: outcome.strikes, ban: outcome.ban.map { view($0, at: now) })
        return Decision(.strike(answer), outcome.changes)
    }

    func success(_ target: Target, by caller: Caller, at now: Moment) -> Decision {
        let key = key(target)
        let isOver = rates.room(for: key, at: now.boot) == 0
        if !rules.successClears || isOver { return Decision(.cleared(key, 0)) }
        return clearStrikes(key, .success, by: caller, at: now)
    }

    func clear(_ target: Target, by caller: Caller, at now: Moment) -> Decision {
        clearStrikes(key(target), .command, by: caller, at: now)
    }

    private func clearStrikes(
        _ key: Network, _ reason: ClearReason, by caller: Caller, at now: Moment
    ) -> Decision {
        let held = strikes.strikes(of: key, at: now.bootMilliseconds).count
        if held == 0 { return Decision(.cleared(key, 0)) }
        return Decision(
            .cleared(key, held), .one(.strikesCleared(key, reason, uid: caller.uid)))
    }

    private func bannedAnswer(_ key: Network, until deadline: Int64, at now: Moment) -> HitAnswer {
        let wait: Int64? =
            deadline == Ban.never ? nil : max(1, Self.seconds(deadline - now.bootMilliseconds))
        return HitAnswer(network: key, outcome: .banned(retryAfterSeconds: wait), strikes: 0)
    }

    private struct StrikeOutcome {
        var strikes: Int
        var ban: Ban?
        var changes: Changes
    }

    /// What one more strike on an address that is neither allowed nor banned leads to.
    private func addingStrike(
        _ key: Network, _ terms: StrikeTerms, by caller: Caller, at now: Moment
    ) throws(Refusal) -> StrikeOutcome {
        let boot = now.bootMilliseconds
        let held = strikes.weight(of: key, at: boot)
        let at = terms.at ?? (boot + clockOffset)
        if at > boot + clockOffset + 1_000 {
            throw Refusal(.badArgument, "at: is in the future")
        }
        let deadline = at - clockOffset + rules.windowMilliseconds
        if deadline <= boot { return StrikeOutcome(strikes: held, changes: .none) }
        let reason = terms.reason ?? ""
        let source = terms.source ?? ""
        if held + terms.weight >= rules.strikes {
            let count = offenseCount(of: key, at: boot)
            let ban = Ban(
                network: key, deadline: boot + banMilliseconds(forOffense: count),
                created: second(of: now), reason: reason, source: source, uid: caller.uid,
                traits: traits(source: source).union(.automatic))
            try requireRoom(for: ban, adding: 0)
            return StrikeOutcome(
                strikes: 0, ban: ban, changes: changes(banning: ban, count, at: now))
        }
        if !strikes.hasRoom(forSource: source) { throw Self.tooManySources }
        let strike = Change.struck(
            Strike(
                network: key, deadline: strikes.freeDeadline(of: key, from: deadline),
                at: Self.second(at / 1_000),
                weight: UInt16(terms.weight), reason: reason, source: source, uid: caller.uid))
        let isFull = strikes.count >= rules.maxTracked && strikes.table[key] == nil
        if isFull, let victim = strikes.table.first {
            let out = Change.strikesCleared(victim.network, .evicted, uid: caller.uid)
            return StrikeOutcome(strikes: held + terms.weight, changes: .several([out, strike]))
        }
        return StrikeOutcome(strikes: held + terms.weight, changes: .one(strike))
    }

    /// The wall clock second of a moment by the offset in force.
    func second(of now: Moment) -> UInt32 {
        Self.second((now.bootMilliseconds + clockOffset) / 1_000)
    }

    private static func second(_ seconds: Int64) -> UInt32 { UInt32(clamping: seconds) }
}
