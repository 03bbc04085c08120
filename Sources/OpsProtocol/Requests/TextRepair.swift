// Makes text of what is not: what a stranger chose must not keep a report from counting.

enum TextRepair {
    /// The line with a replacement character (U+FFFD) in place of each byte sequence that is not
    /// UTF-8 and of each control character; nil: there is nothing to repair.
    static func repaired(_ line: Span<UInt8>) -> [UInt8]? {
        let text = line.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(line.count + 8)
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            bytes += Array(String(isControl ? "\u{fffd}" : Character(scalar)).utf8)
        }
        replaceLoneSurrogates(&bytes)
        if bytes.count == line.count {
            var isSame = true
            for index in bytes.indices where bytes[index] != line[index] { isSame = false }
            if isSame { return nil }
        }
        return bytes
    }

    /// Puts `\ufffd` in place of each escaped half of a surrogate pair without its other half.
    private static func replaceLoneSurrogates(_ bytes: inout [UInt8]) {
        var at = 0
        while at + 1 < bytes.count {
            guard bytes[at] == UInt8(ascii: "\\") else {
                at += 1
                continue
            }
            guard let unit = escapedUnit(bytes, at) else {
                at += 2
                continue
            }
            let isFirst = (0xd800..<0xdc00).contains(unit)
            if isFirst, let next = escapedUnit(bytes, at + 6), (0xdc00..<0xe000).contains(next) {
                at += 12
                continue
            }
            if (0xd800..<0xe000).contains(unit) {
                bytes.replaceSubrange(at + 2..<at + 6, with: "fffd".utf8)
            }
            at += 6
        }
    }

    /// The code unit of `\uXXXX` at this place; nil: something else is there.
    private static func escapedUnit(_ bytes: [UInt8], _ at: Int) -> UInt16? {
        guard at + 6 <= bytes.count, bytes[at] == UInt8(ascii: "\\"),
            bytes[at + 1] == UInt8(ascii: "u")
        else { return nil }
        return UInt16(String(decoding: bytes[at + 2..<at + 6], as: UTF8.self), radix: 16)
    }
}
