// Literals of rules for JSON lines, as the lines are written: in JSON some characters may be
// escaped, which ones differs from writer to writer (PHP escapes `/`, .NET `+`, Go `<`).  So a
// literal is split at those, and its longest part counts.

/// Literals in JSON.
package enum JSONLiterals {
    /// The shortest literal that is looked for.
    private static let shortestBytes = 3

    /// The same as it is found in JSON; nil: a literal is too short without what may be escaped.
    package static func inJSON(_ set: LiteralSet) -> LiteralSet? {
        var literals: [Literal] = []
        for literal in set.literals {
            let parts = literal.bytes.split { !isPlain($0) }
            guard let longest = parts.max(by: { $0.count < $1.count }),
                longest.count >= shortestBytes
            else { return nil }
            literals.append(Literal(Array(longest), isFolded: literal.isFolded))
        }
        return literals.isEmpty ? nil : LiteralSet(literals: literals)
    }

    /// The best literals of a rule: of one of its conditions, those whose shortest is longest.
    static func of(_ conditions: [JSONRule.Condition]) -> LiteralSet? {
        var best: LiteralSet?
        for condition in conditions {
            guard let set = literals(condition) else { continue }
            if shortest(set) > best.map(shortest) ?? 0 { best = set }
        }
        return best
    }

    private static func literals(_ condition: JSONRule.Condition) -> LiteralSet? {
        var literals = condition.texts.map { Literal($0) }
        for pattern in condition.patterns {
            guard let set = RequiredLiterals.of(pattern.text, options: pattern.options) else {
                return nil
            }
            literals += set.literals
        }
        return inJSON(LiteralSet(literals: literals))
    }

    private static func shortest(_ set: LiteralSet) -> Int {
        set.literals.map(\.bytes.count).min() ?? 0
    }

    /// Whether every writer of JSON writes the character as it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: " !#$%()*,-.:;=?@[]^_{|}~".utf8.contains(byte)
        }
    }
}
