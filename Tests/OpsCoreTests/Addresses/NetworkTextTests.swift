// Addresses as text, numbered as the promises of Network+Text.swift, and held against libc: what
// inet_pton(3) takes is taken, what it refuses is refused, and what inet_ntop(3) writes is written.

import Testing

@testable import OpsCore

private func parse(_ text: String) throws(AddressFault) -> Target {
    try Target(parsing: text.utf8.span)
}

private func refusal(_ bytes: [UInt8]) -> AddressFault? {
    do {
        _ = try Target(parsing: bytes.span)
        return nil
    } catch {
        return error
    }
}

private func refusal(_ text: String) -> AddressFault? {
    refusal(Array(text.utf8))
}

@Suite struct NetworkTextTests {
    // MARK: 1. In

    @Test(arguments: [
        ("203.0.113.9", "203.0.113.9", true),
        ("0.0.0.0", "0.0.0.0", true),
        ("255.255.255.255", "255.255.255.255", true),
        ("203.0.113.9/32", "203.0.113.9", false),
        ("10.0.0.0/8", "10.0.0.0/8", false),
        ("0.0.0.0/0", "0.0.0.0/0", false),
        ("128.0.0.0/1", "128.0.0.0/1", false),
        ("2001:db8::1", "2001:db8::1/128", true),
        ("2001:db8::1/128", "2001:db8::1/128", false),
        ("2001:DB8::/64", "2001:db8::/64", false),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1/128", true),
        ("::", "::/128", true),
        ("::/0", "::/0", false),
        ("::1", "::1/128", true),
        ("1::", "1::/128", true),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0/128", true),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8/128", true),
        ("::1.2.3.4", "::102:304/128", true),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221/128", true),
        ("1:2:3:4:5:6:255.255.255.255", "1:2:3:4:5:6:ffff:ffff/128", true),
    ])
    func oneMeaning(text: String, written: String, isBare: Bool) throws {
        let target = try parse(text)
        #expect(target.network.description == written)
        #expect(target.isBare == isBare)
        #expect(Network(parsing: text) == target.network)
        #expect(Network(parsing: written) == target.network)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "010.0.0.1",
        "00.0.0.1", "1.2.3.256", "1.2.3.1000", "1.2.3.99999999999999999999", "0x7f000001",
        "0x7f.0.0.1", "2130706433", "127.1", "1.2.3.-4", "+1.2.3.4", "1.2.3.4 ", " 1.2.3.4",
        "1.2.3.4\n5", "1.2.3.4\n", "1.2.3.4\0", "1.2.3.4\r", "1.2.3.4x", "1.2.3.4,5.6.7.8",
        "1.2.3.4:80", "[::1]", "[::1]:80", "fe80::1%eth0", "fe80::1%1", "::1%", "::1%lo/128",
        "１.2.3.4", "１２７.０.０.１", "1。2。3。4", "٣.2.3.4", "localhost", "example.org",
        ":", ":::", "::::", "1:", ":1", "1:2", "1::2::3", "1:::2", "::1:", ":1::", "12345::",
        "00001::", "g::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8", "::1.2.3", "::1.2.3.4.5", "::1.2.3.4:5", "::01.2.3.4", "::1.2.3.400",
        "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:7:8.1.1.1", "1.2.3.4::", "::ffff:1.2.3", "::.1.2.3",
        "::1 ", " ::1", "::1\n", "::１", "ｆe80::1",
        "/", "/8", "//", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/032", "1.2.3.4/00", "1.2.3.4/+8",
        "1.2.3.4/-1", "1.2.3.4/8/8", "1.2.3.4/ 8", "1.2.3.4/8 ", "1.2.3.4/0x8", "1.2.3.4/８",
        "10.0.0.0/255.0.0.0", "10/8", "10.0/16", "1.2.3.4/99999999999999999999999999",
        "::/", "::/129", "::/0128", "::/64x", "::/1e1", "::/64/64", "::/::",
    ])
    func refused(text: String) throws {
        let fault = try #require(refusal(text))
        #expect(fault.message.utf8.allSatisfy { (0x20...0x7e).contains($0) })
        #expect((fault.hint ?? "-").utf8.allSatisfy { (0x20...0x7e).contains($0) })
        #expect(Network(parsing: text) == nil)
    }

    @Test(arguments: [
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("1.2.3.4/0", "0.0.0.0/0"),
        ("1.2.3.5/31", "1.2.3.4/31"),
        ("2001:db8::1/64", "2001:db8::/64"),
        ("ffff::/1", "8000::/1"),
        ("::1/0", "::/0"),
        ("2001:db8:0:0:1::/65", "2001:db8::/65"),
        ("::ffff:1.2.3.4/120", "1.2.3.0/24"),
        ("::ffff:0:0/95", "::fffe:0:0/95"),
    ])
    func hostBitsNameTheNetwork(text: String, network: String) throws {
        let fault = try #require(refusal(text))
        #expect(fault.message.contains(text))
        #expect(fault.hint == "the network is \(network)")
        #expect(Network(parsing: network)?.description == network)
    }

    /// What a person sees who typed each of the usual mistakes.
    @Test(arguments: [
        ("", "the address is empty", "203.0.113.9"),
        ("010.0.0.1", "'010.0.0.1' is not an address: a number has a leading zero", "octal"),
        (
            "1.2.3", "'1.2.3' is not an address: expected four numbers separated by dots",
            "203.0.113.9"
        ),
        ("0x7f000001", "'0x7f000001' is not an address: expected four", "203.0.113.9"),
        ("1.2.3.256", "'1.2.3.256' is not an address: a number is greater than 255", ""),
        ("1.2.3.4\n5", "an address cannot contain a line break (byte 8)", "203.0.113.9"),
        ("1.2.3.4 ", "an address cannot contain a space (byte 8)", "203.0.113.9"),
        ("\u{1b}[31m", "an address cannot contain a control character (byte 1)", "203.0.113.9"),
        ("１.2.3.4", "an address cannot contain a non-ASCII character (byte 1)", "203.0.113.9"),
        ("fe80::1%eth0", "'fe80::1%eth0' is not an address", "leave out the zone"),
        ("[::1]:80", "'[::1]:80' is not an address", "leave out the brackets and the port"),
        ("1.2.3.4:80", "'1.2.3.4:80' is not an address", "leave out the port"),
        ("1.2.3.4/33", "'1.2.3.4/33' is not a network: the prefix length is greater than 32", ""),
        ("::/129", "'::/129' is not a network: the prefix length is greater than 128", ""),
        (
            "::/064", "'::/064' is not a network: expected a prefix length in decimal digits",
            "10.0.0.0/8"
        ),
    ])
    func words(text: String, message: String, hint: String) throws {
        let fault = try #require(refusal(text))
        #expect(fault.message.hasPrefix(message))
        #expect((fault.hint ?? "").contains(hint))
    }

    @Test(arguments: [49, 50, 63, 64, 65, 1_000, 65_536])
    func longInputIsCut(count: Int) throws {
        let fault = try #require(refusal([UInt8](repeating: UInt8(ascii: "1"), count: count)))
        let ones = fault.message.prefix { $0 != " " }.filter { $0 == "1" }.count
        #expect(ones == (count <= 64 ? count : 61))
        #expect(fault.message.utf8.count < 120)
    }

    @Test func theLongestFits() throws {
        let text = "2001:0db8:0000:0000:0000:0001:255.255.255.255/128"
        #expect(text.utf8.count == AddressReader.limitBytes)
        #expect(try parse(text).network.description == "2001:db8::1:ffff:ffff/128")
    }

    // MARK: 2. One meaning, one value

    @Test(arguments: [
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("::FFFF:1.2.3.4", "1.2.3.4"),
        ("::ffff:102:304", "1.2.3.4"),
        ("0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4"),
        ("0000:0000:0000:0000:0000:ffff:0102:0304", "1.2.3.4"),
        ("::ffff:0:0", "0.0.0.0"),
        ("::ffff:0.0.0.0/96", "0.0.0.0/0"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:1.2.3.4/128", "1.2.3.4"),
    ])
    func mappedIsFolded(text: String, written: String) throws {
        let target = try parse(text)
        #expect(target.network.isIPv4)
        #expect(target.network.description == written)
        #expect(try target.network == parse(written).network)
        #expect(target.isBare == !text.contains("/"))
    }

    @Test(arguments: ["::/80", "::fffe:0:0/95", "::fffe:0:0/96", "::1:ffff:0:0/96", "::/95"])
    func aroundTheMappedStaysIPv6(text: String) throws {
        let network = try parse(text).network
        #expect(!network.isIPv4)
        #expect(network.description == text)
    }
}
