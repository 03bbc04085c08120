// Netlink to netfilter: make, bind, listen to a group, send and receive; and to
// the routes: make, ask.  See Syscalls.swift.

import COpsLinux
@preconcurrency import Glibc

extension Syscalls {
    static func netfilterSocket() throws(Errno) -> Int32 {
        try retrying("socket(AF_NETLINK)") { ops_netfilter_socket() }
    }

    static func netlinkBind(_ fd: Int32) throws(Errno) {
        try retrying("bind") { ops_netlink_bind(fd) }
    }

    /// The address that the kernel assigned.
    static func netlinkPort(_ fd: Int32) throws(Errno) -> UInt32 {
        var port: UInt32 = 0
        try retrying("getsockname") { ops_netlink_port(fd, &port) }
        return port
    }

    static func netlinkShortAcknowledgements(_ fd: Int32) throws(Errno) {
        try retrying("setsockopt(NETLINK_CAP_ACK)") { ops_netlink_short_failures(fd) }
    }

    static func netlinkJoin(_ fd: Int32, group: UInt32) throws(Errno) {
        try retrying("setsockopt(NETLINK_ADD_MEMBERSHIP)") { ops_netlink_join(fd, group) }
    }

    static func netlinkLeave(_ fd: Int32, group: UInt32) throws(Errno) {
        try retrying("setsockopt(NETLINK_DROP_MEMBERSHIP)") { ops_netlink_leave(fd, group) }
    }

    static func netlinkIgnore(_ fd: Int32, port: UInt32) throws(Errno) {
        try retrying("setsockopt(SO_ATTACH_FILTER)") { ops_netlink_ignore(fd, port) }
    }

    static func setReceiveBuffer(_ fd: Int32, _ bytes: Int32) throws(Errno) {
        try retrying("setsockopt(SO_RCVBUFFORCE)") { ops_socket_room(fd, 1, bytes) }
    }

    static func setSendBuffer(_ fd: Int32, _ bytes: Int32) throws(Errno) {
        try retrying("setsockopt(SO_SNDBUFFORCE)") { ops_socket_room(fd, 0, bytes) }
    }

    static func netlinkSend(_ fd: Int32, _ bytes: RawSpan) throws(Errno) -> Int {
        try retrying("sendto", upTo: bytes.byteCount) { count in
            bytes.withUnsafeBytes { ops_netlink_send(fd, $0.baseAddress, count) }
        }
    }

    /// 0 for a datagram that is not from the kernel, or is longer than `buffer`.
    static func netlinkReceive(_ fd: Int32, into buffer: inout [UInt8]) throws(Errno) -> Int {
        try retrying("recvfrom", upTo: buffer.count) { count in
            buffer.withUnsafeMutableBytes { ops_netlink_receive(fd, $0.baseAddress, count) }
        }
    }

    static func routeSocket() throws(Errno) -> Int32 {
        try retrying("socket(AF_NETLINK)") { ops_route_socket() }
    }

    static func netlinkStrict(_ fd: Int32) throws(Errno) {
        try retrying("setsockopt(NETLINK_GET_STRICT_CHK)") { ops_netlink_strict(fd) }
    }

    /// Asks for a table: OPS_ROUTES_IPV4, OPS_ROUTES_IPV6, OPS_NEXTHOPS or OPS_LINKS.
    static func routeDump(_ fd: Int32, table: Int32) throws(Errno) {
        try retrying("sendto") { ops_route_dump(fd, table) }
    }

    static func mayAdministerNetwork() -> Bool {
        make("capget") { ops_may_administer_network() } == 1
    }
}
