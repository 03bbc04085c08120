// Which network interfaces carry what leaves the host, by what the kernel says they are: each byte
// is counted once.
//
// 1. An interface without a kind is a device: it counts.  One with a kind is made of others (a
//    bridge, bond, VLAN, tunnel) or leads to a guest (veth, tun); it does not, except for the few
//    kinds that are hardware.
// 2. Ports and members of a bridge or bond count as what they are.  A master without a kind (net
//    failover, Hyper-V) adds up its members itself: it counts, and they do not.
// 3. Where nothing counts by that, this is a container: its ways out are the interfaces whose other
//    end is in another network namespace.
//
// Source: rtnetlink(7), linux/if_link.h; the rtnl_link_ops of the kernel's drivers for the kinds.

/// Collects interfaces.
package struct LinkTable: Sendable {
    /// The most interfaces that are known; further ones are judged by their names.
    package static let limit = 4_096

    private struct Link: Sendable {
        var name = ""
        var index: UInt32 = 0
        var kind = ""
        /// The interface that it is a port or member of; 0: none.
        var master: UInt32 = 0
        /// The interface that carries it; 0 or its own: none.
        var lower: UInt32 = 0
        var isElsewhere = false
        var isLoopback = false

        var isDevice: Bool {
            if isLoopback { return false }
            let hasLower = lower != 0 && lower != index
            return kind.isEmpty || LinkTable.hardware.contains(kind) && !hasLower
        }
    }

    /// Kinds that are devices although they have one.
    private static let hardware: Set<String> = ["can", "ipoib", "wwan"]

    private var links: [Link] = []

    /// No interfaces.
    package init() {}

    /// Reads one interface: an ifinfomsg and its attributes.
    package mutating func read(link bytes: Span<UInt8>) {
        guard links.count < Self.limit, bytes.count >= LinkAttribute.headerBytes else { return }
        var link = Link()
        link.index = bytes.long(4)
        // IFF_LOOPBACK.
        link.isLoopback = bytes.long(8) & 0x8 != 0
        var attributes = NetlinkAttributes(at: LinkAttribute.headerBytes, end: bytes.count)
        while let (kind, value) = attributes.next(bytes) {
            switch kind {
            case LinkAttribute.name: link.name = bytes.terminated(value)
            case LinkAttribute.lower: link.lower = bytes.number(value) ?? 0
            case LinkAttribute.master: link.master = bytes.number(value) ?? 0
            case LinkAttribute.namespace: link.isElsewhere = true
            case LinkAttribute.information:
                var inner = NetlinkAttributes(in: value)
                while let (kind, value) = inner.next(bytes) {
                    if kind == LinkAttribute.kind { link.kind = bytes.terminated(value) }
                }
            default: break
            }
        }
        if !link.name.isEmpty { links.append(link) }
    }

    /// Whether each interface is in the total, by name.
    package var counted: [String: Bool] {
        let devices = Set(links.lazy.filter(\.isDevice).map(\.index))
        var counted: [String: Bool] = [:]
        for link in links {
            counted[link.name] = link.isDevice && !devices.contains(link.master)
        }
        if counted.values.contains(true) { return counted }
        for link in links where link.isElsewhere && !link.isLoopback && link.master == 0 {
            counted[link.name] = true
        }
        return counted
    }
}

/// IFLA_* of linux/if_link.h, and the bytes of the ifinfomsg before them.
private enum LinkAttribute {
    static let headerBytes = 16
    static let name: UInt16 = 3
    static let lower: UInt16 = 5
    static let master: UInt16 = 10
    static let information: UInt16 = 18
    /// IFLA_INFO_KIND, within IFLA_LINKINFO.
    static let kind: UInt16 = 1
    /// IFLA_LINK_NETNSID.
    static let namespace: UInt16 = 37
}
