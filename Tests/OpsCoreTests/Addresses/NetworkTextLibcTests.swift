// Addresses as text against libc: what inet_pton(3) takes is taken with the same bits, what it
// refuses is refused, and what inet_ntop(3) writes is written.

import Glibc
import OpsCore
import OpsTestKit
import Testing

private func value(_ network: Network) -> UInt128 {
    UInt128(network.high) << 64 | UInt128(network.low)
}

/// The address alone, whatever follows a slash.
private func taken(_ text: [UInt8]) -> UInt128? {
    guard let target = try? Target(parsing: text.span) else { return nil }
    return value(target.network)
}

@Suite struct NetworkTextLibcTests {
    private static let alphabet = Array("0123456789abcdefABCDEF::::....%gx- \n\u{0}\u{ff11}".utf8)

    /// A number of groups and separators as addresses have them, right or nearly right.
    private static func sketch(_ random: inout SeededGenerator) -> [UInt8] {
        var text = ""
        if random.next() % 3 == 0 {
            for part in 0..<Int.random(in: 3...5, using: &random) {
                if part > 0 { text += "." }
                text += String(UInt64.random(in: 0...299, using: &random))
            }
            return Array(text.utf8)
        }
        if random.next() % 4 == 0 { text = "::" }
        let groups = Int.random(in: 1...8, using: &random)
        for part in 0..<groups {
            if part > 0 { text += random.next() % 5 == 0 ? "::" : ":" }
            let wide = UInt64.random(in: 0...0xfffff, using: &random)
            let digits = String(
                wide >> UInt64.random(in: 0...20, using: &random), radix: 16,
                uppercase: random.next() % 2 == 0)
            if random.next() % 6 == 0 { text += "0" }
            text += digits
        }
        switch random.next() % 6 {
        case 0: text += "::"
        case 1: text += ":192.0.2.33"
        case 2: text += "::192.0.2.33"
        default: break
        }
        return Array(text.utf8)
    }

    private static func mutate(_ text: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var text = text
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let at = Int.random(in: 0...text.count, using: &random)
            let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            switch random.next() % 4 {
            case 0: text.insert(byte, at: at)
            case 1 where at < text.count: text[at] = byte
            case 2 where at < text.count: text.remove(at: at)
            case 3 where at < text.count: text.insert(text[at], at: at)
            default: break
            }
        }
        return text
    }

    private static func network(_ random: inout SeededGenerator) -> Network {
        // Groups that are often zero, so that runs of every length and place come up.
        var value: UInt128 = 0
        for _ in 0..<8 {
            let group: UInt64 =
                switch random.next() % 4 {
                case 0: random.next() & 0xffff
                case 1: random.next() & 0xf
                default: 0
                }
            value = value << 16 | UInt128(group)
        }
        if random.next() % 4 == 0 { value = 0xffff_0000_0000 | value & 0xffff_ffff }
        let length = random.next() % 2 == 0 ? 128 : UInt8.random(in: 0...128, using: &random)
        return Network(
            high: UInt64(truncatingIfNeeded: value >> 64), low: UInt64(truncatingIfNeeded: value),
            length: length)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func readsAsInetPton(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<8_000 {
            let sketch = Self.sketch(&random)
            let mutated = Self.mutate(sketch, &random)
            for text in [sketch, mutated] {
                let expected = LibcAddress.value(text)
                if expected != nil { accepted += 1 }
                #expect(taken(text) == expected, "\(String(decoding: text, as: UTF8.self))")
            }
        }
        #expect(accepted > 500, "the sketches are too wild to show anything")
    }

    /// Every string of up to five of the bytes the grammar turns on.
    @Test func readsShortStringsAsInetPton() {
        let bytes = Array("01a:./".utf8)
        var strings: [[UInt8]] = [[]]
        for _ in 0..<5 {
            strings = [[]] + strings.flatMap { text in bytes.map { text + [$0] } }
        }
        for text in strings where !text.contains(UInt8(ascii: "/")) {
            #expect(
                taken(text) == LibcAddress.value(text), "\(String(decoding: text, as: UTF8.self))")
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func writesAsInetNtopAndReadsBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<5_000 {
            let network = Self.network(&random)
            bytes.removeAll(keepingCapacity: true)
            network.write(to: &bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(bytes.count <= Network.longestText)
            #expect(network.description == text)
            let target = try Target(parsing: bytes.span)
            #expect(target.network == network, "\(text)")
            #expect(target.isBare == (network.isIPv4 && network.isAddress))
            // libc writes ::a.b.c.d, the deprecated IPv4-compatible form, with dots.
            if network.high == 0, network.low >> 32 == 0 { continue }
            // And ::ffff:a.b.c.d, which as an IPv6 network (length under 96) cannot occur.
            let address = text.prefix { $0 != "/" }
            #expect(address == LibcAddress.text(network))
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func prefixes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let network = Self.network(&random)
            let address = LibcAddress.text(network)
            for prefix in 0...130 {
                let widest = network.isIPv4 ? 32 : 128
                let got = Network(parsing: "\(address)/\(prefix)")
                guard prefix <= widest else {
                    #expect(got == nil)
                    continue
                }
                let length = UInt8(prefix + 128 - widest)
                let masked = Network(high: network.high, low: network.low, length: length)
                let isExact = masked.high == network.high && masked.low == network.low
                #expect(got == (isExact ? masked : nil), "\(address)/\(prefix)")
            }
        }
    }
}
