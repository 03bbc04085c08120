// The words of a request line, before anybody knows what they mean.

import OpsCore

/// One word: a bare one, a string, or a key with either.
struct RequestWord {
    /// The key's name, where the word has the form of one.
    var name: String?
    /// Behind the key; the whole word where there is none.
    var value: String
    /// The whole word as it would be without being a key.
    var whole: String
    /// Was written in quotes, as a whole.
    var isString: Bool
}

enum RequestWords {
    /// Words of a line: the targets that a command may name, its verb and its keys.
    static let limit = Bounds.targets + 32

    /// Cuts a line into words; there is at least one.
    static func split(_ line: Span<UInt8>) throws(Refusal) -> [RequestWord] {
        if line.isEmpty { throw Refusal(.badRequest, "the line is empty") }
        for index in line.indices where line[index] < 0x20 || line[index] == 0x7f {
            throw Refusal(.badRequest, "a control character at byte \(index + 1)")
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

    /// The word that begins at `start`, and where the space behind it is, or the line's end.
    private static func word(
        _ line: Span<UInt8>, from start: Int
    ) throws(Refusal) -> (RequestWord, Int) {
        guard start < line.count, line[start] != UInt8(ascii: " ") else {
            throw Refusal(
                .badRequest,
                "a space too many at byte \(min(start, line.count) + (start < line.count ? 1 : 0))")
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
                    throw Refusal(.badRequest, "a quote inside a word at byte \(index + 1)")
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
            throw Refusal(.badRequest, "a space is wanted behind a string at byte \(end + 1)")
        }
        return (text, end)
    }

    /// `1*( a-z / 0-9 / "_" )`, or nil.
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

    /// UTF-8 without C1 controls, which a bare word may not have.
    private static func text(_ line: Span<UInt8>, _ range: Range<Int>) throws(Refusal) -> String {
        let bytes = line.extracting(range)
        let text = bytes.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
        guard let text else {
            throw Refusal(.badRequest, "the word at byte \(range.lowerBound + 1) is not UTF-8")
        }
        if text.unicodeScalars.contains(where: { (0x80...0x9f).contains($0.value) }) {
            throw Refusal(
                .badRequest, "a control character in the word at byte \(range.lowerBound + 1)")
        }
        return text
    }
}

/// Input in messages: cut, in quotes; the reply's JSON escapes the rest.
enum Echo {
    /// Unicode scalars of input in a message; a character may have any number of them.
    static let limit = 40

    static func cut(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex)
        guard let end, end < scalars.endIndex else { return text }
        return String(scalars[..<end]) + "..."
    }

    static func quoted(_ text: String) -> String { "'\(cut(text))'" }

    /// The same for a message that goes to a terminal without being JSON: escaped as JSON would.
    static func escaped(_ text: String) -> String {
        var json = JSONWriter()
        json.string(cut(text))
        return "'\(json.text.dropFirst().dropLast())'"
    }
}
