// What every match of a pattern must contain: the set of byte strings, one of which is in each line
// that matches, that is least likely to be in any other.
//
// 1. Sound before all: a line that matches and lacks its literal would be lost.  What is not
//    understood contributes nothing.
// 2. Only ASCII: other bytes may have been repaired or decoded before the pattern saw them.
// 3. Literals end where a date may have been cut out of the line before it is matched (`[]`, `""`,
//    two blanks), and at line ends.
// 4. Alternatives need a literal each, and the set is as good as its likeliest member.

/// Telling the literals of a pattern.
package enum RequiredLiterals {
    /// The shortest literal that is of use: shorter ones are in every line.
    package static let shortestBytes = 3
    /// The longest literal; of a longer one the part with the rarest bytes is taken.
    package static let longestBytes = 24
    /// The most literals of a pattern.
    package static let countLimit = 512

    /// Literals of which every line that `pattern` matches contains at least one, as the line is
    /// before a date is cut out of it; nil: none can be told, and every line has to be looked at.
    ///
    /// A match of several lines contains one in some of its lines.
    package static func of(_ pattern: String, options: PatternOptions = [.utf]) -> LiteralSet? {
        guard let syntax = RegexSyntax.parse(pattern, options: options) else { return nil }
        var content = LiteralContent.of(syntax)
        content.close()
        guard let best = content.best else { return nil }
        return LiteralSet(literals: best.texts.map(\.literal))
    }
}

/// Text that must be there: bytes, each of which may be meant in both cases.
struct LiteralText: Hashable {
    var bytes: [UInt8] = []
    var isFolded = false

    static let empty = LiteralText()

    /// Folding is for the whole: more is found than must be, never less.
    var literal: Literal { Literal(bytes, isFolded: isFolded) }

    static func + (first: LiteralText, second: LiteralText) -> LiteralText {
        LiteralText(
            bytes: first.bytes + second.bytes, isFolded: first.isFolded || second.isFolded)
    }

    /// How likely it is in a line that has nothing to do with it: the logarithm to base 2.
    var weight: Int {
        var weight = 0
        var place = 0
        while place < bytes.count {
            if let phrase = Self.common.first(where: { bytes[place...].starts(with: $0) }) {
                weight -= 1
                place += phrase.count
            } else {
                weight += Self.weight(of: bytes[place])
                place += 1
            }
        }
        return weight
    }

    /// What is in so many lines of some log that its bytes tell nothing.
    private static let common: [[UInt8]] = [
        "GET", "POST", "HEAD", "HTTP/1.", "HTTP", "] \"", " - ", "Mozilla/5.0", "https://",
        "http://",
        "[error] ", " client: ", " server: ", " from ", "error", " user ", " for ",
    ].map { Array($0.utf8) }

    /// Roughly how often a byte is in logs: the logarithm of its share.
    private static func weight(of byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "0")...UInt8(ascii: "9"): -3
        case UInt8(ascii: "e"), UInt8(ascii: "t"), UInt8(ascii: "a"), UInt8(ascii: "o"),
            UInt8(ascii: "r"), UInt8(ascii: "n"), UInt8(ascii: "i"), UInt8(ascii: "s"),
            UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "/"):
            -4
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: "_"),
            UInt8(ascii: "("), UInt8(ascii: ")"):
            -5
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): -7
        default: -8
        }
    }

    // MARK: Parts

    /// The part that is least likely elsewhere, without a place where a date may have been.
    var rarestPart: LiteralText {
        var best = LiteralText.empty
        var first = 0
        for place in 0...bytes.count {
            let ends = place == bytes.count || Self.isLineEnd(bytes[place])
            if ends || (place > first && Self.isGap(bytes[place - 1], bytes[place])) {
                let part = window(first..<place)
                if part.weight < best.weight { best = part }
                first = place < bytes.count && Self.isLineEnd(bytes[place]) ? place + 1 : place
            }
        }
        return best
    }

    /// The rarest so many bytes of a part.
    private func window(_ part: Range<Int>) -> LiteralText {
        let length = min(part.count, RequiredLiterals.longestBytes)
        var weight = bytes[part.lowerBound..<part.lowerBound + length].reduce(0) {
            $0 + Self.weight(of: $1)
        }
        var best = part.lowerBound
        var bestWeight = weight
        for end in part.lowerBound + length..<part.upperBound {
            weight += Self.weight(of: bytes[end]) - Self.weight(of: bytes[end - length])
            if weight < bestWeight { (best, bestWeight) = (end + 1 - length, weight) }
        }
        // Folded ones that differ by case are the same.
        let kept = Array(bytes[best..<best + length])
        return LiteralText(bytes: isFolded ? kept.map(Literal.lower) : kept, isFolded: isFolded)
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    /// Whether a date may have stood between two bytes: brackets that close what they open, and the
    /// same mark or blank twice.
    private static func isGap(_ first: UInt8, _ second: UInt8) -> Bool {
        switch first {
        case UInt8(ascii: "["): second == UInt8(ascii: "]")
        case UInt8(ascii: "("): second == UInt8(ascii: ")")
        case UInt8(ascii: "{"): second == UInt8(ascii: "}")
        case UInt8(ascii: "<"): second == UInt8(ascii: ">")
        case UInt8(ascii: " "), UInt8(ascii: "\t"):
            second == UInt8(ascii: " ") || second == UInt8(ascii: "\t")
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "|"), UInt8(ascii: ","),
            UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "="):
            second == first
        default: false
        }
    }

    /// Whether this text is somewhere in `other`, so that whoever has `other` has it, too.
    func isWithin(_ other: LiteralText) -> Bool {
        // An exact text does not follow from a folded one.
        if other.isFolded, !isFolded { return false }
        let inner = literal.bytes
        let outer = isFolded ? other.bytes.map(Literal.lower) : other.bytes
        guard inner.count <= outer.count else { return false }
        return (0...outer.count - inner.count).contains { outer[$0...].starts(with: inner) }
    }
}
