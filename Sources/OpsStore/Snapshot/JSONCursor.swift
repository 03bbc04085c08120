// A place in one line of JSON.  Strict (RFC 8259), with a bounded depth; it never leaves its line.
// It goes member by member and can pass over a value it does not know, so that the value's text can
// be kept as it is.

import OpsCore

/// Reads JSON values from a span, one step at a time.
struct JSONCursor {
    /// The next byte to read.
    private(set) var at: Int
    /// Behind the last byte.
    let end: Int
    /// How deep values may be nested.
    private static let depth = 32

    func fault(_ words: String) -> StoreFault { StoreFault(.damaged, words, offset: at) }

    private func peek(_ bytes: Span<UInt8>) -> UInt8 { at < end ? bytes[at] : 0 }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while at < end, bytes[at] == 0x20 || bytes[at] == 0x09 { at += 1 }
    }

    /// Takes `byte` if it comes next, after spaces.
    mutating func takes(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        skipSpace(bytes)
        guard peek(bytes) == byte, at < end else { return false }
        at += 1
        return true
    }

    mutating func need(_ byte: UInt8, _ bytes: Span<UInt8>) throws(StoreFault) {
        guard takes(byte, bytes) else {
            throw fault("expected \"\(Unicode.Scalar(byte))\"")
        }
    }

    /// Nothing but spaces may be left.
    mutating func needEnd(_ bytes: Span<UInt8>) throws(StoreFault) {
        skipSpace(bytes)
        guard at == end else { throw fault("something behind the object's end") }
    }

    /// The next member's name, the cursor at its value; nil at the object's end.
    /// - Parameter isFirst: true before the first member; set to false here.
    mutating func member(
        _ isFirst: inout Bool, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> String? {
        if takes(0x7d, bytes) { return nil }
        if !isFirst { try need(0x2c, bytes) }
        isFirst = false
        let name = try string(bytes)
        try need(0x3a, bytes)
        skipSpace(bytes)
        return name
    }

    mutating func takesNull(_ bytes: Span<UInt8>) -> Bool { takesWord("null", bytes) }

    mutating func bool(_ bytes: Span<UInt8>) throws(StoreFault) -> Bool {
        if takesWord("true", bytes) { return true }
        if takesWord("false", bytes) { return false }
        throw fault("expected true or false")
    }

    private mutating func takesWord(_ word: StaticString, _ bytes: Span<UInt8>) -> Bool {
        skipSpace(bytes)
        let count = word.utf8CodeUnitCount
        guard end - at >= count else { return false }
        let start = at
        let isSame = word.withUTF8Buffer { letters in
            letters.indices.allSatisfy { letters[$0] == bytes[start + $0] }
        }
        if isSame { at += count }
        return isSame
    }

    /// A whole number that fits its type, without fraction or exponent.
    mutating func integer<Value: FixedWidthInteger>(
        _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Value {
        skipSpace(bytes)
        let start = self
        let isNegative = takes(0x2d, bytes)
        let first = at
        var value: Value = 0
        while at < end, case let digit = bytes[at] &- 0x30, digit <= 9 {
            let (tens, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOut) =
                isNegative
                ? tens.subtractingReportingOverflow(Value(digit))
                : tens.addingReportingOverflow(Value(digit))
            guard !isOver && !isOut else { throw start.fault("a number out of its range") }
            value = sum
            at += 1
        }
        guard at > first, at - first == 1 || bytes[first] != 0x30 else {
            throw start.fault("expected a whole number")
        }
        let next = peek(bytes)
        guard next != 0x2e, next | 0x20 != 0x65 else {
            throw start.fault("expected a whole number")
        }
        return value
    }
}

// MARK: - Strings

extension JSONCursor {
    mutating func string(_ bytes: Span<UInt8>) throws(StoreFault) -> String {
        try need(0x22, bytes)
        let start = at
        while at < end, bytes[at] != 0x22, bytes[at] != 0x5c, bytes[at] >= 0x20 { at += 1 }
        if peek(bytes) == 0x22 {
            let text = try Self.text(bytes.extracting(start..<at), fault("a text is not UTF-8"))
            at += 1
            return text
        }
        var out: [UInt8] = []
        for index in start..<at { out.append(bytes[index]) }
        while true {
            guard at < end, bytes[at] >= 0x20 else { throw fault("a text does not end") }
            let byte = bytes[at]
            at += 1
            if byte == 0x22 { break }
            if byte == 0x5c { try escape(bytes, &out) } else { out.append(byte) }
        }
        return try Self.text(out.span, fault("a text is not UTF-8"))
    }

    private static func text(
        _ bytes: Span<UInt8>, _ fault: @autoclosure () -> StoreFault
    ) throws(StoreFault) -> String {
        guard let valid = try? UTF8Span(validating: bytes) else { throw fault() }
        return String(copying: valid)
    }

    private mutating func escape(
        _ bytes: Span<UInt8>, _ out: inout [UInt8]
    ) throws(StoreFault) {
        let byte = peek(bytes)
        at += 1
        switch byte {
        case 0x22, 0x5c, 0x2f: out.append(byte)
        case 0x62: out.append(0x08)
        case 0x66: out.append(0x0c)
        case 0x6e: out.append(0x0a)
        case 0x72: out.append(0x0d)
        case 0x74: out.append(0x09)
        case 0x75:
            var value = try hex(bytes)
            if value & 0xfc00 == 0xd800, end - at >= 2, bytes[at] == 0x5c, bytes[at + 1] == 0x75 {
                at += 2
                let low = try hex(bytes)
                guard low & 0xfc00 == 0xdc00 else { throw fault("half of a surrogate pair") }
                value = 0x10000 + (value & 0x3ff) << 10 + low & 0x3ff
            }
            guard let scalar = Unicode.Scalar(value) else {
                throw fault("half of a surrogate pair")
            }
            out.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default:
            at -= 1
            throw fault("an escape that JSON does not have")
        }
    }

    private mutating func hex(_ bytes: Span<UInt8>) throws(StoreFault) -> UInt32 {
        guard end - at >= 4 else { throw fault("an escape that JSON does not have") }
        var value: UInt32 = 0
        for index in at..<at + 4 {
            guard let digit = bytes[index].hexDigit else {
                throw fault("an escape that JSON does not have")
            }
            value = value << 4 | UInt32(digit)
        }
        at += 4
        return value
    }
}

// MARK: - Values passed over

extension JSONCursor {
    /// Passes over any value, checking that it is one.
    mutating func skipValue(_ bytes: Span<UInt8>, depth: Int = 0) throws(StoreFault) {
        skipSpace(bytes)
        guard depth < Self.depth else { throw fault("nested too deeply") }
        switch peek(bytes) {
        case 0x22: _ = try string(bytes)
        case 0x7b:
            at += 1
            var isFirst = true
            while try member(&isFirst, bytes) != nil { try skipValue(bytes, depth: depth + 1) }
        case 0x5b:
            at += 1
            if takes(0x5d, bytes) { return }
            repeat { try skipValue(bytes, depth: depth + 1) } while takes(0x2c, bytes)
            try need(0x5d, bytes)
        case 0x74, 0x66: _ = try bool(bytes)
        case 0x6e:
            guard takesNull(bytes) else { throw fault("expected null") }
        default: try skipNumber(bytes)
        }
    }

    private mutating func skipNumber(_ bytes: Span<UInt8>) throws(StoreFault) {
        let start = self
        func digits(_ cursor: inout JSONCursor) -> Int {
            let first = cursor.at
            while cursor.at < cursor.end, bytes[cursor.at] &- 0x30 <= 9 { cursor.at += 1 }
            return cursor.at - first
        }
        if peek(bytes) == 0x2d { at += 1 }
        let isZero = peek(bytes) == 0x30
        let whole = digits(&self)
        guard whole == 1 || (whole > 1 && !isZero) else { throw start.fault("expected a value") }
        if peek(bytes) == 0x2e {
            at += 1
            guard digits(&self) > 0 else { throw start.fault("a number without its fraction") }
        }
        if peek(bytes) | 0x20 == 0x65 {
            at += 1
            if peek(bytes) == 0x2b || peek(bytes) == 0x2d { at += 1 }
            guard digits(&self) > 0 else { throw start.fault("a number without its exponent") }
        }
    }
}
