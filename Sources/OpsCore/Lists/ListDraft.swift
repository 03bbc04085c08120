// A list that one client is putting together, from `list begin` to `list commit`.  Nothing of it is
// durable and nobody is held by it.

/// A list under way.
package struct ListDraft: Sendable {
    package let token: UInt64
    package let name: String
    package let lifetime: Lifetime
    package private(set) var runs = NetworkRuns()
    /// What `guard.allow` held when it began, sorted to be asked a million times.
    private let allow: NetworkRuns

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

    package var count: Int { runs.count }

    /// Adds networks, all or none of them: in ascending order, IPv4 before IPv6, each behind those
    /// of the calls before.  Those that no list may have are refused one by one.
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
            case .unordered: throw Self.unordered(network, behind: runs.last)
            }
        }
        self.runs = runs
        answer.total = runs.count
        return answer
    }

    private static func unordered(_ network: Network, behind last: Network?) -> Refusal {
        Refusal(
            .badArgument,
            "ip: \(network) comes behind \(last.map { $0.description } ?? "nothing")",
            hint: "IPv4 before IPv6, each ascending; nothing of this request was taken")
    }
}
