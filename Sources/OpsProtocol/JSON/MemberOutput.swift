// Members of an object, written into memory that is already reserved, for the replies of the hot
// path.  The caller states the most bytes that a member can take (`limitBytes`); a test writes the
// largest of each.  Only a text with characters to escape allocates.

import OpsCore

extension OutputSpan where Element == UInt8 {
    // `key` is a member's name as it is written: `,"name":`, or `"name":` for the first member.

    /// `true` or `false`
    @inline(__always)
    mutating func member(_ key: StaticString, _ value: Bool) {
        append(key)
        if value { append("true") } else { append("false") }
    }

    /// A whole number.
    @inline(__always)
    mutating func member(_ key: StaticString, integer value: some FixedWidthInteger) {
        append(key)
        if value < 0 { append(UInt8(ascii: "-")) }
        append(decimal: UInt64(truncatingIfNeeded: value.magnitude))
    }

    /// A whole number, or null.
    @inline(__always)
    mutating func member(_ key: StaticString, integer value: (some FixedWidthInteger)?) {
        if let value { member(key, integer: value) } else { null(key) }
    }

    /// `"network"`
    @inline(__always)
    mutating func member(_ key: StaticString, _ network: Network) {
        append(key)
        append(UInt8(ascii: "\""))
        network.write(to: &self)
        append(UInt8(ascii: "\""))
    }

    /// `"time"`, or null.
    @inline(__always)
    mutating func member(_ key: StaticString, seconds: Int64?) {
        guard let seconds else { return null(key) }
        append(key)
        append(UInt8(ascii: "\""))
        Timestamp.write(seconds: seconds, to: &self)
        append(UInt8(ascii: "\""))
    }

    /// `"time"` with microseconds, from nanoseconds since 1970.
    @inline(__always)
    mutating func member(_ key: StaticString, wall nanoseconds: Int64) {
        append(key)
        append(UInt8(ascii: "\""))
        Timestamp.write(microseconds: nanoseconds / 1_000, to: &self)
        append(UInt8(ascii: "\""))
    }

    /// A number of tenths of a percent, written as percent, or null.
    @inline(__always)
    mutating func member(_ key: StaticString, tenths: UInt16) {
        if tenths == Gauges.absent { return null(key) }
        member(key, integer: tenths / 10)
        append(UInt8(ascii: "."))
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: tenths % 10))
    }

    /// `null`
    @inline(__always)
    mutating func null(_ key: StaticString) {
        append(key)
        append("null")
    }

    /// `"text"`
    @inline(__always)
    mutating func member(_ key: StaticString, text: String) {
        append(key)
        append(json: text)
    }

    /// The text as a JSON string.
    private mutating func append(json text: String) {
        let bytes = text.utf8.span
        if bytes.isEmpty { return append("\"\"") }
        var isPlain = false
        append(atMost: bytes.count + 2) { output in
            isPlain = JSONText.copyPlain(bytes, to: output + 1)
            if !isPlain { return 0 }
            output[0] = UInt8(ascii: "\"")
            output[bytes.count + 1] = UInt8(ascii: "\"")
            return bytes.count + 2
        }
        if isPlain { return }
        var json = JSONWriter()
        json.string(text)
        let escaped = json.bytes
        for byte in escaped { append(byte) }
    }
}

/// How a text looks in JSON.
enum JSONText {
    /// The most bytes that a text takes as a JSON string; a control character takes six.
    static func limitBytes(of text: String) -> Int { 2 + 6 * text.utf8.count }

    /// Whether all bytes are printable ASCII without quote and backslash, which need no escapes.
    static func isPlain(_ bytes: Span<UInt8>) -> Bool {
        let raw = bytes.bytes
        var index = 0
        while bytes.count - index >= 8 {
            let word = raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            if hasSpecial(word) { return false }
            index += 8
        }
        while index < bytes.count {
            if isSpecial(bytes[index]) { return false }
            index += 1
        }
        return true
    }

    /// Copies plain bytes; false if they are not plain, and then the output means nothing.  Copies
    /// eight bytes per step; if the count is not a multiple of eight, the last step overlaps the
    /// one before.
    static func copyPlain(_ bytes: Span<UInt8>, to output: UnsafeMutablePointer<UInt8>) -> Bool {
        let raw = bytes.bytes
        let count = bytes.count
        if count < 8 {
            for index in 0..<count {
                let byte = bytes[unchecked: index]
                if isSpecial(byte) { return false }
                output[index] = byte
            }
            return true
        }
        var index = 0
        while true {
            let word = raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            if hasSpecial(word) { return false }
            UnsafeMutableRawPointer(output + index).storeBytes(of: word, as: UInt64.self)
            if index == count &- 8 { return true }
            index = min(index &+ 8, count &- 8)
        }
    }

    @inline(__always)
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte > 0x7e || byte == 0x22 || byte == 0x5c
    }

    /// Whether one of eight bytes is special.
    @inline(__always)
    private static func hasSpecial(_ word: UInt64) -> Bool {
        // A high bit marks a byte below 0x20, above 0x7f, or equal to 0x22, 0x5c or 0x7f.
        let small = word &- 0x2020_2020_2020_2020
        let marked =
            small | word | zeros(word ^ 0x2222_2222_2222_2222)
            | zeros(word ^ 0x5c5c_5c5c_5c5c_5c5c) | zeros(word ^ 0x7f7f_7f7f_7f7f_7f7f)
        return marked & 0x8080_8080_8080_8080 != 0
    }

    /// Sets the high bit of each zero byte; a byte above the first zero byte may be marked wrongly.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- 0x0101_0101_0101_0101) & ~word }
}
