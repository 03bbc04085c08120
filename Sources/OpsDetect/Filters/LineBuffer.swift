// The last lines of a log, for patterns that span several (`maxlines`).
//
// Lines are kept as one text, each ended by a line feed and without its date, which is what the
// patterns are held against.  Of each is known whether it has a literal of some pattern: while none
// of them has, no pattern can match.

/// Lines that are matched together.
struct LineBuffer {
    /// The lines, each with its line feed.
    private(set) var text: [UInt8] = []
    /// Where each line ends in `text`, behind its line feed.
    private var ends: [Int] = []
    private var hasLiteral: [Bool] = []
    private let lines: Int
    private let bytes: Int

    /// A buffer of at most so many lines, and of so many bytes, unless one line alone is longer.
    init(lines: Int, bytes: Int) {
        self.lines = max(lines, 1)
        self.bytes = bytes
    }

    /// How many lines there are.
    var count: Int { ends.count }

    /// Whether one of the lines has a literal.
    var isCandidate: Bool { hasLiteral.contains(true) }

    /// Appends a line that ends with a line feed; the oldest ones make room for it.
    mutating func append(_ line: Span<UInt8>, hasLiteral: Bool) {
        var gone = 0
        var freed = 0
        while gone < ends.count,
            ends.count - gone >= lines || text.count - freed + line.count > bytes
        {
            freed = ends[gone]
            gone += 1
        }
        if gone > 0 {
            text.removeSubrange(..<freed)
            ends.removeSubrange(..<gone)
            self.hasLiteral.removeSubrange(..<gone)
            for index in ends.indices { ends[index] -= freed }
        }
        line.withUnsafeBufferPointer { text.append(contentsOf: $0) }
        ends.append(text.count)
        self.hasLiteral.append(hasLiteral)
    }

    /// Forgets all lines.
    mutating func removeAll() {
        text.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        hasLiteral.removeAll(keepingCapacity: true)
    }

    /// Takes the lines of a match out, all but those that the pattern passed over, and writes them
    /// into `matched`.  Returns how many they are.
    mutating func remove(
        _ match: Range<Int>, skipped: [Range<Int>], into matched: inout [UInt8]
    ) -> Int {
        matched.removeAll(keepingCapacity: true)
        // A match that begins with the line feed of a line begins with the next line.
        let start = match.lowerBound
        let from = line(at: start < text.count && text[start] == 0x0A ? start + 1 : start)
        let through = line(at: max(match.upperBound - 1, 0))
        var kept: [UInt8] = []
        var keptEnds: [Int] = []
        var keptLiterals: [Bool] = []
        var taken = 0
        var begin = 0
        for index in ends.indices {
            let bytes = begin..<ends[index]
            begin = ends[index]
            let isSkipped = skipped.contains {
                $0.lowerBound <= bytes.lowerBound && bytes.upperBound <= $0.upperBound
            }
            if index >= from, index <= through, !isSkipped {
                matched.append(contentsOf: text[bytes])
                taken += 1
            } else {
                kept.append(contentsOf: text[bytes])
                keptEnds.append(kept.count)
                keptLiterals.append(hasLiteral[index])
            }
        }
        text = kept
        ends = keptEnds
        hasLiteral = keptLiterals
        return taken
    }

    /// The line that a place is in.
    private func line(at place: Int) -> Int { ends.firstIndex { place < $0 } ?? ends.count }
}
