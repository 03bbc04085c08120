// The text of a JSON string, without its escapes.
//
// A control character other than a tab, and U+2028 and U+2029, become U+FFFD, however they were
// written: `\n` in a field must not become a line of the log that nobody wrote.  So does half of a
// surrogate pair.

/// Strings of JSON as bytes.
package enum JSONText {
    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    /// Appends what the string at `range`, which has been checked, says.
    package static func append(
        _ line: Span<UInt8>, _ range: Range<Int>, to text: inout [UInt8]
    ) {
        var place = range.lowerBound
        while place < range.upperBound {
            let byte = line[place]
            if byte != UInt8(ascii: "\\") {
                let ends = lineEnd(line, place, range.upperBound)
                if ends > 0 { text += replacement } else { text.append(byte) }
                place += max(ends, 1)
                continue
            }
            guard place + 1 < range.upperBound else { return }
            switch line[place + 1] {
            case UInt8(ascii: "u"): appendUnit(line, &place, range.upperBound, to: &text)
            case UInt8(ascii: "t"):
                text.append(0x09)
                place += 2
            case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"):
                text += replacement
                place += 2
            case let other:
                text.append(other)
                place += 2
            }
        }
    }

    /// The bytes of the control character other than a tab, or of the line end of Unicode's, that
    /// stands at a place; 0: it is text.
    private static func lineEnd(_ line: Span<UInt8>, _ place: Int, _ end: Int) -> Int {
        switch line[place] {
        case 0x09: 0
        case 0..<0x20, 0x7f: 1
        // U+0080...U+009F.
        case 0xC2 where place + 1 < end && (0x80...0x9F).contains(line[place + 1]): 2
        // U+2028 and U+2029.
        case 0xE2
        where place + 2 < end && line[place + 1] == 0x80 && (0xA8...0xA9).contains(line[place + 2]):
            3
        default: 0
        }
    }

    /// `\uXXXX`, or two of them that are a pair.
    private static func appendUnit(
        _ line: Span<UInt8>, _ place: inout Int, _ end: Int, to text: inout [UInt8]
    ) {
        guard place + 6 <= end, let first = unit(line, place + 2) else {
            place = end
            return
        }
        place += 6
        var scalar = UInt32(first)
        if first & 0xFC00 == 0xD800, place + 6 <= end, line[place] == UInt8(ascii: "\\"),
            line[place + 1] == UInt8(ascii: "u"), let second = unit(line, place + 2),
            second & 0xFC00 == 0xDC00
        {
            scalar = 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF))
            place += 6
        }
        // U+0080...U+009F are control characters too; U+0085, U+2028 and U+2029 end lines.
        guard let scalar = Unicode.Scalar(scalar), !(0x7F...0x9F).contains(scalar.value),
            scalar.value >= 0x20 || scalar.value == 0x09,
            scalar.value != 0x2028, scalar.value != 0x2029
        else {
            text += replacement
            return
        }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    /// Four hexadecimal digits.
    static func unit(_ line: Span<UInt8>, _ place: Int) -> UInt16? {
        guard place >= 0, place + 4 <= line.count else { return nil }
        var unit: UInt16 = 0
        for index in place..<place + 4 {
            let digit: UInt8
            switch line[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = line[index] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = line[index] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = line[index] - UInt8(ascii: "A") + 10
            default: return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// Whether the bytes at `range` are these.
    static func isEqual(_ line: Span<UInt8>, _ range: Range<Int>, _ bytes: [UInt8]) -> Bool {
        guard range.count == bytes.count else { return false }
        for offset in bytes.indices where line[range.lowerBound + offset] != bytes[offset] {
            return false
        }
        return true
    }
}
