// Where lines begin and end in bytes that were read.  Lines end with LF.

@preconcurrency import Glibc

/// Looking for line ends.
enum LineEnds {
    /// The first LF in a range.
    static func first(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        let range = range.clamped(to: 0..<bytes.count)
        return bytes.withUnsafeBufferPointer { buffer -> Int? in
            guard let base = buffer.baseAddress,
                let found = memchr(base + range.lowerBound, 0x0a, range.count)
            else { return nil }
            return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
        }
    }

    /// The last LF in a range.
    static func last(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        let range = range.clamped(to: 0..<bytes.count)
        var index = range.upperBound
        while index > range.lowerBound {
            index -= 1
            if bytes[unchecked: index] == 0x0a { return index }
        }
        return nil
    }

    /// How many NUL bytes a range begins with.
    static func leadingZeros(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        let range = range.clamped(to: 0..<bytes.count)
        var index = range.lowerBound
        while index < range.upperBound, bytes[unchecked: index] == 0 { index += 1 }
        return index - range.lowerBound
    }
}
