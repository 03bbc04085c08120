import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Lines with literals")
struct LineScannerTests {
    /// Each line that is given, with its groups, and what is left.
    private func scan(
        _ scanner: inout LineScanner, _ text: [UInt8]
    ) -> (lines: [String], left: String) {
        var hits = LiteralHits()
        var position = 0
        var lines: [String] = []
        while let range = scanner.next(in: text.span, from: &position, hits: &hits) {
            let groups = (0..<100).filter { hits.contains($0) }.map { "\($0)" }
            let line = String(decoding: text[range], as: UTF8.self)
            lines.append(groups.joined(separator: ",") + ":" + line)
        }
        return (lines, String(decoding: text[position...], as: UTF8.self))
    }

    private func scanner(_ words: [(String, Int)], folded: [(String, Int)] = []) -> LineScanner {
        LineScanner(
            words.map { (Literal(Array($0.0.utf8)), $0.1) }
                + folded.map { (Literal(Array($0.0.utf8), isFolded: true), $0.1) })
    }

    @Test("Lines that have a literal are given with its groups; all that end are counted")
    func lines() {
        var scanner = scanner([("Failed", 0), ("invalid user", 70), ("led pass", 2), ("led", 2)])
        let text = Array(
            """
            nothing here
            Failed password\r
            \r
            x invalid user\r\r
            Fai
            led
            Failed pass for invalid user
            Failed but does not end
            """.utf8)
        let (lines, left) = scan(&scanner, text)
        #expect(
            lines == [
                "0,2:Failed password", "70:x invalid user", "2:led",
                "0,2,70:Failed pass for invalid user",
            ])
        #expect(left == "Failed but does not end")
        #expect(scanner.lines == 7)
    }

    @Test("Nothing to look for, nothing to read, and positions outside are safe")
    func nothing() {
        var scanner = scanner([])
        #expect(scan(&scanner, []) == ([], ""))
        #expect(scan(&scanner, Array("a\nb\nc".utf8)) == ([], "c"))
        #expect(scanner.lines == 2)
        let text = Array("Failed\n".utf8)
        var hits = LiteralHits()
        var position = 99
        var other = self.scanner([("Failed", 0), ("", 1), ("\n", 2)])
        #expect(other.next(in: text.span, from: &position, hits: &hits) == nil)
        position = -3
        #expect(other.next(in: text.span, from: &position, hits: &hits) == 0..<6)
        #expect(position == 7)
    }

    @Test("Folded and exact literals in one automaton; the letters that fold into ASCII")
    func folded() {
        var scanner = scanner([("Check", 0), ("KEY", 1)], folded: [("check pass", 2), ("ask", 3)])
        let (lines, _) = scan(
            &scanner,
            Array(
                """
                check it
                Check it
                CHECK PASS
                chec\u{212A} pa\u{17F}\u{17F}
                checK \u{212A}EY
                a\u{17F}\u{212A}
                a\u{17F}\u{17F}k a\u{17F}sk
                aa\u{17F}K and KEY

                """.utf8)
                + [0x61, 0xC5, 0x73, 0x6B, 0x0A, 0x61, 0xC5, 0xC5, 0xBF, 0xE2, 0x84, 0x6B, 0x0A]
                + [0x61, 0xC5, 0xBF, 0xE2, 0xE2, 0x84, 0xAA, 0x0A, 0x61, 0x73, 0x6B, 0x0A])
        #expect(
            lines == [
                "0:Check it", "2:CHECK PASS", "2:chec\u{212A} pa\u{17F}\u{17F}",
                "3:a\u{17F}\u{212A}", "1,3:aa\u{17F}K and KEY", "3:ask",
            ])
        #expect(scanner.lines == 12)
    }

    @Test("Every line when it is asked for, and a text that is one line")
    func everyLine() {
        var scanner = LineScanner([(Literal(Array("ab".utf8)), 5)], everyLine: true)
        let (lines, left) = scan(&scanner, Array("xab\n\ncd\r\nab".utf8))
        #expect(lines == ["5:xab", ":", ":cd"])
        #expect(left == "ab")
        #expect(scanner.lines == 3)
        var hits = LiteralHits()
        scanner.find(in: Array("x\ncab".utf8).span, hits: &hits)
        #expect(hits.contains(5))
        scanner.find(in: Array("x\nca\nb".utf8).span, hits: &hits)
        #expect(hits.isEmpty)
    }

    @Test("It finds what a plain search finds, in tables of 16 and 32 bits", arguments: [8, 900])
    func plainSearch(count: Int) {
        var numbers = SeededGenerator(seed: UInt64(count))
        let letters = Array(count > 100 ? "abcdefghijklmnopqrstuvwxyzAKS".utf8 : "abksAKS".utf8)
        func word(_ length: ClosedRange<Int>) -> [UInt8] {
            (0..<Int.random(in: length, using: &numbers)).map { _ in numbers.pick(letters) }
        }
        let longest = count > 100 ? 30 : 4
        let literals = (0..<count).map { index in
            (Literal(word(1...longest), isFolded: index % 3 == 0), index % 90)
        }
        var scanner = LineScanner(literals.map { (literal: $0.0, group: $0.1) })
        #expect((scanner.tableBytes > 512 * 1024) == (count > 100))
        var text: [UInt8] = []
        var expected: [String] = []
        for _ in 0..<300 {
            let line = word(0...12)
            text += line + [UInt8(ascii: "\n")]
            let groups = Set(
                literals.filter { literal, _ in
                    let place = literal.isFolded ? line.map(Literal.lower) : line
                    return place.indices.contains { place[$0...].starts(with: literal.bytes) }
                }.map(\.1))
            if groups.isEmpty { continue }
            expected.append(
                groups.sorted().map { "\($0)" }.joined(separator: ",") + ":"
                    + String(decoding: line, as: UTF8.self))
        }
        #expect(scan(&scanner, text).lines == expected)
        #expect(scanner.lines == 300)
    }

    @Test("Bytes of every value, and buffers cut anywhere, as one buffer")
    func cuts() {
        var numbers = SeededGenerator(seed: 3)
        let values: [UInt8] = [0, 10, 13, 97, 98, 0xC5, 0xBF, 115, 255]
        let text = (0..<4_000).map { _ in numbers.pick(values) }
        var whole = scanner([("ab", 0)], folded: [("as", 1), ("bs", 2)])
        var cut = whole
        let expected = scan(&whole, text)
        var lines: [String] = []
        var carried: [UInt8] = []
        var place = 0
        while place < text.count {
            let end = min(place + Int.random(in: 1...37, using: &numbers), text.count)
            carried += text[place..<end]
            place = end
            lines += scan(&cut, carried).lines
            carried.removeFirst((carried.lastIndex(of: 10) ?? -1) + 1)
        }
        #expect(lines == expected.lines)
        #expect(!lines.isEmpty)
        #expect(cut.lines == whole.lines)
    }
}

@Suite("Long lines")
struct LongLineTests {
    private func shortened(_ line: [UInt8]) -> [UInt8] {
        var text: [UInt8] = [1, 2, 3]
        LongLine.shorten(line.span, into: &text)
        return text
    }

    @Test("A line within the bound stays; a longer one has its first part and its end")
    func shorten() {
        let line = (0..<LongLine.limitBytes).map { UInt8($0 % 251) }
        #expect(shortened(line) == line)
        #expect(shortened([]).isEmpty)
        let long = line + line
        let text = shortened(long)
        #expect(text.count == LongLine.limitBytes)
        #expect(text.suffix(LongLine.tailBytes) == long.suffix(LongLine.tailBytes))
        let head = LongLine.limitBytes - LongLine.tailBytes - 3
        #expect(text.prefix(head) == long.prefix(head))
        #expect(text[head..<head + 3] == [0xEF, 0xBF, 0xBD])
    }

    @Test("Within a buffer, again and again, as all at once")
    func inPlace() {
        let line = (0..<100_000).map { UInt8($0 % 249) }
        var buffer: [UInt8] = [7, 7]
        var place = 0
        while place < line.count {
            buffer += line[place..<min(place + 9_000, line.count)]
            place += 9_000
            let end = LongLine.shorten(&buffer, from: 2, to: buffer.count)
            buffer.removeLast(buffer.count - end)
            #expect(buffer.count <= 2 + LongLine.limitBytes)
        }
        #expect(buffer == [7, 7] + shortened(line))
        #expect(LongLine.shorten(&buffer, from: -1, to: 9_000) == 9_000)
    }
}
