// Reads a payload field by field.  Every step checks that the bytes are there and valid; otherwise
// it throws a fault with a message and the offset.

import OpsCore

/// A place in one record's payload.
struct PayloadCursor {
    /// The offset from the start of the file.
    private(set) var at: Int
    /// The offset after the payload's last byte.
    let end: Int

    var isAtEnd: Bool { at == end }

    /// A fault at the current place.
    func malformed(_ message: String) -> StoreFault { StoreFault(.damaged, message, offset: at) }

    mutating func number<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Value {
        let size = MemoryLayout<Value>.size
        guard end - at >= size else { throw malformed("the record is too short for its type") }
        defer { at += size }
        return bytes.number(Value.self, at: at)
    }

    /// A number of the type that the context asks for.
    mutating func number<Value: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Value {
        try number(Value.self, bytes)
    }

    /// A byte that is 0 or 1.
    mutating func flag(_ bytes: Span<UInt8>) throws(StoreFault) -> Bool {
        let start = self
        let value = try number(UInt8.self, bytes)
        guard value <= 1 else { throw start.malformed("a flag of \(value): expected 0 or 1") }
        return value == 1
    }

    /// A u16 length and UTF-8 of at most `limit` bytes.
    mutating func string(limit: Int, _ bytes: Span<UInt8>) throws(StoreFault) -> String {
        let start = self
        let length = Int(try number(UInt16.self, bytes))
        guard length <= limit else {
            throw start.malformed("a text of \(length) bytes: expected at most \(limit)")
        }
        guard end - at >= length else {
            throw start.malformed("a text that extends beyond its record")
        }
        if length == 0 { return "" }
        guard let text = try? UTF8Span(validating: bytes.extracting(at..<at + length)) else {
            throw malformed("a text that is not UTF-8")
        }
        at += length
        return String(copying: text)
    }

    mutating func network(_ bytes: Span<UInt8>) throws(StoreFault) -> Network {
        let start = self
        let high = try number(UInt64.self, bytes)
        let low = try number(UInt64.self, bytes)
        let length = try number(UInt8.self, bytes)
        guard length <= 128 else {
            throw start.malformed("a network with prefix length \(length): expected at most 128")
        }
        let network = Network(high: high, low: low, length: length)
        guard network.high == high && network.low == low else {
            throw start.malformed("a network with bits set beyond its prefix length \(length)")
        }
        return network
    }

    mutating func mark(_ bytes: Span<UInt8>) throws(StoreFault) -> ExpiryMark {
        ExpiryMark(deadline: try deadline(bytes), network: try network(bytes))
    }

    /// A number within the range that opsd writes; later arithmetic relies on the range.
    private mutating func number(
        in range: ClosedRange<Int64>, _ name: StaticString, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Int64 {
        let start = self
        let value = try number(Int64.self, bytes)
        guard range.contains(value) else {
            throw start.malformed("\(value) is not a valid \(name)")
        }
        return value
    }

    /// When something ends.
    mutating func deadline(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64 {
        try number(in: Bounds.deadlineMilliseconds, "deadline", bytes)
    }

    /// When something ends, or `Ban.never`.
    mutating func deadlineOrNever(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64 {
        var ahead = self
        if try ahead.number(Int64.self, bytes) != Ban.never { return try deadline(bytes) }
        self = ahead
        return Ban.never
    }

    /// Milliseconds of boot time.
    mutating func bootMilliseconds(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64 {
        try number(in: Bounds.deadlineMilliseconds, "boot time", bytes)
    }

    /// Milliseconds of the wall clock, or wall clock less boot time.
    mutating func wallMilliseconds(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64 {
        try number(in: Bounds.wallMilliseconds, "time of day", bytes)
    }

    mutating func clearReason(_ bytes: Span<UInt8>) throws(StoreFault) -> ClearReason {
        let start = self
        let value = try number(UInt8.self, bytes)
        guard let reason = ClearReason(rawValue: value) else {
            throw StoreFault(.newer, "unknown reason \(value) for clearing", offset: start.at)
        }
        return reason
    }

    mutating func stamp(_ bytes: Span<UInt8>) throws(StoreFault) -> Stamp {
        Stamp(
            moment: Moment(
                boot: try number(in: Bounds.bootNanoseconds, "boot time", bytes),
                wall: try number(bytes)),
            gauges: Gauges(
                cpu: try number(bytes), memory: try number(bytes), disk: try number(bytes)))
    }
}
