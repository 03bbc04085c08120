// One line of YAML: keys, scalars, and flow lists and mappings.

import OpsProtocol

enum YAMLScalar {
    /// Splits `key: rest` or `key:`; nil if the text is neither.
    static func key(_ text: String) -> (key: String, rest: String)? {
        if text.hasPrefix("{") || text.hasPrefix("[") { return nil }
        var quote: Character?
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            let after = text.index(after: index)
            if let open = quote {
                if character == open { quote = nil }
            } else if index == text.startIndex, character == "\"" || character == "'" {
                quote = character
            } else if character == ":" && (after == text.endIndex || text[after] == " ") {
                let rest = text[after...].drop { $0 == " " }
                return (String(text[..<index]), String(rest))
            }
            index = after
        }
        return nil
    }

    /// The name of a key; nil if it is neither plain nor quoted text.
    static func name(_ key: String) -> String? {
        guard let value = try? value(key.trimmed, 0) else { return nil }
        return switch value {
        case .string(let text): text
        case .integer, .number, .bool, .null: key
        default: nil
        }
    }

    /// Whether the text is not empty and does not begin with a quote or a bracket.
    static func isPlain(_ text: String) -> Bool {
        guard let first = text.first else { return false }
        return !"\"'[{".contains(first)
    }

    /// A scalar, or a flow list or mapping, that fills the text.
    static func value(_ text: String, _ line: Int) throws(YAMLFault) -> JSONValue {
        var rest = text[...]
        let value = try flow(&rest, line, isInside: false, depth: 0)
        if !rest.trimmed.isEmpty {
            throw YAMLFault(line: line, reason: "unexpected text after the value")
        }
        return value
    }

    private static func flow(
        _ rest: inout Substring, _ line: Int, isInside: Bool, depth: Int
    ) throws(YAMLFault) -> JSONValue {
        rest = rest.drop { $0 == " " }
        if depth > 16 { throw YAMLFault(line: line, reason: "more than 16 levels deep") }
        switch rest.first {
        case "[":
            var elements: [JSONValue] = []
            try members(&rest, "]", line) { rest throws(YAMLFault) in
                elements.append(try flow(&rest, line, isInside: true, depth: depth + 1))
            }
            return .array(elements)
        case "{":
            var all: [JSONValue.Member] = []
            try members(&rest, "}", line) { rest throws(YAMLFault) in
                let key = try flow(&rest, line, isInside: true, depth: depth + 1)
                rest = rest.drop { $0 == " " }
                guard let name = key.text, rest.first == ":" else {
                    throw YAMLFault(line: line, reason: "expected \"key: value\" in braces")
                }
                rest = rest.dropFirst()
                let value = try flow(&rest, line, isInside: true, depth: depth + 1)
                all.append(JSONValue.Member(name: name, value: value))
            }
            return .object(all)
        case "\"": return .string(try doubleQuoted(&rest, line))
        case "'": return .string(try singleQuoted(&rest, line))
        case "&", "*", "!":
            throw YAMLFault(line: line, reason: "anchors, aliases and tags are not supported")
        default:
            var end = rest.endIndex
            if isInside {
                end = rest.firstIndex { ",]}:".contains($0) } ?? rest.endIndex
            }
            let word = rest[..<end].trimmed
            rest = rest[end...]
            return plain(word)
        }
    }

    private static func members(
        _ rest: inout Substring, _ close: Character, _ line: Int,
        _ element: (inout Substring) throws(YAMLFault) -> Void
    ) throws(YAMLFault) {
        rest = rest.dropFirst()
        while true {
            rest = rest.drop { $0 == " " }
            guard let first = rest.first else {
                throw YAMLFault(line: line, reason: "expected \"\(close)\" on this line")
            }
            if first == close {
                rest = rest.dropFirst()
                return
            }
            try element(&rest)
            rest = rest.drop { $0 == " " }
            if rest.first == "," {
                rest = rest.dropFirst()
            } else if rest.first != close {
                throw YAMLFault(line: line, reason: "expected a comma or \"\(close)\"")
            }
        }
    }

    private static func plain(_ word: String) -> JSONValue {
        switch word {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        if let integer = Int64(word) { return .integer(integer) }
        let isNumber = word.utf8.allSatisfy { $0 &- 0x30 < 10 || ".-+eE".utf8.contains($0) }
        if isNumber, let number = Double(word), number.isFinite { return .number(number) }
        return .string(word)
    }

    private static func doubleQuoted(
        _ rest: inout Substring, _ line: Int
    ) throws(YAMLFault) -> String {
        // The escapes of YAML that people use are those of JSON.
        var end = rest.utf8.index(after: rest.startIndex)
        while end < rest.endIndex, rest.utf8[end] != UInt8(ascii: "\"") {
            let isEscape = rest.utf8[end] == UInt8(ascii: "\\")
            end =
                rest.utf8.index(end, offsetBy: isEscape ? 2 : 1, limitedBy: rest.endIndex)
                ?? rest.endIndex
        }
        guard end < rest.endIndex else {
            throw YAMLFault(line: line, reason: "expected a closing quote on this line")
        }
        let literal = Array(rest.utf8[...end])
        guard let value = try? JSONValue(parsing: literal.span), let text = value.text else {
            throw YAMLFault(line: line, reason: "unknown escape: expected one of JSON")
        }
        rest = rest[rest.utf8.index(after: end)...]
        return text
    }

    private static func singleQuoted(
        _ rest: inout Substring, _ line: Int
    ) throws(YAMLFault) -> String {
        var text = ""
        rest = rest.dropFirst()
        while let character = rest.popFirst() {
            if character != "'" {
                text.append(character)
            } else if rest.first == "'" {
                text.append("'")
                rest = rest.dropFirst()
            } else {
                return text
            }
        }
        throw YAMLFault(line: line, reason: "expected a closing quote on this line")
    }
}

extension StringProtocol {
    /// The text without the spaces around it.
    var trimmed: String {
        var text = self[...].drop { $0 == " " }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
