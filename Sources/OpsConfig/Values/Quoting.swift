// Text for people and for TOML: characters that could move the cursor, or hide or reorder letters,
// are escaped as in a TOML basic string.

extension String {
    /// The most scalars of a value that a fault shows.
    static let shownScalars = 64

    /// The text with control, format, separator, private and unassigned characters escaped.
    var escaped: String {
        var text = ""
        for scalar in unicodeScalars { text.append(escaping: scalar) }
        return text
    }

    /// The text as a TOML basic string.
    package var quoted: String {
        var text = "\""
        for scalar in unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text += "\\" }
            text.append(escaping: scalar)
        }
        return text + "\""
    }

    /// The text for faults: quoted, and cut after `shownScalars`.
    var shown: String {
        let head = unicodeScalars.prefix(Self.shownScalars)
        if head.endIndex == unicodeScalars.endIndex { return quoted }
        return String(String.UnicodeScalarView(head)).quoted + "..."
    }

    /// The text as a key: bare where TOML allows that, otherwise quoted and cut.
    var shownAsKey: String {
        let bare = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return bare && !isEmpty && utf8.count <= Self.shownScalars ? self : shown
    }

    private mutating func append(escaping scalar: Unicode.Scalar) {
        switch scalar {
        case "\n": self += "\\n"
        case "\r": self += "\\r"
        case "\t": self += "\\t"
        case " "..."~": unicodeScalars.append(scalar)
        default:
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
                .unassigned:
                let hex = String(scalar.value, radix: 16, uppercase: true)
                let width = hex.utf8.count <= 4 ? 4 : 8
                self += width == 4 ? "\\u" : "\\U"
                self += String(repeating: "0", count: width - hex.utf8.count) + hex
            default: unicodeScalars.append(scalar)
            }
        }
    }
}
