// From a client's words to a request line: `ban 203.0.113.9 --ttl 1h --reason "some text"` becomes
// `ban 203.0.113.9 ttl=1h reason="some text"`.  The same table that parses the line says which
// options there are.

import OpsCore

/// Why words are no request.
package struct UsageFault: Error, Hashable, Sendable {
    package var message: String
    package var hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// Request lines made of words.
package enum RequestLine {
    /// The row that the words begin with, and how many of them are its verb.
    package static func row(_ words: [String]) -> (row: CommandRow, used: Int)? {
        guard let first = words.first else { return nil }
        if words.count > 1, let row = CommandTable.row(first + " " + words[1]) { return (row, 2) }
        return CommandTable.row(first).map { ($0, 1) }
    }

    /// The line, without LF, of a row and the words behind its verb: positional words, `--key
    /// value`, `--key=value` and `key=value`; `--` ends the options.
    package static func make(_ row: CommandRow, _ words: [String]) throws(UsageFault) -> [UInt8] {
        var line = Array(row.verb.utf8)
        var rest = words[...]
        var hasEnded = false
        while let word = rest.popFirst() {
            if !hasEnded && word == "--" {
                hasEnded = true
            } else if !hasEnded && word.hasPrefix("--") {
                try option(word, row, &rest, &line)
            } else if !hasEnded && word.hasPrefix("-") && word.count > 1 {
                throw UsageFault(
                    "there is no option \(Echo.quoted(word))", hint: "opsctl \(row.verb) --help")
            } else {
                append(word, row, &line)
            }
        }
        return line
    }

    private static func option(
        _ word: String, _ row: CommandRow, _ rest: inout ArraySlice<String>, _ line: inout [UInt8]
    ) throws(UsageFault) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1)
        let name = parts.first.map(String.init) ?? ""
        guard row.keywords.contains(where: { $0.name == name }) else {
            let known = row.keywords.map { "--" + $0.name }
            throw UsageFault(
                "\(row.verb) has no option \(Echo.quoted("--" + name))",
                hint: known.isEmpty
                    ? "\(row.verb) takes no options" : "it takes " + known.joined(separator: ", "))
        }
        let hasValue = word.contains("=")
        guard let value = hasValue ? String(parts.count > 1 ? parts[1] : "") : rest.popFirst()
        else { throw UsageFault("--\(name) needs a value", hint: "opsctl \(row.verb) --help") }
        line.append(contentsOf: " \(name)=".utf8)
        put(value, &line)
    }

    private static func append(_ word: String, _ row: CommandRow, _ line: inout [UInt8]) {
        line.append(UInt8(ascii: " "))
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, row.keywords.contains(where: { $0.name == parts[0] }) {
            line.append(contentsOf: "\(parts[0])=".utf8)
            put(String(parts[1]), &line)
        } else {
            put(word, &line)
        }
    }

    /// A value, as a string where a bare word would not do.
    private static func put(_ value: String, _ line: inout [UInt8]) {
        let isBare =
            !value.isEmpty
            && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") }
        if isBare {
            line.append(contentsOf: value.utf8)
        } else {
            JSONWriter.append(to: &line) { $0.string(value) }
        }
    }
}
