// The guard's settings as the domain needs them: numbers with their units, no file format.

/// What the `[guard]` section of the configuration decides.
package struct GuardRules: Hashable, Sendable {
    /// The weight of strikes within `windowMilliseconds` at which they ban.  1...1000.
    package var strikes: Int = 3
    /// How long one strike counts.  1 s ... 3650 d.
    package var windowMilliseconds: Int64 = 300_000
    /// How long an automatic ban, or one without `ttl`, lasts.  1 s ... 3650 d.
    package var banMilliseconds: Int64 = 600_000
    /// Hits of one address admitted in any `rateWindowMilliseconds`.  1...65535.
    package var rateLimit: Int = 100
    /// Length of the sliding rate window.  1 s ... 1 d.
    package var rateWindowMilliseconds: Int64 = 60_000
    /// Prefix length that a bare IPv6 address stands for.  32...128.
    package var ipv6Prefix: Int = 64
    /// Bound of each table: bans, struck addresses, rate windows.  1...16777216.
    package var maxTracked: Int = 1_000_000
    /// Bound of the networks in all lists, those under way included.  1...16777216.
    package var maxListed: Int = 2_000_000
    /// Networks that are limited but never struck or banned.  At most 1024.
    package var allow: [Network] = [.ipv4Loopback, .ipv6Loopback]
    /// Whether `success IP` clears the strikes of an address (S1-06, X-11).
    package var successClears: Bool = true
    /// Each further ban by the rules is this many times as long as the one before.  1...100.
    package var banFactor: Int = 1
    /// The longest ban that `banFactor` makes.  1 s ... 3650 d.
    package var banMaxMilliseconds: Int64 = 7 * 86_400_000
    /// How long after its last ban an address is remembered as an offender.  1 s ... 3650 d.
    package var banMemoryMilliseconds: Int64 = 30 * 86_400_000
    /// How many banned addresses of an IPv4 /24 get all of it banned; 0: never.  0...256.
    package var subnetThreshold: Int = 0
    /// How many banned /64 (`ipv6Prefix`) of an IPv6 /48 get all of it banned; 0: never.  0...256.
    package var subnetThresholdIPv6: Int = 8
    /// The bans that count towards a threshold are at most this old.  1 s ... 30 d.
    package var subnetWindowMilliseconds: Int64 = 3_600_000
    /// The most networks that are banned by a threshold at one time.  1...65536.
    package var subnetBans: Int = 256
    /// Whether the addresses from which somebody is logged in are never banned.
    package var protectSessions: Bool = true
    /// Decide and record, enforce nothing.
    package var dryRun: Bool = false
    /// Sources whose bans are only decided and recorded, not enforced; each counts by itself.  At
    /// most 64.
    package var dryRunSources: [String] = []

    /// Sources that count by themselves, and how.  At most `Bounds.sourcePolicies`.
    package var sources: [String: SourcePolicy] = [:] { didSet { index = SourceIndex(sources) } }
    /// The same, to look one up in.
    package private(set) var index = SourceIndex()

    /// The defaults of the configuration.
    package init() {}
}

/// How the reports of one source count (`[guard.source.NAME]`); for all others `[guard]` says it.
package struct SourcePolicy: Hashable, Sendable {
    /// Weight of strikes within `windowMilliseconds` that bans.  1...1000.
    package var strikes: Int
    /// How long one strike counts.  1 s ... 3650 d.
    package var windowMilliseconds: Int64
    /// How long a ban by its strikes lasts.  1 s ... 3650 d.
    package var banMilliseconds: Int64
    /// Each further ban by the rules is this many times as long as the one before.  1...100.
    package var banFactor: Int
    /// The longest ban that `banFactor` makes.  1 s ... 3650 d.
    package var banMaxMilliseconds: Int64
    /// Decide and record, enforce nothing.
    package var dryRun: Bool
    /// What a strike weighs that does not say.  1...1000.
    package var weight: Int
    /// Networks that its strikes do not count for, besides `guard.allow`.  At most 1024.
    package var allow: [Network]

    /// What `[guard]` says.
    package init(_ rules: GuardRules) {
        strikes = rules.strikes
        windowMilliseconds = rules.windowMilliseconds
        banMilliseconds = rules.banMilliseconds
        banFactor = rules.banFactor
        banMaxMilliseconds = rules.banMaxMilliseconds
        dryRun = rules.dryRun
        weight = 1
        allow = []
    }
}

extension GuardRules {
    /// How the reports of a source count.
    package func policy(of source: String) -> SourcePolicy {
        policy(of: source, at: index.place(of: source))
    }

    /// The same for a source whose place is known.
    func policy(of source: String, at place: Int?) -> SourcePolicy {
        if let place { return index.policies[place] }
        var policy = SourcePolicy(self)
        if dryRunSources.contains(source) { policy.dryRun = true }
        return policy
    }

    /// Which strikes those of a source count with.  A source that is only tried out counts by
    /// itself too: it neither brings a ban by others nearer nor puts one off.
    func counter(of source: String) -> StrikeCounter {
        counter(of: source, at: index.place(of: source))
    }

    /// The same for a source whose place is known.
    func counter(of source: String, at place: Int?) -> StrikeCounter {
        place != nil || dryRunSources.contains(source) ? .own(source) : .shared
    }

    /// The section of a source, which it has by its bytes.
    func section(of source: String) -> SourcePolicy? {
        index.place(of: source).map { index.policies[$0] }
    }
}
