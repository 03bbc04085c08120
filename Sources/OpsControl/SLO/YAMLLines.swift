// The lines of a YAML file as its reader needs them: number, indentation, and text without
// comments.

/// Why a text cannot be read.
struct YAMLFault: Error, Hashable, Sendable {
    /// Counted from 1.
    var line: Int
    /// What is wrong.
    var reason: String
}

/// One line.
struct YAMLLine {
    /// Counted from 1.
    var number: Int
    /// Number of spaces before the text.
    var indent: Int
    /// Without indentation, comment and trailing spaces.
    var text: String
    /// The line as it stands, without its line feed; for block scalars.
    var raw: String
}

enum YAMLLines {
    /// The lines of each document; documents without any text are left out.
    static func split(_ text: String) throws(YAMLFault) -> [[YAMLLine]] {
        var documents: [[YAMLLine]] = [[]]
        var number = 0
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let raw = part.hasSuffix("\r") ? String(part.dropLast()) : String(part)
            let body = raw.drop { $0 == " " }
            let indent = raw.utf8.count - body.utf8.count
            if indent == 0, raw == "---" || raw.hasPrefix("--- ") || raw == "..." {
                documents.append([])
                let rest = raw.dropFirst(4)
                if !rest.isEmpty, !rest.hasPrefix("#") {
                    throw YAMLFault(
                        line: number,
                        reason: "expected a line of its own for the beginning of a document")
                }
                continue
            }
            if indent == 0, raw.hasPrefix("%") { continue }
            let shown = withoutComment(String(body))
            if shown.hasPrefix("\t") {
                throw YAMLFault(line: number, reason: "tab in the indentation: expected spaces")
            }
            documents[documents.count - 1].append(
                YAMLLine(number: number, indent: indent, text: shown, raw: raw))
        }
        return documents.filter { lines in lines.contains { !$0.text.isEmpty } }
    }

    /// The text up to a `#` that stands after a space and outside quotes.
    static func withoutComment(_ text: String) -> String {
        var quote: Character?
        var before: Character = " "
        var kept = ""
        for character in text {
            if let open = quote {
                if character == open, before != "\\" || open == "'" { quote = nil }
            } else if character == "\"" || character == "'" {
                // A quote inside a word is an ordinary character.
                if before == " " || "[{,:".contains(before) { quote = character }
            } else if character == "#", before == " " {
                break
            }
            kept.append(character)
            before = before == "\\" && character == "\\" ? " " : character
        }
        while kept.last == " " || kept.last == "\t" { kept.removeLast() }
        return kept
    }
}
