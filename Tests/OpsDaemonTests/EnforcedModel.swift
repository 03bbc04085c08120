// What the kernel must hold after any history, by a plain list of claims and no table: who is
// banned by whom and until when, what is allowed, which lists there are.

@testable import OpsCore

struct EnforcedModel {
    struct Claim {
        var source: String
        /// Milliseconds of boot time.
        var deadline: Int64
        var isDryRun = false
        /// What the deadline becomes once it is confirmed.
        var confirmed: Int64?
    }

    private struct Hit {
        var source: String
        var counter: StrikeCounter
        var deadline: Int64
    }

    struct Listed {
        var networks: [Network]
        var deadline: Int64
        var isDryRun: Bool
    }

    let rules: GuardRules
    var allow: [Network] = []
    var claims: [Network: [Claim]] = [:]
    var lists: [String: Listed] = [:]
    private var strikes: [Network: [Hit]] = [:]

    init(rules: GuardRules) {
        self.rules = rules
        allow = rules.allow
    }

    // MARK: What it says

    func isDryRun(_ source: String) -> Bool {
        rules.sources[source]?.dryRun ?? rules.dryRunSources.contains(source)
    }

    /// Until when exactly this network is banned, and in earnest.
    func enforced(_ network: Network) -> Int64? {
        claims[network, default: []].filter { !$0.isDryRun }.map(\.deadline).max()
    }

    /// Until when the packets of an address are dropped.
    func dropped(_ address: Network) -> Int64? {
        if isAllowed(address) { return nil }
        let bans = claims.keys.filter { $0.contains(address) }.compactMap { enforced($0) }
        let lists = lists.values.filter { list in
            !list.isDryRun && list.networks.contains { $0.contains(address) }
        }
        return (bans + lists.map(\.deadline)).max()
    }

    func isAllowed(_ network: Network) -> Bool { allow.contains { $0.contains(network) } }

    func holds(_ network: Network, _ source: String) -> Bool {
        claims[network, default: []].contains { $0.source == source }
    }

    // MARK: What happens

    mutating func forget(at boot: Int64) {
        claims = claims.mapValues { $0.filter { $0.deadline > boot } }
        strikes = strikes.mapValues { $0.filter { $0.deadline > boot } }
        lists = lists.filter { $0.value.deadline > boot }
    }

    /// Whether a ban is made: the answer is `ok`.
    func takes(_ claim: Claim, on network: Network, isExact: Bool) -> Bool {
        if allow.contains(where: { $0.overlaps(network) }) { return false }
        let shielded = claims[network, default: []].contains {
            !$0.isDryRun && (isExact || $0.source == claim.source)
        }
        return !(claim.isDryRun && shielded)
    }

    mutating func ban(_ claim: Claim, on network: Network, isExact: Bool = false) {
        claims[network, default: []].removeAll { isExact || $0.source == claim.source }
        claims[network, default: []].append(claim)
        let counter = rules.counter(of: claim.source)
        strikes[network, default: []].removeAll { isExact || $0.counter == counter }
    }

    mutating func unban(_ network: Network) {
        claims[network] = []
        strikes[network] = []
    }

    mutating func unban(_ network: Network, _ source: String) {
        claims[network, default: []].removeAll { $0.source == source }
        strikes[network, default: []].removeAll { $0.source == source }
    }

    /// How many claims are confirmed.
    mutating func confirm(_ network: Network, _ source: String?) -> Int {
        var count = 0
        for place in claims[network, default: []].indices {
            guard let claim = claims[network]?[place], let full = claim.confirmed,
                source.map({ $0 == claim.source }) ?? true
            else { continue }
            claims[network]?[place].deadline = full
            claims[network]?[place].confirmed = nil
            count += 1
        }
        return count
    }

    /// A strike on an address, which counts as its network.
    mutating func strike(
        _ network: Network, _ address: Network, _ source: String, at boot: Int64
    ) {
        let counter = rules.counter(of: source)
        let isHeld = claims.contains { place, claims in
            place.contains(address)
                && claims.contains { !$0.isDryRun && rules.counter(of: $0.source) == counter }
        }
        if isHeld || isAllowed(network) { return }
        let policy = rules.policy(of: source)
        if strikes[network, default: []].count(where: { $0.counter == counter }) + 1
            >= policy.strikes
        {
            ban(
                Claim(
                    source: source, deadline: boot + policy.banMilliseconds,
                    isDryRun: policy.dryRun), on: network)
        } else {
            strikes[network, default: []].append(
                Hit(source: source, counter: counter, deadline: boot + policy.windowMilliseconds))
        }
    }

    /// New settings: bans that are allowed as a whole are lifted, others get a hole.
    mutating func allow(_ networks: [Network]) {
        allow = networks
        for network in claims.keys where isAllowed(network) {
            if !claims[network, default: []].isEmpty { unban(network) }
        }
    }

    /// Another boot: what is left of each deadline is left of it from there on.
    mutating func rebase(from old: Int64, to new: Int64, lost: Int64) {
        func moved(_ deadline: Int64) -> Int64 {
            deadline == Ban.never ? deadline : new + max(0, deadline - old - lost)
        }
        func moved(_ claim: Claim) -> Claim {
            var claim = claim
            claim.deadline = moved(claim.deadline)
            claim.confirmed = claim.confirmed.map { moved($0) }
            return claim
        }
        claims = claims.mapValues { $0.map { moved($0) } }
        strikes = strikes.mapValues { hits in
            hits.map {
                Hit(source: $0.source, counter: $0.counter, deadline: moved($0.deadline))
            }
        }
        lists = lists.mapValues { list in
            var list = list
            list.deadline = moved(list.deadline)
            return list
        }
        forget(at: new)
    }
}
