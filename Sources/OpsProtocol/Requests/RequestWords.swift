// The words of a request line, before they are given a meaning.

import OpsCore

/// One word: bare, a string, or a key with a bare value or a string.
struct RequestWord {
    /// The key, if the word has the form `key=value`.
    var name: String?
    /// The text after the key; without a key, the whole word.
    var value: String
    /// The whole word, for use where it is not read as a key with a value.
    var whole: String
    /// The whole word was written in quotes.
    var isString: Bool
}

enum RequestWords {
    /// The most words of a line: the most targets of a command, its verb and its keys.
    static let limit = Bounds.targets + 32

    /// Cuts a line into words; there is at least one.
    static func split(_ line: Span<UInt8>) throws(Refusal) -> [RequestWord] {
        if line.isEmpty { throw Refusal(.badRequest, "the line is empty") }
        for index in line.indices where line[index] < 0x20 || line[index] == 0x7f {
            throw Refusal(.badRequest, "unexpected control character at byte \(index + 1)")
        }
        var words: [RequestWord] = []
        var start = 0
        while true {
            if words.count == limit {
                throw Refusal(.badArgument, "more than \(limit) words")
            }
            let (word, end) = try word(line, from: start)
            words.append(word)
            if end == line.count { return words }
            start = end + 1
        }
    }

    /// The word that begins at `start`, and the place where it ends: a space or the line's end.
    private static func word(
        _ line: Span<UInt8>, from start: Int
    ) throws(Refusal) -> (RequestWord, Int) {
        guard start < line.count, line[start] != UInt8(ascii: " ") else {
            throw Refusal(
                .badRequest,
                "unexpected space at byte \(min(start, line.count) + (start < line.count ? 1 : 0))")
        }
        if line[start] == UInt8(ascii: "\"") {
            let (text, end) = try string(line, from: start)
            return (RequestWord(name: nil, value: text, whole: text, isString: true), end)
        }
        var index = start
        var equals: Int?
        while index < line.count, line[index] != UInt8(ascii: " ") {
            if line[index] == UInt8(ascii: "=") && equals == nil { equals = index }
            if line[index] == UInt8(ascii: "\"") {
                guard let equals, equals == index - 1, let name = key(line, start..<equals) else {
                    throw Refusal(
                        .badRequest, "unexpected quote inside a word at byte \(index + 1)")
                }
                let (text, end) = try string(line, from: index)
                return (
                    RequestWord(name: name, value: text, whole: name + "=" + text, isString: false),
                    end
                )
            }
            index += 1
        }
        let whole = try text(line, start..<index)
        if let equals, let name = key(line, start..<equals) {
            let value = try text(line, equals + 1..<index)
            return (RequestWord(name: name, value: value, whole: whole, isString: false), index)
        }
        return (RequestWord(name: nil, value: whole, whole: whole, isString: false), index)
    }

    /// A JSON string at `start`, which must end at a space or the line's end.
    private static func string(
        _ line: Span<UInt8>, from start: Int
    ) throws(Refusal) -> (String, Int) {
        var reader = JSONReader(at: start)
        let text: String
        do throws(JSONFault) {
            text = try reader.string(line)
        } catch {
            throw Refusal(.badRequest, "\(error.reason) at byte \(error.offset + 1)")
        }
        let end = reader.offset
        if end < line.count && line[end] != UInt8(ascii: " ") {
            throw Refusal(.badRequest, "expected a space after the string at byte \(end + 1)")
        }
        return (text, end)
    }

    /// The key, if the bytes at `range` match `1*( a-z / 0-9 / "_" )`; nil otherwise.
    private static func key(_ line: Span<UInt8>, _ range: Range<Int>) -> String? {
        if range.isEmpty { return nil }
        for index in range {
            switch line[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"):
                continue
            default: return nil
            }
        }
        return JSONReader.text(line, range)
    }

    /// The text of a bare word: valid UTF-8 without C1 control characters.
    private static func text(_ line: Span<UInt8>, _ range: Range<Int>) throws(Refusal) -> String {
        let bytes = line.extracting(range)
        let text = bytes.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
        guard let text else {
            throw Refusal(.badRequest, "the word at byte \(range.lowerBound + 1) is not UTF-8")
        }
        if text.unicodeScalars.contains(where: { (0x80...0x9f).contains($0.value) }) {
            throw Refusal(
                .badRequest,
                "unexpected control character in the word at byte \(range.lowerBound + 1)")
        }
        return text
    }
}

/// Input quoted in messages: it is cut here, and escaped by the JSON of the reply.
enum Echo {
    /// The most Unicode scalars of input in a message; a single character may have many scalars.
    static let limit = 40

    static func cut(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex)
        guard let end, end < scalars.endIndex else { return text }
        return String(scalars[..<end]) + "..."
    }

    static func quoted(_ text: String) -> String { "'\(cut(text))'" }

    /// Cuts and quotes input for a message to a terminal, and escapes it as JSON would.
    static func escaped(_ text: String) -> String {
        var json = JSONWriter()
        json.string(cut(text))
        return "'\(json.text.dropFirst().dropLast())'"
    }
}
