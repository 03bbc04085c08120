// An input taken apart.

/// Takes numbers and pieces off an input; zeros once it is used up.
struct Feed {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isEmpty: Bool { at >= bytes.count }

    mutating func byte() -> UInt8 {
        defer { at += 1 }
        return at < bytes.count ? bytes[at] : 0
    }

    /// Little endian.
    mutating func number<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value {
        var value: Value = 0
        for place in 0..<Value.bitWidth / 8 {
            value |= Value(truncatingIfNeeded: byte()) << Value(truncatingIfNeeded: place * 8)
        }
        return value
    }

    /// At most `count` bytes.
    mutating func piece(_ count: Int) -> [UInt8] {
        let start = min(at, bytes.count)
        at = min(bytes.count, start + max(0, count))
        return Array(bytes[start..<at])
    }

    /// All that is left.
    mutating func rest() -> [UInt8] { piece(bytes.count) }
}

extension Span<UInt8> {
    /// The bytes as an array of their own.
    var copied: [UInt8] { withUnsafeBufferPointer { Array($0) } }
}
