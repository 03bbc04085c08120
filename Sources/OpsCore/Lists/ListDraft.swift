// A list that one client is putting together, from `list begin` to `list commit`.  Nothing of it is
// durable and it bans nobody.

/// A list under way.
package struct ListDraft: Sendable {
    /// What `list add` and `list commit` name it by.
    package let token: UInt64
    /// The list it is to become.
    package let name: String
    /// How long the list lasts from its commit.
    package let lifetime: Lifetime
    /// What was added so far.
    package private(set) var runs = NetworkRuns()
    /// What `guard.allow` held when it began, sorted because it is searched a million times.
    private let allow: NetworkRuns

    /// Begins a list without networks.
    package init(token: UInt64, name: String, lifetime: Lifetime, rules: GuardRules) {
        self.token = token
        self.name = name
        self.lifetime = lifetime
        var runs = NetworkRuns()
        let sorted = rules.allow.sorted {
            $0.isIPv4 != $1.isIPv4 ? $0.isIPv4 : $0 < $1
        }
        for network in sorted { _ = runs.append(network) }
        allow = runs
    }

    /// Networks added so far.
    package var count: Int { runs.count }

    /// Adds networks, all or none of them: in ascending order, IPv4 before IPv6, each after those
    /// of earlier calls.  Networks that no list may have are refused one by one.
    package mutating func add(
        _ targets: [Target], to state: State
    ) throws(Refusal) -> ListStaged {
        var runs = runs
        var answer = ListStaged()
        for target in targets {
            let network = state.key(target)
            if let refusal = state.listRefusal(of: network, allow: allow) {
                answer.refused.append(.init(network: network, refusal: refusal))
                continue
            }
            switch runs.append(network) {
            case .appended: answer.staged += 1
            case .held: answer.duplicates += 1
            case .unordered: throw Self.unordered(network, after: runs.last)
            }
        }
        self.runs = runs
        answer.total = runs.count
        return answer
    }

    private static func unordered(_ network: Network, after last: Network?) -> Refusal {
        Refusal(
            .badArgument,
            "ip: \(network) is out of order after \(last.map { $0.description } ?? "nothing")",
            hint: "IPv4 before IPv6, each in ascending order; nothing of this request was accepted")
    }
}
