// The name of an objective: short, plain, and held inline, so that a request that carries one
// costs no allocation.

/// 1 to 32 characters: letters, digits, `_`, `-`; the first a letter or digit.
package struct ObjectiveName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The longest name, bytes.
    package static let limitBytes = 32
    /// The objective there is when the configuration names none; environment names set it.
    package static let standard = ObjectiveName(packing: "default")

    /// The bytes, first to last from the highest byte of `first` on; zeros after the end.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// nil for anything that is not a name.
    package init?(_ text: String) {
        self.init(text.utf8Span.span)
    }

    /// nil for anything that is not a name.
    @inline(__always)
    package init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= 1, bytes.count <= Self.limitBytes, Self.isFirst(bytes[0]) else {
            return nil
        }
        for index in bytes.indices {
            guard Self.isNext(bytes[index]) else { return nil }
            set(index, bytes[index])
        }
    }

    private init(packing text: StaticString) {
        text.withUTF8Buffer { buffer in
            for (index, byte) in buffer.enumerated() { set(index, byte) }
        }
    }

    @inline(__always)
    private mutating func set(_ index: Int, _ byte: UInt8) {
        let bits = UInt64(byte) &<< UInt64(56 &- 8 &* (index & 7))
        switch index >> 3 {
        case 0: words.0 |= bits
        case 1: words.1 |= bits
        case 2: words.2 |= bits
        default: words.3 |= bits
        }
    }

    private subscript(index: Int) -> UInt8 {
        let word =
            switch index >> 3 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (index & 7)))
    }

    private static func isFirst(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }

    private static func isNext(_ byte: UInt8) -> Bool {
        isFirst(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    /// Hands each byte to `body`, first to last.
    package func forEachByte(_ body: (UInt8) -> Void) {
        for index in 0..<Self.limitBytes {
            let byte = self[index]
            if byte == 0 { return }
            body(byte)
        }
    }

    /// Always the same number below `count` for the same name.
    func place(among count: Int) -> Int {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        forEachByte { value = (value ^ UInt64($0)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (value ^ value >> 32) % UInt64(count))
    }

    package var description: String {
        var bytes: [UInt8] = []
        forEachByte { bytes.append($0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// In the order of their bytes.
    package static func < (one: ObjectiveName, other: ObjectiveName) -> Bool {
        one.words < other.words
    }

    /// Equal byte for byte.
    package static func == (one: ObjectiveName, other: ObjectiveName) -> Bool {
        one.words == other.words
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}
