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

    /// Deletes sets and counters that no rule refers to any more.
    package mutating func deleteLists(sets: [String], counters: [String]) {
        for name in sets { deleteSet(name) }
        for name in counters { deleteCounter(name) }
    }

    /// Replaces everything in a set by these ranges.
    package mutating func replace(_ set: KernelSet, with ranges: [CoverRange]) {
        empty(set)
        fill(set, ranges, at: 0)
    }
}
