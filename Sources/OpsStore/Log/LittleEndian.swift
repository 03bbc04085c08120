// Fixed-width numbers and short strings in little endian: what log segments are made of.  Writing
// appends to room the caller made, a record at a time; reading never leaves the span it was given.

import OpsCore

extension OutputSpan<UInt8> {
    /// Appends `value`, lowest byte first.
    @inline(__always)
    mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(
        littleEndian value: Value
    ) {
        append(MemoryLayout<Value>.size) { bytes in
            UnsafeMutableRawPointer(bytes).storeBytes(of: value.littleEndian, as: Value.self)
        }
    }

    /// Overwrites the four bytes at `offset`.
    mutating func patch(_ value: UInt32, at offset: Int) {
        var bytes = mutableSpan
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))
        }
    }

    /// Appends a u16 length and the string's UTF-8, cut at a character's edge to `limit` bytes.
    mutating func append(_ string: String, limit: Int) {
        let text = string.utf8.span
        var length = text.count
        if length > limit {
            length = limit
            while length > 0 && text[length] & 0xc0 == 0x80 { length -= 1 }
        }
        append(littleEndian: UInt16(truncatingIfNeeded: length))
        append(length) { bytes in
            for index in 0..<length { bytes[index] = text[index] }
        }
    }
}

extension [UInt8] {
    /// Appends `value`, lowest byte first.
    mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(
        littleEndian value: Value
    ) {
        append(addingCapacity: MemoryLayout<Value>.size) { $0.append(littleEndian: value) }
    }
}

extension Span<UInt8> {
    /// The number at `offset`; the caller has checked that it lies inside.
    @inline(__always)
    func number<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, at offset: Int
    ) -> Value {
        Value(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}
