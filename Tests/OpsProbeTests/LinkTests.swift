// Which interfaces are in the total, by what the kernel says of them.

import Testing

@testable import OpsProbe

/// An interface as the kernel sends it.
private struct Link {
    var name: String
    var index: UInt32
    var kind = ""
    var master: UInt32?
    var lower: UInt32?
    var isElsewhere = false
    var flags: UInt32 = 1

    private static func long(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func attribute(_ kind: UInt8, _ value: [UInt8]) -> [UInt8] {
        let length = value.count + 4
        let padding = [UInt8](repeating: 0, count: (4 - length % 4) % 4)
        return [UInt8(length & 0xff), UInt8(length >> 8), kind, 0] + value + padding
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = [0, 0, 1, 0] + Self.long(index) + Self.long(flags) + Self.long(0)
        bytes += Self.attribute(3, Array(name.utf8) + [0])
        if let lower { bytes += Self.attribute(5, Self.long(lower)) }
        if let master { bytes += Self.attribute(10, Self.long(master)) }
        if !kind.isEmpty {
            bytes += Self.attribute(18, Self.attribute(1, Array(kind.utf8) + [0]))
        }
        if isElsewhere { bytes += Self.attribute(37, Self.long(0)) }
        return bytes
    }
}

@Suite struct LinkTests {
    private func counted(_ links: [Link]) -> [String] {
        var table = LinkTable()
        for link in links { table.read(link: link.bytes.span) }
        #expect(Set(table.counted.keys) == Set(links.map(\.name)))
        return table.counted.filter(\.value).map(\.key).sorted()
    }

    private static let loopback = Link(name: "lo", index: 1, flags: 0x9)

    @Test func aBridgeItsPortAndWhatLeadsToGuests() {
        let links = [
            Self.loopback, Link(name: "uplink", index: 2, master: 5),
            Link(name: "office", index: 5, kind: "bridge"),
            Link(name: "guest", index: 6, kind: "veth", master: 5, lower: 2, isElsewhere: true),
            Link(name: "mail", index: 7, kind: "tun", master: 5),
        ]
        #expect(counted(links) == ["uplink"])
    }

    @Test func aBondItsMembersAndVLANs() {
        let links = [
            Link(name: "a", index: 2, master: 4), Link(name: "b", index: 3, master: 4),
            Link(name: "eth9", index: 4, kind: "bond"),
            Link(name: "internet", index: 5, kind: "vlan", lower: 4),
            Link(name: "wg", index: 6, kind: "wireguard"),
        ]
        #expect(counted(links) == ["a", "b"])
    }

    @Test func aMasterThatAddsItsMembersUp() {
        let links = [
            Link(name: "eth0", index: 2), Link(name: "vf", index: 3, master: 2),
            Link(name: "other", index: 4),
        ]
        #expect(counted(links) == ["eth0", "other"])
    }

    @Test func kindsThatAreHardware() {
        let links = [
            Link(name: "ib0", index: 2, kind: "ipoib"),
            Link(name: "ib0.8001", index: 3, kind: "ipoib", lower: 2),
        ]
        #expect(counted(links) == ["ib0"])
    }

    @Test func aContainer() {
        let links = [
            Self.loopback, Link(name: "eth0", index: 9, kind: "veth", lower: 8, isElsewhere: true),
            Link(name: "inner", index: 10, kind: "veth", lower: 11),
            Link(name: "sit0", index: 3, kind: "sit"),
        ]
        #expect(counted(links) == ["eth0"])
    }

    @Test func messagesThatAreNone() {
        let whole = Link(name: "eth0", index: 2, kind: "veth", master: 3, lower: 4).bytes
        for end in 0..<whole.count {
            var table = LinkTable()
            table.read(link: whole.span.extracting(0..<end))
            for value in [0, 3, 4, 0x7f, 0xff] as [UInt8] {
                var wrong = whole
                wrong[end] = value
                table.read(link: wrong.span)
            }
            #expect(table.counted.count <= 6)
        }
    }

    @Test func interfacesAreBounded() {
        var table = LinkTable()
        for number in 0..<LinkTable.limit + 5 {
            table.read(link: Link(name: "e\(number)", index: UInt32(number + 1)).bytes.span)
        }
        #expect(table.counted.count == LinkTable.limit)
    }
}
