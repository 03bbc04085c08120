// Fixed-width numbers and short strings in little endian: what log segments are made of.  Writing
// appends to a buffer the caller owns; reading never leaves the span it was given.

import OpsCore

extension [UInt8] {
    /// Appends `value`, lowest byte first.
    @inline(__always)
    mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        let size = MemoryLayout<Value>.size
        append(addingCapacity: size) { output in
            output.append(size) { bytes in
                UnsafeMutableRawPointer(bytes).storeBytes(of: value.littleEndian, as: Value.self)
            }
        }
    }

    /// Overwrites the four bytes at `offset`.
    mutating func patch(_ value: UInt32, at offset: Int) {
        for index in 0..<4 {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))
        }
    }

    /// Appends a u16 length and the string's UTF-8, cut at a character's edge to `limit` bytes.
    mutating func put(_ string: String, limit: Int) {
        var length = string.utf8.count
        if length <= limit {
            put(UInt16(truncatingIfNeeded: length))
            string.utf8.span.withUnsafeBufferPointer { append(contentsOf: $0) }
            return
        }
        length = limit
        let bytes = Array(string.utf8)
        while length > 0 && bytes[length] & 0xc0 == 0x80 { length -= 1 }
        put(UInt16(truncatingIfNeeded: length))
        append(contentsOf: bytes[..<length])
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
