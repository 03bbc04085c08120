// What may happen to the durable state: each case is one kind of log record.  Values are absolute
// ("ends at T", never "+1"), so applying a record again, in order, does no harm.  What is not
// logged (rate windows, samples) is `Telemetry`, a type of its own: it cannot reach the log.

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
    /// All that this version knows.
    package static let known: BanTraits = [.automatic, .dryRun, .subnet]
}

/// A ban as it is logged, kept and shown.
package struct Ban: Hashable, Sendable {
    /// `deadline` of a ban that does not end.
    package static let never = Int64.max

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
    package var traits: BanTraits
    /// What `deadline` becomes once somebody confirms the ban; nil: it needs no confirmation.
    package var confirmedDeadline: Int64?

    /// Made by the rules (strikes), not by an administrator.
    package var isAutomatic: Bool { traits.contains(.automatic) }
    /// Not enforced.
    package var isDryRun: Bool { traits.contains(.dryRun) }

    package init(
        network: Network, deadline: Int64, created: UInt32, reason: String, source: String,
        uid: UInt32, isAutomatic: Bool
    ) {
        self.init(
            network: network, deadline: deadline, created: created, reason: reason, source: source,
            uid: uid, traits: isAutomatic ? .automatic : [])
    }

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

/// What is remembered of an address that the rules banned (`guard.ban_memory`).
package struct Offense: Hashable, Sendable {
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
    package var network: Network
    /// When it stops counting: milliseconds of boot time.  Unlike that of any other strike of its
    /// network, so that a strike applied twice is known.
    package var deadline: Int64
    /// When it happened: wall clock seconds since 1970.
    package var at: UInt32
    /// How many strikes it counts for; 1...1000.
    package var weight: UInt16
    package var reason: String
    package var source: String
    package var uid: UInt32

    package init(
        network: Network, deadline: Int64, at: UInt32, weight: UInt16, reason: String,
        source: String, uid: UInt32
    ) {
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
    package var deadline: Int64
    package var network: Network

    package init(deadline: Int64, network: Network) {
        self.deadline = deadline
        self.network = network
    }
}

/// The move of all deadlines from one boot to the next.
package struct Rebase: Hashable, Sendable {
    /// The last moment the earlier boot recorded, milliseconds of its boot time.
    package var lastBoot: Int64
    /// Wall clock less boot time in the earlier boot, milliseconds.
    package var earlierOffset: Int64
    /// Now, milliseconds of this boot.
    package var boot: Int64
    /// Now, wall clock milliseconds since 1970.
    package var wall: Int64
    /// This boot's id, 128 bits.
    package var bootID: BootID

    package init(lastBoot: Int64, earlierOffset: Int64, boot: Int64, wall: Int64, bootID: BootID) {
        self.lastBoot = lastBoot
        self.earlierOffset = earlierOffset
        self.boot = boot
        self.wall = wall
        self.bootID = bootID
    }

    /// A deadline in this boot: what is left of it by the wall clock, but never more than there was at
    /// the last moment recorded, however the wall clock was set in between.
    package func moved(_ deadline: Int64) -> Int64 {
        let atMost = max(0, deadline - lastBoot)
        let byWall = deadline + earlierOffset - wall
        return boot + min(max(0, byWall), atMost)
    }
}

/// Which boot of the machine boot times belong to.  Source: /proc/sys/kernel/random/boot_id.
package struct BootID: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
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
    /// Nobody confirmed the ban in time.
    case unconfirmed
}

/// An event that changes nothing else.
package struct Note: Hashable, Sendable {
    package var kind: EventKind
    package var severity: Severity
    package var details: String
    package var uid: UInt32?

    /// Details beyond `Bounds.detailsBytes` are cut.
    package init(_ kind: EventKind, _ severity: Severity, _ details: String, uid: UInt32? = nil) {
        self.kind = kind
        self.severity = severity
        self.details = details.cut(toBytes: Bounds.detailsBytes)
        self.uid = uid
    }
}

/// A durable change; the one way durable state changes, live and in replay.
package enum Change: Hashable, Sendable {
    case banned(Ban)
    case unbanned(Network, ClearReason, uid: UInt32)
    case struck(Strike)
    case strikesCleared(Network, ClearReason, uid: UInt32)
    /// `announce`: the ban at the mark, the only one to end here, becomes an event of its own.
    case bansExpired(ExpiryMark, announce: Bool)
    /// The sum of a second in which too many ended to announce each.
    case bansExpiredMany(count: UInt32)
    case strikesExpired(ExpiryMark)
    /// The wall clock was set, or drifted: wall less boot time, milliseconds.  `step`: set by so
    /// many milliseconds; nil where it is only noted (start).
    case clockSet(offset: Int64, step: Int64?)
    case rebased(Rebase)
    case noted(Note)
    /// The ban of this network is confirmed: it ends at `deadline`.
    case confirmed(Network, deadline: Int64, uid: UInt32)
    /// An address was banned by the rules so many times in a row.
    case remembered(Offense)
    /// Everything up to the mark is forgotten.
    case forgotten(ExpiryMark)

    // The domains.  Indirect, so that the hot ones stay small.
    indirect case list(ListRecord)
    indirect case service(ServiceRecord)
}
