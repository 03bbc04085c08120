// Bans by command, and the questions about them.
//
// The rules, numbered as their tests:
//  8. An administrator's ban replaces the ban of the same network, shorter or longer; an automatic
//     ban never shortens one (an address that is banned is not struck).
//  9. `unban` also clears strikes; an absent ban is `not-found`, or `refused` where a wider ban
//     holds the target, and the hint names the wider network.  Where a wider ban or a list goes on
//     to hold what was lifted, the answer says which.
// 10. Nothing that overlaps `allow` is banned, nor anything that State+Protection.swift lists.
// 16. A ban to be confirmed ends early unless somebody confirms it, which gives it its full time.
// 11. A full ban table answers `too-many`; no active ban ever makes room for another entry.

extension State {
    static let tooManySources = Refusal(
        .tooMany, "source: there are \(Bounds.sources) different sources already",
        hint: "use one source per program, and put details into the reason")

    func check(_ targets: Targets, at now: Moment) -> Decision {
        if targets.others.isEmpty { return Decision(.check(check(targets.first, at: now))) }
        return Decision(.checks(targets.all.map { check($0, at: now) }))
    }

    private func check(_ target: Target, at now: Moment) -> CheckAnswer {
        CheckAnswer(network: key(target), ban: holder(of: target.network, at: now))
    }

    /// The ban that holds a network, else the list that does.
    package func holder(of network: Network, at now: Moment) -> BanView? {
        if let entry = bans.holding(network, at: now.bootMilliseconds) {
            return view(entry, at: now)
        }
        return listed(network, at: now).map { view($0.list, holding: $0.match, at: now) }
    }

    func ban(
        _ targets: Targets, _ terms: BanTerms, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        if targets.others.isEmpty {
            let ban = try ban(targets.first, terms, by: caller, at: now)
            return Decision(.banned(view(ban, at: now)), .one(.banned(ban)))
        }
        let deadline = try deadline(terms.lifetime, at: now)
        var changes: [Change] = []
        var new: Set<Network> = []
        var results: [TargetResult<BanView>] = []
        for target in targets.all {
            do throws(Refusal) {
                let ban = try ban(
                    target, terms, deadline, by: caller, at: now, adding: new.count)
                if bans.table[ban.network] == nil { new.insert(ban.network) }
                changes.append(.banned(ban))
                results.append(.done(view(ban, at: now)))
            } catch {
                results.append(.refused(key(target), error))
            }
        }
        return Decision(.bannedEach(results), .several(changes))
    }

    /// The fast path of a ban of one network: the same change that `decide` makes of its command.
    package func ban(
        _ target: Target, _ terms: BanTerms, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Ban {
        let deadline = try deadline(terms.lifetime, at: now)
        return try ban(target, terms, deadline, by: caller, at: now, adding: 0)
    }

    private func ban(
        _ target: Target, _ terms: BanTerms, _ deadline: Int64, by caller: Caller, at now: Moment,
        adding: Int
    ) throws(Refusal) -> Ban {
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
                if bans.unconfirmed.count + adding >= Bounds.unconfirmed {
                    throw Refusal(
                        .tooMany, "\(Bounds.unconfirmed) bans are waiting to be confirmed already",
                        hint: "confirm some, or let them expire")
                }
            }
        }
        try requireRoom(for: ban, adding: adding)
        return ban
    }

    func confirm(
        _ targets: Targets, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        if targets.others.isEmpty {
            let ban = try confirmable(targets.first, at: now)
            return Decision(.confirmed(view(ban, at: now)), .one(.confirmed(ban, by: caller)))
        }
        var changes: [Change] = []
        var results: [TargetResult<BanView>] = []
        for target in targets.all {
            do throws(Refusal) {
                let ban = try confirmable(target, at: now)
                changes.append(.confirmed(ban, by: caller))
                results.append(.done(view(ban, at: now)))
            } catch {
                results.append(.refused(key(target), error))
            }
        }
        return Decision(.confirmedEach(results), .several(changes))
    }

    /// The ban as it is once it is confirmed.
    private func confirmable(_ target: Target, at now: Moment) throws(Refusal) -> Ban {
        let key = key(target)
        guard var ban = bans[key], ban.deadline > now.bootMilliseconds else {
            throw notBanned(key)
        }
        guard let deadline = ban.confirmedDeadline else {
            throw Refusal(.notFound, "the ban of \(key) is not waiting to be confirmed")
        }
        ban.deadline = deadline
        ban.confirmedDeadline = nil
        return ban
    }

    /// Refuses a ban that finds no room after `adding` others.
    func requireRoom(for ban: Ban, adding: Int) throws(Refusal) {
        if bans.count + adding >= rules.maxTracked && bans.table[ban.network] == nil {
            throw Refusal(
                .tooMany, "there are \(rules.maxTracked) bans already",
                hint: "raise guard.max_tracked, or ban networks")
        }
        if !bans.hasRoom(forSource: ban.source) { throw Self.tooManySources }
    }

    private func deadline(_ lifetime: Lifetime?, at now: Moment) throws(Refusal) -> Int64 {
        let boot = now.bootMilliseconds
        switch lifetime {
        case nil: return boot + rules.banMilliseconds
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
        _ targets: Targets, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        if targets.others.isEmpty {
            let key = try liftable(targets.first, at: now)
            return Decision(
                .unbanned(lifted(key, with: [key], at: now)),
                .one(.unbanned(key, .command, uid: caller.uid)))
        }
        var changes: [Change] = []
        var done: Set<Network> = []
        var results: [TargetResult<UnbanAnswer>] = []
        for target in targets.all {
            do throws(Refusal) {
                let key = try liftable(target, at: now)
                if !done.insert(key).inserted { throw notBanned(key) }
                changes.append(.unbanned(key, .command, uid: caller.uid))
                results.append(.done(UnbanAnswer(network: key)))
            } catch {
                results.append(.refused(key(target), error))
            }
        }
        // All lifted bans are known only now: a holder that the same request lifts does not count.
        for place in results.indices {
            if case .done(let one) = results[place] {
                results[place] = .done(lifted(one.network, with: done, at: now))
            }
        }
        return Decision(.unbannedEach(results), .several(changes))
    }

    /// The answer for a ban that is lifted together with others.
    private func lifted(_ key: Network, with others: Set<Network>, at now: Moment) -> UnbanAnswer {
        let wider = bans.allHolding(key, at: now.bootMilliseconds)
            .first { !$0.traits.contains(.dryRun) && !others.contains($0.network) }
        if let wider { return UnbanAnswer(network: key, holder: wider.network) }
        let held = listed(key, at: now)
        return UnbanAnswer(network: key, holder: held?.match, list: held?.list.name)
    }

    private func liftable(_ target: Target, at now: Moment) throws(Refusal) -> Network {
        let key = key(target)
        if let exact = bans.table[key], exact.deadline > now.bootMilliseconds { return key }
        guard let entry = bans.holding(key, at: now.bootMilliseconds) else {
            var refusal = notBanned(key)
            if let exact = bans.holding(target.network, at: now.bootMilliseconds) {
                refusal.hint = "unban \(exact.network)"
            } else if let held = listed(target.network, at: now) ?? listed(key, at: now) {
                refusal = Refusal(
                    .refused,
                    "\(held.match) is in the list \(held.list.name), not banned by itself",
                    hint: "load the list without it, or `list drop \(held.list.name)`")
            }
            throw refusal
        }
        throw Refusal(
            .refused, "\(key) is covered by the ban of \(entry.network)",
            hint: "unban \(entry.network)")
    }

    private func notBanned(_ key: Network) -> Refusal {
        Refusal(.notFound, "\(key) is not banned")
    }

    func page(_ query: PageQuery, at now: Moment) -> Page<BanView> {
        var isFromSource: ((BanEntry) -> Bool)?
        if let source = query.source {
            guard let filter = bans.entries(from: source) else { return Page(rows: [], next: nil) }
            isFromSource = filter
        }
        let under = query.under.map { key($0) }
        let (rows, next) = bans.table.page(
            limit: query.limit, after: query.after, scan: Bounds.pageScan
        ) { entry in
            if entry.deadline <= now.bootMilliseconds { return false }
            if let isFromSource, !isFromSource(entry) { return false }
            if let under, !under.contains(entry.network) { return false }
            return true
        }
        return Page(rows: rows.map { view($0, at: now) }, next: next)
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
        .confirmed(ban.network, deadline: ban.deadline, uid: caller.uid)
    }
}

extension Targets {
    /// All targets, in order.
    var all: [Target] { [first] + others }
}
