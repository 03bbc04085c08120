// `why IP`: the whole story of an address, and in words which rule decides now.

extension State {
    func why(_ target: Target, at now: Moment) -> WhyReport {
        let key = key(target)
        let boot = now.bootMilliseconds
        let holders =
            bans.allHolding(target.network, at: boot).map { view(bans.ban($0), at: now) }
            + allListed(target.network, at: now)
        let held = view(key, strikes.strikes(of: key, at: boot))
        let hits = rates.hits(of: key, at: now.boot)
        let allowedBy = allowed(key)
        let story = stride(from: events.count - 1, through: 0, by: -1).lazy
            .map { events[$0] }
            .filter { $0.network.map { $0.overlaps(key) } ?? false }
            .prefix(20)
        return WhyReport(
            network: key, bans: holders, strikes: held, hits: hits, rateLimit: rules.rateLimit,
            rateWindowSeconds: rules.rateWindowMilliseconds / 1_000, allowedBy: allowedBy,
            verdict: verdict(holders.first, held.strikes, hits, allowedBy), events: Array(story))
    }

    private func verdict(
        _ ban: BanView?, _ strikes: Int, _ hits: Int, _ allowedBy: Network?
    ) -> String {
        if let list = ban?.list, let match = ban?.network {
            return "banned: \(match) is in the list \(list); hits answer 403"
        }
        if let ban {
            let rule = ban.isAutomatic ? "its strikes" : "a command"
            return "banned: \(ban.network) is held by \(rule); hits answer 403"
        }
        let isOver = hits >= rules.rateLimit
        if let allowedBy {
            let state = isOver ? "over its rate limit, hits answer 429" : "admitted"
            return "\(state); never struck or banned: \(allowedBy) is in guard.allow"
        }
        if isOver { return "over its rate limit: hits answer 429, each is one strike" }
        if strikes > 0 { return "admitted; \(strikes) of \(rules.strikes) strikes" }
        return "admitted; nothing is held against it"
    }
}
