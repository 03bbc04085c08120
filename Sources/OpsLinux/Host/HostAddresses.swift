// The addresses of the host's network interfaces.

import COpsLinux

/// The addresses of this host.
package enum HostAddresses {
    /// One address, in network order: 4 or 16 bytes.
    package typealias Address = [UInt8]

    /// The most addresses that are read; further ones are left out.
    private static let limit = 4_096

    /// The addresses of all interfaces.  Source: getifaddrs(3).
    package static func interfaces() throws(Errno) -> [Address] {
        try Syscalls.interfaceAddresses(limit: limit).map { one in
            let bytes = withUnsafeBytes(of: one.bytes) { Array($0) }
            return one.is_ipv6 == 0 ? Array(bytes[..<4]) : bytes
        }
    }
}
