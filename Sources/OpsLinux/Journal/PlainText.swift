// Untrusted text made safe for one line of a log or a terminal: no control character, nothing that
// changes the reading direction, no broken UTF-8.  Those are escaped (`\n`, `\x1b`, `\u{202e}`); a
// backslash is not, so that escaping twice changes nothing.

/// Escaping of control characters in UTF-8.
package enum PlainText {
    /// Appends `bytes` to `output`, on one line.  Escaped are C0, DEL and C1 controls, the bidi
    /// marks U+061C, U+200E-F, U+202A-E, U+2066-9, the separators U+2028-9, and bytes that are not
    /// UTF-8.  At most 8 bytes for each of these (`\u{202e}`), 4 for each byte that is not UTF-8.
    package static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x20, byte < 0x7f {
                output.append(byte)
                index += 1
                continue
            }
            let length = byte < 0x80 ? 1 : sequenceLength(bytes, index)
            guard length > 0 else {
                appendHex(byte, to: &output)
                index += 1
                continue
            }
            let scalar = decode(bytes, index, length)
            if needsEscaping(scalar) {
                appendEscape(scalar, to: &output)
            } else {
                for offset in index..<index + length { output.append(bytes[offset]) }
            }
            index += length
        }
    }

    /// The same for a string.
    package static func escaped(_ text: String) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        append(Array(text.utf8).span, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Whether a scalar must not reach a terminal or a log line unescaped.
    package static func needsEscaping(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    /// Bytes of the well-formed sequence that starts at `index`; 0 when there is none.
    /// Source: The Unicode Standard, table 3-7.
    private static func sequenceLength(_ bytes: Span<UInt8>, _ index: Int) -> Int {
        let lead = bytes[index]
        let length: Int
        let second: ClosedRange<UInt8>
        switch lead {
        case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return 0
        }
        guard bytes.count - index >= length, second.contains(bytes[index + 1]) else { return 0 }
        for offset in index + 2..<max(index + 2, index + length)
        where bytes[offset] & 0xc0 != 0x80 {
            return 0
        }
        return length
    }

    private static func decode(_ bytes: Span<UInt8>, _ index: Int, _ length: Int) -> UInt32 {
        let lead = UInt32(bytes[index])
        if length == 1 { return lead }
        var scalar = lead & (0x7f >> UInt32(length))
        for offset in index + 1..<index + length {
            scalar = scalar << 6 | UInt32(bytes[offset] & 0x3f)
        }
        return scalar
    }

    private static func appendEscape(_ scalar: UInt32, to output: inout [UInt8]) {
        switch scalar {
        case 0x09: output.append(contentsOf: "\\t".utf8)
        case 0x0a: output.append(contentsOf: "\\n".utf8)
        case 0x0d: output.append(contentsOf: "\\r".utf8)
        case 0..<0x80: appendHex(UInt8(scalar), to: &output)
        default: output.append(contentsOf: "\\u{\(String(scalar, radix: 16))}".utf8)
        }
    }

    private static func appendHex(_ byte: UInt8, to output: inout [UInt8]) {
        let digits: StaticString = "0123456789abcdef"
        output.append(contentsOf: "\\x".utf8)
        output.append(digits.utf8Start[Int(byte >> 4)])
        output.append(digits.utf8Start[Int(byte & 15)])
    }
}
