// The JSON of annotations.  Objects, arrays, strings, numbers, true, false and null; nested at most
// sixteen deep.  Source: RFC 8259.

/// A value of an annotation.
indirect enum SampleValue: Hashable {
    case null
    case flag(Bool)
    case number(String)
    case text(String)
    case list([SampleValue])
    case object([String: SampleValue])

    /// The value as an option of a filter has it.
    var optionText: String? {
        switch self {
        case .text(let text), .number(let text): text
        case .flag(let flag): flag ? "True" : "False"
        case .null, .list, .object: nil
        }
    }

    /// The value for a person.
    var words: String {
        switch self {
        case .null: "nothing"
        case .list(let values): values.map(\.words).joined(separator: ", ")
        case .object: "an object"
        case .flag, .number, .text: optionText ?? ""
        }
    }

    /// The value that all of the text is; nil: it is not JSON.
    init?(_ text: Span<UInt8>) {
        var reader = SampleReader(bytes: text.withUnsafeBufferPointer { Array($0) })
        guard let value = reader.value(depth: 0), reader.isAtEnd() else { return nil }
        self = value
    }
}

/// Reads one JSON text.
private struct SampleReader {
    let bytes: [UInt8]
    var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private func peek() -> UInt8 { place < bytes.count ? bytes[place] : 0 }

    private mutating func skipSpace() {
        while [0x20, 0x09, 0x0A, 0x0D].contains(peek()) { place += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard peek() == byte else { return false }
        place += 1
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            guard bytes[place...].starts(with: word) else { return false }
            place += word.count
            return true
        }
    }

    mutating func isAtEnd() -> Bool {
        skipSpace()
        return place == bytes.count
    }

    mutating func value(depth: Int) -> SampleValue? {
        guard depth < 16 else { return nil }
        skipSpace()
        switch peek() {
        case UInt8(ascii: "{"): return object(depth)
        case UInt8(ascii: "["): return list(depth)
        case UInt8(ascii: "\""): return string().map { .text($0) }
        case UInt8(ascii: "t"): return take(word: "true") ? .flag(true) : nil
        case UInt8(ascii: "f"): return take(word: "false") ? .flag(false) : nil
        case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
        default: return number()
        }
    }

    private mutating func object(_ depth: Int) -> SampleValue? {
        var members: [String: SampleValue] = [:]
        place += 1
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard let name = string(), take(UInt8(ascii: ":")), let value = value(depth: depth + 1)
            else { return nil }
            members[name] = value
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func list(_ depth: Int) -> SampleValue? {
        var values: [SampleValue] = []
        place += 1
        if take(UInt8(ascii: "]")) { return .list(values) }
        repeat {
            guard let value = value(depth: depth + 1) else { return nil }
            values.append(value)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? .list(values) : nil
    }

    private mutating func number() -> SampleValue? {
        let start = place
        while "+-.eE0123456789".utf8.contains(peek()) { place += 1 }
        return start == place
            ? nil : .number(String(decoding: bytes[start..<place], as: UTF8.self))
    }

    private mutating func string() -> String? {
        guard peek() == UInt8(ascii: "\"") else { return nil }
        place += 1
        var text: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): guard escape(into: &text) else { return nil }
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(into text: inout [UInt8]) -> Bool {
        let byte = peek()
        place += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "u"):
            guard var code = hexadecimal() else { return false }
            if code >= 0xD800, code < 0xDC00, take(word: "\\u"), let low = hexadecimal(),
                low >= 0xDC00, low < 0xE000
            {
                code = 0x1_0000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: return false
        }
        return true
    }

    private mutating func hexadecimal() -> UInt32? {
        guard place + 4 <= bytes.count else { return nil }
        let text = String(decoding: bytes[place..<place + 4], as: UTF8.self)
        place += 4
        return text.first == "+" ? nil : UInt32(text, radix: 16)
    }
}
