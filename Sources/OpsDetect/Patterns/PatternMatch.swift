// Where a pattern matched: the places of its groups.
//
// A match keeps its memory: one is made and used for every search.

/// The groups of a match, as ranges of bytes of the subject.
package struct PatternMatch: Sendable {
    /// First and end of each group, group 0 first; -1 for one that took no part.
    private var bounds: [Int] = []
    private var count = 0

    /// No match.
    package init() {}

    /// The whole match.  Empty at 0 before the first match.
    package var range: Range<Int> { self[0] ?? 0..<0 }

    /// Where a group matched; nil when it took no part, or there is no such group.
    package subscript(group: Int) -> Range<Int>? {
        guard group >= 0, group < count, bounds[2 &* group] >= 0 else { return nil }
        return bounds[2 &* group]..<bounds[2 &* group &+ 1]
    }

    /// Where the first of these groups that took part matched.
    package subscript(anyOf groups: [Int]) -> Range<Int>? {
        for group in groups {
            if let range = self[group] { return range }
        }
        return nil
    }

    /// Where the group of this name matched; of several of one name the first that took part.
    ///
    /// It looks the name up: for what is asked for each line keep `Pattern.numbers(of:)`.
    package subscript(name: String, in pattern: Pattern) -> Range<Int>? {
        self[anyOf: pattern.numbers(of: name)]
    }

    /// Reads the places of the groups out of PCRE2's vector.
    mutating func read(_ positions: UnsafePointer<Int>, groups: Int, subjectBytes: Int) {
        count = groups + 1
        if bounds.count < 2 * count { bounds = Array(repeating: -1, count: 2 * count) }
        for group in 0..<count {
            // PCRE2_UNSET is all ones, which is -1 as a signed number.
            let first = positions[2 &* group]
            let end = positions[2 &* group &+ 1]
            let isSet = first >= 0 && end >= first && end <= subjectBytes
            bounds[2 &* group] = isSet ? first : -1
            bounds[2 &* group &+ 1] = isSet ? end : -1
        }
    }
}
