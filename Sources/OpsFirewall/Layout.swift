// What opsd keeps in the kernel: one table of its own, `inet opsd`, with a set and a counter of the
// same name for each kind of ban, and one chain that drops what is in a set and counts it.
//
//     allowed4     interval  what is never dropped: guard.allow, the host's own, gateways, logins
//     allowed6     interval  the same of IPv6; both are looked up first, and end the chain
//     addresses4   hash      IPv4 addresses
//     addresses6   hash      IPv6 networks of guard.ipv6_prefix; the packet's source is masked
//     exact6       hash      IPv6 addresses by themselves (none when ipv6_prefix is 128)
//     ranges4      interval  every other IPv4 network, as disjoint ranges
//     ranges6      interval  every other IPv6 network, as disjoint ranges
//
// After these sets, the chain jumps to the chain `lists`, whose rules look up the sets of each list
// (ListSets.swift).
//
// A hash set finds or adds an address in a few microseconds, however many elements it has; an
// interval set becomes slower, so it is used only for networks.

package import OpsCore

/// One of the sets.
package enum KernelSet: UInt8, CaseIterable, Sendable {
    case addresses4, addresses6, exact6, ranges4, ranges6, allowed4, allowed6

    /// The sets whose packets are dropped and counted.
    package static let bans: [KernelSet] = [.addresses4, .addresses6, .exact6, .ranges4, .ranges6]
    /// The sets whose packets are never dropped, even if another set contains the address too.
    package static let allowed: [KernelSet] = [.allowed4, .allowed6]

    /// The name of the set in the kernel.
    package var name: StaticString {
        switch self {
        case .addresses4: "addresses4"
        case .addresses6: "addresses6"
        case .exact6: "exact6"
        case .ranges4: "ranges4"
        case .ranges6: "ranges6"
        case .allowed4: "allowed4"
        case .allowed6: "allowed6"
        }
    }

    /// Whether it is an interval set; otherwise a hash set.
    package var isRanges: Bool {
        switch self {
        case .addresses4, .addresses6, .exact6: false
        case .ranges4, .ranges6, .allowed4, .allowed6: true
        }
    }

    var isIPv4: Bool { self == .addresses4 || self == .ranges4 || self == .allowed4 }
    var isAllowed: Bool { self == .allowed4 || self == .allowed6 }

    var shape: SetShape {
        SetShape(name: "\(name)", isIPv4: isIPv4, isRanges: isRanges, number: UInt32(rawValue) + 1)
    }
}

/// The properties of a set that messages about it need.
struct SetShape {
    let name: String
    let isIPv4: Bool
    let isRanges: Bool
    /// The set's number, unique in its transaction.
    let number: UInt32

    var keyBytes: Int { isIPv4 ? 4 : 16 }
}

/// Which set each network belongs to, and the names of table and chains.
package struct Layout: Hashable, Sendable {
    /// The table, of the family `inet`.
    package static let table: StaticString = "opsd"
    /// The chain that packets enter.
    package static let chain: StaticString = "prerouting"
    /// The chain that looks up lists.
    package static let listChain: StaticString = "lists"

    /// What the source of an IPv6 packet is masked to: `guard.ipv6_prefix`.
    package let ipv6Prefix: UInt8

    package init(ipv6Prefix: UInt8) { self.ipv6Prefix = ipv6Prefix }

    /// The set that holds a ban of this network.
    package func set(of network: Network) -> KernelSet {
        if network.isIPv4 { return network.isAddress ? .addresses4 : .ranges4 }
        if network.length == ipv6Prefix { return .addresses6 }
        return network.isAddress ? .exact6 : .ranges6
    }
}
