// Who must never be banned: sessions out of utmp; and resolvers out of resolv.conf.

import OpsCore
import Testing

@testable import OpsProbe

@Suite struct HostNetworksTests {
    /// A record as glibc writes it.
    private func record(type: UInt8, pid: UInt32, address: [UInt8]) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: 384)
        record[0] = type
        for index in 0..<4 {
            record[4 + index] = UInt8(truncatingIfNeeded: pid >> (8 * UInt32(index)))
        }
        for (index, byte) in address.enumerated() { record[348 + index] = byte }
        return record
    }

    @Test func loginsFromElsewhere() {
        let ipv6: [UInt8] = [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [9]
        let bytes =
            record(type: 7, pid: 300, address: [203, 0, 113, 9])
            + record(type: 8, pid: 301, address: [203, 0, 113, 10])
            + record(type: 7, pid: 302, address: [])
            + record(type: 7, pid: 70_000, address: ipv6) + [7, 0, 1]
        let logins = LoginTable.logins(utmp: bytes.span)
        #expect(logins.map(\.pid) == [300, 70_000])
        #expect(logins.map(\.from.description) == ["203.0.113.9", "2001:db8::9/128"])
    }

    @Test(
        arguments: [
            ("nameserver 192.0.2.53\n", ["192.0.2.53"]),
            ("nameserver\t 192.0.2.5 \nnameserver 2001:db8::5", ["192.0.2.5", "2001:db8::5/128"]),
            ("nameserver fe80::1%eth0\n", ["fe80::1/128"]),
            ("nameserver 192.0.2.53#53\r\nnameserver 192.0.2.54;x", ["192.0.2.53", "192.0.2.54"]),
            ("# nameserver 192.0.2.1\n;nameserver 192.0.2.2\n nameserver 192.0.2.3\n", []),
            ("nameserver\nnameserver \nnameserver%\nnameserver # none\n", []),
            ("nameservers 192.0.2.4\n", []),
            ("nameserver192.0.2.5\nNAMESERVER 192.0.2.6\nnameserver 192.0.2.0/24\n", []),
            ("search example.net\noptions edns0\nnameserver ::ffff:192.0.2.7\n", ["192.0.2.7"]),
            ("nameserver dns.example.net\nnameserver 192.0.2.256\nnameserver", []), ("", []),
        ] as [(String, [String])])
    func resolvers(text: String, expected: [String]) {
        let found = parsed(text) { ResolverFile.servers($0) }
        #expect(found.map(\.description) == expected)
    }

    @Test func resolversAreBounded() {
        let text = String(repeating: "nameserver 192.0.2.53\n", count: 100)
        #expect(parsed(text) { ResolverFile.servers($0) }.count == ResolverFile.serverLimit)
        let long = "nameserver " + String(repeating: "1", count: 100_000)
        #expect(parsed(long) { ResolverFile.servers($0) }.isEmpty)
    }
}
