// What a request names: an address or a network, as its caller wrote it.

/// An address or network as a caller wrote it.
package struct Target: Hashable, Sendable {
    /// The value as written: a bare address is a network of length 128.
    package var network: Network
    /// Written without a prefix.  A bare IPv6 address stands for its `guard.ipv6_prefix` network.
    package var isBare: Bool

    package init(network: Network, isBare: Bool) {
        self.network = network
        self.isBare = isBare
    }

    /// The network it counts as: a bare IPv6 address is its `guard.ipv6_prefix` network, but where
    /// its neighbours there are strangers.
    @inline(__always)
    func counted(ipv6Prefix: Int) -> Network {
        !isBare || network.isIPv4 ? network : countedIPv6(prefix: UInt8(ipv6Prefix))
    }

    private func countedIPv6(prefix: UInt8) -> Network {
        network.isAmongStrangers ? network : network.widened(to: prefix)
    }
}

/// One or more targets; one alone costs no allocation.
package struct Targets: Hashable, Sendable {
    /// The first target; there is always one.
    package var first: Target
    /// The targets after the first, in the order they were written.
    package var others: [Target]

    package init(_ first: Target, _ others: [Target] = []) {
        self.first = first
        self.others = others
    }

    /// How many targets there are; at most `Bounds.targets`.
    package var count: Int { 1 + others.count }
}

extension [Network] {
    /// Whether one of them contains the network.
    func holds(_ network: Network) -> Bool {
        for index in indices where self[index].contains(network) { return true }
        return false
    }
}
