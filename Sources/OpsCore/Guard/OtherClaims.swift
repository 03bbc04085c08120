// The claims on a network besides the one that decides: who else wants it banned, and until when.
// The deciding claim is the entry of `Bans`; these wait in a side table, of networks that have more
// than one claim alone.  They are `BanEntry`s, their texts numbers of the same tables.

/// Which claim: one source's on one network.
struct ClaimKey: Hashable, Sendable {
    var network: Network
    /// A number of the table of sources.
    var source: UInt16

    init(_ network: Network, source: UInt16) {
        self.network = network
        self.source = source
    }

    init(_ entry: BanEntry) { self.init(entry.network, source: entry.source) }
}

/// The claims of one network that do not decide.
struct OtherClaimsEntry: Expiring {
    var network: Network
    /// When the first of them ends: milliseconds of boot time.
    fileprivate(set) var deadline: Int64
    /// One a source; never empty.
    fileprivate(set) var claims: [BanEntry]

    init(_ network: Network, _ claims: [BanEntry]) {
        self.network = network
        self.claims = claims
        deadline = claims.reduce(.max) { min($0, $1.deadline) }
    }
}

/// All claims that do not decide.
struct OtherClaims: Sendable {
    private(set) var table: ExpiringTable<OtherClaimsEntry>
    /// Claims in the table; at most `Bounds.otherClaims`, which `decide` sees to.
    private(set) var count = 0
    /// How many of them each user holds.
    private(set) var owners = Owners()

    init(hasher: KeyedHash) { table = ExpiringTable(hasher: hasher) }

    var isEmpty: Bool { count == 0 }

    /// The claims of a network.
    subscript(network: Network) -> [BanEntry] {
        get { count == 0 ? [] : table[network]?.claims ?? [] }
        set {
            let held = self[network]
            if held.isEmpty && newValue.isEmpty { return }
            count += newValue.count - held.count
            for claim in held { owners.remove(claim.uid) }
            for claim in newValue { owners.add(claim.uid) }
            if newValue.isEmpty {
                _ = table.remove(network)
            } else {
                table.insert(OtherClaimsEntry(network, newValue))
            }
        }
    }

    /// The claim that ends first.
    var first: BanEntry? {
        table.first.flatMap { entry in entry.claims.first { $0.deadline == entry.deadline } }
    }

    /// Moves every deadline; see `ExpiringTable.rebase`.
    mutating func rebase(_ move: (Int64) -> Int64) {
        table.rebase { entry in
            for place in entry.claims.indices {
                entry.claims[place].deadline = move(entry.claims[place].deadline)
            }
            entry.deadline = entry.claims.reduce(.max) { min($0, $1.deadline) }
        }
    }
}
