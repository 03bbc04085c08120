// One claim as the tables of bans keep it.

/// A ban as the table keeps it; it has the numbers of its texts instead of the texts.
package struct BanEntry: Expiring {
    /// What is banned.
    package var network: Network
    /// How the ban came about and whether it is enforced.
    package var traits: BanTraits
    /// Number of the source in the table's texts; 0: empty.
    package var source: UInt16
    /// Number of the reason in the table's texts; 0: empty.
    package var reason: UInt32
    /// When it ends: milliseconds of boot time, or `Ban.never`.
    package var deadline: Int64
    /// When it was made: wall clock seconds since 1970.
    package var created: UInt32
    /// Who asked for it, or whose report caused it.
    package var uid: UInt32

    package init(
        network: Network, traits: BanTraits, source: UInt16, reason: UInt32, deadline: Int64,
        created: UInt32, uid: UInt32
    ) {
        self.network = network
        self.traits = traits
        self.source = source
        self.reason = reason
        self.deadline = deadline
        self.created = created
        self.uid = uid
    }

    /// The ban, with its texts and what its deadline becomes once it is confirmed.
    func ban(_ reason: String, _ source: String, confirmed: Int64?) -> Ban {
        Ban(
            network: network, deadline: deadline, created: created, reason: reason, source: source,
            uid: uid, traits: traits, confirmedDeadline: confirmed)
    }
}
