// "did you mean": the one name among those allowed that a typing error turns into the given word.

/// Finds a close name.
package enum Suggestion {
    /// The name closest to `word`; it may differ by edits of a third of the name's length, at least
    /// one and at most three; nil: none is so close.  The cost is the product of the lengths; a
    /// `word` of more than 64 bytes has no close name.
    package static func closest(to word: String, among names: some Sequence<String>) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        var best: (name: String, edits: Int)?
        for name in names {
            let edits = edits(Array(word.utf8), Array(name.utf8))
            let allowed = Swift.min(3, Swift.max(1, name.utf8.count / 3))
            if edits <= allowed, edits < best?.edits ?? .max { best = (name, edits) }
        }
        return best?.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours between the two.
    private static func edits(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var before: [Int] = []
        var above = Array(0...other.count)
        for i in 0..<one.count {
            var row = [i + 1]
            for j in 0..<other.count {
                var edits = Swift.min(above[j + 1] + 1, row[j] + 1)
                edits = Swift.min(edits, above[j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
                    edits = Swift.min(edits, before[j - 1] + 1)
                }
                row.append(edits)
            }
            (before, above) = (above, row)
        }
        return above[other.count]
    }
}
