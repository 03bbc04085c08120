// The name of a model: short, plain, and held inline, so that a request that carries one costs no
// allocation.

/// 1 to 64 characters: letters, digits, `_ - . : / @ +`; the first a letter or digit.
package struct ModelName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The longest name, bytes.
    package static let limitBytes = 64
    /// Stands for all models for which there is no room.  Nobody can give it: it is not a name.
    package static let others = ModelName(packing: "(others)")

    /// The bytes, first to last from the highest byte of the first word on; zeros after the end.
    private var words = InlineArray<8, UInt64>(repeating: 0)

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

    /// nil for anything that is not a name.
    package init?(_ text: String) { self.init(text.utf8Span.span) }

    /// The name as a file of opsd's own has it: `others` is one.
    package init?(stored text: String) {
        if text == Self.others.description {
            self = .others
        } else {
            self.init(text)
        }
    }

    private init(packing text: StaticString) {
        text.withUTF8Buffer { buffer in
            for (index, byte) in buffer.enumerated() { set(index, byte) }
        }
    }

    @inline(__always)
    private mutating func set(_ index: Int, _ byte: UInt8) {
        words[index >> 3] |= UInt64(byte) &<< UInt64(56 &- 8 &* (index & 7))
    }

    private static func isFirst(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }

    private static func isNext(_ byte: UInt8) -> Bool {
        if isFirst(byte) { return true }
        return switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"),
            UInt8(ascii: "/"), UInt8(ascii: "@"), UInt8(ascii: "+"):
            true
        default: false
        }
    }

    /// The bytes of the name.
    package var count: Int {
        var last = words.count &- 1
        while last > 0, words[last] == 0 { last &-= 1 }
        return 8 &* (last &+ 1) &- words[last].trailingZeroBitCount >> 3
    }

    /// One byte, 0 after the end.
    @inline(__always)
    package func byte(at index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: words[index >> 3] >> UInt64(56 - 8 * (index & 7)))
    }

    /// Hands each byte to `body`, first to last.
    package func forEachByte(_ body: (UInt8) -> Void) {
        for index in 0..<Self.limitBytes {
            let byte = byte(at: index)
            if byte == 0 { return }
            body(byte)
        }
    }

    /// Appends the name, `limitBytes` at most.
    package func write(to output: inout OutputSpan<UInt8>) {
        for index in 0..<count { output.append(byte(at: index)) }
    }

    @inline(__always)
    private var mixed: UInt64 {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in words.indices {
            value = (value ^ words[index]) &* 0x9e37_79b9_7f4a_7c15
            value ^= value >> 29
        }
        return value
    }

    /// Always the same number below `count` for the same name.
    func place(among count: Int) -> Int { Int(truncatingIfNeeded: mixed % UInt64(count)) }

    package var description: String {
        var bytes: [UInt8] = []
        forEachByte { bytes.append($0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// In the order of their bytes.
    package static func < (one: ModelName, other: ModelName) -> Bool {
        for index in one.words.indices where one.words[index] != other.words[index] {
            return one.words[index] < other.words[index]
        }
        return false
    }

    /// Equal byte for byte.
    package static func == (one: ModelName, other: ModelName) -> Bool {
        var difference: UInt64 = 0
        for index in one.words.indices { difference |= one.words[index] ^ other.words[index] }
        return difference == 0
    }

    /// A thousand names at most are in one table, so one word of them is enough.
    @inline(__always)
    package func hash(into hasher: inout Hasher) { hasher.combine(mixed) }
}
