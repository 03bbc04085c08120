// The sources that count by themselves, so that a strike finds its own in a few comparisons: there
// are 64 at most, and hashing a name costs as much as comparing it with all of them.

/// Policies by the bytes of a name.
package struct SourceIndex: Hashable, Sendable {
    /// By name.
    let names: [String]
    /// Of each name.
    let policies: [SourcePolicy]

    init(_ sources: [String: SourcePolicy] = [:]) {
        let sorted = sources.sorted { $0.key < $1.key }
        names = sorted.map(\.key)
        policies = sorted.map(\.value)
    }

    /// The place of a source; nil: it has no policy of its own.
    @inline(__always)
    func place(of source: String) -> Int? {
        // A strike need not have a source.
        if source.isEmpty { return nil }
        for place in names.indices
        where names[place].utf8.count == source.utf8.count && names[place].isSame(as: source) {
            return place
        }
        return nil
    }
}
