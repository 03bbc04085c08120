// Who must never be banned: gateways out of the route tables, sessions out of utmp.

import OpsCore
import Testing

@testable import OpsProbe

@Suite struct SurroundingsTests {
    @Test func defaultGateways() {
        let text = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
            eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
            eth1\t0000000A\t0A0200C0\t0003\t0\t0\t0\t000000FF\t0\t0\t0
            wg0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0

            """
        #expect(
            RouteTable.gateways(ipv4: text.utf8Array.span).map(\.description) == ["192.0.2.1"])
    }

    @Test func defaultGatewaysIPv6() {
        let zeros = String(repeating: "0", count: 32)
        let gateway = "fe80000000000000000000000000abcd"
        let net = "20010db8000000000000000000000000"
        let text = """
            \(net) 40 \(zeros) 00 \(zeros) 00000100 00000001 00000000 00000001 eth0
            \(zeros) 00 \(zeros) 00 \(gateway) 00000400 00000001 00000000 00000003 eth0
            \(zeros) 00 \(zeros) 00 \(zeros) ffffffff 00000001 00000000 00200200 lo

            """
        #expect(
            RouteTable.gateways(ipv6: text.utf8Array.span).map(\.description)
                == ["fe80::abcd/128"])
    }

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
}
