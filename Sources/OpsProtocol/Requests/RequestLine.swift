// From a client's words to a request line: `ban 203.0.113.9 --ttl 1h --reason "some text"` becomes
// `ban 203.0.113.9 ttl=1h reason="some text"`.  The options come from the same table that parses
// the line.

import OpsCore

/// Why words cannot be made into a request.
package struct UsageFault: Error, Hashable, Sendable {
    /// What is wrong with them.
    package var message: String
    /// What to do instead.
    package var hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// Makes request lines from words.
package enum RequestLine {
    /// The row that the words begin with, and how many of them are its verb.
    package static func row(_ words: [String]) -> (row: CommandRow, used: Int)? {
        guard let first = words.first else { return nil }
        if words.count > 1, let row = CommandTable.row(first + " " + words[1]) { return (row, 2) }
        return CommandTable.row(first).map { ($0, 1) }
    }

    /// The line, without LF, of a row and the words after its verb: positional words, `--key
    /// value`, `--key=value` and `key=value`; after `--` all are positional.
    package static func make(_ row: CommandRow, _ words: [String]) throws(UsageFault) -> [UInt8] {
        var line = Array(row.verb.utf8)
        var rest = words[...]
        var hasEnded = false
        while let word = rest.popFirst() {
            if hasEnded {
                line.append(UInt8(ascii: " "))
                appendValue(word, &line, mayBeBare: !word.utf8.contains(UInt8(ascii: "=")))
            } else if word == "--" {
                hasEnded = true
            } else if word.utf8.starts(with: "--".utf8) {
                try appendOption(word, row, &rest, &line)
            } else if word.utf8.first == UInt8(ascii: "-") && word.utf8.count > 1 {
                throw UsageFault(
                    "there is no option \(Echo.escaped(word))", hint: "opsctl \(row.verb) --help")
            } else {
                appendWord(word, row, &line)
            }
        }
        return line
    }

    private static func appendOption(
        _ word: String, _ row: CommandRow, _ rest: inout ArraySlice<String>, _ line: inout [UInt8]
    ) throws(UsageFault) {
        let (name, given) = halves(word.unicodeScalars.dropFirst(2))
        guard let keyword = row.keywords.first(where: { $0.name == name }) else {
            let known = row.keywords.map { "--" + $0.name }
            let near = Suggestion.closest(to: "--" + name, among: known)
            throw UsageFault(
                "\(row.verb) has no option \(Echo.escaped("--" + name))",
                hint: near.map { "did you mean \($0)?" }
                    ?? (known.isEmpty
                        ? "\(row.verb) takes no options"
                        : "it takes " + known.joined(separator: ", ")))
        }
        guard let value = given ?? keyword.optionValue(&rest)
        else { throw UsageFault("--\(name) needs a value", hint: "opsctl \(row.verb) --help") }
        line.append(contentsOf: " \(name)=".utf8)
        appendValue(value, &line)
    }

    private static func appendWord(_ word: String, _ row: CommandRow, _ line: inout [UInt8]) {
        line.append(UInt8(ascii: " "))
        let (name, value) = halves(word.unicodeScalars[...])
        if let value, row.keywords.contains(where: { $0.name == name }) {
            line.append(contentsOf: "\(name)=".utf8)
            appendValue(value, &line)
        } else {
            appendValue(word, &line)
        }
    }

    /// The text before the first `=` and the text after it.  It compares scalars, since a character
    /// may be `=` with a combining mark.
    private static func halves(
        _ text: Substring.UnicodeScalarView
    ) -> (name: String, value: String?) {
        guard let equals = text.firstIndex(of: "=") else { return (String(text), nil) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// Appends a value: as a bare word if it can be one, else as a string.
    private static func appendValue(
        _ value: String, _ line: inout [UInt8], mayBeBare: Bool = true
    ) {
        let isBare =
            mayBeBare && !value.isEmpty
            && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") }
        if isBare {
            line.append(contentsOf: value.utf8)
        } else {
            JSONWriter.append(to: &line) { $0.string(value) }
        }
    }
}
