// What each part of a pattern says about the text that it matches: how it begins and ends, and the
// best set of literals one of which it contains.
//
// Texts are kept as sets, since a part such as `(GET|POST)` has several.  A set that would grow too
// large becomes the set of the empty text, which says nothing and is always true.

/// Texts of which one is there.
struct TextSet {
    /// Each once; never empty.
    private(set) var texts: [LiteralText]

    /// How many texts are carried on while a pattern is walked, and how many bytes of each.
    private static let countLimit = 64
    private static let textLimit = 128

    /// The empty text: nothing is known.
    static let nothing = TextSet([.empty])

    init(_ texts: [LiteralText]) {
        self.texts = texts.count <= 1 ? texts : Self.each(texts)
    }

    private static func each(_ texts: [LiteralText]) -> [LiteralText] {
        var seen: Set<LiteralText> = []
        return texts.filter { seen.insert($0).inserted }
    }

    /// Each of these and then each of those; nil when they are too many.
    func followed(by other: TextSet) -> TextSet? {
        if texts.count * other.texts.count > Self.countLimit { return nil }
        let all = TextSet(texts.flatMap { first in other.texts.map { first + $0 } })
        return all.isSmall ? all : nil
    }

    /// The ends of these, as long as leaves them few enough, and then each of those.
    func endsFollowed(by other: TextSet) -> TextSet {
        for length in [8, 4, 2, 1] {
            let ends = TextSet(
                texts.map {
                    LiteralText(bytes: Array($0.bytes.suffix(length)), isFolded: $0.isFolded)
                })
            if let joined = ends.followed(by: other) { return joined }
        }
        return other
    }

    /// These or those; nil when they are too many.
    func or(_ other: TextSet) -> TextSet? {
        let all = TextSet(texts + other.texts)
        return all.isSmall ? all : nil
    }

    private var isSmall: Bool {
        texts.count <= Self.countLimit
            && texts.allSatisfy { $0.bytes.count <= Self.textLimit }
    }

    // MARK: As literals

    /// The set as literals: cut to what is rarest, and without those that contain another one.  nil
    /// when one is too short.
    var literals: TextSet? {
        let parts = TextSet(texts.map(\.rarestPart)).texts
        guard parts.count <= RequiredLiterals.countLimit,
            parts.allSatisfy({ $0.bytes.count >= RequiredLiterals.shortestBytes })
        else { return nil }
        if parts.count > 64 { return TextSet(parts) }
        return TextSet(
            parts.filter { part in !parts.contains { $0 != part && $0.isWithin(part) } })
    }

    /// How likely a line has one that has nothing to do with them: less is better.
    var weight: Int {
        let likeliest = texts.reduce(Int.min) { max($0, $1.weight) }
        let size = Int.bitWidth - texts.count.leadingZeroBitCount
        return likeliest + size
    }
}

/// What is known about the text that a part of a pattern matches.
struct LiteralContent {
    /// The whole text is one of `begin`, which is the same as `end`.
    private var isExact: Bool
    /// It begins with one of these.
    private var begin: TextSet
    /// It ends with one of these.
    private var end: TextSet
    /// It contains one of these literals.
    private(set) var best: TextSet?

    private static let nothing = exact(.nothing)
    private static let anything = LiteralContent(
        isExact: false, begin: .nothing, end: .nothing, best: nil)

    private static func exact(_ texts: TextSet) -> LiteralContent {
        LiteralContent(isExact: true, begin: texts, end: texts, best: nil)
    }

    /// What a part says.  The walk is as deep as the parser was.
    static func of(_ node: RegexNode) -> LiteralContent {
        switch node {
        case .empty, .anchor, .look: nothing
        case .anything: anything
        case .byte(let byte, let isFolded):
            exact(TextSet([LiteralText(bytes: [byte], isFolded: isFolded)]))
        case .set(let set):
            // A few bytes are as many texts: `[Ff]`.
            if set.isExact, (1...4).contains(set.bytes.count) {
                exact(TextSet(set.bytes.bytes.map { LiteralText(bytes: [$0]) }))
            } else {
                anything
            }
        case .group(let node, _, _): of(node)
        case .sequence(let parts): sequence(parts.lazy.map(of))
        case .alternatives(let branches): alternatives(branches)
        case .repeated(let node, let least, let most, _): repeated(of(node), least, most)
        }
    }

    /// Takes in how the text begins and ends.
    mutating func close() {
        consider(begin)
        consider(end)
    }

    private mutating func consider(_ texts: TextSet?) {
        guard let literals = texts?.literals else { return }
        if let best, best.weight <= literals.weight { return }
        best = literals
    }

    // MARK: One after the other

    private static func sequence(_ parts: some Sequence<LiteralContent>) -> LiteralContent {
        var whole = nothing
        // Texts in a row of which each part has but one: `(GET|POST) /x` requires ` /x` alone.
        var single = TextSet.nothing
        for part in parts {
            if part.isExact, part.begin.texts.count == 1,
                let longer = single.followed(by: part.begin)
            {
                single = longer
            } else {
                whole.consider(single)
                single = part.isExact && part.begin.texts.count == 1 ? part.begin : .nothing
            }
            whole.append(part)
        }
        whole.consider(single)
        return whole
    }

    private mutating func append(_ part: LiteralContent) {
        if let literals = part.best, literals.weight < best?.weight ?? .max { best = literals }
        let joined = end.followed(by: part.begin)
        if isExact, part.isExact, let joined {
            (begin, end) = (joined, joined)
            return
        }
        // A text that goes on is looked at where it ends.
        if let joined {
            if !part.isExact { consider(joined) }
        } else {
            consider(end)
            consider(end.endsFollowed(by: part.begin))
        }
        if isExact {
            begin = joined ?? begin
            isExact = false
        }
        // A part that is exact takes with it what it follows; another only how it ends.
        end = part.isExact ? joined ?? end.endsFollowed(by: part.end) : part.end
    }

    // MARK: One or the other

    private static func alternatives(_ branches: [RegexNode]) -> LiteralContent {
        var whole: LiteralContent?
        var all: [LiteralText]? = []
        for branch in branches {
            var part = of(branch)
            if let before = whole {
                let begin = before.begin.or(part.begin)
                let end = before.end.or(part.end)
                let isExact = before.isExact && part.isExact && begin != nil
                whole = LiteralContent(
                    isExact: isExact, begin: begin ?? .nothing, end: end ?? .nothing, best: nil)
            } else {
                whole = part
                whole?.best = nil
            }
            part.close()
            all = part.best.flatMap { best in all.map { $0 + best.texts } }
            if let count = all?.count, count > RequiredLiterals.countLimit { all = nil }
        }
        guard var whole else { return nothing }
        whole.best = all.flatMap { TextSet($0).literals }
        return whole
    }

    // MARK: Again and again

    private static func repeated(
        _ part: LiteralContent, _ least: Int, _ most: Int?
    ) -> LiteralContent {
        if least == 0 {
            guard most == 1 || most == 0, part.isExact, let begin = part.begin.or(.nothing) else {
                return anything
            }
            return exact(begin)
        }
        // Up to a few times it is written out; the last time is where what follows joins.
        let written = sequence(repeatElement(part, count: min(least, 8)))
        if most == least, least <= 8 { return written }
        var open = written
        open.isExact = false
        open.end = part.end
        open.consider(written.begin)
        open.consider(written.end)
        return open
    }
}
