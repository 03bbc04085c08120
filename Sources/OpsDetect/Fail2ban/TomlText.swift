// Values and comments of TOML, from texts that may hold anything.
//
// Source: TOML 1.0, "String", "Keys", "Comment".

import OpsCore

/// Writes TOML.
enum TomlText {
    /// A string: as it is between single quotes where that shows more than escapes would, else
    /// between double quotes.
    static func string(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { !$0.isWrittenEscaped && $0 != "'" }
        if isPlain, text.utf8.contains(where: { $0 == 0x5c || $0 == 0x22 }) { return "'\(text)'" }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                if !scalar.isWrittenEscaped {
                    result.unicodeScalars.append(scalar)
                } else {
                    let hex = String(scalar.value, radix: 16, uppercase: true)
                    result += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
                }
            }
        }
        return result + "\""
    }

    /// A key: bare where it can be.
    static func key(_ text: String) -> String {
        let isBare = text.utf8.allSatisfy {
            ConfigBytes.isLetter($0) || ConfigBytes.isDigit($0) || $0 == 0x5f || $0 == 0x2d
        }
        return isBare && !text.isEmpty ? text : string(text)
    }

    /// A list, one element a line if there are several.
    static func list(_ texts: [String]) -> String {
        if texts.count == 1 { return "[\(string(texts[0]))]" }
        return "[\n" + texts.map { "  \(string($0)),\n" }.joined() + "]"
    }

    /// A comment that stays on its line.
    static func comment(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { shown.append(scalar.isWrittenEscaped ? " " : scalar) }
        return "# " + String(shown)
    }
}
