// Reads JSON (RFC 8259, strict) from bytes that the caller holds.  The reader is a cursor: the
// caller asks for the value it expects next.  Only strings allocate.  Depth is bounded, faults name
// their offset, and any value can be skipped and its place remembered, so that unknown members can
// be kept.

/// What is wrong in the text, and where.
package struct JSONFault: Error, Hashable, Sendable {
    /// Offset of the byte in question, from 0.
    package var offset: Int
    /// What is wrong, and what was expected.
    package var reason: String

    package init(_ offset: Int, _ reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

/// A cursor in JSON text.  Every call must be given the same bytes.
package struct JSONReader: Sendable {
    /// The deepest nesting of objects and arrays.
    package static let depthLimit = 64

    /// The next byte to look at.
    package private(set) var offset: Int
    private var depth = 0
    /// One bit per level: set when a member or element has been read there.
    private var begun: UInt64 = 0
    /// One bit per level: set if the level is an object.
    private var kinds: UInt64 = 0

    /// Starts at `offset`.
    package init(at offset: Int = 0) { self.offset = offset }

    // MARK: Structure

    /// `{`
    package mutating func beginObject(_ bytes: Span<UInt8>) throws(JSONFault) {
        try open(UInt8(ascii: "{"), "an object", bytes)
    }

    /// Moves to the next member: returns the place of its name between the quotes, still escaped,
    /// and leaves the cursor at its value; nil after the last member.
    package mutating func nextKey(_ bytes: Span<UInt8>) throws(JSONFault) -> Range<Int>? {
        guard try advance(UInt8(ascii: "}"), bytes) else { return nil }
        let (name, isPlain) = try stringRange(bytes)
        if !isPlain { _ = try Self.decoded(bytes, name) }
        skipSpace(bytes)
        try expect(UInt8(ascii: ":"), "\":\" after a name", bytes)
        return name
    }

    /// `[`
    package mutating func beginArray(_ bytes: Span<UInt8>) throws(JSONFault) {
        try open(UInt8(ascii: "["), "an array", bytes)
    }

    /// Moves to the next element; false if there is none.
    package mutating func nextElement(_ bytes: Span<UInt8>) throws(JSONFault) -> Bool {
        try advance(UInt8(ascii: "]"), bytes)
    }

    /// Checks that only white space is left.
    package mutating func end(_ bytes: Span<UInt8>) throws(JSONFault) {
        skipSpace(bytes)
        if offset < bytes.count { throw JSONFault(offset, "unexpected text after the value") }
    }

    // MARK: Values

    /// The first byte of the next value, which tells its kind; nil at the end.
    package mutating func peek(_ bytes: Span<UInt8>) -> UInt8? {
        skipSpace(bytes)
        return offset < bytes.count ? bytes[offset] : nil
    }

    /// Reads a `null` if it comes next; returns whether it did.
    package mutating func isNull(_ bytes: Span<UInt8>) throws(JSONFault) -> Bool {
        guard peek(bytes) == UInt8(ascii: "n") else { return false }
        try expectWord("null", bytes)
        return true
    }

    /// `true` or `false`.
    package mutating func bool(_ bytes: Span<UInt8>) throws(JSONFault) -> Bool {
        if peek(bytes) == UInt8(ascii: "t") {
            try expectWord("true", bytes)
            return true
        }
        try expectWord("false", bytes)
        return false
    }

    /// Reads a whole number that fits into `Value`.
    package mutating func integer<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self, _ bytes: Span<UInt8>
    ) throws(JSONFault) -> Value {
        let place = try number(bytes)
        var negative = false
        var value: Value = 0
        for index in place {
            let byte = bytes[index]
            if byte == UInt8(ascii: "-") {
                negative = true
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                throw JSONFault(index, "expected a whole number")
            }
            let digit = Value(truncatingIfNeeded: byte & 0xf)
            let (tens, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, more) =
                negative
                ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            if over || more { throw JSONFault(place.lowerBound, "the number is out of range") }
            value = sum
        }
        return value
    }

    /// Any number.
    package mutating func double(_ bytes: Span<UInt8>) throws(JSONFault) -> Double {
        let place = try number(bytes)
        var text = ""
        for index in place { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        guard let value = Double(text), value.isFinite else {
            throw JSONFault(place.lowerBound, "the number is out of range")
        }
        return value
    }

    /// A string, decoded.
    package mutating func string(_ bytes: Span<UInt8>) throws(JSONFault) -> String {
        let (range, isPlain) = try stringRange(bytes)
        if isPlain { return Self.text(bytes, range) }
        return try Self.decoded(bytes, range)
    }

    /// Skips one value of any kind; returns its place.
    package mutating func skip(_ bytes: Span<UInt8>) throws(JSONFault) -> Range<Int> {
        skipSpace(bytes)
        let start = offset
        let floor = depth
        repeat {
            switch peek(bytes) {
            case UInt8(ascii: "{"): try beginObject(bytes)
            case UInt8(ascii: "["): try beginArray(bytes)
            default: try skipScalar(bytes)
            }
            // Leave the levels that have ended; stop at the next value inside.
            while depth > floor {
                if isInObject {
                    if try nextKey(bytes) != nil { break }
                } else if try nextElement(bytes) {
                    break
                }
            }
        } while depth > floor
        return start..<offset
    }

    // MARK: Text

    /// Whether the bytes at `range` equal the given ones.
    package static func matches(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString
    ) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        let (found, wanted) = (bytes.extracting(range), text.utf8Start)
        for index in found.indices where found[unchecked: index] != wanted[index] { return false }
        return true
    }

    /// The bytes at `range` as text, without decoding escapes.
    package static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}

// MARK: - Inside

extension JSONReader {
    /// Whether the level that holds the cursor is an object.
    private var isInObject: Bool {
        kinds >> UInt64(depth - 1) & 1 == 1
    }

    private mutating func open(
        _ bracket: UInt8, _ what: StaticString, _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        skipSpace(bytes)
        guard offset < bytes.count, bytes[offset] == bracket else {
            throw JSONFault(offset, "expected \(what)")
        }
        guard depth < Self.depthLimit else {
            throw JSONFault(offset, "more than \(Self.depthLimit) levels deep")
        }
        offset += 1
        let bit = UInt64(1) << UInt64(depth)
        begun &= ~bit
        if bracket == UInt8(ascii: "{") { kinds |= bit } else { kinds &= ~bit }
        depth += 1
    }

    /// Moves to the next member or element; false after the last, and then the cursor is after the
    /// closing bracket.
    private mutating func advance(
        _ bracket: UInt8, _ bytes: Span<UInt8>
    ) throws(JSONFault) -> Bool {
        guard depth > 0 else { throw JSONFault(offset, "no object or array is open here") }
        skipSpace(bytes)
        guard offset < bytes.count else { throw JSONFault(offset, "unexpected end of the text") }
        let bit = UInt64(1) << UInt64(depth - 1)
        if bytes[offset] == bracket {
            offset += 1
            depth -= 1
            return false
        }
        if begun & bit != 0 {
            try expect(UInt8(ascii: ","), "\",\" or a closing bracket", bytes)
            skipSpace(bytes)
        }
        begun |= bit
        return true
    }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            default: return
            }
        }
    }

    private mutating func expect(
        _ byte: UInt8, _ what: StaticString, _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        guard offset < bytes.count, bytes[offset] == byte else {
            throw JSONFault(offset, "expected \(what)")
        }
        offset += 1
    }

    private mutating func expectWord(_ text: StaticString, _ bytes: Span<UInt8>) throws(JSONFault) {
        skipSpace(bytes)
        let end = offset + text.utf8CodeUnitCount
        guard end <= bytes.count, Self.matches(bytes, offset..<end, text) else {
            throw JSONFault(offset, "expected \(text)")
        }
        offset = end
    }

    private mutating func skipScalar(_ bytes: Span<UInt8>) throws(JSONFault) {
        switch peek(bytes) {
        case UInt8(ascii: "\""):
            let (range, isPlain) = try stringRange(bytes)
            if !isPlain { _ = try Self.decoded(bytes, range) }
        case UInt8(ascii: "t"): try expectWord("true", bytes)
        case UInt8(ascii: "f"): try expectWord("false", bytes)
        case UInt8(ascii: "n"): try expectWord("null", bytes)
        default: _ = try number(bytes)
        }
    }

    /// The place of a number that follows the grammar.
    private mutating func number(_ bytes: Span<UInt8>) throws(JSONFault) -> Range<Int> {
        skipSpace(bytes)
        let start = offset
        func digits(_ from: Int) -> Int {
            var index = from
            while index < bytes.count, bytes[index] &- 0x30 < 10 { index += 1 }
            return index
        }
        var index = start
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
        let whole = index
        index = digits(index)
        let isBad = index == whole || (bytes[whole] == UInt8(ascii: "0") && index > whole + 1)
        if isBad { throw JSONFault(start, "expected a number") }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            let fraction = index + 1
            index = digits(fraction)
            if index == fraction {
                throw JSONFault(start, "expected digits after the decimal point")
            }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == 0x2b || bytes[index] == 0x2d { index += 1 }
            let exponent = index
            index = digits(index)
            if index == exponent { throw JSONFault(start, "expected digits in the exponent") }
        }
        offset = index
        return start..<index
    }

    /// The place of a string between its quotes, and whether it is plain ASCII without escapes.
    private mutating func stringRange(
        _ bytes: Span<UInt8>
    ) throws(JSONFault) -> (range: Range<Int>, isPlain: Bool) {
        skipSpace(bytes)
        try expect(UInt8(ascii: "\""), "a string", bytes)
        let start = offset
        var isPlain = true
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                offset += 1
                return (start..<offset - 1, isPlain)
            }
            if byte < 0x20 { throw JSONFault(offset, "unescaped control character in a string") }
            if byte == UInt8(ascii: "\\") {
                isPlain = false
                offset += 1
            } else if byte >= 0x80 {
                isPlain = false
            }
            offset += 1
        }
        throw JSONFault(bytes.count, "unexpected end of the text inside a string")
    }

    /// Decodes a string that has escapes or bytes beyond ASCII.
    private static func decoded(
        _ bytes: Span<UInt8>, _ range: Range<Int>
    ) throws(JSONFault) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte != UInt8(ascii: "\\") {
                output.append(byte)
                index += 1
                continue
            }
            index += 1
            switch index < range.upperBound ? bytes[index] : 0 {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
                output.append(bytes[index])
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0c)
            case UInt8(ascii: "n"): output.append(0x0a)
            case UInt8(ascii: "r"): output.append(0x0d)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "u"):
                let scalar = try unicode(bytes, &index, range.upperBound)
                output.append(contentsOf: String(scalar).utf8)
            default: throw JSONFault(index, "unknown escape")
            }
            index += 1
        }
        guard let text = String(validating: output, as: UTF8.self) else {
            throw JSONFault(range.lowerBound, "invalid UTF-8 in a string")
        }
        return text
    }

    /// The scalar of `uXXXX` at `index`, with its second half where it is a surrogate; leaves
    /// `index` at the last digit.
    private static func unicode(
        _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int
    ) throws(JSONFault) -> Unicode.Scalar {
        let start = index
        func unit() throws(JSONFault) -> UInt32 {
            guard index + 4 < end else {
                throw JSONFault(start, "expected four hexadecimal digits")
            }
            var value: UInt32 = 0
            for _ in 0..<4 {
                index += 1
                guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue,
                    bytes[index] < 0x80
                else { throw JSONFault(index, "expected a hexadecimal digit") }
                value = value << 4 | UInt32(digit)
            }
            return value
        }
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, index + 2 < end, bytes[index + 1] == UInt8(ascii: "\\"),
            bytes[index + 2] == UInt8(ascii: "u")
        else { throw JSONFault(start, "unpaired surrogate") }
        index += 2
        let second = try unit()
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw JSONFault(start, "unpaired surrogate") }
        return scalar
    }
}
