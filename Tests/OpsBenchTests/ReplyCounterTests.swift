// Replies are the same however the bytes were split; errors by their code.

import Testing

@testable import OpsBench

@Suite struct ReplyCounterTests {
    static let stream = """
        ok {"ip":"192.0.2.1","banned":false}
        err {"code":"refused","message":"no: err"}

        :1\r
        $-1\r
        -ERR unknown command 'x'\r
        -WRONGTYPE Operation against a key\r
        err {"code":"refused","message":"again"}
        event {"id":1}
        err
        -1
        e
        +OK\r

        """

    private func count(_ bytes: [UInt8], pieces sizes: [Int]) -> (Int, [String]) {
        var counter = ReplyCounter()
        var errors = ErrorCounts()
        var lines = 0
        var rest = bytes[...]
        var piece = 0
        while !rest.isEmpty {
            let size = min(sizes[piece % sizes.count], rest.count)
            let part = Array(rest.prefix(size))
            lines += counter.feed(part.span, &errors)
            rest = rest.dropFirst(size)
            piece += 1
        }
        return (lines, errors.codes.map { "\($0.code) \($0.count)" })
    }

    @Test("1.1 pieces of any size", arguments: [[1], [2], [3], [7, 1], [8], [9, 64], [1_000]])
    func pieces(sizes: [Int]) {
        let (lines, errors) = count(Array(Self.stream.utf8), pieces: sizes)
        #expect(lines == 13)
        #expect(errors == ["refused 2", "ERR 1", "WRONGTYPE 1", "err 1"])
    }

    @Test("1.2 every place to split in two")
    func everySplit() {
        let bytes = Array(Self.stream.utf8)
        for place in 1..<bytes.count {
            #expect(count(bytes, pieces: [place, bytes.count]).0 == 13)
        }
    }

    @Test("2.1 a line without an end is bounded and is not a reply yet")
    func endless() {
        var counter = ReplyCounter()
        var errors = ErrorCounts()
        let dashes = [UInt8](repeating: UInt8(ascii: "-"), count: 4_096)
        for _ in 0..<256 { #expect(counter.feed(dashes.span, &errors) == 0) }
        #expect(counter.feed([0x0a].span, &errors) == 1)
        #expect(errors.total == 0)
    }

    @Test("2.2 codes beyond the limit are counted together, and none is lost")
    func manyCodes() {
        var errors = ErrorCounts()
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for first in letters {
            for second in letters { errors.record([UInt8(ascii: "-"), first, second]) }
        }
        #expect(errors.total == 26 * 26)
        #expect(errors.codes.count == 32)
        #expect(errors.codes.contains { $0.code == "other" && $0.count == 26 * 26 - 31 })
    }

    @Test("2.3 a code has letters only: nothing of it can reach a terminal's controls")
    func hostileCode() {
        #expect(ErrorCounts.code(of: Array("-ER\u{1b}[31m".utf8)) == "ER")
        #expect(ErrorCounts.code(of: Array("err {\"code\":\"\u{1b}".utf8)) == "")
    }
}
