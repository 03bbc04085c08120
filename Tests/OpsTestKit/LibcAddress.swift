// Addresses as libc reads and writes them: what opsd's own reader and writer are compared with.

import Glibc
package import OpsCore

/// inet_pton(3) and inet_ntop(3).
package enum LibcAddress {
    /// The 128 bits that inet_pton reads, IPv4 at ::ffff:0:0/96; nil where it reads none.
    package static func value(_ text: some Collection<UInt8>) -> UInt128? {
        // libc's strings end at the first zero byte; an address holds none.
        if text.contains(0) { return nil }
        let string = text.map { CChar(bitPattern: $0) } + [0]
        var four = in_addr()
        if inet_pton(AF_INET, string, &four) == 1 {
            return 0xffff_0000_0000 | UInt128(UInt32(bigEndian: four.s_addr))
        }
        var sixteen = in6_addr()
        guard inet_pton(AF_INET6, string, &sixteen) == 1 else { return nil }
        return withUnsafeBytes(of: &sixteen) { bytes in
            bytes.reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
        }
    }

    /// What inet_ntop writes for the network's first address.
    package static func text(_ network: Network) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        if network.isIPv4 {
            var address = in_addr(s_addr: UInt32(truncatingIfNeeded: network.low).bigEndian)
            inet_ntop(AF_INET, &address, &buffer, 64)
        } else {
            var halves = (network.high.bigEndian, network.low.bigEndian)
            inet_ntop(AF_INET6, &halves, &buffer, 64)
        }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
