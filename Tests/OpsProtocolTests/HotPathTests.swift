// The short way of the parser for `ping`, `check IP` and `hit IP` says what the table says, and
// whatever comes, there is one reply that can be shown anywhere.

import Foundation
import OpsCore
import Testing

@testable import OpsProtocol

@Suite struct HotPathTests {
    private static let samples = [
        "ping", "check 203.0.113.9", "check 2001:db8::1", "check 10.0.0.0/8",
        "check ::ffff:1.2.3.4", "check 2001:db8::/32", "hit 203.0.113.9", "hit 2001:db8::1",
        "hit ::ffff:0:0/96", "hit 203.0.113.9 route=/login", "check 1.2.3.4 5.6.7.8",
        "check 1.2.3.4,::1", "ban 203.0.113.9 ttl=1h reason=\"a \\u202e b\" source=sshd",
        "strike 203.0.113.9 weight=3 at=2026-11-21T09:11:30Z", "events severity=critical limit=5",
        "watch guard,health slo after=7", "metrics history hours=24 step=5m", "guard stats",
    ]

    /// Bytes that change the meaning of a line.
    private static let alphabet = Array(" ,=\"\\/:.%0123456789abcdefpx\t\r\u{1b}é\u{ff11}".utf8)

    private static func mutated(_ random: inout SplitMix) -> [UInt8] {
        var line = Array(samples[Int(random.next() % UInt64(samples.count))].utf8)
        for _ in 0..<Int(random.next() % 4) where !line.isEmpty {
            let place = Int(random.next() % UInt64(line.count))
            let byte = alphabet[Int(random.next() % UInt64(alphabet.count))]
            switch random.next() % 4 {
            case 0: line[place] = byte
            case 1: line.remove(at: place)
            case 2: line.insert(byte, at: place)
            default: line[place] = UInt8(truncatingIfNeeded: random.next())
            }
        }
        return line
    }

    @Test(arguments: ["ping", "check 203.0.113.9", "hit 2001:db8::1", "check 2001:db8:1::/48"])
    func theyTakeTheShortWay(line: String) throws {
        let bytes = Array(line.utf8)
        #expect(RequestParser.parseHot(bytes.span) != nil)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func theShortWaySaysWhatTheTableSays(seed: UInt64) throws {
        var random = SplitMix(seed)
        var taken = 0
        for _ in 0..<1_000 {
            let line = Self.mutated(&random)
            guard let hot = RequestParser.parseHot(line.span) else { continue }
            let text = String(decoding: line, as: UTF8.self)
            let slow = try #require(try? RequestParser.parseByTable(line.span), "\(text)")
            #expect(hot.command == slow.command && hot.row === slow.row, "\(text)")
            taken += 1
        }
        #expect(taken > 100)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func everyLineGetsAReplyThatCanBeShown(seed: UInt64) throws {
        var random = SplitMix(seed &+ 1_000)
        for _ in 0..<500 {
            let line = Self.mutated(&random)
            guard case .failure(let refusal) = Self.answer(line) else { continue }
            try Self.expectShowable(refusal, line)
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func noiseGetsAReplyThatCanBeShown(seed: UInt64) throws {
        var random = SplitMix(seed &+ 2_000)
        for _ in 0..<200 {
            let line = (0..<Int(random.next() % 300)).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }.filter { $0 != 0x0a }
            guard case .failure(let refusal) = Self.answer(line) else { continue }
            try Self.expectShowable(refusal, line)
        }
    }

    private static func answer(_ line: [UInt8]) -> Result<Command, Refusal> {
        do throws(Refusal) {
            return .success(try RequestParser.parse(line.span).command)
        } catch {
            return .failure(error)
        }
    }

    /// One line of JSON, short, without a byte that a terminal would act on.
    private static func expectShowable(_ refusal: Refusal, _ line: [UInt8]) throws {
        var reply: [UInt8] = []
        refusal.writeLine(to: &reply)
        let text = String(decoding: reply, as: UTF8.self)
        #expect(text.hasPrefix("err {") && text.hasSuffix("}\n"))
        #expect(reply.count < 2_048, "\(text)")
        #expect(reply.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "\(text)")
        #expect(
            [.badRequest, .badArgument, .unknownCommand].contains(refusal.code), "\(text)")
        let object = try JSONSerialization.jsonObject(with: Data(reply.dropFirst(4)))
        let members = try #require(object as? [String: Any])
        #expect(members["code"] as? String == refusal.code.rawValue)
    }
}

@Suite struct CommaListTests {
    private func command(_ line: String) throws -> Command {
        let bytes = Array(line.utf8)
        return try RequestParser.parse(bytes.span).command
    }

    @Test(arguments: [
        ("check 1.2.3.4,5.6.7.8", "check 1.2.3.4 5.6.7.8"),
        ("check 1.2.3.4,5.6.7.8 ::1,10.0.0.0/8", "check 1.2.3.4 5.6.7.8 ::1 10.0.0.0/8"),
        ("unban ::1,::2", "unban ::1 ::2"), ("watch guard,health", "watch guard health"),
    ])
    func aListIsItsWords(list: String, words: String) throws {
        #expect(try command(list) == command(words))
    }

    @Test(arguments: [
        "check ,", "check 1.2.3.4,", "check ,1.2.3.4", "check 1.2.3.4,,5.6.7.8",
        "check \"1.2.3.4,5.6.7.8\"", "check 1.2.3.4,\u{301}5.6.7.8", "hit 1.2.3.4,5.6.7.8",
        "watch guard,", "watch guard,guard,guard,guard,guard,guard,guard",
    ])
    func aListWithHolesIsNone(line: String) {
        #expect(throws: Refusal.self) { try command(line) }
    }

    @Test func aListHasItsBound() throws {
        let most = Array(repeating: "1.2.3.4", count: Bounds.targets).joined(separator: ",")
        #expect(try command("check " + most) == command("check " + most.replacing(",", with: " ")))
        #expect {
            try command("check " + most + ",1.2.3.4")
        } throws: {
            ($0 as? Refusal)?.message == "ip: more than 1000"
        }
        // A line of commas is refused at the first hole.
        #expect(throws: Refusal.self) {
            try command("check " + String(repeating: ",", count: 65_000))
        }
    }
}
