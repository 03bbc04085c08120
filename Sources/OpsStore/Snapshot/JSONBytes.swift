// JSON appended to bytes: just what snapshots need, without a String in between.

import OpsCore

extension [UInt8] {
    /// Appends `value` in decimal.
    package mutating func appendDecimal(_ value: some FixedWidthInteger) {
        var rest = UInt64(truncatingIfNeeded: value.magnitude)
        var digits = InlineArray<20, UInt8>(repeating: 0x30)
        var first = 20
        repeat {
            first &-= 1
            digits[first] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        if value < 0 { append(0x2d) }
        for index in first..<20 { append(digits[index]) }
    }

    /// Appends ASCII.
    @inline(__always)
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// Appends a member: `name`, with everything before the value, and the number.  nil: appends
    /// nothing.
    mutating func append(_ name: StaticString, _ value: (some FixedWidthInteger)?) {
        guard let value else { return }
        append(name)
        appendDecimal(value)
    }

    /// Appends a member whose value is a text; nil: appends nothing.
    mutating func append(_ name: StaticString, json text: String?) {
        guard let text else { return }
        append(name)
        appendJSON(text)
    }

    /// Appends a JSON string.  Quote, backslash and ASCII controls are escaped, all else is itself.
    mutating func appendJSON(_ string: String) {
        append(0x22)
        let bytes = string.utf8Span.span
        var clean = 0
        while clean < bytes.count && !Self.needsEscape(bytes[clean]) { clean &+= 1 }
        if clean == bytes.count {
            append(contentsOf: string.utf8)
        } else {
            for index in bytes.indices { appendEscaped(bytes[index]) }
        }
        append(0x22)
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5c || byte == 0x7f
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        guard Self.needsEscape(byte) else { return append(byte) }
        append(0x5c)
        switch byte {
        case 0x22, 0x5c: append(byte)
        case 0x0a: append(0x6e)
        case 0x09: append(0x74)
        case 0x0d: append(0x72)
        default:
            append(0x75)
            appendHex(UInt64(byte), digits: 4)
        }
    }

    /// Appends `value` in lower case hexadecimal.
    mutating func appendHex(_ value: UInt64, digits: Int) {
        for digit in stride(from: digits - 1, through: 0, by: -1) {
            let nibble = UInt8(truncatingIfNeeded: value >> (4 * UInt64(digit)) & 15)
            append(nibble < 10 ? 0x30 + nibble : 0x61 + nibble - 10)
        }
    }

    /// Appends a boot id as the kernel writes it: 8-4-4-4-12 digits.
    mutating func appendUUID(_ id: BootID) {
        appendHex(id.high >> 32, digits: 8)
        append(0x2d)
        appendHex(id.high >> 16 & 0xffff, digits: 4)
        append(0x2d)
        appendHex(id.high & 0xffff, digits: 4)
        append(0x2d)
        appendHex(id.low >> 48, digits: 4)
        append(0x2d)
        appendHex(id.low & 0xffff_ffff_ffff, digits: 12)
    }

    /// Appends a gauge, or nothing where it is absent.
    mutating func appendGauge(_ name: StaticString, _ value: UInt16) {
        if value == Gauges.absent { return }
        append(name)
        appendDecimal(value)
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit.
    var hexDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x61...0x66: self - 0x61 + 10
        case 0x41...0x46: self - 0x41 + 10
        default: nil
        }
    }
}
