// Whether the host's addresses or routes may have changed, without looking at them: a socket that
// the kernel sends its notices to, and that nobody reads.  It tells once; for the next change
// another one is made.  So a router whose routes change all the time costs no wake-up, and no more
// memory than the socket has room for.
//
// When an interface goes down, the kernel takes its IPv4 routes away without a notice of each:
// hence interfaces too.  Source: rtnetlink(7), netlink(7); fib_sync_down_dev() of the kernel.

/// Tells of changes since it was made.
package struct RouteWatch: ~Copyable, Sendable {
    /// RTNLGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR and _IPV6_ROUTE.
    private static let groups: [UInt32] = [1, 5, 7, 9, 11]
    /// RTNLGRP_NEXTHOP, which kernels before 5.3 do not have, nor what it tells of.
    private static let nexthops: UInt32 = 32
    private static let roomBytes: Int32 = 4_096

    private let socket: Descriptor

    /// Watches from now on.
    package init() throws(Errno) {
        let socket = Descriptor(owning: try Syscalls.routeSocket())
        try Syscalls.netlinkBind(socket.number)
        try? Syscalls.setReceiveBuffer(socket.number, Self.roomBytes)
        for group in Self.groups { try Syscalls.netlinkJoin(socket.number, group: group) }
        try? Syscalls.netlinkJoin(socket.number, group: Self.nexthops)
        self.socket = socket
    }

    /// Whether anything may have changed; also where that cannot be told.
    package var hasChanged: Bool {
        (try? socket.wait(for: .read, timeoutMilliseconds: 0)) ?? true
    }
}
