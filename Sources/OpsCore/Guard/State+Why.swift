// `why IP`: the whole story of an address, and in words which rule decides now.

extension State {
    func why(_ target: Target, at now: Moment) -> WhyReport {
        let key = key(target)
        let boot = now.bootMilliseconds
        let holders =
            bans.allHolding(target.network, at: boot)
            .flatMap { bans.claims(on: $0.network) }.filter { $0.deadline > boot }
            .map { view($0, at: now) }
            + allListed(target.network, at: now)
        let held = view(key, strikes.strikes(of: key, at: boot))
        let hits = rates.hits(of: key, at: now.boot)
        let allowedBy = allowed(key)
        let story = stride(from: events.count - 1, through: 0, by: -1).lazy
            .map { events[$0] }
            .filter { $0.network.map { $0.overlaps(key) } ?? false }
            .prefix(20)
        var report = WhyReport(
            network: key, bans: holders, strikes: held, hits: hits, rateLimit: rules.rateLimit,
            rateWindowSeconds: rules.rateWindowMilliseconds / 1_000, allowedBy: allowedBy,
            verdict: verdict(key, holders, held.strikes, hits), events: Array(story))
        if let offense = offenses.table[key], offense.deadline > boot {
            report.offenses = Int(offense.count)
            report.offensesUntil = expires(offense.deadline)
        }
        return report
    }

    private func verdict(
        _ key: Network, _ bans: [BanView], _ strikes: Int, _ hits: Int
    ) -> String {
        if let ban = bans.first(where: { !$0.isDryRun }) {
            if let list = ban.list {
                return "banned: \(ban.network) is in the list \(list); hits answer 403"
            }
            let rule = ban.isAutomatic ? "the rules" : "a command"
            let rest = ban.isUnconfirmed ? "; it ends early unless it is confirmed" : ""
            return "banned: \(ban.network) was banned by \(rule); hits answer 403\(rest)"
        }
        let isOver = hits >= rules.rateLimit
        if let ban = bans.first {
            return "admitted: the ban of \(ban.network) is a dry run and is not enforced"
        }
        if let protection = protection(of: key) {
            let state = isOver ? "over its rate limit, hits answer 429" : "admitted"
            return "\(state); never struck or banned: \(protection)"
        }
        if isOver { return "over its rate limit: hits answer 429, and each is one strike" }
        if strikes > 0 { return "admitted; \(strikes) of \(rules.strikes) strikes" }
        return "admitted; nothing is held against it"
    }
}
