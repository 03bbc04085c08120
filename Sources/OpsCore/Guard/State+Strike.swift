// Strikes and hits: what turns reports into bans.
//
// The rules, numbered as their tests:
//  1. Each strike ages out alone, `window` after it happened.
//  2. Strikes that reach `guard.strikes` ban for `guard.ban`, or longer (State+Escalation.swift);
//     the ban consumes them.  A source with a section of its own (`guard.source`) counts by itself
//     and by its own numbers; all others count together.
//  3. A strike counts unless a claim of those it counts with holds the address: a longer claim is
//     not lost because a shorter one of somebody else stands.  Dry runs hold nothing.
//  4. Addresses in `allow`, and those of State+Protection.swift, are limited (429) but never struck
//     or banned.
//  5. A hit over the rate limit answers 429.  The first such hit of a window is one strike, and
//     then each `rate_limit`-th: one burst is one strike.  The hit whose strike bans answers 403;
//     so does every hit while banned, and it is not a strike.
//  6. A success clears the strikes that count with its source's (`success_clears`), but not while
//     the address is over its limit.
//  7. A full table of struck addresses drops the one whose strikes end first.
//  8. No report takes the room that others need: TableShare.swift says how much each may take.

extension State {
    /// The fast path of a hit that changes nothing durable: banned, or admitted and counted, with
    /// the same result as `decide` and `apply`.  nil: it is over the limit; call `decide`.
    package mutating func admit(
        _ target: Target, by caller: Caller, at now: Moment
    ) -> HitAnswer? {
        let key = key(target)
        if let entry = bans.holding(target.network, at: now.bootMilliseconds),
            !entry.traits.contains(.dryRun), !isHole(target.network, in: entry)
        {
            return bannedAnswer(key, until: entry.deadline, at: now)
        }
        if let held = listed(target.network, at: now) {
            return bannedAnswer(key, until: held.list.deadline, at: now)
        }
        guard let remaining = rates.admit(key, by: caller, at: now.boot) else { return nil }
        let held = strikes.count == 0 ? 0 : strikes.weight(of: key, at: now.bootMilliseconds)
        return HitAnswer(network: key, outcome: .admitted(remaining: remaining), strikes: held)
    }

    func hit(
        _ target: Target, route: Route?, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        var decision = try countedHit(target, route: route?.text, by: caller, at: now)
        if route?.isCut == true, case .hit(var answer)? = decision.reply {
            answer.isCut = true
            decision.reply = .hit(answer)
        }
        return decision
    }

    private func countedHit(
        _ target: Target, route: String?, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        let key = key(target)
        if let entry = bans.holding(target.network, at: now.bootMilliseconds),
            !entry.traits.contains(.dryRun), !isHole(target.network, in: entry)
        {
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
            return Decision(.hit(answer), telemetry: .hit(key, by: caller, boot: now.boot))
        }
        let wait = rates.retryAfterSeconds(key, at: now.boot)
        var answer = HitAnswer(
            network: key, outcome: .limited(retryAfterSeconds: wait),
            strikes: strikes.weight(of: key, at: now.bootMilliseconds))
        let telemetry = Telemetry.refused(key, boot: now.boot)
        if isSpared(key, Self.rateSource) || !rates.isStrike(key, at: now.boot) {
            return Decision(.hit(answer), telemetry: telemetry)
        }
        let terms = StrikeTerms(
            reason: route.map { "rate limit: " + $0 } ?? "rate limit", source: Self.rateSource)
        let outcome: StrikeOutcome
        do {
            outcome = try addingStrike(key, terms, share: caller.share.ofRule, at: now)
        } catch {  // No room for the ban or its source: still over the limit.
            return Decision(.hit(answer), telemetry: telemetry)
        }
        if let ban = outcome.ban, !ban.isDryRun {
            return Decision(
                .hit(bannedAnswer(key, until: ban.deadline, at: now)), outcome.changes,
                telemetry: telemetry, tally: outcome.tally)
        }
        answer.strikes = outcome.strikes
        return Decision(
            .hit(answer), outcome.changes, telemetry: telemetry, tally: outcome.tally)
    }

    /// The source of strikes for hits over the limit.
    static let rateSource = "rate"

    /// Whether strikes of a source do not count for an address.
    private func isSpared(_ key: Network, _ source: String) -> Bool {
        if isProtected(key) { return true }
        guard let place = rules.index.place(of: source) else { return false }
        return rules.index.policies[place].allow.contains { $0.contains(key) }
    }

    func strike(
        _ target: Target, _ terms: StrikeTerms, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        if let place = place(of: terms, by: caller),
            domains.places.isShut(to: place, caller.share)
        {
            throw Self.tooManyStreams(caller)
        }
        var decision = try countedStrike(target, terms, by: caller, at: now)
        if let place = place(of: terms, by: caller), decision.changes.isEmpty {
            // It does not count, and must not when it is repeated; a repeated one says that its
            // stream is in use.
            let last = domains.places.last(of: place)
            decision.changes = .one(
                .domain(.place(last.map { $0.number > place.number ? $0 : place } ?? place)))
        }
        if terms.isCut, case .strike(var answer)? = decision.reply {
            answer.isCut = true
            decision.reply = .strike(answer)
        }
        return decision
    }

    /// Whether a ban that was there says more than the one that the strike led to: an enforced one
    /// before a dry run, then the one that ends last.
    private func isLater(_ other: BanView, than new: BanView?) -> Bool {
        guard let new else { return true }
        if new.isDryRun != other.isDryRun { return new.isDryRun }
        return other.expires ?? .max > new.expires ?? .max
    }

    /// Where a strike was read: in a stream of its reporter.
    @inline(__always)
    private func place(of terms: StrikeTerms, by caller: Caller) -> Place? {
        guard var place = terms.place else { return nil }
        place.uid = caller.uid
        return place
    }

    private func countedStrike(
        _ target: Target, _ terms: StrikeTerms, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        let key = key(target)
        let source = terms.source ?? ""
        if isSpared(key, source) {
            return Decision(
                .strike(
                    StrikeAnswer(
                        network: key, strikes: 0, ban: nil, isAllowed: true, isCounted: false)))
        }
        let counter = rules.counter(of: source)
        let place = place(of: terms, by: caller)
        if let place, let last = domains.places.last(of: place), place.number <= last.number {
            var answer = StrikeAnswer(
                network: key,
                strikes: strikes.weight(of: key, in: counter, at: now.bootMilliseconds),
                ban: holder(of: target.network, at: now), isCounted: false)
            answer.isRepeated = true
            return Decision(.strike(answer))
        }
        if let claim = claim(holding: target.network, in: counter, at: now) {
            return Decision(
                .strike(
                    StrikeAnswer(
                        network: key, strikes: 0, ban: view(claim, at: now), isCounted: false)))
        }
        let outcome = try addingStrike(key, terms, share: caller.share, at: now)
        var held = outcome.ban.map { view($0, at: now) }
        if let other = holder(of: target.network, at: now), isLater(other, than: held) {
            held = other
        }
        return Decision(
            .strike(
                StrikeAnswer(
                    network: key, strikes: outcome.strikes, ban: held,
                    isCounted: outcome.isCounted)), outcome.changes.placed(at: place),
            tally: outcome.tally)
    }

    /// A claim on a network that is enforced and of those whose strikes count together.
    private func claim(
        holding network: Network, in counter: StrikeCounter, at now: Moment
    ) -> BanEntry? {
        let boot = now.bootMilliseconds
        guard let first = bans.holding(network, at: boot), !first.traits.contains(.dryRun) else {
            return nil
        }
        for entry in bans.allHolding(network, at: boot) {
            for claim in bans.claims(on: entry.network)
            where claim.deadline > boot && !claim.traits.contains(.dryRun)
                && rules.counter(of: bans.texts(of: claim).source) == counter
            {
                return claim
            }
        }
        return nil
    }

    func success(
        _ target: Target, source: String?, by caller: Caller, at now: Moment
    ) -> Decision {
        let key = key(target)
        let isOver = rates.room(for: key, at: now.boot) == 0
        if !rules.successClears || isOver { return Decision(.cleared(key, 0)) }
        let counter = rules.counter(of: source ?? "")
        let held = strikes.count(of: key, in: counter, at: now.bootMilliseconds)
        if held == 0 { return Decision(.cleared(key, 0)) }
        return Decision(
            .cleared(key, held), .one(.counterCleared(key, counter, .success, uid: caller.uid)))
    }

    func clear(_ target: Target, by caller: Caller, at now: Moment) -> Decision {
        let key = key(target)
        let held = strikes.strikes(of: key, at: now.bootMilliseconds).count
        if held == 0 { return Decision(.cleared(key, 0)) }
        return Decision(
            .cleared(key, held), .one(.strikesCleared(key, .command, uid: caller.uid)))
    }

    private func bannedAnswer(_ key: Network, until deadline: Int64, at now: Moment) -> HitAnswer {
        let wait: Int64? =
            deadline == Ban.never ? nil : max(1, Self.seconds(deadline - now.bootMilliseconds))
        return HitAnswer(network: key, outcome: .banned(retryAfterSeconds: wait), strikes: 0)
    }

    private struct StrikeOutcome {
        /// Those that count together after it; 0 after a ban consumed them.
        var strikes: Int
        var ban: Ban?
        var changes: Changes
        /// For the totals; nil: it does not count.
        var tally: TalliedStrike?
        var isCounted: Bool { tally != nil }
    }

    /// One more strike on an address, which nothing spares.
    private func addingStrike(
        _ key: Network, _ terms: StrikeTerms, share: TableShare, at now: Moment
    ) throws(Refusal) -> StrikeOutcome {
        let boot = now.bootMilliseconds
        let source = terms.source ?? ""
        let reason = terms.reason ?? ""
        let place = rules.index.place(of: source)
        let policy = rules.policy(of: source, at: place)
        let counter = rules.counter(of: source, at: place)
        let held = strikes.weight(of: key, in: counter, at: boot)
        var at = terms.at ?? (boot + clockOffset)
        if at > boot + clockOffset + Bounds.strikeAheadMilliseconds {
            throw Refusal(.badArgument, "at: is more than a minute in the future")
        }
        at = min(at, boot + clockOffset)
        let deadline = at - clockOffset + policy.windowMilliseconds
        if deadline <= boot {
            return StrikeOutcome(strikes: held, changes: .none)
        }
        let weight = terms.weight ?? policy.weight
        var tally = TalliedStrike(place: place, weight: weight, isBan: false)
        if held + weight >= policy.strikes {
            let count = policy.banFactor > 1 ? offenseCount(of: key, at: boot) : nil
            let ban = Ban(
                network: key, deadline: boot + banMilliseconds(forOffense: count ?? 1, policy),
                created: second(of: now), reason: reason, source: source, uid: share.uid,
                traits: traits(source: source).union(.automatic))
            let release = try room(for: ban, share: share, at: now)
            tally.isBan = !ban.isDryRun
            return StrikeOutcome(
                strikes: 0, ban: ban,
                changes: changes(
                    banning: ban, after: release, count, share: share, at: now), tally: tally)
        }
        try requireRoom(strikes.sources.bound(for: source, share), for: source)
        let strike = Change.struck(
            Strike(
                network: key, deadline: strikes.freeDeadline(of: key, from: deadline),
                at: Self.second(at / 1_000), weight: UInt16(weight), reason: reason,
                source: source, uid: share.uid, isOwn: counter != .shared))
        if try isFull(forStrikeOf: key, share), let victim = strikes.table.first {
            let out = Change.strikesCleared(victim.network, .evicted, uid: share.uid)
            return StrikeOutcome(
                strikes: held + weight, changes: .several([out, strike]), tally: tally)
        }
        return StrikeOutcome(strikes: held + weight, changes: .one(strike), tally: tally)
    }

    /// Whether an address must go before another one is struck.
    private func isFull(forStrikeOf key: Network, _ share: TableShare) throws(Refusal) -> Bool {
        if strikes.table[key] != nil { return false }
        let own = share.isQuarter ? strikes.owners.count(of: share.uid) : 0
        if share.isQuarter, own >= TableShare.quarter(of: rules.maxTracked) {
            throw TableShare.Bound.quarter(uid: share.uid, held: own).refusal(
                "struck addresses", of: rules.maxTracked, full: "",
                hint: "raise guard.max_tracked")
        }
        return strikes.count >= share.most(of: rules.maxTracked)
    }

    private static func tooManyStreams(_ caller: Caller) -> Refusal {
        Refusal(
            .tooMany,
            "place: there are \(Bounds.streams) streams already, and user \(caller.uid) of the "
                + "role report has a quarter of them or more",
            hint: "use one stream for each log, and keep its name over rotations")
    }

    /// The wall clock second of a moment by the offset in force.
    func second(of now: Moment) -> UInt32 {
        Self.second((now.bootMilliseconds + clockOffset) / 1_000)
    }

    private static func second(_ seconds: Int64) -> UInt32 { UInt32(clamping: seconds) }
}

extension Changes {
    /// The same, and in the record of the strike or of its ban the place where it was read.
    fileprivate func placed(at place: Place?) -> Changes {
        guard let place else { return self }
        switch self {
        case .none: return .none
        case .one(let change): return .one(change.placed(at: place))
        case .several(let changes):
            // Of a ban and that of its network, the first: it is the strike's.
            let index = changes.firstIndex { $0.placed(at: place) != $0 }
            var placed = changes
            if let index { placed[index] = changes[index].placed(at: place) }
            return .several(placed)
        }
    }
}

extension Change {
    fileprivate func placed(at place: Place) -> Change {
        switch self {
        case .struck(let strike): .struckAt(strike, place)
        case .claimed(let ban): .claimedAt(ban, place)
        default: self
        }
    }
}
