// What the guard keeps and logs: bans, strikes, remembered offenders, and how far an expiry went.
// These are the payloads of its changes (State/Change.swift); the tables keep them packed (Bans,
// Strikes).

/// What is special about a ban.  The raw value is part of the log's format.
package struct BanTraits: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Made by the rules, not by an administrator.
    package static let automatic = BanTraits(rawValue: 1)
    /// Decided and recorded, but not enforced (`guard.dry_run`).
    package static let dryRun = BanTraits(rawValue: 2)
    /// The network around several banned addresses (`guard.subnet_threshold`).
    package static let subnet = BanTraits(rawValue: 4)
    /// Its source counts strikes by itself (`guard.source`): it consumed those of its source alone.
    package static let own = BanTraits(rawValue: 8)
    /// All that this version knows.
    package static let known: BanTraits = [.automatic, .dryRun, .subnet, .own]
}

/// A ban as it is logged, kept and shown.
package struct Ban: Hashable, Sendable {
    /// `deadline` of a ban that does not end.
    package static let never = Int64.max

    /// What is banned; a single address is a network of length 128.
    package var network: Network
    /// When it ends: milliseconds of boot time, or `never`.
    package var deadline: Int64
    /// When it was made: wall clock seconds since 1970.
    package var created: UInt32
    /// At most `Bounds.reasonBytes`.
    package var reason: String
    /// At most `Bounds.sourceBytes`.
    package var source: String
    /// Who asked for it, or whose report caused it.
    package var uid: UInt32
    /// How the ban came about and whether it is enforced.
    package var traits: BanTraits
    /// What `deadline` becomes once somebody confirms the ban; nil: it needs no confirmation.
    package var confirmedDeadline: Int64?

    /// Made by the rules (strikes), not by an administrator.
    package var isAutomatic: Bool { traits.contains(.automatic) }
    /// Not enforced.
    package var isDryRun: Bool { traits.contains(.dryRun) }

    package init(
        network: Network, deadline: Int64, created: UInt32, reason: String, source: String,
        uid: UInt32, traits: BanTraits, confirmedDeadline: Int64? = nil
    ) {
        self.network = network
        self.deadline = deadline
        self.created = created
        self.reason = reason
        self.source = source
        self.uid = uid
        self.traits = traits
        self.confirmedDeadline = confirmedDeadline
    }
}

/// The end of one source's claim on a network.
package struct ClaimRelease: Hashable, Sendable {
    /// What it claimed.
    package var network: Network
    /// Whose claim it was; at most `Bounds.sourceBytes`.
    package var source: String
    /// Why it ends.
    package var reason: ClearReason
    /// Who ended it.
    package var uid: UInt32
    /// Whether the ban was a mistake: the address is no longer remembered for it.
    package var forgets: Bool

    package init(
        _ network: Network, source: String, _ reason: ClearReason, uid: UInt32,
        forgets: Bool = false
    ) {
        self.network = network
        self.source = source
        self.reason = reason
        self.uid = uid
        self.forgets = forgets
    }
}

/// What is remembered of an address that the rules banned (`guard.ban_memory`).
package struct Offense: Hashable, Sendable {
    /// The address, or the `ipv6_prefix` network that stands for it.
    package var network: Network
    /// How often in a row it was banned by the rules; 1 or more.
    package var count: UInt16
    /// When it is forgotten: milliseconds of boot time.
    package var deadline: Int64

    package init(network: Network, count: UInt16, deadline: Int64) {
        self.network = network
        self.count = count
        self.deadline = deadline
    }
}

/// One strike as it is logged, kept and shown.
package struct Strike: Hashable, Sendable {
    /// The address, or the `ipv6_prefix` network that stands for it.
    package var network: Network
    /// When it stops counting: milliseconds of boot time.  No other strike of its network has the
    /// same deadline, so that a strike applied twice is recognised.
    package var deadline: Int64
    /// When it happened: wall clock seconds since 1970.
    package var at: UInt32
    /// How many strikes it counts for; 1...1000.
    package var weight: UInt16
    /// For people; at most `Bounds.reasonBytes`.
    package var reason: String
    /// The program that reported it; at most `Bounds.sourceBytes`.
    package var source: String
    /// The user that reported it.
    package var uid: UInt32
    /// It counts with those of its source alone (`guard.source`), not with those of all others.
    package var isOwn: Bool

    package init(
        network: Network, deadline: Int64, at: UInt32, weight: UInt16, reason: String,
        source: String, uid: UInt32, isOwn: Bool = false
    ) {
        self.isOwn = isOwn
        self.network = network
        self.deadline = deadline
        self.at = at
        self.weight = weight
        self.reason = reason
        self.source = source
        self.uid = uid
    }
}

/// How far an expiry went, in the order (deadline, network); everything up to and with it is gone.
package struct ExpiryMark: Hashable, Sendable {
    /// Milliseconds of boot time.
    package var deadline: Int64
    /// Among entries with this deadline, the last one that is gone.
    package var network: Network

    package init(deadline: Int64, network: Network) {
        self.deadline = deadline
        self.network = network
    }
}

/// Why strikes or a ban were taken away.
package enum ClearReason: UInt8, Sendable {
    /// An administrator said so (`unban`, `clear`).
    case command
    /// `success IP` (S1-06).
    case success
    /// The address came to be in `guard.allow`.
    case allowed
    /// The table was full and this was the entry to go.
    case evicted
    /// The ban was not confirmed in time.
    case unconfirmed
    /// The claim came to its end while a longer one holds the network: no event tells of it.
    case ended
}
