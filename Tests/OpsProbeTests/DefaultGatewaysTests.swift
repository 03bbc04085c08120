// The gateways of default routes: messages of a kernel as they were dumped, and such as none sends.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsProbe

/// Bytes as they are written in hexadecimal.
private func bytes(_ hexadecimal: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in hexadecimal.compactMap(\.hexDigitValue) {
        if let first = high {
            bytes.append(first << 4 | UInt8(digit))
            high = nil
        } else {
            high = UInt8(digit)
        }
    }
    return bytes
}

private func number(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// An attribute, padded.
private func attribute(_ kind: UInt8, _ value: [UInt8]) -> [UInt8] {
    let bytes = [UInt8(4 + value.count), 0, kind, 0] + value
    return bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
}

/// An rtmsg of the family (2 or 10) for a destination of this length, and its attributes.
private func route(
    _ family: UInt8, length: UInt8 = 0, table: UInt8 = 254, type: UInt8 = 1, flags: UInt32 = 0,
    _ attributes: [UInt8]
) -> [UInt8] {
    [family, length, 0, 0, table, 3, 0, type] + number(flags) + attributes
}

private func gateways(_ routes: [[UInt8]], nexthops: [[UInt8]] = []) -> [String] {
    var found = DefaultGateways()
    for route in routes { found.read(route: route.span) }
    for nexthop in nexthops { found.read(nexthop: nexthop.span) }
    return found.gateways.map(\.description)
}

/// Dumped from a kernel 6.18: routes and nexthop objects.
private enum Dumped {
    static let otherTable = bytes(
        "02000000fc0300010000000008000f00e803000008000500c00002040800040003000000")
    static let ofAGroup = bytes("02000000fe0300010000000008000f00fe00000008001e0003000000")
    static let multipath = bytes(
        """
        02000000fe0300010000000008000f00fe000000080006000500000024000900100000000300000008000500
        c0000201100000000300000008000500c0000203
        """)
    static let upperHalf = bytes(
        "02010000fe0300010000000008000f00fe000000080001008000000008000500c00002090800040003000000")
    static let ofTheLink = bytes(
        "02180000fe02fd010000000008000f00fe00000008000100c000020008000700c00002020800040003000000")
    static let multipathIPv6 = bytes(
        """
        0a000000fe0300010000000008000f00fe00000008000600000400003c0009001c0000000300000014000500
        20010db80000000000000000000000031c000000030000001400050020010db8000000000000000000000004
        24000c0000000000000000000000000000000000000000000000000000000000000000000500140000000000
        """)
    static let nexthops = [
        bytes("02fd0000000000000800010001000000080005000300000008000600c0000201"),
        bytes("02fd0000000000000800010002000000080005000300000008000600c000020b"),
        bytes(
            """
            0000000000000000080001000300000006000300000000001400020001000000000000000200000000000000
            08000e0000000080
            """),
    ]
    static let routes = [otherTable, ofAGroup, multipath, upperHalf, ofTheLink, multipathIPv6]
}

@Suite struct DefaultGatewaysTests {
    private static let gateway = attribute(5, [192, 0, 2, 1])
    private static let six = bytes("20010db8000000000000000000000007")

    @Test func asAKernelSendsThem() {
        #expect(gateways([Dumped.otherTable]) == ["192.0.2.4"])
        #expect(gateways([Dumped.multipath]) == ["192.0.2.1", "192.0.2.3"])
        #expect(gateways([Dumped.upperHalf]) == ["192.0.2.9"])
        #expect(gateways([Dumped.ofTheLink]) == [])
        #expect(gateways([Dumped.multipathIPv6]) == ["2001:db8::3/128", "2001:db8::4/128"])
        #expect(
            gateways([Dumped.ofAGroup], nexthops: Dumped.nexthops) == ["192.0.2.1", "192.0.2.11"])
        #expect(gateways([Dumped.ofAGroup]) == [])
        #expect(gateways([Dumped.multipath, Dumped.multipath]).count == 2)
    }

    @Test(
        arguments: [
            (2, 0, true), (2, 1, true), (2, 2, false), (2, 32, false), (10, 0, true), (10, 1, true),
            (10, 3, true), (10, 4, true), (10, 5, false), (10, 128, false),
        ] as [(UInt8, UInt8, Bool)])
    func lengthsOfDefaultRoutes(family: UInt8, length: UInt8, isDefault: Bool) {
        let found = gateways([route(family, length: length, Self.gateway)])
        #expect(found == (isDefault ? ["192.0.2.1"] : []))
    }

    @Test func whatIsNoDefaultRoute() {
        // Blackhole and unreachable; a cached one; of the table `local`, by either field.
        #expect(gateways([route(2, type: 6, Self.gateway)]) == [])
        #expect(gateways([route(2, type: 7, Self.gateway)]) == [])
        #expect(gateways([route(10, flags: 0x200, Self.gateway)]) == [])
        #expect(gateways([route(2, table: 255, Self.gateway)]) == [])
        let local = attribute(15, number(255))
        #expect(gateways([route(2, table: 254, Self.gateway + local)]) == [])
        let custom = attribute(15, number(256))
        #expect(gateways([route(2, table: 255, custom + Self.gateway)]) == ["192.0.2.1"])
    }

    @Test func gatewaysOfTheOtherFamily() {
        let via = attribute(18, [10, 0] + Self.six)
        #expect(gateways([route(2, via)]) == ["2001:db8::7/128"])
        let path = [UInt8(8 + via.count), 0, 0, 0] + number(3) + via
        #expect(gateways([route(2, attribute(9, path + path))]) == ["2001:db8::7/128"])
        // Of no size that an address has, or unspecified.
        for value in [[10, 0], [10], [], [10, 0, 1], [UInt8](repeating: 0, count: 6)] {
            #expect(gateways([route(2, attribute(18, value as [UInt8]))]) == [])
        }
        #expect(gateways([route(2, attribute(5, [0, 0, 0, 0]))]) == [])
        #expect(gateways([route(2, attribute(5, [1, 2, 3]))]) == [])
    }

    @Test func nexthopsThatNoDefaultRouteUses() {
        func nexthop(_ id: UInt32, _ attributes: [UInt8]) -> [UInt8] {
            [2, 0, 0, 0] + number(0) + attribute(1, number(id)) + attributes
        }
        let one = nexthop(1, attribute(6, [192, 0, 2, 1]))
        let two = nexthop(2, attribute(6, [192, 0, 2, 2]))
        // A group before its members, of one that is missing, and cut.
        let group = nexthop(5, attribute(2, number(2) + number(0) + number(9) + number(0) + [1]))
        let unused = nexthop(6, attribute(2, number(1) + number(0)))
        var found = DefaultGateways()
        #expect(!found.needsNexthops)
        found.read(route: route(2, attribute(30, number(5))).span)
        #expect(found.needsNexthops)
        for one in [group, unused, one, two] { found.read(nexthop: one.span) }
        #expect(found.gateways.map(\.description) == ["192.0.2.2"])
        #expect(found.gateways.count == 1)
        let direct = gateways([route(2, attribute(30, number(1)))], nexthops: [one, two])
        #expect(direct == ["192.0.2.1"])
    }

    @Test func theyAreBounded() {
        let many = (0..<1_000).map { number in
            route(2, attribute(5, [10, 0, UInt8(number >> 8), UInt8(number & 255)]))
        }
        #expect(gateways(many).count == DefaultGateways.gatewayLimit)
    }

    /// At every length, and with every byte of a length replaced.
    @Test func cutAndMadeWrong() {
        for whole in Dumped.routes + Dumped.nexthops {
            let complete = gateways([whole], nexthops: [whole])
            for end in 0..<whole.count {
                let cut = Array(whole[..<end])
                #expect(Set(gateways([cut], nexthops: [cut])).isSubset(of: complete))
                for value in [0, 1, 3, 4, 5, 0x7f, 0xff] as [UInt8] {
                    var wrong = whole
                    wrong[end] = value
                    _ = gateways([wrong, Dumped.ofAGroup], nexthops: [wrong])
                }
            }
        }
    }

    @Test(arguments: UInt64(1)...8) func randomBytes(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let base = (Dumped.routes + Dumped.nexthops).randomElement(using: &dice) ?? []
            var bytes = base
            for _ in 0..<Int.random(in: 1...6, using: &dice) {
                bytes[Int.random(in: 0..<bytes.count, using: &dice)] =
                    UInt8.random(in: .min ... .max, using: &dice)
            }
            let noise = (0..<Int.random(in: 0...64, using: &dice)).map { _ in
                UInt8.random(in: 0...16, using: &dice)
            }
            var found = DefaultGateways()
            for one in [bytes, noise, bytes + noise] { found.read(route: one.span) }
            for one in [bytes, noise, bytes + noise] { found.read(nexthop: one.span) }
            #expect(found.gateways.count <= DefaultGateways.gatewayLimit)
        }
    }
}
