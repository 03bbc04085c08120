// Lists in a transaction: their new sets, and the moment in which these take the place of the old.

extension Transaction {
    /// Makes the sets of a list that is about to be loaded, and its counter.  No rule knows them
    /// yet.
    package mutating func addSets(_ sets: ListSets, hasTimeouts: Bool) {
        addCounter(sets.counter)
        for kind in sets.kinds {
            // The size makes the hash as large as it has to be from the start.
            addSet(
                sets.shape(kind), hasTimeouts: hasTimeouts,
                size: kind.isRanges ? nil : sets.counts[kind])
        }
    }

    /// Makes these the only lists that rules look up, and deletes the sets they no longer use.
    /// - Parameters:
    ///   - stale: sets to delete, by name.
    ///   - counters: counters to delete, by name.
    package mutating func useLists(
        _ lists: [ListSets], deleting stale: [String] = [], counters: [String] = []
    ) {
        emptyChain(Layout.listChain)
        for list in lists {
            for kind in list.kinds {
                addRule(
                    Layout.listChain, list.shape(kind),
                    mask: kind == .addresses6 ? list.layout.ipv6Prefix : nil,
                    .drop(counter: list.counter))
            }
        }
        for name in stale { deleteSet(name) }
        for name in counters { deleteCounter(name) }
    }

    /// Replaces everything in a set by these ranges.
    package mutating func replace(_ set: KernelSet, with ranges: [CoverRange]) {
        empty(set)
        fill(set, ranges, at: 0)
    }
}
