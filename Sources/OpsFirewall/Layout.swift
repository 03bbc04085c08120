// What opsd keeps in the kernel: one table of its own, `inet opsd`, with a set and a counter of the
// same name for each kind of ban, and rules that drop what is in a set and count it.
//
//     allowed4     interval  what is never dropped: guard.allow, the host's own, gateways, logins
//     allowed6     interval  the same of IPv6
//     addresses4   hash      IPv4 addresses
//     addresses6   hash      IPv6 networks of guard.ipv6_prefix; the packet's source is masked
//     exact6       hash      IPv6 addresses by themselves (none when ipv6_prefix is 128)
//     ranges4      interval  every other IPv4 network, as disjoint ranges
//     ranges6      interval  every other IPv6 network, as disjoint ranges
//
// The chain `prerouting`, which packets enter, goes to the chain of the packet's protocol, `ipv4`
// or `ipv6`.  There, each set that is not empty has a rule, the sets of lists too (ListSets.swift):
//
//     ip saddr @addresses4 ip saddr != @allowed4 counter name "addresses4" drop
//
// So a packet of somebody who is not banned costs one look-up for each set that there is something
// in, and what is never dropped is looked up only for those who would be dropped.  Each rule says
// its protocol once more, because nft(8) cannot read back what it shows of a rule that does not.
//
// A hash set finds or adds an address in a few microseconds, however many elements it has; an
// interval set becomes slower, so it is used only for networks.

import CNetfilter
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

    /// Whether its keys are IPv4 addresses.
    package var isIPv4: Bool { self == .addresses4 || self == .ranges4 || self == .allowed4 }

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

    /// The flags of such a set.
    /// - Parameter hasTimeouts: whether elements may time out.
    func flags(hasTimeouts: Bool) -> UInt32 {
        (hasTimeouts ? UInt32(NFT_SET_TIMEOUT.rawValue) : 0)
            | (isRanges ? UInt32(NFT_SET_INTERVAL.rawValue) : 0)
    }
}

/// Which set each network belongs to, and the names of table and chains.
package struct Layout: Hashable, Sendable {
    /// The table, of the family `inet`.
    package static let table: StaticString = "opsd"
    /// The chain that packets enter.
    package static let chain: StaticString = "prerouting"
    /// The chain to which it goes with packets of IPv4.
    package static let ipv4Chain: StaticString = "ipv4"
    /// The chain to which it goes with packets of IPv6.
    package static let ipv6Chain: StaticString = "ipv6"
    /// Chains that only earlier versions made.
    package static let formerChains: Set<String> = ["lists"]

    static let chains: [StaticString] = [chain, ipv4Chain, ipv6Chain]

    static func chain(isIPv4: Bool) -> StaticString { isIPv4 ? ipv4Chain : ipv6Chain }

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
