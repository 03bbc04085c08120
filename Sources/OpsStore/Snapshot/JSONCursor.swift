// The JSON reader for snapshot lines: it throws faults of the store, and reads bounded texts and
// networks.

import OpsCore
import OpsProtocol

/// A place in one line of JSON; offsets are from the line's start.
struct JSONCursor {
    private var json = JSONReader()

    func fault(_ message: String) -> StoreFault {
        StoreFault(.damaged, message, offset: json.offset)
    }

    private mutating func read<Value>(
        _ step: (inout JSONReader) throws(JSONFault) -> Value
    ) throws(StoreFault) -> Value {
        do throws(JSONFault) { return try step(&json) } catch {
            throw StoreFault(.damaged, error.reason, offset: error.offset)
        }
    }

    mutating func beginObject(_ bytes: Span<UInt8>) throws(StoreFault) {
        try read { json throws(JSONFault) in try json.beginObject(bytes) }
    }

    mutating func beginArray(_ bytes: Span<UInt8>) throws(StoreFault) {
        try read { json throws(JSONFault) in try json.beginArray(bytes) }
    }

    mutating func element(_ bytes: Span<UInt8>) throws(StoreFault) -> Bool {
        try read { json throws(JSONFault) in try json.nextElement(bytes) }
    }

    /// The next member's name with its escapes, the cursor at its value; nil at the
    /// object's end.
    mutating func member(_ bytes: Span<UInt8>) throws(StoreFault) -> String? {
        let range = try read { json throws(JSONFault) in try json.nextKey(bytes) }
        return range.map { JSONReader.text(bytes, $0) }
    }

    mutating func bool(_ bytes: Span<UInt8>) throws(StoreFault) -> Bool {
        try read { json throws(JSONFault) in try json.bool(bytes) }
    }

    mutating func isNull(_ bytes: Span<UInt8>) throws(StoreFault) -> Bool {
        try read { json throws(JSONFault) in try json.isNull(bytes) }
    }

    mutating func integer<Value: FixedWidthInteger>(
        _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Value {
        try read { json throws(JSONFault) in try json.integer(Value.self, bytes) }
    }

    /// A number within the range that opsd writes; later arithmetic relies on the range.
    mutating func integer(
        in range: ClosedRange<Int64>, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Int64 {
        let start = self
        let value: Int64 = try integer(bytes)
        guard range.contains(value) else { throw start.fault("\(value) is out of range") }
        return value
    }

    /// When something ends.
    mutating func deadline(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64 {
        try integer(in: Bounds.deadlineMilliseconds, bytes)
    }

    /// When something ends; null: `Ban.never`.
    mutating func deadlineOrNever(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64 {
        try isNull(bytes) ? Ban.never : deadline(bytes)
    }

    /// The id of an event.
    mutating func eventID(_ bytes: Span<UInt8>) throws(StoreFault) -> UInt64 {
        UInt64(try integer(in: 0...Int64.max, bytes))
    }

    /// A text of at most `limit` bytes.
    mutating func string(limit: Int = .max, _ bytes: Span<UInt8>) throws(StoreFault) -> String {
        let start = self
        let text = try read { json throws(JSONFault) in try json.string(bytes) }
        guard text.utf8.count <= limit else {
            throw start.fault("a text of \(text.utf8.count) bytes: expected at most \(limit)")
        }
        return text
    }

    /// A network, as a string.
    mutating func network(_ bytes: Span<UInt8>) throws(StoreFault) -> Network {
        let start = self
        let text = Array(try string(bytes).utf8)
        guard let target = try? Target(parsing: text.span) else {
            throw start.fault("not an address or network")
        }
        return target.network
    }

    /// Skips a value; returns its text unchanged.
    mutating func raw(_ bytes: Span<UInt8>) throws(StoreFault) -> String {
        let range = try read { json throws(JSONFault) in try json.skip(bytes) }
        return JSONReader.text(bytes, range)
    }

    /// Nothing but spaces may be left.
    mutating func end(_ bytes: Span<UInt8>) throws(StoreFault) {
        try read { json throws(JSONFault) in try json.end(bytes) }
    }

    /// Skips the current value and the rest of its object; fails if they are malformed.
    mutating func skipRest(_ bytes: Span<UInt8>) throws(StoreFault) {
        repeat { _ = try raw(bytes) } while try member(bytes) != nil
        try end(bytes)
    }

    /// The value of a required member; fails if it is missing.
    func require<Value>(_ value: Value?, _ name: StaticString) throws(StoreFault) -> Value {
        guard let value else { throw fault("\"\(name)\" is missing") }
        return value
    }
}
