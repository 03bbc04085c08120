// Text made from the command table: data for programs, the reference, the COMMANDS section of the
// manual page, help.  The functions are pure; tests compare the generated files with their results.

import OpsCore

extension CommandTable {
    /// The value of `commands`: a list of objects.
    static let json: String = {
        var json = JSONWriter()
        json.array { json in
            for row in rows {
                json.object { row.writeMembers(to: &$0) }
            }
        }
        return json.text
    }()

    /// `docs/commands.md`.
    package static var reference: String {
        let codes = RefusalCode.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        var text = """
            # Command reference

            Made from the command table; do not edit.  One request per line, one reply per line, in
            order.  `opsctl` takes the same words, with `--key value` for `key=value`.

                request  = verb *( SP word ) LF        exactly one space between words
                word     = bare / string / key=bare / key=string
                string   = a JSON string, for text with a space, a quote or a control character
                reply    = ok {...} / err {...}

            Where a word may be repeated, commas separate values too: `check 192.0.2.1,192.0.2.2`.
            Durations are an integer with `ms`, `s`, `m`, `h` or `d`; times are RFC 3339, in replies
            in UTC with `Z`.  A bare IPv6 address stands for its network of `guard.ipv6_prefix`
            bits, `ADDRESS/128` for that address alone.

            `err` objects have a `code`, a `message`, and a `hint` if there is something to try.
            Codes: \(codes).

            The second column is the role that a caller needs; each includes those before it:
            `read`, `report`, `admin`.  Beside them there are roles for satellites, the programs
            around opsd, each of which may do what names it and nothing else: `watch` is for opswatch.

            | command | role | what it does |
            |---|---|---|

            """
        for topic in topics {
            text += "| **\(topic.name)** | | \(topic.summary) |\n"
            for row in topic.rows {
                text += "| [`\(row.verb)`](#\(row.verb.replacing(" ", with: "-"))) "
                text += "| \(row.roleText) | \(row.summary) |\n"
            }
        }
        for row in rows { text += "\n" + section(row) }
        return text
    }

    private static func section(_ row: CommandRow) -> String {
        var text = "## \(row.verb)\n\n\(row.summary)"
        if !row.details.isEmpty { text += "  \(row.details)" }
        text += "\n\n    \(row.synopsis)\n\nRole: \(row.roleText).  Example: `\(row.example)`\n"
        if !row.arguments.isEmpty {
            text += "\n| argument | must be | default | meaning |\n|---|---|---|---|\n"
            for argument in row.arguments {
                let allowed = argument.type.allowed.replacing("|", with: "\\|")
                text += "| `\(argument.name)` | \(allowed) "
                text += "| \(argument.defaultText ?? "") | \(argument.summary) |\n"
            }
        }
        text += "\n| reply | type |\n|---|---|\n"
        for field in row.reply { text += "| `\(field.name)` | \(field.type) |\n" }
        return text
    }

    /// The COMMANDS section of opsctl(1), in man(7) form.
    package static var manual: String {
        var text = ".SH COMMANDS\n"
        for topic in topics {
            text += ".SS \(Self.roff("\(topic.name) - \(topic.summary)"))\n"
            for row in topic.rows { text += manual(row) }
        }
        return text
    }

    private static func manual(_ row: CommandRow) -> String {
        var text = ".TP\n.B \(Self.roff(row.clientSynopsis))\n\(Self.roff(row.summary))\n"
        if !row.details.isEmpty { text += "\(Self.roff(inShellWords(row.details)))\n" }
        text += "Role: \(row.roleText).\n"
        for argument in row.arguments {
            var line = "\(argument.name): \(inShellWords(argument.summary))"
            if let text = argument.defaultText { line += " (default \(text))" }
            line += "; \(argument.type.allowed)."
            text += ".br\n\(Self.roff(line))\n"
        }
        return text
    }

    private static func roff(_ text: String) -> String {
        let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }

    /// `opsctl COMMAND --help`.
    package static func help(_ row: CommandRow) -> String {
        var text = "Usage: opsctl \(row.clientSynopsis)\n\n\(row.summary)\n"
        if !row.details.isEmpty { text += "\(inShellWords(row.details))\n" }
        let width = (row.arguments.map(\.name.count).max() ?? 0) + 4
        if !row.arguments.isEmpty { text += "\n" }
        for argument in row.arguments {
            let name = (argument.place == .keyword ? "--" : "") + argument.name
            let pad = String(repeating: " ", count: max(1, width - name.count))
            text += "  \(name)\(pad)\(inShellWords(argument.summary))"
            if let value = argument.defaultText { text += " (default \(value))" }
            text += "\n  \(String(repeating: " ", count: width))\(argument.type.allowed)\n"
        }
        text += "\nNeeds the role \(row.roleText).  Example: opsctl \(Self.clientExample(row))\n"
        return text
    }

    /// The example as it is typed for opsctl.
    static func clientExample(_ row: CommandRow) -> String {
        var words: [String] = []
        for word in row.example.split(separator: " ", omittingEmptySubsequences: false) {
            let parts = word.split(separator: "=", maxSplits: 1)
            if parts.count == 2, let keyword = row.keywords.first(where: { $0.name == parts[0] }) {
                words.append(keyword.asOption(parts[1]))
            } else {
                words.append(String(word))
            }
        }
        return words.joined(separator: " ")
    }
}

extension CommandTable {
    /// Every keyword of the table by its name; of several with one name, any.
    private static let keywords = Dictionary(
        rows.flatMap(\.keywords).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// A text about requests as it is said for opsctl: `ttl=1h` becomes `--ttl 1h`, `force=true`
    /// becomes `--force`.
    package static func inShellWords(_ text: String) -> String {
        if !text.utf8.contains(UInt8(ascii: "=")) { return text }
        return text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            let opening = word.prefix { "`'(".contains($0) }
            let inner = word.dropFirst(opening.count)
            guard let equals = inner.firstIndex(of: "="),
                let keyword = keywords[String(inner[..<equals])]
            else { return String(word) }
            let value = inner[inner.index(after: equals)...]
            let closing = value.reversed().prefix { "`'),.;:".contains($0) }.count
            return opening + keyword.asOption(value.dropLast(closing)) + value.suffix(closing)
        }.joined(separator: " ")
    }
}

extension Argument {
    /// The keyword with this value, as an option.
    fileprivate func asOption(_ value: Substring) -> String {
        isFlag && value == "true" ? "--\(name)" : "--\(name) \(value)"
    }

    func writeMembers(to json: inout JSONWriter) {
        json.member("name", text: name)
        json.member("must_be", text: type.allowed)
        switch place {
        case .positional: json.member("place", text: "positional")
        case .repeated(let least, let most):
            json.member("place", text: "repeated")
            json.member("least", integer: least)
            json.member("most", integer: most)
        case .keyword:
            json.member("place", text: "keyword")
            if isRequired { json.member("required", true) }
        }
        if let defaultText { json.member("default", text: defaultText) }
        json.member("summary", text: summary)
    }
}

extension CommandRow {
    /// The row as data.
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("verb", text: verb)
        json.member("role", text: role.name)
        json.key("roles")
        json.array { json in
            for role in Role.allCases where roles.contains(RoleSet(role)) {
                json.string(role.name)
            }
        }
        json.member("summary", text: summary)
        json.key("arguments")
        json.array { json in
            for argument in arguments {
                json.object { argument.writeMembers(to: &$0) }
            }
        }
        json.key("reply")
        json.array { json in
            for field in reply {
                json.object { json in
                    json.member("name", text: field.name)
                    json.member("type", text: field.type)
                }
            }
        }
        json.member("example", text: example)
    }
}
