// The addresses without which the host cannot be reached any more: its own, its gateways', and
// those from which somebody is logged in.  Measured by the daemon, not kept: telemetry.  A ban is
// refused, and a strike not counted, where it would hold one of them.  The resolvers are known too:
// without them the host finds no names, but a ban of one is not refused.

/// Addresses that are never banned, whatever anybody says; and resolvers.
package struct HostNetworks: Hashable, Sendable {
    /// What an address is to this host.
    package enum Kind: UInt8, Comparable, Sendable {
        case own, gateway, session
        /// Asked for names by this host.  Not protected: whoever bans one is warned.
        case resolver

        /// In the order in which they are given up when there are too many: own addresses first.
        /// (Resolvers have a bound of their own.)
        package static func < (one: Kind, other: Kind) -> Bool { one.rawValue < other.rawValue }

        /// Completes "ADDRESS is ...".
        var text: String {
            switch self {
            case .own: "an address of this host"
            case .gateway: "a gateway of this host"
            case .session: "an address that somebody is logged in from"
            case .resolver: "a resolver of this host"
            }
        }
    }

    /// One address.
    package struct Entry: Hashable, Comparable, Sendable {
        /// A single address; a wider network is left out.
        package var network: Network
        /// Why the host needs it.
        package var kind: Kind

        package init(_ network: Network, _ kind: Kind) {
            self.network = network
            self.kind = kind
        }

        /// By address, then by kind.
        package static func < (one: Entry, other: Entry) -> Bool {
            one.network == other.network
                ? one.kind < other.kind : one.network < other.network
        }
    }

    /// What is protected: in order, each address once.
    private let entries: [Entry]
    /// In order, each once; one may be a gateway too.
    private let resolvers: [Network]

    /// Single addresses; where there are more than `Bounds.hostNetworks`, sessions and gateways are
    /// kept first.  Of resolvers, up to `Bounds.resolvers` are kept.
    package init(_ found: some Sequence<Entry> = []) {
        let addresses = found.filter { $0.network.isAddress }
        let resolvers = Set(addresses.lazy.filter { $0.kind == .resolver }.map(\.network))
        self.resolvers = Array(resolvers.sorted().prefix(Bounds.resolvers))
        var kept: [Entry] = []
        for entry in addresses.filter({ $0.kind != .resolver }).sorted()
        where kept.last?.network != entry.network {
            kept.append(entry)
        }
        if kept.count > Bounds.hostNetworks {
            kept = Array(kept.sorted { $0.kind > $1.kind }.prefix(Bounds.hostNetworks)).sorted()
        }
        entries = kept
    }

    /// The first resolver that `network` holds.
    package func resolver(in network: Network) -> Network? {
        let isAddress = network.isAddress
        for index in resolvers.indices {
            let resolver = resolvers[index]
            if resolver == network || !isAddress && network.contains(resolver) { return resolver }
        }
        return nil
    }

    /// Protected addresses held.
    package var count: Int { entries.count }

    /// The protected addresses of some kinds.
    func networks(_ isWanted: (Kind) -> Bool) -> [Network] {
        entries.filter { isWanted($0.kind) }.map(\.network)
    }

    /// The first entry that `network` holds.
    func held(by network: Network) -> Entry? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].network < network { low = middle + 1 } else { high = middle }
        }
        // A network sorts before the addresses it holds; the IPv4 part of the space may lie among
        // the addresses of a wide IPv6 network.
        while low < entries.count, case let address = entries[low].network,
            address.widened(to: network.length).high == network.high,
            address.widened(to: network.length).low == network.low
        {
            if network.contains(address) { return entries[low] }
            low += 1
        }
        return nil
    }
}
