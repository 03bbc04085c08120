// Reads a regular expression by descent: alternatives, sequences, items and their quantifiers.
//
// Whatever could be read in two ways, by versions of PCRE2 or by us, ends the reading: a pattern
// that is not understood costs speed, one that is misunderstood would cost lines.
//
// Source: pcre2pattern(3).

/// A reader of one pattern.
struct RegexParser {
    /// Not understood.
    struct Refusal: Error {}

    /// Options that hold until the end of the group that they are set in.
    struct Flags {
        var isCaseless: Bool
        var isExtended = false
        var dotTakesNewline = false
    }

    let source: [UInt8]
    var place = 0
    var flags: Flags
    var depth = 0
    /// Between `\Q` and `\E`.
    private var isQuoted = false

    init(_ source: [UInt8], isCaseless: Bool) {
        self.source = source
        flags = Flags(isCaseless: isCaseless)
    }

    /// The whole pattern; nil when it is not understood.
    mutating func whole() -> RegexNode? {
        do throws(Refusal) {
            let node = try alternatives()
            return place == source.count ? node : nil
        } catch {
            return nil
        }
    }

    /// The byte so far ahead; 0 at the end.
    func byte(_ ahead: Int = 0) -> UInt8 {
        place + ahead < source.count ? source[place + ahead] : 0
    }

    var isAtEnd: Bool { place >= source.count }

    /// Whether these bytes are next.
    func isNext(_ text: StaticString) -> Bool {
        guard source.count - place >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            text.indices.allSatisfy { source[place + $0] == text[$0] }
        }
    }

    // MARK: Alternatives and sequences

    /// Up to the end of the group or of the pattern.
    mutating func alternatives() throws(Refusal) -> RegexNode {
        var branches: [RegexNode] = []
        while true {
            branches.append(try sequence())
            guard !isAtEnd, byte() == UInt8(ascii: "|") else { break }
            place += 1
        }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(Refusal) -> RegexNode {
        var parts: [RegexNode] = []
        while true {
            try skipIgnored()
            if isAtEnd { break }
            if !isQuoted, byte() == UInt8(ascii: "|") || byte() == UInt8(ascii: ")") { break }
            let item = isQuoted ? quoted() : try self.item()
            parts.append(try quantified(item))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    /// Passes over what stands for nothing, even between an item and its quantifier: comments,
    /// blanks where the pattern is extended, `\E`, and `\Q` (which is remembered).
    private mutating func skipIgnored() throws(Refusal) {
        while !isAtEnd {
            if isNext("\\E") {
                isQuoted = false
                place += 2
            } else if isQuoted {
                return
            } else if isNext("\\Q") {
                isQuoted = true
                place += 2
            } else if isNext("(?#") {
                while !isAtEnd, byte() != UInt8(ascii: ")") { place += 1 }
                if isAtEnd { throw Refusal() }
                place += 1
            } else if flags.isExtended, byte() == UInt8(ascii: "#") {
                while !isAtEnd, byte() != UInt8(ascii: "\n") { place += 1 }
            } else if flags.isExtended, byte() == 0x20 || (0x09...0x0D).contains(byte()) {
                place += 1
            } else if flags.isExtended, byte() >= 0x80 {
                throw Refusal()
            } else {
                return
            }
        }
    }

    private mutating func quoted() -> RegexNode { character() }

    /// One character that stands for itself.
    mutating func character() -> RegexNode {
        let first = byte()
        place += 1
        if first < 0x80 { return literal(first) }
        while !isAtEnd, byte() & 0xC0 == 0x80 { place += 1 }
        return .set(RegexSet(bytes: ByteSet(), hasOthers: true, isExact: false))
    }

    /// A byte of ASCII that stands for itself, or for both cases.
    func literal(_ byte: UInt8) -> RegexNode {
        let lower = Literal.lower(byte)
        let isLetter = lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
        return flags.isCaseless && isLetter
            ? .byte(lower, isFolded: true) : .byte(byte, isFolded: false)
    }

    private mutating func item() throws(Refusal) -> RegexNode {
        switch byte() {
        case UInt8(ascii: "("): return try group()
        case UInt8(ascii: "["): return try characterClass()
        case UInt8(ascii: "\\"): return try escape()
        case UInt8(ascii: "."):
            place += 1
            var dot = RegexSet.any
            if !flags.dotTakesNewline { dot.bytes.remove(UInt8(ascii: "\n")) }
            return .set(dot)
        case UInt8(ascii: "^"):
            place += 1
            return .anchor(.start)
        case UInt8(ascii: "$"):
            place += 1
            return .anchor(.end)
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"): throw Refusal()
        case UInt8(ascii: "{"):
            if try quantifier() != nil { throw Refusal() }
            return character()
        default: return character()
        }
    }

    // MARK: Quantifiers

    /// The item with the quantifiers that follow it.
    private mutating func quantified(_ item: RegexNode) throws(Refusal) -> RegexNode {
        var item = item
        var count = 0
        while true {
            try skipIgnored()
            guard !isQuoted, let (least, most) = try quantifier() else { return item }
            var isPossessive = false
            if !isAtEnd, byte() == UInt8(ascii: "?") {
                place += 1
            } else if !isAtEnd, byte() == UInt8(ascii: "+") {
                place += 1
                isPossessive = true
            }
            item = .repeated(item, least: least, most: most, isPossessive: isPossessive)
            count += 1
            if count > 3 { throw Refusal() }
        }
    }

    /// A quantifier that is next, without what makes it lazy or possessive.
    private mutating func quantifier() throws(Refusal) -> (least: Int, most: Int?)? {
        if isAtEnd { return nil }
        switch byte() {
        case UInt8(ascii: "*"):
            place += 1
            return (0, nil)
        case UInt8(ascii: "+"):
            place += 1
            return (1, nil)
        case UInt8(ascii: "?"):
            place += 1
            return (0, 1)
        case UInt8(ascii: "{"): return try range()
        default: return nil
        }
    }

    /// `{n}`, `{n,}` and `{n,m}`.  nil: the brace stands for itself.
    private mutating func range() throws(Refusal) -> (least: Int, most: Int?)? {
        var ahead = 1
        let least = number(&ahead)
        var most = least
        if byte(ahead) == UInt8(ascii: ",") {
            ahead += 1
            most = number(&ahead)
        }
        if let least, byte(ahead) == UInt8(ascii: "}") {
            place += ahead + 1
            return (least, most)
        }
        // Later versions take blanks and leave numbers out.
        ahead = 1
        while byte(ahead) == UInt8(ascii: " ") || byte(ahead) == UInt8(ascii: "\t")
            || byte(ahead) == UInt8(ascii: ",") || Self.isDigit(byte(ahead))
        { ahead += 1 }
        if ahead > 1, byte(ahead) == UInt8(ascii: "}") { throw Refusal() }
        return nil
    }

    private func number(_ ahead: inout Int) -> Int? {
        var value: Int?
        while Self.isDigit(byte(ahead)) {
            value = min((value ?? 0) * 10 + Int(byte(ahead) - UInt8(ascii: "0")), 100_000)
            ahead += 1
        }
        return value
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    static func isLetter(_ byte: UInt8) -> Bool {
        byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
    }
}
