// Unix sockets: make, bind, connect, accept, identify the peer, send and receive.  See
// Syscalls.swift.

import COpsLinux
@preconcurrency import Glibc

extension Syscalls {
    static func unixSocket(datagram: Bool, nonBlocking: Bool) throws(Errno) -> Int32 {
        try retrying("socket") { ops_unix_socket(datagram ? 1 : 0, nonBlocking ? 1 : 0) }
    }

    static func bind(_ fd: Int32, _ path: SocketPath) throws(Errno) {
        try withPath(path.text, "bind") { text throws(Errno) in
            _ = try retrying("bind") { ops_unix_bind(fd, text, path.text.utf8.count) }
        }
    }

    /// It may be repeated on EINTR: connect(2) on a Unix socket either succeeded or did nothing.
    static func connect(_ fd: Int32, _ path: SocketPath) throws(Errno) {
        try withPath(path.text, "connect") { text throws(Errno) in
            _ = try retrying("connect") { ops_unix_connect(fd, text, path.text.utf8.count) }
        }
    }

    static func outwardSocket(_ kind: Int32, isIPv6: Bool) throws(Errno) -> Int32 {
        try retrying("socket") { ops_outward_socket(kind, isIPv6 ? 1 : 0) }
    }

    /// An address of 4 or 16 bytes.  A connection that is under way goes on after a signal: once
    /// more it is EALREADY.
    static func connect(
        _ fd: Int32, _ address: [UInt8], isIPv6: Bool, port: UInt16
    ) throws(Errno) {
        do throws(Errno) {
            try retrying("connect") {
                ops_outward_connect(fd, address, isIPv6 ? 1 : 0, port)
            }
        } catch {
            if error.code != EALREADY { throw error }
        }
    }

    /// What went wrong on a socket since it was asked last; 0: nothing.
    static func socketError(_ fd: Int32) -> Int32 {
        var code: Int32 = 0
        return ops_socket_error(fd, &code) == 0 ? code : errno
    }

    static func listen(_ fd: Int32, backlog: Int32) throws(Errno) {
        try retrying("listen") { Glibc.listen(fd, backlog) }
    }

    /// The path the socket is bound to; "" when there is none.
    static func socketName(_ fd: Int32) throws(Errno) -> String {
        try withScratch(128) { scratch throws(Errno) in
            try retrying("getsockname") { ops_unix_name(fd, scratch.baseAddress, scratch.count) }
            return scratch.baseAddress.map { String(cString: $0) } ?? ""
        }
    }

    static func accept(_ fd: Int32) throws(Errno) -> Int32 {
        try retrying("accept4") { ops_accept(fd) }
    }

    static func peer(_ fd: Int32) throws(Errno) -> ops_peer {
        var peer = ops_peer()
        try retrying("getsockopt(SO_PEERCRED)") { ops_peer(fd, &peer) }
        return peer
    }

    /// Supplementary groups of the peer, at most NGROUPS_MAX (65,536).
    static func peerGroups(_ fd: Int32) throws(Errno) -> [UInt32] {
        var capacity = 32
        while true {
            var count = UInt32(capacity)
            var groups = [UInt32](repeating: 0, count: capacity)
            do throws(Errno) {
                try retrying("getsockopt(SO_PEERGROUPS)") { ops_peer_groups(fd, &groups, &count) }
                groups.removeLast(max(0, capacity - Int(count)))
                return groups
            } catch {
                guard error.code == ERANGE, Int(count) > capacity, count <= UInt32(NGROUPS_MAX)
                else { throw error }
                capacity = Int(count)
            }
        }
    }

    /// Bounds what the kernel holds of what is sent; half of what it then allows.
    static func setSocketSendBuffer(_ fd: Int32, _ bytes: Int32) throws(Errno) {
        try retrying("setsockopt(SO_SNDBUF)") { ops_socket_send_buffer(fd, bytes) }
    }

    /// Bounds a blocking connect or send on the socket.
    static func setSendTimeout(_ fd: Int32, milliseconds: Int64) throws(Errno) {
        try retrying("setsockopt(SO_SNDTIMEO)") {
            ops_socket_timeout(fd, SO_SNDTIMEO, max(1, milliseconds))
        }
    }

    /// Bounds a blocking receive on the socket.
    static func setReceiveTimeout(_ fd: Int32, milliseconds: Int64) throws(Errno) {
        try retrying("setsockopt(SO_RCVTIMEO)") {
            ops_socket_timeout(fd, SO_RCVTIMEO, max(1, milliseconds))
        }
    }

    static func receive(
        _ fd: Int32, into buffer: inout [UInt8], at offset: Int
    ) throws(Errno) -> Int {
        let total = buffer.count
        guard offset >= 0, offset < total else { throw Errno(EINVAL, "recv") }
        return try retrying("recv", upTo: total - offset) { count in
            buffer.withUnsafeMutableBytes {
                ops_receive(fd, $0.baseAddress?.advanced(by: offset), count)
            }
        }
    }

    static func send(_ fd: Int32, _ bytes: RawSpan) throws(Errno) -> Int {
        try retrying("send", upTo: bytes.byteCount) { count in
            bytes.withUnsafeBytes { ops_send(fd, $0.baseAddress, count) }
        }
    }

    static func sendDescriptor(_ fd: Int32, _ carried: Int32) throws(Errno) {
        try retrying("sendmsg") { ops_send_descriptor(fd, carried) }
    }

    static func setNonBlocking(_ fd: Int32) throws(Errno) {
        let flags = try retrying("fcntl") { fcntl(fd, F_GETFL) }
        try retrying("fcntl") { fcntl(fd, F_SETFL, flags | O_NONBLOCK) }
    }
}
