// `why IP`: the whole story of an address, and in words which rule decides now.

extension State {
    func why(_ target: Target, at now: Moment) -> WhyReport {
        let key = key(target)
        let boot = now.bootMilliseconds
        let claims = bans.allHolding(target.network, at: boot)
            .flatMap { bans.claims(on: $0.network) }.filter { $0.deadline > boot }
        let holders = claims.map { view($0, at: now) } + allListed(target.network, at: now)
        let decides = deciding(target.network, claims, holders, at: now)
        let dryRunList = holders.first { $0.list != nil && $0.isDryRun }
        let strikes = strikes.strikes(of: key, at: boot)
        let counts = counts(of: strikes)
        let hits = rates.hits(of: key, at: now.boot)
        let story = events.places.reversed().lazy
            .compactMap { events[$0] }
            .filter { $0.network.map { $0.overlaps(key) } ?? false }
            .prefix(WhyReport.eventLimit)
        var report = WhyReport(
            network: key, bans: holders, decides: decides, strikes: view(key, strikes),
            counts: counts, hits: hits, rateLimit: rules.rateLimit,
            rateWindowSeconds: rules.rateWindowMilliseconds / 1_000, allowedBy: allowed(key),
            verdict: verdict(key, decides.map { holders[$0] } ?? dryRunList, counts, hits),
            events: Array(story))
        report.hasOlderEvents =
            report.events.count == WhyReport.eventLimit || events.floor(of: TopicSet([.guard])) > 0
        if let offense = offenses.table[key], offense.deadline > boot {
            report.offenses = Int(offense.count)
            report.offensesUntil = expires(offense.deadline)
        }
        return report
    }

    /// The place among `holders` (the claims, then the lists) of what `holder(of:at:)` finds.
    private func deciding(
        _ network: Network, _ claims: [BanEntry], _ holders: [BanView], at now: Moment
    ) -> Int? {
        let enforced = claims.firstIndex { !$0.traits.contains(.dryRun) }
        if let place = enforced ?? claims.indices.first, isHole(network, in: claims[place]) {
            return nil
        }
        if let enforced { return enforced }
        if let held = listed(network, at: now) {
            return holders.firstIndex { $0.list == held.list.name }
        }
        return claims.indices.first
    }

    /// Strikes of one address by what counts together, the shared ones first.
    private func counts(of strikes: [Strike]) -> [StrikeCount] {
        var shared = 0
        var own: [String: Int] = [:]
        for strike in strikes {
            if strike.isOwn {
                own[strike.source, default: 0] += Int(strike.weight)
            } else {
                shared += Int(strike.weight)
            }
        }
        let counts = own.sorted { $0.key < $1.key }.map {
            StrikeCount(
                source: $0.key, strikes: $0.value, bansAt: rules.policy(of: $0.key).strikes)
        }
        if shared == 0 { return counts }
        return [StrikeCount(source: nil, strikes: shared, bansAt: rules.strikes)] + counts
    }

    private func verdict(
        _ key: Network, _ ban: BanView?, _ counts: [StrikeCount], _ hits: Int
    ) -> String {
        if let ban, !ban.isDryRun {
            if let list = ban.list {
                return "banned: \(ban.network) is in the list \(list); hits answer 403"
            }
            let rule = ban.isAutomatic ? "the rules" : "a command"
            let rest = ban.isUnconfirmed ? "; it ends early unless it is confirmed" : ""
            return "banned: \(ban.network) was banned by \(rule); hits answer 403\(rest)"
        }
        let isOver = hits >= rules.rateLimit
        if let ban {
            return "admitted: the ban of \(ban.network) is a dry run and is not enforced"
        }
        if let protection = protection(of: key) {
            let state = isOver ? "over its rate limit, hits answer 429" : "admitted"
            return "\(state); never struck or banned: \(protection)"
        }
        if isOver {
            return "over its rate limit: hits answer 429; the first of a window is a strike, and "
                + "then one in \(rules.rateLimit)"
        }
        // The ones that are nearest to a ban.
        let nearest = counts.max { $0.strikes * $1.bansAt < $1.strikes * $0.bansAt }
        if let nearest {
            let whose = nearest.source.map { " of \($0)" } ?? ""
            return "admitted; \(nearest.strikes) of \(nearest.bansAt) strikes\(whose)"
        }
        return "admitted; nothing is held against it"
    }
}
