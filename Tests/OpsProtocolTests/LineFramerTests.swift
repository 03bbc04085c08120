// Bytes into lines, numbered as the promises of LineFramer.swift.

import OpsTestKit
import Testing

@testable import OpsProtocol

/// A line handed out, or the end.
private enum Told: Equatable {
    case line([UInt8])
    case tooLong

    static func line(_ text: String) -> Told { .line(Array(text.utf8)) }
}

extension LineFramer {
    fileprivate mutating func feed(_ text: String) { feed(Array(text.utf8).span) }

    fileprivate mutating func take() -> Told? {
        let expected = hasLine
        var line: [UInt8]?
        let outcome = next { bytes in
            #expect(line == nil)
            line = bytes.withUnsafeBufferPointer { Array($0) }
        }
        #expect((outcome != nil) == expected, "hasLine tells whether next has something")
        #expect((line != nil) == (outcome == .line), "the body is called for a line alone")
        switch outcome {
        case .line: return .line(line ?? [])
        case .tooLong: return .tooLong
        case nil: return nil
        }
    }

    fileprivate mutating func drain() -> [Told] {
        var all: [Told] = []
        while let told = take() { all.append(told) }
        return all
    }
}

/// What the pieces give, fed one by one, each drained at once or all at the end.
private func lines(
    _ pieces: [ArraySlice<UInt8>], limit: Int, drainsEach: Bool = true
) -> [Told] {
    var framer = LineFramer(limitBytes: limit)
    var all: [Told] = []
    for piece in pieces {
        framer.feed(Array(piece).span)
        if drainsEach { all += framer.drain() }
    }
    return all + framer.drain()
}

/// What must come of `bytes`, by the slow and plain way.
private func expected(_ bytes: [UInt8], limit: Int) -> [Told] {
    var all: [Told] = []
    var line: [UInt8] = []
    for byte in bytes {
        if byte == 0x0a {
            all.append(.line(line))
            line = []
        } else {
            line.append(byte)
            if line.count > limit { return all + [.tooLong] }
        }
    }
    return all
}

@Suite struct LineFramerTests {
    // MARK: 1. The lines are the same however the bytes were split

    @Test(arguments: [
        "ping\nstatus\n", "\n", "\n\n\n", "ping", "ping\r\n\r\n", "a\n\nbb\nccc", "\na\n", "",
        "12345678\n", "1234567\n12345678\n123456789\n", "check 203.0.113.9\nban 1\u{0}2\nx\n",
    ])
    func everySplitIntoThree(text: String) {
        let bytes = Array(text.utf8)
        for limit in [0, 1, 3, 8, 64] {
            let all = expected(bytes, limit: limit)
            for first in 0...bytes.count {
                for second in first...bytes.count {
                    let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
                    #expect(lines(pieces, limit: limit) == all)
                    #expect(lines(pieces, limit: limit, drainsEach: false) == all)
                }
            }
            #expect(lines(bytes.indices.map { bytes[$0...$0] }, limit: limit) == all)
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func randomSplits(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit = [7, 40, 4096, 65_536][Int(seed % 4)]
        // All byte values; lines from empty to a little over the limit in every eighth run.
        let longest = seed % 8 == 0 ? limit + 2 : limit
        var bytes: [UInt8] = []
        for _ in 0..<(limit > 5_000 ? 3 : 30) {
            let count = Int.random(in: 0...longest, using: &random)
            for _ in 0..<count {
                let byte = UInt8(truncatingIfNeeded: random.next())
                bytes.append(byte == 0x0a ? 0x0b : byte)
            }
            bytes.append(0x0a)
        }
        let all = expected(bytes, limit: limit)
        for widest in [9, 1_000, 65_536] {
            var pieces: [ArraySlice<UInt8>] = []
            var at = 0
            while at < bytes.count {
                let end = min(bytes.count, at + Int.random(in: 0...widest, using: &random))
                pieces.append(bytes[at..<end])
                at = end
            }
            #expect(lines(pieces, limit: limit) == all)
            #expect(lines(pieces, limit: limit, drainsEach: false) == all)
        }
    }

    /// Lines removed between feeds in no pattern: what is held after them stays in order.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func takenNowAndThen(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var framer = LineFramer(limitBytes: 300)
        var fed = 0
        var removed = 0
        for _ in 0..<2_000 {
            if random.next() % 2 == 0 {
                let pad = String(repeating: "x", count: Int(random.next() % 200))
                framer.feed("\(fed) \(pad)\n")
                fed += 1
            } else if let told = framer.take() {
                guard case .line(let bytes) = told else {
                    Issue.record("no line is over the limit")
                    return
                }
                #expect(bytes.starts(with: Array("\(removed) ".utf8)))
                removed += 1
            } else {
                #expect(removed == fed && framer.count == 0)
            }
        }
        #expect(framer.drain().count == fed - removed)
    }

    /// Every byte but one stands before the line feed in each place of the eight.
    @Test func onlyALineFeedEndsALine() {
        for byte in UInt8.min...UInt8.max where byte != 0x0a {
            for before in 0..<9 {
                var framer = LineFramer(limitBytes: 64)
                let line = [UInt8](repeating: byte, count: before)
                framer.feed((line + [0x0a] + line).span)
                #expect(framer.drain() == [.line(line)])
                #expect(framer.count == before)
            }
        }
    }

    @Test func whatIsHeld() {
        var framer = LineFramer(limitBytes: 16)
        #expect(!framer.hasLine && !framer.isPartial && framer.count == 0)
        #expect(framer.take() == nil)
        framer.feed("pi")
        #expect(!framer.hasLine && framer.isPartial && framer.count == 2)
        framer.feed("")
        #expect(!framer.hasLine && framer.isPartial && framer.count == 2)
        framer.feed("ng\nstat")
        #expect(framer.hasLine && framer.isPartial && framer.count == 9)
        #expect(framer.take() == .line("ping"))
        #expect(!framer.hasLine && framer.isPartial && framer.count == 4)
        framer.feed("us\n")
        #expect(framer.hasLine && !framer.isPartial && framer.count == 7)
        #expect(framer.take() == .line("status"))
        #expect(!framer.hasLine && !framer.isPartial && framer.count == 0)
    }

    // MARK: 2. A line over the limit ends it

    @Test(arguments: [0, 1, 7, 8, 9, 100, 65_536])
    func theBoundIsExact(limit: Int) {
        let fits = [UInt8](repeating: 0x78, count: limit)
        var framer = LineFramer(limitBytes: limit)
        framer.feed(fits.span)
        #expect(!framer.hasLine && framer.count == limit)
        framer.feed("\n")
        #expect(framer.take() == .line(fits))
        framer.feed((fits + [0x0a]).span)
        #expect(framer.take() == .line(fits))

        framer.feed(fits.span)
        #expect(!framer.hasLine)
        framer.feed("x")
        #expect(framer.drain() == [.tooLong], "before its line feed has come")
        var other = LineFramer(limitBytes: limit)
        other.feed((fits + [0x78, 0x0a]).span)
        #expect(other.drain() == [.tooLong], "with its line feed")
    }

    @Test func itIsToldOnceAndLast() {
        var framer = LineFramer(limitBytes: 4)
        framer.feed("a\nbcd\n12345\nping\n")
        #expect(framer.take() == .line("a"))
        #expect(framer.take() == .line("bcd"))
        #expect(framer.hasLine && !framer.isPartial && framer.count == 0)
        framer.feed("more\n")
        #expect(framer.hasLine && framer.count == 0)
        #expect(framer.take() == .tooLong)
        for _ in 0..<3 {
            #expect(!framer.hasLine && !framer.isPartial && framer.count == 0)
            #expect(framer.take() == nil)
            framer.feed("ping\n")
        }
        #expect(framer.capacity <= 4_096)
    }

    @Test func nothingIsHeldOfALineOverTheLimit() {
        var framer = LineFramer(limitBytes: 65_536)
        let block = [UInt8](repeating: 0x78, count: 65_536)
        for _ in 0..<100 {
            framer.feed(block.span)
            #expect(framer.count <= 65_536)
        }
        #expect(framer.capacity <= 4_096)
        #expect(framer.drain() == [.tooLong])
    }

    // MARK: 3. Work and memory

    @Test func aLongLineKeepsNoMemory() {
        var framer = LineFramer(limitBytes: 65_536)
        let line = [UInt8](repeating: 0x78, count: 65_536)
        framer.feed((line + [0x0a]).span)
        #expect(framer.take() == .line(line))
        #expect(framer.capacity <= 4_096)
        framer.feed("ping\n")
        #expect(framer.take() == .line("ping"))
        #expect(framer.capacity > 0, "small storage is kept for the next line")
    }

    /// A megabyte of lines drained after each feed, the last always cut: storage stays near one
    /// feed and one line.
    @Test func storageStaysBounded() {
        var framer = LineFramer(limitBytes: 1_000)
        let line = Array((String(repeating: "x", count: 999) + "\n").utf8)
        let stream = Array(repeatElement(line, count: 1_000).joined())
        var count = 0
        var at = 0
        while at < stream.count {
            let end = min(at + 65_536, stream.count)
            framer.feed(Array(stream[at..<end]).span)
            count += framer.drain().count
            #expect(framer.count < 1_000)
            #expect(framer.capacity <= 4 * 65_536)
            at = end
        }
        #expect(count == 1_000)
    }

    /// A search from the front at each byte would look at 10^12 bytes here.
    @Test(.timeLimit(.minutes(1))) func oneByteAtATimeIsLinear() {
        let count = 1_500_000
        var framer = LineFramer(limitBytes: count)
        let byte: [UInt8] = [0x78]
        for _ in 0..<count { framer.feed(byte.span) }
        #expect(framer.count == count && !framer.hasLine)
        framer.feed("\n")
        var length = 0
        #expect(framer.next { length = $0.count } == .line)
        #expect(length == count)
    }

    /// So would moving the rest forward at each line.
    @Test(.timeLimit(.minutes(1))) func manyHeldLinesAreTakenInLinearTime() {
        let count = 500_000
        var framer = LineFramer(limitBytes: 8)
        framer.feed([UInt8](repeating: 0x0a, count: 2 * count).span)
        var removed = 0
        var length = 0
        while framer.next({ length += $0.count }) != nil { removed += 1 }
        #expect(removed == 2 * count && length == 0)
    }
}
