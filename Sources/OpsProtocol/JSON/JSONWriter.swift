// Writes JSON (RFC 8259) into a byte buffer, in one pass and without Foundation.  What it writes is
// safe for a terminal: control characters, bidi marks and line separators are always escaped.

import OpsCore

/// Appends JSON values to a buffer; it writes the commas by itself.
package struct JSONWriter: Sendable {
    /// What has been written.
    package private(set) var bytes: [UInt8]
    private var needsComma = false

    /// Starts after what `bytes` holds.
    package init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    /// Appends what `body` writes to `buffer`, without copying the buffer.
    @inline(__always)
    package static func append(to buffer: inout [UInt8], _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        swap(&writer.bytes, &buffer)
        body(&writer)
        swap(&writer.bytes, &buffer)
    }

    /// The text, for tests and messages.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Taking back

    /// A place to go back to.
    package struct Mark: Sendable {
        fileprivate var count: Int
        fileprivate var needsComma: Bool
    }

    /// Where the writer is now.
    package var mark: Mark { Mark(count: bytes.count, needsComma: needsComma) }

    /// Bytes written since `mark`.
    package func count(since mark: Mark) -> Int { bytes.count - mark.count }

    /// Removes what was written since `mark`; the same objects and arrays must be open as then.
    package mutating func rewind(to mark: Mark) {
        bytes.removeLast(bytes.count - mark.count)
        needsComma = mark.needsComma
    }

    // MARK: Structure

    /// `{`
    package mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    /// `}`
    package mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    /// `[`
    package mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    /// `]`
    package mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// `"name":`; the name is written as it is, so it must not need escapes.
    @inline(__always)
    package mutating func key(_ name: StaticString) {
        let needsComma = self.needsComma
        bytes.append(addingCapacity: name.utf8CodeUnitCount + 4) { output in
            if needsComma { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "\""))
            output.append(name)
            output.append("\":")
        }
        self.needsComma = false
    }

    /// A member's name that is known only at run time.
    package mutating func key(text name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// `{` ... `}` around what `body` writes.
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        beginObject()
        body(&self)
        endObject()
    }

    /// `[` ... `]` around what `body` writes.
    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        beginArray()
        body(&self)
        endArray()
    }

    // MARK: Values

    /// Writes `null`.
    package mutating func null() { raw("null") }

    /// `true` or `false`.
    package mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    /// A whole number.
    @inline(__always)
    package mutating func integer(_ value: some FixedWidthInteger) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDigits(UInt64(value.magnitude))
        needsComma = true
    }

    /// A number with `decimals` (0...9) places, rounded half up; `null` if it is not finite.
    package mutating func number(_ value: Double, decimals: Int) {
        let scales: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
        let scale = scales[min(max(decimals, 0), 9)]
        let scaled = value.magnitude * scale + 0.5
        guard scaled < 9e18 else { return null() }  // too large, infinite, or not a number
        let whole = UInt64(scaled)
        separate()
        if value < 0 && whole > 0 { bytes.append(UInt8(ascii: "-")) }
        appendDigits(whole / UInt64(scale))
        if decimals > 0 {
            bytes.append(UInt8(ascii: "."))
            var place = UInt64(scale) / 10
            var rest = whole % UInt64(scale)
            while place > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(rest / place))
                rest %= place
                place /= 10
            }
        }
        needsComma = true
    }

    /// A number or `null`.
    package mutating func number(_ value: Double?, decimals: Int) {
        if let value { number(value, decimals: decimals) } else { null() }
    }

    /// A string.
    package mutating func string(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { text in
            if JSONText.isPlain(text.span) {
                bytes.append(contentsOf: text)
            } else {
                escape(text)
            }
        }
        if done == nil { Array(text.utf8).withUnsafeBufferPointer { escape($0) } }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A string whose text `write` appends; the text must not need escapes (an address, a time).
    @inline(__always)
    package mutating func string(_ write: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        write(&bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// At least one member, which `write` puts into reserved space of `limitBytes`.
    @inline(__always)
    mutating func appendMembers(limitBytes: Int, _ write: (inout OutputSpan<UInt8>) -> Void) {
        separate()
        bytes.append(addingCapacity: limitBytes, initializingWith: write)
        needsComma = true
    }

    /// One value that already is JSON.
    package mutating func raw(_ json: String) {
        separate()
        bytes.append(contentsOf: json.utf8)
        needsComma = true
    }

    /// One or more members that already are JSON: `"name":value,...`.
    package mutating func rawMembers(_ json: String) { raw(json) }

    /// The members of an object that already is JSON: `{...}`, at least one.
    mutating func raw(members object: [UInt8]) {
        separate()
        bytes.append(contentsOf: object.dropFirst().dropLast())
        needsComma = true
    }

    /// The value that another writer has written.
    package mutating func append(value other: JSONWriter) {
        separate()
        bytes.append(contentsOf: other.bytes)
        needsComma = true
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    @inline(__always)
    private mutating func appendDigits(_ value: UInt64) {
        bytes.append(addingCapacity: 20) { $0.append(decimal: value) }
    }

    /// Appends UTF-8, with escapes where they are needed.
    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            let plain = byte >= 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c
            if plain {
                index += 1
                continue
            }
            if byte >= 0x80 {
                let (scalar, length) = Self.scalar(text, index)
                if !Self.needsEscape(scalar) {
                    index += length
                    continue
                }
                bytes.append(contentsOf: text[start..<index])
                escape(unit: UInt16(truncatingIfNeeded: scalar))
                index += length
            } else {
                bytes.append(contentsOf: text[start..<index])
                escape(ascii: byte)
                index += 1
            }
            start = index
        }
        bytes.append(contentsOf: text[start..<text.count])
    }

    private mutating func escape(ascii byte: UInt8) {
        let short: UInt8? =
            switch byte {
            case 0x22, 0x5c: byte
            case 0x08: UInt8(ascii: "b")
            case 0x09: UInt8(ascii: "t")
            case 0x0a: UInt8(ascii: "n")
            case 0x0c: UInt8(ascii: "f")
            case 0x0d: UInt8(ascii: "r")
            default: nil
            }
        guard let short else { return escape(unit: UInt16(byte)) }
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(short)
    }

    private mutating func escape(unit: UInt16) {
        bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
        for shift in [12, 8, 4, 0] as [UInt16] {
            let digit = UInt8(truncatingIfNeeded: (unit >> shift) & 0xf)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// The scalar that starts at `index` of well-formed UTF-8, and its length.
    private static func scalar(
        _ text: UnsafeBufferPointer<UInt8>, _ index: Int
    ) -> (UInt32, Int) {
        let lead = UInt32(text[index])
        let length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
        guard index + length <= text.count else { return (0xfffd, text.count - index) }
        var value = lead & (0x7f >> UInt32(length))
        for offset in 1..<length { value = value << 6 | UInt32(text[index + offset]) & 0x3f }
        return (value, length)
    }

    /// Whether the scalar is a C1 control, a bidi mark, or a line or paragraph separator.
    private static func needsEscape(_ scalar: UInt32) -> Bool {
        Unicode.Scalar(scalar)?.isWrittenEscaped ?? false
    }
}
