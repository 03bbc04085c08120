// What is remembered of addresses that the rules banned, so that those who come back are banned for
// longer.  Durable: kept over restarts, and for `guard.ban_memory` after the last ban.

/// One remembered address.
struct OffenseEntry: Expiring {
    var network: Network
    var count: UInt16
    /// The number of the user whose report it was; `Owners.nobody` after a restart.
    var owner = Owners.nobody
    var deadline: Int64

    var offense: Offense { Offense(network: network, count: count, deadline: deadline) }
}

/// All remembered addresses; at most `guard.max_tracked`, a bound that `decide` enforces.
struct Offenses: Sendable {
    private(set) var table: ExpiringTable<OffenseEntry>
    /// How many each user reported.  A record does not say whose report it was, so that those of a
    /// snapshot are nobody's.
    private(set) var owners = Owners()

    init(hasher: KeyedHash) { table = ExpiringTable(hasher: hasher) }

    var count: Int { table.count }

    /// - Parameter uid: whose report it was; nil: nobody knows.
    mutating func insert(_ offense: Offense, by uid: UInt32?) {
        let entry = OffenseEntry(
            network: offense.network, count: offense.count,
            owner: uid.map { owners.add($0) } ?? Owners.nobody, deadline: offense.deadline)
        if let old = table.insert(entry) { owners.remove(number: old.owner) }
    }

    mutating func remove(_ network: Network) {
        if let gone = table.remove(network) { owners.remove(number: gone.owner) }
    }

    /// Moves every deadline; see `ExpiringTable.rebase`.
    mutating func rebase(_ move: (Int64) -> Int64) {
        table.rebase { $0.deadline = move($0.deadline) }
    }
}

/// Which networks had addresses banned lately: the evidence for banning the network.  Derived from
/// the bans as they are made, not kept: after another boot it begins anew.
struct SubnetWatch: Sendable {
    struct Sighting: Sendable {
        var network: Network
        /// When it was banned; milliseconds of boot time.
        var at: Int64
        /// Its ban is not enforced.
        var isDryRun: Bool
    }

    /// Networks watched.
    var count: Int { sightings.count }

    /// The newest sightings of each network, dry runs and others, oldest first.
    private var sightings: [Network: [Sighting]] = [:]

    /// The network of the threshold that an address belongs to: IPv4 /24, IPv6 /48.
    static func subnet(of network: Network) -> Network? {
        let length: UInt8 = network.isIPv4 ? 96 + 24 : 48
        return network.length > length ? network.widened(to: length) : nil
    }

    /// Notes that an address of a network was banned.
    mutating func note(
        _ network: Network, in subnet: Network, isDryRun: Bool, keep: Int, at boot: Int64
    ) {
        if sightings[subnet] == nil && sightings.count >= Bounds.subnets {
            // The table is full: one pass drops the sixteenth that was seen longest ago.
            let ages = sightings.values.map { $0.last?.at ?? .min }.sorted()
            let limit = ages[ages.count / 16]
            sightings = sightings.filter { ($0.value.last?.at ?? .min) > limit }
        }
        var list = sightings[subnet] ?? []
        // An address may be banned in earnest and tried besides.
        list.removeAll { $0.network == network && $0.isDryRun == isDryRun }
        list.append(Sighting(network: network, at: boot, isDryRun: isDryRun))
        // Keeps the newest of each kind, so that no dry run takes the place of an enforced ban.
        var surplus = list.count { $0.isDryRun == isDryRun } - keep
        list.removeAll {
            guard surplus > 0, $0.isDryRun == isDryRun else { return false }
            surplus -= 1
            return true
        }
        sightings[subnet] = list
    }

    /// Forgets an address whose ban was a mistake: it is not evidence.
    mutating func forget(_ network: Network) {
        guard let subnet = Self.subnet(of: network), var list = sightings[subnet] else { return }
        list.removeAll { $0.network == network }
        sightings[subnet] = list.isEmpty ? nil : list
    }

    /// How many addresses of `subnet` other than `network` were banned since `boot`, with dry runs
    /// or without.
    func count(
        in subnet: Network, except network: Network, since boot: Int64, withDryRuns: Bool
    ) -> Int {
        guard let held = sightings[subnet] else { return 0 }
        let found = held.filter {
            $0.at >= boot && $0.network != network && (withDryRuns || !$0.isDryRun)
        }
        return withDryRuns ? Set(found.map(\.network)).count : found.count
    }
}
