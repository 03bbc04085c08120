// Answers of the guard.  Times are wall clock seconds since 1970, durations seconds, so that two
// replies about one ban never differ.

/// What became of the claims of other sources when one was made.
package indirect enum OtherSources: Hashable, Sendable {
    /// Nothing: the new one decides, or nobody else has any.
    case none
    /// This source's holds the network for longer, until then in wall clock seconds since 1970;
    /// nil: for ever.
    case heldBy(String, until: Int64?)
    /// Those of these sources were dropped (`exact`).
    case dropped([String])
    /// One of these, and the new ban holds a resolver of this host.
    case warned(resolver: Network, OtherSources)
}

/// A ban as replies show it.
package struct BanView: Hashable, Sendable {
    /// What is banned.
    package var network: Network
    /// nil: permanent.
    package var expires: Int64?
    /// What is left of it, seconds, rounded up; nil: permanent.
    package var ttlSeconds: Int64?
    /// When it was made, wall clock seconds since 1970.
    package var created: Int64
    /// Why, for people; empty: nobody said.
    package var reason: String
    /// The program that asked for it or reported; empty: nobody said.
    package var source: String
    /// The user that asked for it or reported.
    package var uid: UInt32
    /// Made by the rules (strikes), not by an administrator.
    package var isAutomatic: Bool
    /// Where the ban stands with the kernel; nil: the kernel is not asked to drop it.
    package var enforcement: Enforcement?
    /// Recorded, but not enforced.
    package var isDryRun = false
    /// It ends at `expires` unless somebody confirms it.
    package var isUnconfirmed = false
    /// When it ends once it is confirmed; nil: never, or there is nothing to confirm.
    package var confirmedExpires: Int64?
    /// The list that holds the address, shown here in the form of a ban; nil: this is a ban.
    package var list: String?
    /// What a new claim means for those of other sources.
    package var others = OtherSources.none
}

/// The answer to `unban`: what was lifted, and what still holds it.
package struct UnbanAnswer: Hashable, Sendable {
    /// The network whose ban is gone.
    package var network: Network
    /// The sources whose claims were lifted.
    package var sources: [String] = []
    /// The narrowest wider ban, or the network of the list, that still holds it.
    package var holder: Network?
    /// The list that `holder` is in; nil: it is a ban.
    package var list: String?
    /// Another source whose claim still holds the network itself.
    package var heldBy: String?
}

/// The answer to `check`.
package struct CheckAnswer: Hashable, Sendable {
    /// The network that was asked about, as the guard counts it.
    package var network: Network
    /// The narrowest ban that holds it.
    package var ban: BanView?
}

/// The answer to `hit`.
package struct HitAnswer: Hashable, Sendable {
    /// What the application should do with the request.
    package enum Outcome: Hashable, Sendable {
        /// Admitted; this many more fit into the window.
        case admitted(remaining: Int)
        /// Over the rate limit: the application answers 429.
        case limited(retryAfterSeconds: Int64)
        /// Banned: the application answers 403; nil: the ban is permanent.
        case banned(retryAfterSeconds: Int64?)
    }
    /// The network that the hit counts for.
    package var network: Network
    /// What the application should do with the request.
    package var outcome: Outcome
    /// Live strikes after this hit.
    package var strikes: Int
    /// The route was too long, or not UTF-8, and was cut or repaired.
    package var isCut = false
}

/// The answer to `strike`.
package struct StrikeAnswer: Hashable, Sendable {
    /// The network that the strike counts for.
    package var network: Network
    /// Live strikes; 0 after a ban consumed them.
    package var strikes: Int
    /// The ban that the strike led to, or that was there already; nil: none.
    package var ban: BanView?
    /// Set where the strike changed nothing: the address is in `guard.allow`, or one that is never
    /// banned.
    package var isAllowed = false
    /// Whether the strike counts.
    package var isCounted = true
    /// The reason was too long, or not UTF-8, and was cut or repaired.
    package var isCut = false
    /// Its place is not beyond the last one of its stream: it was counted before.
    package var isRepeated = false
}

/// An address with strikes, as `strikes` and `why` show it; newest last.
package struct StrikeView: Hashable, Sendable {
    /// One strike.
    package struct Item: Hashable, Sendable {
        /// When it happened, wall clock seconds since 1970.
        package var at: Int64
        /// When it stops counting, wall clock seconds since 1970.
        package var expires: Int64
        /// How many strikes it counts for; 1...1000.
        package var weight: Int
        /// For people; empty: nobody said.
        package var reason: String
        /// The program that reported it; empty: nobody said.
        package var source: String
        /// The user that reported it.
        package var uid: UInt32
    }
    /// The address, or the `ipv6_prefix` network that stands for it.
    package var network: Network
    /// The sum of the live weights.
    package var strikes: Int
    /// The strikes that still count, the first to end first.
    package var items: [Item]
}

/// Strikes of an address that count together: those of a source with a section of its own
/// (`guard.source`), or those of all other sources.
package struct StrikeCount: Hashable, Sendable {
    /// nil: all sources without a section of their own.
    package var source: String?
    /// The sum of the live weights.
    package var strikes: Int
    /// The sum at which they ban.
    package var bansAt: Int
}

/// The answer to `why`: the whole story of an address.
package struct WhyReport: Hashable, Sendable {
    /// The network that was asked about, as the guard counts it.
    package var network: Network
    /// Every claim that holds it, the narrowest network first, and of one network first the claim
    /// that decides there; then every list.
    package var bans: [BanView]
    /// The place in `bans` of what `check` shows; nil: nothing holds it.
    package var decides: Int?
    /// Its strikes that still count.
    package var strikes: StrikeView
    /// The same by what counts together, the shared ones first; without those that are 0.
    package var counts: [StrikeCount] = []
    /// Hits in the rate window.
    package var hits: Int
    /// Hits admitted in any rate window.
    package var rateLimit: Int
    /// Length of the rate window.
    package var rateWindowSeconds: Int64
    /// The `guard.allow` entry that holds it.
    package var allowedBy: Network?
    /// How often in a row the rules banned it, as far as is remembered.
    package var offenses = 0
    /// When these offenses are forgotten; nil: nothing is remembered.
    package var offensesUntil: Int64?
    /// The rule that decides now, in words.
    package var verdict: String
    /// Kept events about it, newest first.
    package var events: [Event]
    /// Whether there may be older ones in the files of events.
    package var hasOlderEvents = false

    /// How many events it shows.
    package static let eventLimit = 20
}

/// `guard stats` (S1-10).
package struct GuardStats: Hashable, Sendable {
    /// Bans held, dry runs among them.
    package var activeBans: Int
    /// Addresses with strikes.
    package var ipsWithStrikes: Int
    /// Addresses with a rate window.
    package var trackedRates: Int
    /// `guard.max_tracked`: the most bans, struck addresses and rate windows, each.
    package var maxTracked: Int
    /// What the kernel's sets have dropped; empty where it enforces nothing.
    package var dropped: [DroppedBy] = []
    /// Lists held.
    package var lists = 0
    /// Networks in all lists.
    package var listed = 0
    /// `guard.max_listed`: the most networks in all lists.
    package var maxListed = 2_000_000
    /// Totals since opsd started: sources that count by themselves, by name, then all others.
    package var bySource: [SourceTally] = []
    /// S1-10: bans + addresses with strikes.
    package var totalTrackedIPs: Int { activeBans + ipsWithStrikes }
}
