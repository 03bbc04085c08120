// A request with placeholders: constant text, and where the address or the number of a key goes.
// It is parsed once; rendering copies bytes into an existing buffer.

/// One request of one or more lines; each line feed in it means one reply.
struct RequestTemplate: Hashable, Sendable {
    /// What a placeholder is replaced by.
    enum Placeholder: Hashable, Sendable {
        /// `{ip}`
        case address
        /// `{n}`
        case number
    }

    /// Text, and the placeholder after it.
    struct Piece: Hashable, Sendable {
        var text: [UInt8]
        var placeholder: Placeholder?
    }

    let pieces: [Piece]
    /// How many replies it gets: its line feeds.
    let replies: Int
    /// The most bytes that it has when rendered.
    let limitBytes: Int

    /// The most digits of a number: those of the last possible key.
    private static let numberLimitBytes = 9

    /// - Parameter lines: with `{ip}` and `{n}` for the key, and `\r` `\n` `\t` `\\` escaped.
    /// - Parameter end: what is appended to each of them.
    init(_ lines: [String], end: String) {
        var pieces: [Piece] = []
        var text: [UInt8] = []
        for line in lines {
            var rest = Array(line.utf8)[...]
            while let byte = rest.first {
                if let placeholder = Self.placeholder(&rest) {
                    pieces.append(Piece(text: text, placeholder: placeholder))
                    text = []
                } else if let escaped = Self.escaped(&rest) {
                    text.append(escaped)
                } else {
                    text.append(byte)
                    rest.removeFirst()
                }
            }
            text += end.utf8
        }
        pieces.append(Piece(text: text, placeholder: nil))
        self.pieces = pieces
        replies = pieces.reduce(0) { $0 + $1.text.count { $0 == UInt8(ascii: "\n") } }
        limitBytes = pieces.reduce(0) { sum, piece in
            switch piece.placeholder {
            case .address: sum + piece.text.count + KeySpace.textLimitBytes
            case .number: sum + piece.text.count + Self.numberLimitBytes
            case nil: sum + piece.text.count
            }
        }
    }

    private static func placeholder(_ rest: inout ArraySlice<UInt8>) -> Placeholder? {
        for (name, placeholder) in [("{ip}", Placeholder.address), ("{n}", .number)]
        where rest.starts(with: name.utf8) {
            rest.removeFirst(name.utf8.count)
            return placeholder
        }
        return nil
    }

    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        guard rest.first == UInt8(ascii: "\\"), let next = rest.dropFirst().first else {
            return nil
        }
        let byte: UInt8
        switch next {
        case UInt8(ascii: "r"): byte = 0x0d
        case UInt8(ascii: "n"): byte = 0x0a
        case UInt8(ascii: "t"): byte = 0x09
        case UInt8(ascii: "\\"): byte = next
        default: return nil
        }
        rest.removeFirst(2)
        return byte
    }

    /// Writes the request about key `number` at `at`, where there is room for `limitBytes`; returns
    /// where it ends.
    @inline(__always)
    func write(
        _ number: UInt64, of keys: KeySpace, into bytes: inout MutableSpan<UInt8>, at: Int
    ) -> Int {
        var end = at
        for index in pieces.indices {
            let text = pieces[index].text
            for position in text.indices {
                bytes[end] = text[position]
                end += 1
            }
            switch pieces[index].placeholder {
            case .address: end = keys.write(number, into: &bytes, at: end)
            case .number: end = Self.writeNumber(number, into: &bytes, at: end)
            case nil: break
            }
        }
        return end
    }

    private static func writeNumber(
        _ number: UInt64, into bytes: inout MutableSpan<UInt8>, at: Int
    ) -> Int {
        var digits = 1
        var rest = number / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        rest = number
        for place in (at..<at + digits).reversed() {
            bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return at + digits
    }
}
