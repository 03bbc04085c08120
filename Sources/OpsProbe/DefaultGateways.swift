// The gateways of default routes, out of the kernel's routes and nexthop objects as netlink sends
// them.
//
// 1. A default route is a unicast route in any table but `local` to 0.0.0.0/0 or ::/0, or to what
//    programs set up in their place without touching those: halves of the space (0.0.0.0/1 and
//    128.0.0.0/1, ::/1 and 8000::/1), and for IPv6 parts down to a sixteenth (2000::/3, 3000::/4).
// 2. Its gateways are in the route (one, or many for multipath), or in a nexthop object or a group
//    of them to which it refers.  A gateway may be of the other family.
// 3. The bytes are not trusted: a length that does not fit ends the walk.
//
// Source: rtnetlink(7), linux/rtnetlink.h, linux/nexthop.h.  Numbers are in host order.

package import OpsCore

/// Collects gateways: first all routes are read, then the nexthop objects where they are needed.
package struct DefaultGateways: Sendable {
    /// Gateways that are kept; later ones are left out.
    package static let gatewayLimit = 256
    /// Nexthop objects, and members of groups, that are kept; later ones are left out.
    private static let nexthopLimit = 16_384

    private var found: [Network] = []
    private var known: Set<Network> = []
    /// Nexthop objects and groups that default routes refer to.
    private var wanted: Set<UInt32> = []
    private var nexthops: [UInt32: Network] = [:]
    /// Members of the groups that are wanted.
    private var members: Set<UInt32> = []

    /// No gateways.
    package init() {}

    /// Whether a default route refers to nexthop objects.
    package var needsNexthops: Bool { !wanted.isEmpty }

    /// The gateways, each once.
    package var gateways: [Network] {
        var all = self
        for id in wanted.union(members).sorted() {
            if let gateway = nexthops[id] { all.append(gateway) }
        }
        return all.found
    }

    private mutating func append(_ gateway: Network) {
        if found.count < Self.gatewayLimit, known.insert(gateway).inserted {
            found.append(gateway)
        }
    }

    // MARK: Routes

    /// Reads one route: an rtmsg and its attributes.
    package mutating func read(route: Span<UInt8>) {
        guard route.count >= RouteHeader.bytes, RouteHeader.isDefault(route) else { return }
        var table = UInt32(route[RouteHeader.table])
        var gateways: [Network] = []
        var nexthop: UInt32?
        var attributes = NetlinkAttributes(at: RouteHeader.bytes, end: route.count)
        while let (kind, value) = attributes.next(route) {
            switch kind {
            case RouteAttribute.table: table = route.number(value) ?? table
            case RouteAttribute.nexthopID: nexthop = route.number(value)
            case RouteAttribute.multipath: Self.readPaths(route, value, &gateways)
            default: if let one = Self.gateway(route, kind, value) { gateways.append(one) }
            }
        }
        if table == RouteHeader.localTable { return }
        for gateway in gateways { append(gateway) }
        if let nexthop, wanted.count < Self.gatewayLimit { wanted.insert(nexthop) }
    }

    /// The gateways of a multipath route: an array of rtnexthop, each with attributes of its own.
    private static func readPaths(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ gateways: inout [Network]
    ) {
        var place = range.lowerBound
        while range.upperBound - place >= pathBytes {
            let length = Int(bytes.short(place))
            guard length >= pathBytes, length <= range.upperBound - place else { return }
            var attributes = NetlinkAttributes(at: place + pathBytes, end: place + length)
            while let (kind, value) = attributes.next(bytes) {
                if let one = gateway(bytes, kind, value) { gateways.append(one) }
            }
            place += (length + 3) & ~3
        }
    }

    /// Bytes of an rtnexthop.
    private static let pathBytes = 8

    /// The gateway that an attribute names: RTA_GATEWAY, of the route's family, or RTA_VIA, which
    /// begins with its family.
    private static func gateway(
        _ bytes: Span<UInt8>, _ kind: UInt16, _ value: Range<Int>
    ) -> Network? {
        switch kind {
        case RouteAttribute.gateway: bytes.address(value)
        case RouteAttribute.via where value.count > 2:
            bytes.address(value.lowerBound + 2..<value.upperBound)
        default: nil
        }
    }

    // MARK: Nexthop objects

    /// Reads one nexthop object: an nhmsg and its attributes.  Only after all routes.
    package mutating func read(nexthop: Span<UInt8>) {
        guard nexthop.count >= NexthopAttribute.headerBytes else { return }
        var id: UInt32?
        var gateway: Network?
        var group: Range<Int>?
        var attributes = NetlinkAttributes(at: NexthopAttribute.headerBytes, end: nexthop.count)
        while let (kind, value) = attributes.next(nexthop) {
            switch kind {
            case NexthopAttribute.id: id = nexthop.number(value)
            case NexthopAttribute.gateway: gateway = nexthop.address(value)
            case NexthopAttribute.group: group = value
            default: break
            }
        }
        guard let id else { return }
        if let gateway, nexthops.count < Self.nexthopLimit { nexthops[id] = gateway }
        guard let group, wanted.contains(id) else { return }
        // An array of nexthop_grp, which begins with the member's id.
        for place in stride(from: group.lowerBound, to: group.upperBound - 7, by: 8)
        where members.count < Self.nexthopLimit {
            members.insert(nexthop.long(place))
        }
    }
}

/// Where things are in an rtmsg.
private enum RouteHeader {
    static let bytes = 12
    static let table = 4
    /// RT_TABLE_LOCAL.
    static let localTable: UInt32 = 255

    /// Whether it is a default route, in whatever table: see rule 1.
    static func isDefault(_ route: Span<UInt8>) -> Bool {
        // AF_INET6, RTN_UNICAST, RTM_F_CLONED.
        let longest: UInt8 = route[0] == 10 ? 4 : 1
        return route[7] == 1 && route.long(8) & 0x200 == 0 && route[1] <= longest
    }
}

/// RTA_* of linux/rtnetlink.h.
private enum RouteAttribute {
    static let gateway: UInt16 = 5
    static let multipath: UInt16 = 9
    static let table: UInt16 = 15
    static let via: UInt16 = 18
    static let nexthopID: UInt16 = 30
}

/// NHA_* of linux/nexthop.h, and the bytes of the nhmsg before them.
private enum NexthopAttribute {
    static let headerBytes = 8
    static let id: UInt16 = 1
    static let group: UInt16 = 2
    static let gateway: UInt16 = 6
}

extension Span<UInt8> {
    /// An address, in network order; nil where it has another size, or is the unspecified one.
    fileprivate func address(_ value: Range<Int>) -> Network? {
        guard value.count == 4 || value.count == 16 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for place in value {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(self[place])
        }
        if high == 0 && low == 0 { return nil }
        return value.count == 4
            ? Network(ipv4: UInt32(low)) : Network(high: high, low: low, length: 128)
    }
}
