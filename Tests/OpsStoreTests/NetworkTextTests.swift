// Networks in snapshots: the spelling, and back.

import OpsCore
import OpsStore
import Testing

@Suite struct NetworkTextTests {
    static func text(_ network: Network) -> String {
        var bytes: [UInt8] = []
        bytes.putText(network)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func parse(_ text: String) -> Network? {
        let bytes = Array(text.utf8)
        return Network(bytes.span, 0..<bytes.count)
    }

    static let spelled: [(String, Network)] = [
        ("0.0.0.0", Network(ipv4: 0)), ("255.255.255.255", Network(ipv4: .max)),
        ("10.0.0.0/8", Network(ipv4: 0x0a00_0000, prefix: 8)),
        ("0.0.0.0/0", Network(ipv4: 0, prefix: 0)),
        ("::/0", Network(high: 0, low: 0, length: 0)), ("::1/128", .ipv6Loopback),
        ("::/128", Network(high: 0, low: 0, length: 128)),
        ("2001:db8::/64", Network(high: 0x2001_0db8_0000_0000, low: 0, length: 64)),
        (
            "2001:db8:0:1:1:1:1:1/128",
            Network(high: 0x2001_0db8_0000_0001, low: 0x0001_0001_0001_0001, length: 128)
        ),
        (
            "2001:db8::1:0:0:1/128",
            Network(high: 0x2001_0db8_0000_0000, low: 0x0001_0000_0000_0001, length: 128)
        ),
        ("1:0:0:2::/64", Network(high: 0x0001_0000_0000_0002, low: 0, length: 64)),
        ("1::2/128", Network(high: 1 << 48, low: 2, length: 128)),
        (
            "1:2:3:4:5:6:7:0/112",
            Network(high: 0x0001_0002_0003_0004, low: 0x0005_0006_0007_0000, length: 112)
        ),
    ]

    @Test(arguments: spelled) func spelling(_ text: String, _ network: Network) {
        #expect(Self.text(network) == text)
        #expect(Self.parse(text) == network)
    }

    @Test func anyNetworkComesBack() {
        var random = Seeded(77)
        for _ in 0..<5_000 {
            let network = random.network()
            #expect(Self.parse(Self.text(network)) == network, "\(Self.text(network))")
        }
    }

    static let wrong = [
        "", ".", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4/", "1.2.3.4/33",
        "1.2.3.4/24", "1.2.3.4/032", "1.2.3.4 ", ":", ":::", "1:2", "1:2:3:4:5:6:7:8:9", "1::2::3",
        "12345::", "::g", "1:2:3:4:5:6:7::8:9", "::1/129", "::1/64", ":1:2:3:4:5:6:7:8", "1:",
        "1:2:3:4:5:6:7:", "::/", "/8", "::1%eth0", "::ffff:1.2.3.4", "1.2.3.4/+8", "::/-1",
    ]

    @Test(arguments: wrong) func wrongOnes(text: String) { #expect(Self.parse(text) == nil) }

    @Test func decimals() {
        for value: Int64 in [0, 9, 10, -1, .max, .min, 1_234_567_890_123] {
            var bytes: [UInt8] = []
            bytes.putDecimal(value)
            #expect(String(decoding: bytes, as: UTF8.self) == String(value))
        }
        var bytes: [UInt8] = []
        bytes.putDecimal(UInt64.max)
        #expect(String(decoding: bytes, as: UTF8.self) == "18446744073709551615")
    }
}
