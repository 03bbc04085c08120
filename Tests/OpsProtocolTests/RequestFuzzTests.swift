// Lines that nobody means: mutated, long, hostile.  Whatever comes, there is a command or a refusal
// that is short and fit to be shown, and it comes quickly.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsProtocol

/// The two ways through the parser must never differ.
private func expectAgreement(_ bytes: [UInt8]) {
    guard let hot = RequestParser.parseHot(bytes.span) else { return }
    let slow = try? RequestParser.parseByTable(bytes.span)
    #expect(slow?.command == hot.command, "\(String(decoding: bytes, as: UTF8.self))")
    #expect(slow?.row === hot.row)
}

/// A refusal's line is short, whole, and JSON without an unfit byte.
private func expectShown(_ refusal: Refusal) {
    var line: [UInt8] = []
    refusal.writeLine(to: &line)
    #expect(line.count < 2_048)
    #expect(line.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f })
    let json = Array(line.dropFirst(4))
    let object = try? JSONValue(parsing: json.span)
    #expect(object?["code"]?.text == refusal.code.rawValue)
    #expect(object?["message"]?.text == refusal.message)
    #expect(object?["hint"]?.text == refusal.hint)
}

@Suite struct RequestFuzzTests {
    private static let alphabet = Array("abz019_-=\"\\/.:, \u{1b}\r\0".utf8) + [0x7f, 0x80, 0xff]

    @Test(arguments: 0..<20 as Range<UInt64>)
    func mutatedLines(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let samples =
            CommandTable.rows.map { Array($0.example.utf8) } + [
                Array(#"ban 1.2.3.4 "2001:db8::/64" ttl="1\u0068" reason="\ud83d\ude00 \n""#.utf8),
                Array("check ::ffff:1.2.3.4 10.0.0.0/8 ::1/128".utf8),
                Array("hit 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff".utf8), Array("ping".utf8),
                Array("ban 203.0.113.9 ttl=600s reason=abuse source=sshd".utf8),
                Array("ban 10.0.0.0/8 ttl=permanent".utf8), Array("unban 2001:db8::/32".utf8),
                Array("strike ::1/128 source=a=b reason=x".utf8), Array("hit ::1".utf8),
            ]
        for _ in 0..<250 {
            var bytes = samples[Int(random.next() % UInt64(samples.count))]
            for _ in 0..<random.next() % 5 {
                let place = Int(random.next() % UInt64(bytes.count + 1))
                let letter = Self.alphabet[Int(random.next() % UInt64(Self.alphabet.count))]
                switch random.next() % 4 {
                case 0 where place < bytes.count: bytes[place] = letter
                case 1 where place < bytes.count: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: samples[0].prefix(4), at: place)
                default: bytes.insert(letter, at: place)
                }
            }
            expectAgreement(bytes)
            if case .failure(let refusal) = answer(to: bytes) { expectShown(refusal) }
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func noise(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let count = Int(random.next() % 200)
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            expectAgreement(bytes)
            if case .failure(let refusal) = answer(to: bytes) { expectShown(refusal) }
        }
    }

    @Test func theHotPathTakesWhatItIsFor() {
        for line in [
            "ping", "check 203.0.113.9", "check 10.0.0.0/8", "check 2001:db8::1", "check ::1/128",
            "check ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "hit 203.0.113.9",
            "hit ::ffff:1.2.3.4", "hit ::1", "ban 203.0.113.9", "ban 10.0.0.0/8 ttl=1h",
            "ban 1.2.3.4 reason=a source=b ttl=permanent", "ban ::/64 source=x=y",
            "strike 1.2.3.4", "strike ::1/128 reason=a,b", "unban 1.2.3.4", "unban 10.0.0.0/8",
        ] {
            let bytes = Array(line.utf8)
            #expect(RequestParser.parseHot(bytes.span) != nil)
            expectAgreement(bytes)
        }
        for line in [
            "check", "check ", "check 1.2.3.4 ", "hit 10.0.0.0/8", "ping ", "pingx", "hit  1.2.3.4",
            "check \"1.2.3.4\"", "hit 1.2.3.4 route=x", "check 1.2.3.4 5.6.7.8", "CHECK 1.2.3.4",
            "", "p", "pin", "hit ", "hit ::", "ban", "ban ", "ban  1.2.3.4", "ban 1.2.3.4 ",
            "ban 1.2.3.4,5.6.7.8", "ban 1.2.3.4 ttl=", "ban 1.2.3.4 ttl=1", "ban 1.2.3.4 ttl=999ms",
            "ban 1.2.3.4 ttl=3651d", "ban 1.2.3.4 ttl=1h ttl=1h", "ban 1.2.3.4 until=5",
            "ban 1.2.3.4 reason=", "ban 1.2.3.4 reason=\"a\"", "ban 1.2.3.4 reason=\u{e4}",
            "ban 1.2.3.4 force=true", "ban 1.2.3.4 x", "strike 10.0.0.0/8", "strike 1.2.3.4 ttl=1h",
            "strike 1.2.3.4 weight=2", "unban 1.2.3.4 5.6.7.8", "unban ",
            "ban 1.2.3.4 source=" + String(repeating: "s", count: 65),
            "ban 1.2.3.4 reason=" + String(repeating: "r", count: 257),
        ] {
            let bytes = Array(line.utf8)
            #expect(RequestParser.parseHot(bytes.span) == nil, "\(line)")
        }
    }

    /// 64 KiB of anything is answered in linear time, far under a second in a debug build.
    @Test(arguments: [
        " ", "\"", "=", "a=", "=\"", "a=\"\" ", "\"\" ", "a ", ":", "::1 ", "1.2.3.4 ", "\\", "a",
        "\"\\\"", "é", "a\u{301}", "ttl=1h ", "a=\"b\" ", "\u{85}", "[", "0", "1",
    ])
    func longLines(piece: String) {
        for start in [
            "", "ban ", "check ", "ban 1.2.3.4 reason=", "ban 1.2.3.4 reason=\"",
            "events after=", "ban 1.2.3.4 ttl=", "ban 1.2.3.4 until=", "a", "watch ",
        ] {
            var bytes = Array(start.utf8)
            while bytes.count + piece.utf8.count <= 65_536 { bytes.append(contentsOf: piece.utf8) }
            let begun = cpuSeconds()
            let outcome = answer(to: bytes)
            #expect(cpuSeconds() - begun < 2, "\(start)\(piece)...")
            guard case .failure(let refusal) = outcome else {
                Issue.record("accepted: \(start)\(piece)...")
                continue
            }
            expectShown(refusal)
        }
    }

    /// One character may have thousands of combining marks; a key may be as long as the line.
    @Test(arguments: [
        "a" + String(repeating: "\u{301}", count: 30_000), String(repeating: "x", count: 60_000),
        String(repeating: "\u{202e}", count: 20_000), String(repeating: "x", count: 60_000) + "=1",
        String(repeating: "x", count: 60_000) + "=\"\"",
    ])
    func echoesAreBounded(word: String) {
        for line in [
            word, "ban 1.2.3.4 \(word)", "ping \(word)", "ban 1.2.3.4 ttl=\(word)", "ban \(word)",
            "watch \(word)", "strike 1.2.3.4 source=\(word)", "hit 1.2.3.4 \(word)",
        ] {
            guard let refusal = refusal(of: line) else {
                Issue.record("accepted")
                continue
            }
            #expect(refusal.message.utf8.count < 512)
            #expect((refusal.hint?.utf8.count ?? 0) < 512)
            expectShown(refusal)
        }
    }

    @Test func refusalLinesAreExact() {
        func line(_ refusal: Refusal) -> String {
            var line: [UInt8] = []
            refusal.writeLine(to: &line)
            return String(decoding: line, as: UTF8.self)
        }
        #expect(
            line(Refusal(.notFound, "203.0.113.9 is not banned"))
                == "err {\"code\":\"not-found\",\"message\":\"203.0.113.9 is not banned\"}\n")
        #expect(
            line(Refusal(.badRequest, "a\n\u{1b}[31m\u{9b}\u{202e}\"", hint: "\u{7f}"))
                == #"err {"code":"bad-request","message":"a\n\u001b[31m\u009b\u202e\"","#
                + #""hint":"\u007f"}"# + "\n")
        #expect(
            RefusalCode.allCases.map(\.rawValue) == [
                "bad-request", "unknown-command", "bad-argument", "too-long", "forbidden",
                "refused", "not-found", "too-many", "busy", "degraded", "internal",
            ])
    }
}
