// Finds the lines of a read buffer that have a literal; all others are counted, and never cut out.
//
// 1. The automaton goes over the whole buffer and knows no lines: a literal has no line end, so no
//    match of it crosses one.  Only at a hit the ends of its line are looked for.
// 2. Only lines that end are given.  The rest of the buffer is the caller's, to be read again with
//    what follows it; `LongLine` keeps that from growing.
// 3. Nothing is allocated for a line.

import Glibc

/// The groups of which a literal is in a line.
package struct LiteralHits: Hashable, Sendable {
    private var words: [UInt64] = []

    /// No group.
    package init() {}

    /// Whether no group was hit.
    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Whether this group was hit.
    package func contains(_ group: Int) -> Bool {
        let word = group >> 6
        return group >= 0 && word < words.count && words[word] >> UInt64(group & 63) & 1 == 1
    }

    /// Adds a group.
    package mutating func insert(_ group: Int) {
        let word = group >> 6
        if group < 0 { return }
        while word >= words.count { words.append(0) }
        words[word] |= 1 << UInt64(group & 63)
    }

    /// Removes every group; the memory is kept.
    package mutating func removeAll() {
        for word in words.indices { words[word] = 0 }
    }
}

/// Reads lines that have one of many literals out of buffers.
package struct LineScanner {
    /// Lines that were given or passed over.
    package private(set) var lines = 0
    private let automaton: LiteralAutomaton
    private let givesEveryLine: Bool

    /// Looks for these literals, each on behalf of a group, such as a filter or a pattern, that is
    /// numbered from 0.  With `everyLine` lines without a literal are given as well: for a filter
    /// of which no literal can be told, or of several lines.
    package init(_ literals: [(literal: Literal, group: Int)], everyLine: Bool = false) {
        var groups: [Literal: [Int]] = [:]
        var order: [Literal] = []
        for (literal, group) in literals {
            let part = Self.partOfLine(literal)
            if part.bytes.isEmpty { continue }
            if groups[part] == nil { order.append(part) }
            if groups[part]?.contains(group) != true { groups[part, default: []].append(group) }
        }
        automaton = LiteralAutomaton(order, groups: order.map { groups[$0] ?? [] })
        givesEveryLine = everyLine
    }

    /// Bytes of the automaton's moves.
    package var tableBytes: Int { automaton.tableBytes }

    /// The longest part of a literal that has no line end.
    private static func partOfLine(_ literal: Literal) -> Literal {
        let parts = literal.bytes.split(separator: newline)
        let longest = parts.max { $0.count < $1.count } ?? []
        return Literal(Array(longest), isFolded: literal.isFolded)
    }

    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// The next line that has a literal, without its line end (LF, and any CR before it), and in
    /// `hits` the groups that have one in it.
    ///
    /// `position` is where a line begins; afterwards it is where the next one does. nil: no
    /// further line that ends has a literal, and what is left from `position` on is a line that
    /// does not end in this buffer.
    package mutating func next(
        in buffer: Span<UInt8>, from position: inout Int, hits: inout LiteralHits
    ) -> Range<Int>? {
        hits.removeAll()
        let end = buffer.count
        position = min(max(position, 0), end)
        return buffer.withUnsafeBufferPointer { buffer in
            guard let bytes = buffer.baseAddress else { return nil }
            return givesEveryLine
                ? nextLine(bytes, &position, end, &hits) : nextHit(bytes, &position, end, &hits)
        }
    }

    /// Which groups have a literal in `text`, which is one line whatever is in it, such as MESSAGE
    /// of a journal entry.  It is not counted.
    package func find(in text: Span<UInt8>, hits: inout LiteralHits) {
        hits.removeAll()
        text.withUnsafeBufferPointer { text in
            guard let bytes = text.baseAddress else { return }
            var state: UInt = 0
            _ = gather(bytes, 0, 0, text.count, &state, &hits)
        }
    }

    private mutating func nextHit(
        _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ end: Int, _ hits: inout LiteralHits
    ) -> Range<Int>? {
        var state: UInt = 0
        var place = position
        while place < end {
            place = automaton.find(bytes, from: place, to: end, state: &state)
            guard automaton.isHit(state) else { break }
            let start = Self.lineStart(bytes, position, place)
            var isHit = automaton.add(state, bytes, start: start, place: place, to: &hits)
            guard let lineEnd = Self.lineEnd(bytes, place, end) else {
                hits.removeAll()
                break
            }
            if gather(bytes, start, place, lineEnd, &state, &hits) { isHit = true }
            place = lineEnd &+ 1
            state = 0
            guard isHit else { continue }
            lines &+= Self.newlines(bytes, position, place)
            position = place
            return start..<Self.trimmed(bytes, start, lineEnd)
        }
        // No line that ends has a literal.
        let rest = Self.lineStart(bytes, position, end)
        lines &+= Self.newlines(bytes, position, rest)
        position = rest
        return nil
    }

    private mutating func nextLine(
        _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ end: Int, _ hits: inout LiteralHits
    ) -> Range<Int>? {
        guard let lineEnd = Self.lineEnd(bytes, position, end) else { return nil }
        let start = position
        var state: UInt = 0
        _ = gather(bytes, start, start, lineEnd, &state, &hits)
        lines &+= 1
        position = lineEnd &+ 1
        return start..<Self.trimmed(bytes, start, lineEnd)
    }

    /// Adds what is hit from `place` on to `end`.  Whether anything was.
    private func gather(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ place: Int, _ end: Int, _ state: inout UInt,
        _ hits: inout LiteralHits
    ) -> Bool {
        var place = place
        var isHit = false
        while place < end {
            place = automaton.find(bytes, from: place, to: end, state: &state)
            if automaton.add(state, bytes, start: start, place: place, to: &hits) { isHit = true }
        }
        return isHit
    }

    // MARK: Ends of lines

    /// Where the line that `end` is in begins, not before `first`, which is the start of a line.
    private static func lineStart(_ bytes: UnsafePointer<UInt8>, _ first: Int, _ end: Int) -> Int {
        var place = end
        while place &- 8 >= first, !Self.hasNewline(bytes + (place &- 8)) { place &-= 8 }
        while place > first, bytes[place &- 1] != newline { place &-= 1 }
        return place
    }

    /// Whether one of eight bytes is LF: a byte of `word` is zero where it is.
    @inline(__always)
    private static func hasNewline(_ bytes: UnsafePointer<UInt8>) -> Bool {
        let word = UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
        return (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0
    }

    /// The place of the next LF.
    private static func lineEnd(_ bytes: UnsafePointer<UInt8>, _ place: Int, _ end: Int) -> Int? {
        guard let found = memchr(bytes + place, Int32(newline), end - place) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(bytes)
    }

    private static func trimmed(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var end = end
        while end > start, bytes[end &- 1] == carriageReturn { end &-= 1 }
        return end
    }

    /// How many LF there are: in blocks whose count fits a byte, which the compiler makes vectors
    /// of.
    private static func newlines(_ bytes: UnsafePointer<UInt8>, _ first: Int, _ end: Int) -> Int {
        var count = 0
        var place = first
        while place < end {
            let blockEnd = min(place &+ 255, end)
            var inBlock: UInt8 = 0
            while place < blockEnd {
                inBlock &+= bytes[place] == newline ? 1 : 0
                place &+= 1
            }
            count &+= Int(inBlock)
        }
        return count
    }
}
