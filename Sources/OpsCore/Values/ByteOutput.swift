// Writes bytes into room that was made before: what the hot path writes goes through these, so
// that a reply costs one check of its buffer, not one for each byte.  The caller makes the room and
// knows how much the text can take at most; writing beyond it traps, as an array's end does.

extension OutputSpan where Element == UInt8 {
    /// Appends `count` bytes that `fill` writes, all of them.
    @inlinable @inline(__always)
    package mutating func append(_ count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        withUnsafeMutableBufferPointer { bytes, used in
            precondition(bytes.count - used >= count, "more than there is room for")
            guard let start = bytes.baseAddress else { return }
            fill(start + used)
            used += count
        }
    }

    /// Appends what `fill` writes; `fill` returns how many bytes that is, at most `count`, and may
    /// touch no others.
    @inlinable @inline(__always)
    package mutating func append(
        atMost count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Int
    ) {
        withUnsafeMutableBufferPointer { bytes, used in
            precondition(bytes.count - used >= count, "more than there is room for")
            guard let start = bytes.baseAddress else { return }
            used += fill(start + used)
        }
    }

    /// Appends the text as it is.
    @inlinable @inline(__always)
    package mutating func append(_ text: StaticString) {
        append(text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Appends `count` bytes from `source`.
    @inlinable @inline(__always)
    package mutating func append(_ source: UnsafePointer<UInt8>, count: Int) {
        append(count) { $0.initialize(from: source, count: count) }
    }

    /// Appends the number without leading zeros.
    package mutating func append(decimal number: UInt64) {
        if number < 10 { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number)) }
        var digits = 2
        var bound: UInt64 = 100
        // 10^19 is the last power of ten there is.
        while digits < 20 && number >= bound {
            digits += 1
            if digits < 20 { bound &*= 10 }
        }
        append(decimal: number, digits: digits)
    }

    /// Appends the last `digits` digits of the number, leading zeros too.
    package mutating func append(decimal number: UInt64, digits: Int) {
        append(digits) { bytes in
            var rest = number
            var place = digits
            while place > 0 {
                place -= 1
                let tens = rest / 10
                bytes[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest &- tens &* 10)
                rest = tens
            }
        }
    }
}
