// How a jail names its filter: `NAME`, or `NAME[OPTION=VALUE, ...]`.
//
// 1. A value ends at a comma or `]`, or stands in quotes of either kind; there is no way to write a
//    quote within the same quotes.
// 2. `NAME[A=1][B=2]` is `NAME[A=1, B=2]`.

/// The name of a filter and the options in its brackets.
struct FilterSpec: Hashable, Sendable {
    var name: String
    var options = OrderedTexts()

    init(name: String, options: OrderedTexts = OrderedTexts()) {
        self.name = name
        self.options = options
    }

    /// Reads the text; what is wrong with it comes as a sentence.
    init(_ text: String) throws(FilterSpecFault) {
        let bytes = text.configBytes[...].trimmed
        guard let open = bytes.firstIndex(of: 0x5b) else {
            guard !bytes.isEmpty else { throw FilterSpecFault("names no filter") }
            name = bytes.text
            return
        }
        name = bytes[..<open].trimmed.text
        guard !name.isEmpty else { throw FilterSpecFault("names no filter before the [") }
        guard bytes.last == 0x5d, bytes.endIndex - 1 > open else {
            throw FilterSpecFault("expected NAME[OPTION=VALUE, ...], the ] is missing")
        }
        var reading = BracketReader(bytes[(open + 1)..<(bytes.endIndex - 1)])
        while let (option, value) = try reading.next() {
            guard options.names.count < Fail2banLimits.bracketOptions else {
                throw FilterSpecFault(
                    "too many options, must be at most \(Fail2banLimits.bracketOptions)")
            }
            options[option] = value
        }
    }

    /// The spec as text; nil: a value has quotes of both kinds and is not a pattern.
    var text: String? {
        if options.names.isEmpty { return name }
        var parts: [String] = []
        for option in options.names {
            guard let value = Self.quoted(options[option] ?? "", isPattern: option.isPatternKey)
            else { return nil }
            parts.append("\(option)=\(value)")
        }
        return "\(name)[\(parts.joined(separator: ", "))]"
    }

    private static func quoted(_ value: String, isPattern: Bool) -> String? {
        let isBare =
            !value.isEmpty
            && value.utf8.allSatisfy {
                ConfigBytes.isLetter($0) || ConfigBytes.isDigit($0) || $0 == 0x2d || $0 == 0x5f
            }
        if isBare { return value }
        if !value.utf8.contains(0x22) { return "\"\(value)\"" }
        if !value.utf8.contains(0x27) { return "'\(value)'" }
        return isPattern ? "\"\(escapedQuotes(value))\"" : nil
    }

    /// A pattern that matches the same without a `"` in it.
    private static func escapedQuotes(_ pattern: String) -> String {
        var result: [UInt8] = []
        var isEscaped = false
        for byte in pattern.utf8 {
            if byte == 0x22 {
                if isEscaped { result.removeLast() }
                result += #"\x22"#.utf8
                isEscaped = false
            } else {
                result.append(byte)
                isEscaped = byte == 0x5c && !isEscaped
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension String {
    /// Whether the option of this name holds regular expressions.
    fileprivate var isPatternKey: Bool {
        self == "failregex" || self == "ignoreregex" || self == "prefregex"
    }
}

/// What is wrong with how a filter is named.
struct FilterSpecFault: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

/// Reads what stands in the brackets.
private struct BracketReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() throws(FilterSpecFault) -> (option: String, value: String)? {
        let text = rest.trimmed
        if text.isEmpty || text.elementsEqual([0x2c]) {
            rest = []
            return nil
        }
        let name = text.prefix {
            ConfigBytes.isWord($0) || $0 == 0x2d || $0 == 0x2e
        }
        let sign = text.startIndex + name.count
        guard !name.isEmpty, sign < text.endIndex, text[sign] == 0x3d else {
            throw FilterSpecFault(
                "expected OPTION=VALUE in the brackets, at \"\(text.text.shortened)\"")
        }
        // White space at the end of the last value without quotes is taken away with it.
        let value = takeValue(text[(sign + 1)...])
        try takeSeparator(after: name.text)
        return (name.text, value.trimmed.text)
    }

    private mutating func takeValue(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        if let quote = text.first, quote == 0x22 || quote == 0x27,
            let end = text.dropFirst().firstIndex(of: quote)
        {
            rest = text[(end + 1)...]
            return text[(text.startIndex + 1)..<end]
        }
        let value = text.prefix { $0 != 0x2c && $0 != 0x5d }
        rest = text[(text.startIndex + value.count)...]
        return value
    }

    /// `,`, or `][`, or the end.
    private mutating func takeSeparator(after name: String) throws(FilterSpecFault) {
        guard let first = rest.first else { return }
        if first == 0x2c {
            rest = rest.dropFirst()
            return
        }
        if first == 0x5d {
            let next = rest.dropFirst().drop(while: ConfigBytes.isSpace)
            if next.first == 0x5b {
                rest = next.dropFirst()
                return
            }
        }
        throw FilterSpecFault(
            "expected a comma after the option \(name), found \"\(rest.text.shortened)\"")
    }
}
