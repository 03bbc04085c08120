// The addresses without which nobody reaches the host any more: its own, its gateways', and those
// from which somebody is logged in.  Measured by the daemon, not kept: telemetry.  A ban is
// refused, and a strike not counted, where it would hold one of them.

/// Addresses that are never banned, whatever anybody says.
package struct Surroundings: Hashable, Sendable {
    /// What an address is to this host.
    package enum Kind: UInt8, Comparable, Sendable {
        case own, gateway, session

        package static func < (one: Kind, other: Kind) -> Bool { one.rawValue < other.rawValue }

        /// Completes "ADDRESS is ...".
        var words: String {
            switch self {
            case .own: "an address of this host"
            case .gateway: "a gateway of this host"
            case .session: "where somebody is logged in from"
            }
        }
    }

    /// One address.
    package struct Neighbour: Hashable, Comparable, Sendable {
        package var network: Network
        package var kind: Kind

        package init(_ network: Network, _ kind: Kind) {
            self.network = network
            self.kind = kind
        }

        package static func < (one: Neighbour, other: Neighbour) -> Bool {
            one.network == other.network
                ? one.kind < other.kind : one.network < other.network
        }
    }

    /// In order, each address once.
    private let neighbours: [Neighbour]

    /// Single addresses; where there are more than `Bounds.surroundings`, sessions and gateways are
    /// kept first.
    package init(_ found: some Sequence<Neighbour> = []) {
        var kept: [Neighbour] = []
        for neighbour in found.filter({ $0.network.isAddress }).sorted()
        where kept.last?.network != neighbour.network {
            kept.append(neighbour)
        }
        if kept.count > Bounds.surroundings {
            kept = Array(kept.sorted { $0.kind > $1.kind }.prefix(Bounds.surroundings)).sorted()
        }
        neighbours = kept
    }

    package var count: Int { neighbours.count }

    /// The addresses of some kinds.
    func networks(_ isWanted: (Kind) -> Bool) -> [Network] {
        neighbours.filter { isWanted($0.kind) }.map(\.network)
    }

    /// The first of them that `network` holds.
    func held(by network: Network) -> Neighbour? {
        var low = 0
        var high = neighbours.count
        while low < high {
            let middle = (low + high) / 2
            if neighbours[middle].network < network { low = middle + 1 } else { high = middle }
        }
        // A network sorts before the addresses it holds; the IPv4 part of the space may lie between
        // those of a wide IPv6 one.
        while low < neighbours.count, case let address = neighbours[low].network,
            address.widened(to: network.length).high == network.high,
            address.widened(to: network.length).low == network.low
        {
            if network.contains(address) { return neighbours[low] }
            low += 1
        }
        return nil
    }
}
