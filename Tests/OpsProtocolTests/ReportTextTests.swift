// What strangers choose does not keep a report from counting: too long, not UTF-8, control
// characters, halves of surrogate pairs.  It is cut and repaired, and the reply says so.

import OpsCore
import Testing

@testable import OpsProtocol

@Suite struct ReportTextTests {
    private func terms(_ line: [UInt8]) -> StrikeTerms? {
        guard case .success(.strike(_, let terms)) = answer(to: line) else { return nil }
        return terms
    }

    private func route(_ line: [UInt8]) -> Route? {
        guard case .success(.hit(_, let route)) = answer(to: line) else { return nil }
        return route
    }

    @Test(arguments: ["x", "\u{e9}", "\u{1f600}", "e\u{301}"])
    func whatIsTooLongIsCutAtACharacter(filler: String) throws {
        let long = String(repeating: filler, count: 400)
        let reason = try #require(terms(Array("strike 1.2.3.4 reason=\(long)".utf8)))
        let kept = try #require(reason.reason)
        #expect(reason.isCut && kept.utf8.count <= Bounds.reasonBytes && long.hasPrefix(kept))
        #expect(kept.utf8.count > Bounds.reasonBytes - 8)
        let path = try #require(route(Array("hit 1.2.3.4 route=\(long)".utf8)))
        #expect(path.isCut && path.text.utf8.count <= Bounds.routeBytes)
    }

    /// The bound is on what is written: a character that events and replies write as six bytes
    /// counts as six.
    @Test(arguments: ["\\u0001", "\\u007f", "\\u009b", "\\u202e"])
    func whatIsWrittenAsAnEscapeCountsAsSix(escape: String) throws {
        let long = String(repeating: escape, count: 200)
        let reason = try #require(terms(Array("strike 1.2.3.4 reason=\"\(long)\"".utf8)))
        let kept = try #require(reason.reason)
        #expect(reason.isCut && kept.unicodeScalars.count == Bounds.reasonBytes / 6)
        var json = JSONWriter()
        json.string(kept)
        #expect(json.bytes.count <= Bounds.reasonBytes + 2)
        let short = String(repeating: escape, count: 42)
        for (text, isTaken) in [(short, true), (short + escape, false)] {
            let outcome = answer(to: Array("ban 1.2.3.4 reason=\"\(text)\"".utf8))
            if case .success(.ban) = outcome { #expect(isTaken) } else { #expect(!isTaken) }
        }
    }

    @Test(
        arguments: [
            [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82],
            [0x80], [0x1b], [0x07],
        ] as [[UInt8]], ["", "\""])
    func whatIsNotTextIsReplaced(bytes: [UInt8], quote: String) throws {
        for (before, after) in [("", ""), ("a", "b"), ("\u{e9}", "\u{e9}")] {
            let middle = Array((quote + before).utf8) + bytes + Array((after + quote).utf8)
            let reason = try #require(terms(Array("strike 1.2.3.4 reason=".utf8) + middle))
            let text = try #require(reason.reason)
            #expect(reason.isCut && text.hasPrefix(before) && text.hasSuffix(after))
            #expect(text.unicodeScalars.contains("\u{fffd}"))
            let path = try #require(route(Array("hit 1.2.3.4 route=".utf8) + middle))
            #expect(path.isCut && path.text == text)
        }
    }

    /// As Python writes the bytes of a line that is not UTF-8.
    @Test(
        arguments: [
            (#""\udcff""#, "\u{fffd}"), (#""a\ud800""#, "a\u{fffd}"),
            (#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"), (#""\ud83d\u0041""#, "\u{fffd}A"),
            (#""\ud83d\ude00\udcff""#, "\u{1f600}\u{fffd}"),
            (#""\\udcff\udcff""#, "\\udcff\u{fffd}"),
        ])
    func halvesOfPairsAreReplaced(written: String, meant: String) throws {
        let reason = try #require(terms(Array("strike 1.2.3.4 reason=\(written)".utf8)))
        #expect(reason.reason == meant && reason.isCut)
    }

    @Test func whatIsRightStaysAsItIs() throws {
        let reason = try #require(terms(Array(#"strike 1.2.3.4 reason="\ud83d\ude00 ok""#.utf8)))
        #expect(reason.reason == "\u{1f600} ok" && !reason.isCut)
    }

    /// The syntax is the reporter's, and so are the names that it chooses.
    @Test func theRestIsRefusedAsEver() {
        for line in [
            #"strike 1.2.3.4 reason="a"#, "strike 1.2.3.4 reason=a b",
            "strike 1.2.3.4 source=" + String(repeating: "s", count: 65),
        ] {
            guard case .failure = answer(to: line) else {
                Issue.record("accepted: \(line)")
                continue
            }
        }
    }
}
