// Bans by command, and the questions about them.
//
// The rules, numbered as their tests:
//  8. A ban is a claim of its source, in place of the one that this source has, shorter too.  A
//     network is banned as long as its longest claim lasts; that one decides what `check` shows.
//     `exact` drops what others claim.  A dry run never replaces a claim that is enforced.
//  9. `unban` lifts all claims and clears strikes; with a source, those of that source.  An absent
//     ban is `not-found`, with how many bans lie inside the target, or `refused` where a wider ban
//     holds it, and the hint names the wider network.  Where a claim, a wider ban or a list goes on
//     to hold what was lifted, the answer says which.
// 10. Nothing that overlaps `allow` is banned, nor anything that State+Protection.swift lists.
// 16. A ban to be confirmed ends early unless somebody confirms it, which gives it its full time.
//     It is a claim like any other: not confirmed, it alone is taken back.
// 11. A full ban table answers `too-many`; no active ban ever makes room for another entry.  Of too
//     many claims on a network the shortest goes, or is refused.

extension State {
    func check(_ targets: Targets, at now: Moment) -> Decision {
        if targets.others.isEmpty { return Decision(.check(check(targets.first, at: now))) }
        return Decision(.checks(targets.all.map { check($0, at: now) }))
    }

    private func check(_ target: Target, at now: Moment) -> CheckAnswer {
        CheckAnswer(network: key(target), ban: holder(of: target.network, at: now))
    }

    /// What holds a network: a ban that is enforced, a list, or else a dry run.
    package func holder(of network: Network, at now: Moment) -> BanView? {
        guard let entry = bans.holding(network, at: now.bootMilliseconds) else {
            return listed(network, at: now).map { view($0.list, holding: $0.match, at: now) }
        }
        if isHole(network, in: entry) { return nil }
        if entry.traits.contains(.dryRun), let held = listed(network, at: now) {
            return view(held.list, holding: held.match, at: now)
        }
        return view(entry, at: now)
    }

    /// Whether `guard.allow` takes a network out of a wider ban that holds it.
    @inline(__always)
    func isHole(_ network: Network, in entry: BanEntry) -> Bool {
        entry.network.length < network.length && rules.allow.holds(network)
    }

    func ban(
        _ targets: Targets, _ terms: BanTerms, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        if targets.others.isEmpty {
            let claim = try ban(targets.first, terms, by: caller, at: now)
            return Decision(.banned(view(claim, at: now)), .several(claim.changes))
        }
        let deadline = try deadline(terms, at: now)
        var changes: [Change] = []
        var before = EarlierClaims()
        var results: [TargetResult<BanView>] = []
        for target in targets.all {
            do throws(Refusal) {
                let claim = try ban(
                    target, terms, deadline, by: caller, at: now, after: before)
                // Twice the same address, perhaps in two ways, is one ban.
                if count(claim, among: &before) { changes += claim.changes }
                results.append(.done(view(claim, at: now)))
            } catch {
                results.append(.refused(key(target), error))
            }
        }
        return Decision(.bannedEach(results), .several(changes))
    }

    /// The ban of one network: what `decide` makes of its command, without a detour.
    package func ban(
        _ target: Target, _ terms: BanTerms, by caller: Caller, at now: Moment
    ) throws(Refusal) -> BanClaim {
        let deadline = try deadline(terms, at: now)
        return try ban(target, terms, deadline, by: caller, at: now, after: EarlierClaims())
    }

    private func ban(
        _ target: Target, _ terms: BanTerms, _ deadline: Int64, by caller: Caller, at now: Moment,
        after before: EarlierClaims
    ) throws(Refusal) -> BanClaim {
        let key = key(target)
        if let refusal = refusal(banning: key, isForced: terms.isForced) { throw refusal }
        var ban = Ban(
            network: key, deadline: deadline, created: second(of: now),
            reason: terms.reason ?? "", source: terms.source ?? "", uid: caller.uid,
            traits: traits(source: terms.source ?? ""))
        if let wait = terms.confirmMilliseconds {
            let early = now.bootMilliseconds + wait
            if early < deadline {
                ban.deadline = early
                ban.confirmedDeadline = deadline
                try requireRoomForUnconfirmed(after: before, caller.share)
            }
        }
        let claim = try place(
            ban, isExact: terms.isExact, share: caller.share, after: before, at: now)
        return resolver(in: key).map { claim.warning(of: $0) } ?? claim
    }

    /// A claim as replies show it before it is made.
    package func view(_ claim: BanClaim, at now: Moment) -> BanView {
        var view = view(claim.ban, at: now)
        guard let effect = claim.effect else { return view }
        if let longer = effect.longer {
            view.others = .heldBy(bans.texts(of: longer).source, until: expires(longer.deadline))
        } else if !effect.dropped.isEmpty {
            view.others = .dropped(effect.dropped)
        }
        if let resolver = effect.resolver {
            view.others = .warned(resolver: resolver, view.others)
        }
        return view
    }

    func confirm(
        _ targets: Targets, source: String?, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        if targets.others.isEmpty {
            let claims = try confirmable(targets.first, source: source, at: now)
            return Decision(
                .confirmed(view(claims[0], at: now)),
                .several(claims.map { .confirmed($0, by: caller) }))
        }
        var changes: [Change] = []
        var done: Set<Network> = []
        var results: [TargetResult<BanView>] = []
        for target in targets.all {
            do throws(Refusal) {
                let claims = try confirmable(target, source: source, at: now)
                if done.insert(claims[0].network).inserted {
                    changes += claims.map { .confirmed($0, by: caller) }
                }
                results.append(.done(view(claims[0], at: now)))
            } catch {
                results.append(.refused(key(target), error))
            }
        }
        return Decision(.confirmedEach(results), .several(changes))
    }

    /// The claims as they are once they are confirmed, the longest first; never empty.
    private func confirmable(
        _ target: Target, source: String?, at now: Moment
    ) throws(Refusal) -> [Ban] {
        let key = key(target)
        let claims = bans.claims(on: key).filter { $0.deadline > now.bootMilliseconds }
        if claims.isEmpty { throw notBanned(key) }
        let mine = source.map { name in
            let number = bans.number(of: name)
            return claims.filter { $0.source == number }
        }
        if let source, mine?.isEmpty == true { throw notBanned(key, by: source, claims) }
        let waiting = (mine ?? claims).compactMap { entry -> Ban? in
            var ban = bans.ban(entry)
            guard let deadline = ban.confirmedDeadline else { return nil }
            ban.deadline = deadline
            ban.confirmedDeadline = nil
            return ban
        }
        if waiting.isEmpty {
            throw Refusal(.notFound, "the ban of \(key) is not waiting to be confirmed")
        }
        return waiting.sorted { $0.deadline > $1.deadline }
    }

    private func deadline(_ terms: BanTerms, at now: Moment) throws(Refusal) -> Int64 {
        let boot = now.bootMilliseconds
        switch terms.lifetime {
        case nil:
            let own = rules.section(of: terms.source ?? "")
            return boot + (own?.banMilliseconds ?? rules.banMilliseconds)
        case .permanent: return Ban.never
        case .milliseconds(let length): return boot + length
        case .until(let wall):
            let deadline = wall - clockOffset
            if deadline <= boot { throw Refusal(.badArgument, "until: is in the past") }
            if deadline - boot > Bounds.lifetimeMilliseconds {
                throw Refusal(.badArgument, "until: more than 3650 days from now")
            }
            return deadline
        }
    }

    func unban(
        _ targets: Targets, source: String?, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        if targets.others.isEmpty {
            let lift = try lift(
                targets.first, source: source, by: caller, counting: true, at: now)
            let gone: Set<Network> = lift.heldBy == nil ? [lift.network] : []
            return Decision(
                .unbanned(answer(lift, with: gone, at: now)), .one(lift.change))
        }
        var changes: [Change] = []
        var done: Set<Network> = []
        var gone: Set<Network> = []
        var results: [TargetResult<Lift>] = []
        for target in targets.all {
            do throws(Refusal) {
                let lift = try lift(
                    target, source: source, by: caller, counting: false, at: now)
                if !done.insert(lift.network).inserted { throw notBanned(lift.network) }
                if lift.heldBy == nil { gone.insert(lift.network) }
                changes.append(lift.change)
                results.append(.done(lift))
            } catch {
                results.append(.refused(key(target), error))
            }
        }
        // Known only now: what goes with the same request holds nobody.
        let answers = results.map { result -> TargetResult<UnbanAnswer> in
            switch result {
            case .done(let lift): .done(answer(lift, with: gone, at: now))
            case .refused(let network, let refusal): .refused(network, refusal)
            }
        }
        return Decision(.unbannedEach(answers), .several(changes))
    }

    /// What an `unban` of one network takes away.
    private struct Lift: Hashable {
        var network: Network
        var sources: [String]
        var change: Change
        /// Another source whose claim, which is enforced, goes on to hold the network.
        var heldBy: String?
    }

    /// The answer for a ban that is lifted together with others.
    private func answer(
        _ lift: Lift, with others: Set<Network>, at now: Moment
    ) -> UnbanAnswer {
        let key = lift.network
        if let source = lift.heldBy {
            return UnbanAnswer(network: key, sources: lift.sources, holder: key, heldBy: source)
        }
        let wider = bans.allHolding(key, at: now.bootMilliseconds)
            .first {
                !$0.traits.contains(.dryRun) && $0.network != key && !others.contains($0.network)
            }
        if let wider {
            return UnbanAnswer(network: key, sources: lift.sources, holder: wider.network)
        }
        let held = listed(key, at: now)
        return UnbanAnswer(
            network: key, sources: lift.sources, holder: held?.match, list: held?.list.name)
    }

    /// With `counting` the refusal says how many bans lie inside the target, which takes a look at
    /// many entries: not for each of several targets.
    private func lift(
        _ target: Target, source: String?, by caller: Caller, counting: Bool, at now: Moment
    ) throws(Refusal) -> Lift {
        let key = key(target)
        let claims = bans.claims(on: key).filter { $0.deadline > now.bootMilliseconds }
        if claims.isEmpty { throw notLiftable(target, source: source, counting: counting, at: now) }
        guard let source else {
            return Lift(
                network: key, sources: claims.map { bans.texts(of: $0).source },
                change: .unbanned(key, .command, uid: caller.uid))
        }
        let number = bans.number(of: source)
        guard let place = claims.firstIndex(where: { $0.source == number }) else {
            throw notBanned(key, by: source, claims)
        }
        let other = claims.enumerated().first {
            $0.offset != place && !$0.element.traits.contains(.dryRun)
        }
        return Lift(
            network: key, sources: [source],
            change: .released(
                ClaimRelease(
                    key, source: source, .command, uid: caller.uid,
                    forgets: isForgiven(claims[place], among: claims))),
            heldBy: other.map { bans.texts(of: $0.element).source })
    }

    /// Whether nothing is left to remember an address for once this claim is lifted: it was made by
    /// the rules and enforced, and no other is.
    private func isForgiven(_ claim: BanEntry, among claims: [BanEntry]) -> Bool {
        func counts(_ claim: BanEntry) -> Bool {
            claim.traits.contains(.automatic) && !claim.traits.contains(.dryRun)
        }
        return counts(claim) && claims.count(where: counts) == 1
    }

    /// Why there is no ban of exactly this network to lift.
    private func notLiftable(
        _ target: Target, source: String?, counting: Bool, at now: Moment
    ) -> Refusal {
        let key = key(target)
        let holder = bans.holding(key, at: now.bootMilliseconds)
        guard let entry = holder, !isHole(key, in: entry) else {
            var refusal = notBanned(key)
            if let exact = bans.holding(target.network, at: now.bootMilliseconds) {
                refusal.hint = "unban \(exact.network)"
            } else if let held = listed(target.network, at: now) ?? listed(key, at: now) {
                refusal = Refusal(
                    .refused,
                    "\(held.match) is in the list \(held.list.name), not banned by itself",
                    hint: "load the list without it, or `list drop \(held.list.name)`")
            } else if !key.isAddress {
                if counting {
                    return notBanned(key, of: source, bansInside(key, of: source, at: now))
                }
                refusal.hint = "`bans under=\(key)` shows the bans inside it"
            }
            return refusal
        }
        return Refusal(
            .refused, "\(key) is covered by the ban of \(entry.network)",
            hint: "unban \(entry.network)")
    }

    private func notBanned(
        _ key: Network, by source: String, _ claims: [BanEntry]
    ) -> Refusal {
        let others = claims.map { named(bans.texts(of: $0).source) }
        return Refusal(
            .notFound, "\(source) does not ban \(key)",
            hint: "it is banned by \(others.joined(separator: ", "))")
    }

    private func notBanned(_ key: Network) -> Refusal {
        Refusal(.notFound, "\(key) is not banned")
    }

    func page(_ query: PageQuery, at now: Moment) -> Page<BanView> {
        var number: UInt16?
        if let source = query.source {
            guard let known = bans.number(of: source) else { return Page(rows: [], next: nil) }
            number = known
        }
        let under = query.under.map { key($0) }
        let (rows, next) = bans.table.page(
            limit: query.limit, after: query.after, scan: Bounds.pageScan
        ) { entry in
            if entry.deadline <= now.bootMilliseconds { return false }
            if let under, !under.contains(entry.network) { return false }
            guard let number else { return true }
            return bans.claim(number, beside: entry, at: now.bootMilliseconds) != nil
        }
        // Of one source its own claims, whether they decide or not.
        let shown = rows.map { row in
            number.flatMap { bans.claim($0, beside: row, at: now.bootMilliseconds) } ?? row
        }
        return Page(rows: shown.map { view($0, at: now) }, next: next)
    }

    func strikesPage(_ query: PageQuery, at now: Moment) -> Page<StrikeView> {
        let (rows, next) = strikes.table.page(
            limit: query.limit, after: query.after, scan: Bounds.pageScan
        ) { $0.deadline > now.bootMilliseconds }
        var page: Page<StrikeView> = Page(rows: [], next: next)
        var items = 0
        for row in rows {
            if items > Bounds.pageItems {
                page.next = page.rows.last?.network
                break
            }
            let held = strikes.strikes(of: row, at: now.bootMilliseconds)
            items += held.count
            page.rows.append(view(row.network, held))
        }
        return page
    }

    /// Strikes as replies show them.
    func view(_ network: Network, _ strikes: [Strike]) -> StrikeView {
        StrikeView(
            network: network, strikes: strikes.reduce(0) { $0 + Int($1.weight) },
            items: strikes.map {
                StrikeView.Item(
                    at: Int64($0.at), expires: Self.seconds($0.deadline + clockOffset),
                    weight: Int($0.weight), reason: $0.reason, source: $0.source, uid: $0.uid)
            })
    }
}

extension Change {
    fileprivate static func confirmed(_ ban: Ban, by caller: Caller) -> Change {
        .claimConfirmed(
            ban.network, source: ban.source, deadline: ban.deadline, uid: caller.uid)
    }
}

extension Targets {
    /// All targets, in order.
    var all: [Target] { [first] + others }
}
