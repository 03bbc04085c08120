// How long a text of a stranger is where opsd writes it: characters that must not reach a terminal
// are written as `\uXXXX`, six bytes for one.  A bound that counts them as one lets a reporter fill
// the disk six times as fast.

extension Unicode.Scalar {
    /// Whether replies and events write it as an escape: a control character, a bidi mark, or a
    /// separator of lines.
    package var isWrittenEscaped: Bool {
        switch value {
        case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}

extension String {
    /// Bytes of UTF-8, where a character that is written as an escape counts as six.
    package var writtenBytes: Int {
        let plain = utf8.count
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return plain }
        return unicodeScalars.reduce(0) { $0 + $1.writtenBytes }
    }

    /// As many whole characters from the start as take this many bytes, counted so.
    package func cut(toWrittenBytes limit: Int) -> String {
        if writtenBytes <= limit { return self }
        var kept = ""
        var size = 0
        for character in self {
            size += character.unicodeScalars.reduce(0) { $0 + $1.writtenBytes }
            if size > limit { break }
            kept.append(character)
        }
        return kept
    }
}

extension Unicode.Scalar {
    fileprivate var writtenBytes: Int { isWrittenEscaped ? 6 : UTF8.width(self) }
}
