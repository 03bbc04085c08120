// The syntax of a regular expression, as far as one can tell from it what a match must contain and
// what an attacker could do with it.
//
// It is not what searches: PCRE2 does.  What is not understood is `anything`, when its extent is
// known; otherwise the whole expression is not understood, and nothing is concluded from it.

/// A part of a regular expression.
indirect enum RegexNode: Hashable, Sendable {
    /// Matches no text: options, comments, `\K`.
    case empty
    /// Any text or none: a back reference, a call of a group, `\X`.
    case anything
    /// A place: the start, the end, a word boundary.
    case anchor(RegexAnchor)
    /// One byte of ASCII; with `isFolded` in either case.
    case byte(UInt8, isFolded: Bool)
    /// One character.
    case set(RegexSet)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    /// From `least` to `most` times; nil: without bound.
    case repeated(RegexNode, least: Int, most: Int?, isPossessive: Bool)
    /// A group; `name` nil: it has none, or it does not capture.
    case group(RegexNode, name: String?, isAtomic: Bool)
    /// Looks ahead or behind and takes no text.
    case look(RegexNode)
}

/// Where a match must be without taking text.
enum RegexAnchor: Hashable, Sendable {
    /// `^`, `\A`, `\G`.
    case start
    /// `$`, `\z`, `\Z`.
    case end
    /// `\b`, `\B`.
    case word
}

/// The characters that a class, a dot or an escape such as `\d` stands for.
struct RegexSet: Hashable, Sendable {
    /// Bytes of ASCII that may be one of them.
    var bytes: ByteSet
    /// Whether characters outside ASCII may be.
    var hasOthers: Bool
    /// Whether exactly `bytes` are (and not: may be).
    var isExact: Bool

    /// Any character: what is not known better.
    static let any = RegexSet(bytes: .all, hasOthers: true, isExact: false)
}

/// A set of bytes of ASCII.
struct ByteSet: Hashable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// All of ASCII.
    static let all = ByteSet(low: .max, high: .max)

    /// No byte.
    init() {}

    private init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// How many bytes there are.
    var count: Int { low.nonzeroBitCount + high.nonzeroBitCount }

    func contains(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? low >> UInt64(byte) : high >> UInt64(byte - 64)) & 1 == 1
    }

    mutating func insert(_ byte: UInt8) {
        if byte < 64 {
            low |= 1 << UInt64(byte)
        } else if byte < 128 {
            high |= 1 << UInt64(byte - 64)
        }
    }

    mutating func remove(_ byte: UInt8) {
        if byte < 64 {
            low &= ~(1 << UInt64(byte))
        } else if byte < 128 {
            high &= ~(1 << UInt64(byte - 64))
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        low |= other.low
        high |= other.high
    }

    var inverted: ByteSet { ByteSet(low: ~low, high: ~high) }

    func isDisjoint(_ other: ByteSet) -> Bool { low & other.low == 0 && high & other.high == 0 }

    /// The bytes in ascending order.
    var bytes: [UInt8] { (0..<128).filter(contains) }
}

/// Reading regular expressions.
enum RegexSyntax {
    /// Parentheses within parentheses that are followed; PCRE2 takes more
    /// (`PatternLimits.nesting`).
    static let depthLimit = 80

    /// The parts of a pattern in the spelling of PCRE2; nil when it is not understood.
    static func parse(_ pattern: [UInt8], isCaseless: Bool = false) -> RegexNode? {
        var parser = RegexParser(pattern, isCaseless: isCaseless)
        return parser.whole()
    }

    /// The parts of a pattern as it was given; nil when it is not understood.
    static func parse(_ pattern: String, options: PatternOptions = [.utf]) -> RegexNode? {
        guard pattern.utf8.count <= Pattern.textLimitBytes else { return nil }
        return parse(PatternSpelling(pattern).bytes, isCaseless: options.contains(.caseless))
    }
}
