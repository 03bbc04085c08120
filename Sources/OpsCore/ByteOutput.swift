// Bytes written into room that is there already: what the hot path writes goes through these, so that
// a reply costs one look at its buffer, not one a byte.  Whoever makes the room knows how much the
// text can take at most; writing beyond it traps, as an array's end does.

extension OutputSpan where Element == UInt8 {
    /// Appends the text as it is.
    @inlinable @inline(__always)
    package mutating func append(_ text: StaticString) {
        append(text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Appends `count` bytes from `source`.
    @inlinable @inline(__always)
    package mutating func append(_ source: UnsafePointer<UInt8>, count: Int) {
        withUnsafeMutableBufferPointer { bytes, used in
            precondition(bytes.count - used >= count, "more than there is room for")
            guard let start = bytes.baseAddress else { return }
            (start + used).initialize(from: source, count: count)
            used += count
        }
    }

    /// Appends the number without leading zeros.
    package mutating func append(decimal number: UInt64) {
        if number < 10 { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number)) }
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        append(decimal: number, digits: digits)
    }

    /// Appends the last `digits` digits of the number, leading zeros too.
    @inlinable @inline(__always)
    package mutating func append(decimal number: UInt64, digits: Int) {
        withUnsafeMutableBufferPointer { bytes, used in
            precondition(bytes.count - used >= digits, "more than there is room for")
            guard let start = bytes.baseAddress else { return }
            var rest = number
            for place in (used..<used + digits).reversed() {
                let tens = rest / 10
                let digit = UInt8(truncatingIfNeeded: rest &- tens &* 10)
                (start + place).initialize(to: UInt8(ascii: "0") + digit)
                rest = tens
            }
            used += digits
        }
    }
}
