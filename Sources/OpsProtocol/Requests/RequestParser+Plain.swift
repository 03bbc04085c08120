// The requests that reporters send most: `ban`, `strike` and `unban` of one address, with `ttl=`,
// `reason=` and `source=` as bare words of printable ASCII.  They are read in one pass, without
// lists of words and values.  All other requests, and faulty ones, go through the table; a test
// compares the two ways.

import OpsCore

extension RequestParser {
    /// The command of a plain line and its row; nil if the table must parse the line.
    static func parsePlain(_ line: Span<UInt8>) -> (command: Command, row: CommandRow)? {
        switch line.isEmpty ? 0 : line[0] {
        case UInt8(ascii: "b"):
            guard starts(line, "ban "), let row = CommandTable.ban,
                let (target, terms) = plainTerms(line, from: 4, takesTTL: true)
            else { return nil }
            let ban = BanTerms(
                lifetime: terms.lifetime, reason: terms.reason, source: terms.source)
            return (.ban(Targets(target), ban), row)
        case UInt8(ascii: "s"):
            guard starts(line, "strike "), let row = CommandTable.strike,
                let (target, terms) = plainTerms(line, from: 7, takesTTL: false),
                target.network.isAddress
            else { return nil }
            return (.strike(target, StrikeTerms(reason: terms.reason, source: terms.source)), row)
        case UInt8(ascii: "u"):
            guard starts(line, "unban "), let row = CommandTable.unban,
                let target = try? Target(parsing: line.extracting(6...))
            else { return nil }
            return (.unban(Targets(target), source: nil), row)
        case UInt8(ascii: "c"): return parsePlainCost(line)
        default: return nil
        }
    }

    /// The values after an address.
    private struct PlainTerms {
        var lifetime: Lifetime?
        var reason: String?
        var source: String?
    }

    /// Reads an address at `start`, and the values after it to the end of the line.
    private static func plainTerms(
        _ line: Span<UInt8>, from start: Int, takesTTL: Bool
    ) -> (Target, PlainTerms)? {
        var end = plainEnd(line, from: start)
        guard let target = try? Target(parsing: line.extracting(start..<end)) else { return nil }
        var terms = PlainTerms()
        while end < line.count {
            let word = end + 1
            end = plainEnd(line, from: word)
            let text = line.extracting(word..<end)
            if starts(text, "ttl="), takesTTL, terms.lifetime == nil {
                guard let lifetime = plainLifetime(text.extracting(4...)) else { return nil }
                terms.lifetime = lifetime
            } else if starts(text, "reason="), terms.reason == nil {
                terms.reason = plainText(text.extracting(7...), limitBytes: Bounds.reasonBytes)
                if terms.reason == nil { return nil }
            } else if starts(text, "source="), terms.source == nil {
                terms.source = plainText(text.extracting(7...), limitBytes: Bounds.sourceBytes)
                if terms.source == nil { return nil }
            } else {
                return nil
            }
        }
        return (target, terms)
    }

    /// Where the word that begins at `start` ends: at a space or the line's end.
    private static func plainEnd(_ line: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < line.count && line[end] != UInt8(ascii: " ") { end &+= 1 }
        return end
    }

    private static func plainLifetime(_ text: Span<UInt8>) -> Lifetime? {
        if text.count == 9 && starts(text, "permanent") { return .permanent }
        guard let length = DurationText.parse(text), length >= 1_000,
            length <= Bounds.lifetimeMilliseconds
        else { return nil }
        return .milliseconds(length)
    }

    /// The text, if it is printable ASCII without a quote; nil otherwise.
    static func plainText(_ text: Span<UInt8>, limitBytes: Int) -> String? {
        guard (1...limitBytes).contains(text.count) else { return nil }
        for index in text.indices {
            let byte = text[index]
            if byte <= 0x20 || byte > 0x7e || byte == 0x22 { return nil }
        }
        return text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
