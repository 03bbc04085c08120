// Matches of the journal as fail2ban writes them.
//
// `FIELD=value FIELD=value + FIELD=value`: all fields between two `+` must be there; `+`, and a
// new line, begin another way to match.  Quotes and backslashes are those of a shell.

extension JournalMatch {
    /// The matches of one line; nil: a quote is not closed.
    static func matches(of line: String) -> [JournalMatch]? {
        guard let words = ShellWords.split(line) else { return nil }
        var all: [JournalMatch] = []
        var fields: [String] = []
        for word in words + ["+"] {
            if word != "+" {
                fields.append(word)
            } else if !fields.isEmpty {
                all.append(JournalMatch(fields: fields))
                fields = []
            }
        }
        return all
    }

    /// Whether each field is `NAME=value` with a name that a field of the journal may have.
    package var isValid: Bool {
        !fields.isEmpty
            && fields.allSatisfy { field in
                let name = field.utf8.prefix { $0 != 0x3d }
                guard let first = name.first, !ConfigBytes.isDigit(first) else { return false }
                return name.count < field.utf8.count && name.count <= 64
                    && name.allSatisfy {
                        (0x41...0x5a).contains($0) || ConfigBytes.isDigit($0) || $0 == 0x5f
                    }
            }
    }

    /// As a shell would read it back.
    var text: String { fields.joined(separator: " ") }
}

/// Words as a shell splits them.
enum ShellWords {
    /// The words; nil: a quote is not closed, or a backslash ends the line.
    static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word: [UInt8]?
        var quote: UInt8?
        var bytes = Array(line.utf8)[...]
        while let byte = bytes.popFirst() {
            switch (quote, byte) {
            case (.some(let open), _) where byte == open: quote = nil
            case (0x22, 0x5c):
                // Within double quotes a backslash is itself, but before these two.
                guard let next = bytes.popFirst() else { return nil }
                if next != 0x22 && next != 0x5c { word?.append(byte) }
                word?.append(next)
            case (.some, _): word?.append(byte)
            case (nil, 0x22), (nil, 0x27):
                quote = byte
                word = word ?? []
            case (nil, 0x5c):
                guard let next = bytes.popFirst() else { return nil }
                word = (word ?? []) + [next]
            case (nil, _) where byte == 0x20 || (0x09...0x0d).contains(byte):
                if let done = word { words.append(String(decoding: done, as: UTF8.self)) }
                word = nil
            default: word = (word ?? []) + [byte]
            }
        }
        if quote != nil { return nil }
        if let word { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }
}
