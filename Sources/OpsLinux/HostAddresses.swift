// The addresses of the host's network interfaces.

import COpsLinux
@preconcurrency import Glibc

/// What the host is called in the network.
package enum HostAddresses {
    /// One address, in network order: 4 or 16 bytes.
    package typealias Address = [UInt8]

    /// Addresses that are asked for; those behind are left out.
    private static let limit = 4_096

    /// The addresses of all interfaces.  Source: getifaddrs(3).
    package static func interfaces() throws(Errno) -> [Address] {
        var room = [ops_address](repeating: ops_address(), count: limit)
        let count = ops_host_addresses(&room, Int32(limit))
        if count < 0 { throw Errno(errno, "getifaddrs") }
        return room[..<Int(count)].map { one in
            let bytes = withUnsafeBytes(of: one.bytes) { Array($0) }
            return one.is_ipv6 == 0 ? Array(bytes[..<4]) : bytes
        }
    }
}
