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
        if bytes.count == line.count {
            var isSame = true
            for index in bytes.indices where bytes[index] != line[index] { isSame = false }
            if isSame { return nil }
        }
        return bytes
    }
}
