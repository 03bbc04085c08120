// What replies say of the kernel: whether it holds a ban, what it has dropped, and how it differs
// from the state.  How bans get into the kernel is not the domain's business.

/// Where a ban stands with the kernel.
package enum Enforcement: Hashable, Sendable {
    /// In the kernel: its packets are dropped.
    case enforced
    /// Not yet: the kernel has not answered.
    case pending
    /// The kernel refused it; the errno's name, for example `ENOBUFS`.
    case refused(String)
}

/// What one set in the kernel has dropped since it was made.
package struct DroppedBy: Hashable, Sendable {
    /// Name of the set in the kernel.
    package var set: String
    /// Packets dropped since the set was made.
    package var packets: UInt64
    /// Bytes of those packets.
    package var bytes: UInt64

    package init(set: String, packets: UInt64, bytes: UInt64) {
        self.set = set
        self.packets = packets
        self.bytes = bytes
    }
}

/// `enforce verify` and `enforce repair`.
package struct AuditReport: Hashable, Sendable {
    /// Addresses and ranges that the kernel has.
    package var elements: Int
    /// Bans that the kernel lacks.
    package var missing: Int
    /// Elements that no ban asked for.
    package var extra: Int
    /// Elements whose end differs from that of their ban.
    package var wrong: Int
    /// Whether the table, its chain or its rules are not as they were made.
    package var isAltered: Bool
    /// The first few differences, for people.
    package var examples: [String]
    /// Whether the differences were put right; nil: nobody asked for that.
    package var isRepaired: Bool?

    package init(
        elements: Int, missing: Int, extra: Int, wrong: Int, isAltered: Bool, examples: [String],
        isRepaired: Bool? = nil
    ) {
        self.elements = elements
        self.missing = missing
        self.extra = extra
        self.wrong = wrong
        self.isAltered = isAltered
        self.examples = examples
        self.isRepaired = isRepaired
    }

    /// Whether nothing differs.
    package var isOK: Bool { missing == 0 && extra == 0 && wrong == 0 && !isAltered }
}

extension State {
    /// The networks of one part, `0..<snapshotParts`, whose bans are enforced, and until when:
    /// milliseconds of boot time.
    package func bannedPart(
        _ part: Int, at now: Moment
    ) -> [(network: Network, deadline: Int64)] {
        let boot = now.bootMilliseconds
        return bans.table.shards[part].entries.lazy
            .filter { $0.deadline > boot && !$0.traits.contains(.dryRun) }
            .map { ($0.network, $0.deadline) }
    }

    /// When the ban of exactly this network ends that is enforced, milliseconds of boot time; nil:
    /// there is none.
    package func enforcedDeadline(of network: Network) -> Int64? {
        bans.table[network].flatMap { $0.traits.contains(.dryRun) ? nil : $0.deadline }
    }
}
