// Bytes of configuration text: white space, case and searching as fail2ban's reader sees them, for
// ASCII; other bytes are parts of words.

/// What a byte of configuration is.
enum ConfigBytes {
    static let lineFeed: UInt8 = 0x0a

    /// White space, as Python's `str.strip` takes it away.
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0d).contains(byte) || (0x1c...0x1f).contains(byte)
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

    /// `\w` of a regular expression; bytes above ASCII are taken for letters.
    static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || byte == 0x5f || byte >= 0x80
    }
}

extension ArraySlice<UInt8> {
    /// Without white space at both ends.
    var trimmed: ArraySlice<UInt8> {
        var from = startIndex
        var to = endIndex
        while from < to, ConfigBytes.isSpace(self[from]) { from += 1 }
        while to > from, ConfigBytes.isSpace(self[to - 1]) { to -= 1 }
        return self[from..<to]
    }

    /// The bytes as text; they are valid UTF-8, as the whole file was checked.
    var text: String { String(decoding: self, as: UTF8.self) }

    /// Whether `part` begins at `place`.
    func has(_ part: StaticString, at place: Int) -> Bool {
        let length = part.utf8CodeUnitCount
        guard place >= startIndex, place <= endIndex, endIndex - place >= length else {
            return false
        }
        for index in 0..<length where self[place + index] != part.utf8Start[index] {
            return false
        }
        return true
    }
}

extension String {
    /// Its bytes.
    var configBytes: [UInt8] { Array(utf8) }

    /// Capital letters of ASCII made small: names of options are compared so.
    var asciiLowered: String {
        guard utf8.contains(where: { (0x41...0x5a).contains($0) }) else { return self }
        return String(
            decoding: utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// Without white space at both ends.
    var trimmed: String { configBytes[...].trimmed.text }

    /// Its lines, empty ones too.
    var configLines: [String] {
        configBytes.split(separator: ConfigBytes.lineFeed, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Its words, separated by any of these bytes.
    func words(separatedBy separators: StaticString) -> [String] {
        configBytes.split { byte in
            (0..<separators.utf8CodeUnitCount).contains { separators.utf8Start[$0] == byte }
        }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Every `part` written as `other`; `part` is not empty.  nil: it would be longer than
    /// `limit` bytes.
    func replacing(_ part: String, by other: String, limit: Int) -> String? {
        let bytes = configBytes
        let wanted = part.configBytes
        guard let first = wanted.first, bytes.count >= wanted.count else { return self }
        let length = other.utf8.count
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            let end = place &+ wanted.count
            if bytes[place] == first, end <= bytes.count, bytes[place..<end].elementsEqual(wanted) {
                // Before it grows: many times something long is more than there is memory for.
                guard length <= limit - result.count else { return nil }
                result.append(contentsOf: other.utf8)
                place = end
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return result.count <= limit ? String(decoding: result, as: UTF8.self) : nil
    }
}
