// What is written into reserved memory: the same JSON as by the general writer, and never more than
// was announced.

import Testing

@testable import OpsCore
@testable import OpsProtocol

@Suite struct MemberOutputTests {
    private static let longest = Network(
        high: 0xffff_1111_2222_3333, low: 0x4444_5555_6666_7777, length: 128)

    private func line(_ write: (inout [UInt8]) -> Void) throws -> JSONValue {
        var bytes: [UInt8] = []
        write(&bytes)
        #expect(bytes.starts(with: "ok {".utf8) && bytes.last == 0x0a)
        return try JSONValue(parsing: Array(bytes.dropFirst(3).dropLast()).span)
    }

    @Test("plain is what the general writer writes as it is", arguments: 0..<17)
    func plain(length: Int) {
        for byte in 0...255 as ClosedRange<UInt8> {
            for place in 0..<max(1, length) {
                var bytes = [UInt8](repeating: 0x61, count: length)
                if length > 0 { bytes[place] = byte }
                let isFit = bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }
                #expect(JSONText.isPlain(bytes.span) == isFit, "\(byte) at \(place) of \(length)")
                let isSame = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length + 1) {
                    JSONText.copyPlain(bytes.span, to: $0.baseAddress!)
                        && Array($0[..<length]) == bytes
                }
                #expect(isSame == isFit, "\(byte) at \(place) of \(length)")
            }
        }
    }

    @Test(
        "texts of any kind come back as they were",
        arguments: [
            "", "a", "sshd", "exactly8", "exactly16bytes!!", "failed login for \"root\"",
            "back\\slash",
            "\u{0}\u{1f}\u{7f}", "tab\tand\nline", "äöü €", "\u{202e}reversed", "\u{1f600}",
            String(repeating: "\u{1}", count: 256), String(repeating: "\u{2028}", count: 85),
        ])
    func texts(text: String) throws {
        var view = BanView(
            network: Self.longest, expires: .max, ttlSeconds: .min, created: .min,
            reason: text, source: String(text.prefix(21)), uid: .max, isAutomatic: false,
            list: text)
        view.isDryRun = true
        view.isUnconfirmed = true
        view.confirmedExpires = .max
        let answer = CheckAnswer(network: Self.longest, ban: view)
        // Too little memory traps.
        let json = try line { answer.writeLine(to: &$0) }
        #expect(json["reason"]?.text == text && json["list"]?.text == text)
        #expect(json["source"]?.text == view.source && json["banned"]?.bool == false)
        #expect(json["expires"]?.text == "9999-12-31T23:59:59Z")
        #expect(json["created"]?.text == "0000-01-01T00:00:00Z")
        let banned = try line { view.writeBanned(to: &$0) }
        #expect(banned["reason"]?.text == text)
        let strike = StrikeAnswer(network: Self.longest, strikes: .max, ban: view, isAllowed: true)
        #expect(try line { strike.writeLine(to: &$0) }["allowed_by_rule"]?.bool == true)
    }

    @Test("the largest answers of a hit")
    func hits() throws {
        for outcome in [
            HitAnswer.Outcome.admitted(remaining: .max), .limited(retryAfterSeconds: .min),
            .banned(retryAfterSeconds: .min), .banned(retryAfterSeconds: nil),
        ] {
            let answer = HitAnswer(network: Self.longest, outcome: outcome, strikes: .min)
            _ = try line { answer.writeLine(to: &$0) }
        }
    }

    @Test("an event with texts that all have to be escaped")
    func events() throws {
        let text = String(repeating: "\u{1}", count: 1_024)
        let event = Event(
            id: .max, kind: .strikesCleared, severity: .critical, wall: .max,
            gauges: Gauges(cpu: 999, memory: 1_000, disk: Gauges.absent), details: text,
            network: Self.longest, reason: text, source: text, uid: .max, expires: .min)
        var bytes: [UInt8] = []
        event.writeObject(to: &bytes)
        let json = try JSONValue(parsing: bytes.span)
        #expect(json["details"]?.text == text && json["reason"]?.text == text)
        let written = String(decoding: bytes, as: UTF8.self)
        #expect(written.contains(#""cpu":99.9,"ram":100.0,"disk":null,"#))
    }

    @Test(
        "decimal numbers",
        arguments: [
            0, 9, 10, 99, 100, 101, 999, 1_000, 123_456_789, 9_999_999_999_999_999_999,
            10_000_000_000_000_000_000, .max,
        ] as [UInt64])
    func decimals(number: UInt64) {
        var bytes: [UInt8] = []
        bytes.append(addingCapacity: 20) { $0.append(decimal: number) }
        #expect(String(decoding: bytes, as: UTF8.self) == String(number))
    }

    @Test("every power of ten and its neighbours")
    func powers() {
        var power: UInt64 = 1
        for _ in 0..<20 {
            for number in [power &- 1, power, power &+ 1] { decimals(number: number) }
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
    }
}
