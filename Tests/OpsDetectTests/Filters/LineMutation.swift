// Lines that are nearly lines of a log: what patterns and dates must not fall over.

import OpsTestKit

/// Changes lines at random, the same way for the same seed.
struct LineMutation {
    var generator: SeededGenerator
    /// Lines that others are crossed with.
    let lines: [[UInt8]]

    private static let pieces: [String] = [
        "192.0.2.77", "999.9.9.9", "::ffff:192.0.2.5", "2001:db8::9", "[2001:db8::a]", "host.name",
        " from 192.0.2.78 ", " port 22", " [preauth]", "2005-08-14 11:59:58", "Aug 14 11:59:59",
        "[14/Aug/2005:11:59:57 +0200]", "1124013599", " ", "\t", "\"", "'", ":", "[", "]", "ä",
        "€", "\u{2028}", "\u{A0}", "\u{212A}", "Failed password for invalid user x",
        "Connection closed by", "user=<x>", "0", "\r", "\u{0B}", "\u{85}",
    ]

    private mutating func place(in line: [UInt8]) -> Int {
        Int(generator.next() % UInt64(line.count + 1))
    }

    /// A line made of this one by one to three changes.
    mutating func mutated(_ line: [UInt8]) -> [UInt8] {
        var line = line
        for _ in 0...generator.next() % 3 { change(&line) }
        // Lines end at the first line feed, and log readers take carriage returns off their end.
        line.removeAll { $0 == 0x0A }
        while line.last == 0x0D { line.removeLast() }
        return line
    }

    private mutating func change(_ line: inout [UInt8]) {
        let at = place(in: line)
        let length = Int(generator.next() % 12)
        let end = min(at + length, line.count)
        switch generator.next() % 8 {
        case 0: line.removeSubrange(at..<end)
        case 1: line.insert(contentsOf: line[at..<end], at: at)
        case 2: line.insert(contentsOf: Array(generator.pick(Self.pieces).utf8), at: at)
        case 3: line.replaceSubrange(at..<end, with: Array(generator.pick(Self.pieces).utf8))
        case 4: line.removeSubrange(at...)
        case 5:
            let other = generator.pick(lines)
            line = Array(line[..<at]) + other[min(at, other.count)...]
        case 6:
            let other = generator.pick(lines)
            line += [0x20] + other
        default:
            // A byte that is nearly the same one; over 127, the text is not UTF-8 any more.
            if at < line.count { line[at] ^= 1 << UInt8(generator.next() % 8) }
        }
    }
}
