// Every request as a value.  The parser makes these from lines by the command table, `decide`
// answers them; nothing here knows of bytes.

/// An address or network as a caller wrote it.
package struct Target: Hashable, Sendable {
    /// The value as written: a bare address is a network of length 128.
    package var network: Network
    /// Written without a prefix.  A bare IPv6 address stands for its `guard.ipv6_prefix` network.
    package var isBare: Bool

    package init(network: Network, isBare: Bool) {
        self.network = network
        self.isBare = isBare
    }
}

/// One or more targets; one alone costs no allocation.
package struct Targets: Hashable, Sendable {
    package var first: Target
    package var others: [Target]

    package init(_ first: Target, _ others: [Target] = []) {
        self.first = first
        self.others = others
    }

    package var count: Int { 1 + others.count }
}

/// How long a ban is to last.
package enum Lifetime: Hashable, Sendable {
    /// From now; 1 s ... 3650 d.
    case milliseconds(Int64)
    /// To a wall clock time, milliseconds since 1970.
    case until(Int64)
    case permanent
}

/// The words after `ban IP...`.
package struct BanTerms: Hashable, Sendable {
    /// nil: `guard.ban`.
    package var lifetime: Lifetime?
    package var reason: String?
    package var source: String?
    /// The ban lifts itself after so long unless it is confirmed.
    package var confirmMilliseconds: Int64?
    /// Also where it is broader than is usual.
    package var isForced: Bool

    package init(
        lifetime: Lifetime? = nil, reason: String? = nil, source: String? = nil,
        confirmMilliseconds: Int64? = nil, isForced: Bool = false
    ) {
        self.lifetime = lifetime
        self.reason = reason
        self.source = source
        self.confirmMilliseconds = confirmMilliseconds
        self.isForced = isForced
    }
}

/// The words after `strike IP`.
package struct StrikeTerms: Hashable, Sendable {
    package var reason: String?
    package var source: String?
    /// How many strikes this one counts for; 1...1000.
    package var weight: Int
    /// When it happened, wall clock milliseconds since 1970; nil is now.
    package var at: Int64?

    package init(reason: String? = nil, source: String? = nil, weight: Int = 1, at: Int64? = nil) {
        self.reason = reason
        self.source = source
        self.weight = weight
        self.at = at
    }
}

/// Which page of a table: up to `limit` rows behind `after`.
package struct PageQuery: Hashable, Sendable {
    /// 1...1000.
    package var limit: Int
    package var after: Network?
    /// Only bans of this source.
    package var source: String?
    /// Only networks inside this one.
    package var under: Target?

    package init(
        limit: Int = 100, after: Network? = nil, source: String? = nil, under: Target? = nil
    ) {
        self.limit = limit
        self.after = after
        self.source = source
        self.under = under
    }
}

/// One request.
package enum Command: Hashable, Sendable {
    case ping
    case version
    case commands

    case status
    case health
    case metrics
    /// `hours` 1...8760; `stepSeconds` nil lets the daemon choose; only points behind `after`,
    /// seconds since 1970.
    case metricsHistory(hours: Int, stepSeconds: Int?, after: Int64? = nil)
    /// `top` 1...100.
    case processes(top: Int)
    case disks
    case systemStats

    case check(Targets)
    /// `route` is a label for people; all routes of an address share its window.
    case hit(Target, route: String?)
    case strike(Target, StrikeTerms)
    case success(Target)
    case clear(Target)
    case ban(Targets, BanTerms)
    case confirm(Targets)
    case unban(Targets)
    case bans(PageQuery)
    case strikes(PageQuery)
    case why(Target)
    case guardStats
    case guardCleanup
    /// Compare the kernel with the state; `repairs`: and put right what differs.
    case enforceAudit(repairs: Bool)

    /// Newest first; `after` continues below that id.
    case events(limit: Int, severity: Severity?, after: UInt64?)
    /// Empty topics: all.  `after` first replays kept events above that id.
    case watch(topics: [Topic], after: UInt64?)

    case snapshot
    case reload
    case config

    // The domains.  Indirect, so that the hot ones stay small.
    indirect case list(ListCommand)
    indirect case service(ServiceCommand)
}

extension Command {
    /// How many addresses and networks it names.
    package var targetCount: Int {
        switch self {
        case .check(let targets), .ban(let targets, _), .confirm(let targets),
            .unban(let targets):
            targets.count
        case .list(.add(_, let targets)): targets.count
        default: 1
        }
    }
}
