// Which sources an entry of the journal fits.  The journal is read once with the union of all
// sources' matches; this decides for each entry whose it is, from the entry's own fields.
// Nothing is allocated for an entry.

import OpsDetect

/// The matches of all sources, and what the entry at hand has of them.
struct JournalSelection {
    /// The most matches of all sources together.
    static let matchLimit = 1_024

    /// One `FIELD=value` of any match.
    private struct Term {
        var bytes: [UInt8]
        /// The last entry that had it.
        var seen: UInt64 = 0
    }

    private var terms: [Term] = []
    /// The terms by the length of their field's name.
    private var byNameLength = [[Int]](repeating: [], count: 65)
    /// Of each source its matches, of each match its fields, of each field its alternatives.
    private var sources: [[[[Int]]]] = []
    private var entry: UInt64 = 0
    /// Each different match once, for the journal.
    let union: [JournalMatch]
    /// Whether only what root logged can fit.
    var isOfRootOnly: Bool {
        union.allSatisfy { match in
            match.fields.contains("_UID=0")
                && !match.fields.contains { $0.hasPrefix("_UID=") && $0 != "_UID=0" }
        }
    }

    /// The matches of each source, in the sources' order, narrowed to what can be trusted.  Those
    /// beyond `matchLimit` are left out.
    init(_ given: [[JournalMatch]]) {
        let matches = given.map { $0.map(\.narrowedToTrusted) }
        var union: [JournalMatch] = []
        var known: Set<JournalMatch> = []
        var room = Self.matchLimit
        for source in matches {
            let taken = source.prefix(room)
            room -= taken.count
            for match in taken where known.insert(match).inserted { union.append(match) }
        }
        self.union = union
        var numbers: [String: Int] = [:]
        for source in matches {
            sources.append(
                source.filter { known.contains($0) }.map { match in
                    match.names.map { name in
                        match.fields.filter { $0.prefix { $0 != "=" } == name }
                            .map { number(of: $0, name.utf8.count, &numbers) }
                    }
                })
        }
    }

    /// How many sources there are.
    var count: Int { sources.count }

    private mutating func number(
        of field: String, _ nameLength: Int, _ numbers: inout [String: Int]
    ) -> Int {
        if let known = numbers[field] { return known }
        numbers[field] = terms.count
        byNameLength[min(nameLength, 64)].append(terms.count)
        terms.append(Term(bytes: Array(field.utf8)))
        return terms.count - 1
    }

    /// Another entry begins.
    mutating func begin() { entry &+= 1 }

    /// The entry has this field; `nameLength` is where its `=` is.
    mutating func note(_ field: Span<UInt8>, nameLength: Int) {
        guard nameLength < byNameLength.count else { return }
        for number in byNameLength[nameLength] {
            let isEqual = Self.equal(terms[number].bytes, field)
            if isEqual { terms[number].seen = entry }
        }
    }

    private static func equal(_ one: [UInt8], _ other: Span<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        // From the end: names and the beginnings of units are alike.
        var index = one.count
        while index > 0 {
            index -= 1
            if one[index] != other[index] { return false }
        }
        return true
    }

    /// Appends the numbers of the sources that the entry fits.
    func appendSources(to fitting: inout [Int]) {
        for (number, matches) in sources.enumerated() where matches.contains(where: fits) {
            fitting.append(number)
        }
    }

    private func fits(_ match: [[Int]]) -> Bool {
        match.allSatisfy { alternatives in
            alternatives.contains { terms[$0].seen == entry }
        }
    }
}
