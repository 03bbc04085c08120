// Lists in the table: loaded in parts into sets that no rule refers to, which replace the old ones
// in one transaction.  Between two parts the thread does other jobs, so a ban waits for one part of
// a list, a few milliseconds, and not for all of it.

@preconcurrency import Glibc
import OpsCore
import OpsFirewall
import OpsLinux

/// A list that is being loaded.
struct ListLoad: Sendable {
    let order: ListOrder
    let sets: ListSets
    /// The next chunk.
    var next = 0
}

extension KernelTable {
    /// Chunks in one transaction, 2,048 networks each.
    private static var chunksAStep: Int { 8 }

    mutating func progress(
        _ body: (inout KernelTable) throws(Errno) -> ListProgress
    ) -> ListProgress {
        do throws(Errno) { return try body(&self) } catch {
            loading = nil
            return .failed(error)
        }
    }

    /// Makes the sets of a list.
    mutating func begin(_ order: ListOrder) throws(Errno) -> ListProgress {
        adoptLists()
        let names = try ask(.sets).names
        generation = max(generation, names.compactMap(ListSets.generation(in:)).max() ?? 0) &+ 1
        let sets = ListSets(
            order.name, order.networks.runs, generation: generation, layout: layout)
        var transaction = transaction()
        transaction.addSets(sets, hasTimeouts: order.deadline != Ban.never)
        try commit(transaction)
        listThings.formUnion(sets.things)
        loading = ListLoad(order: order, sets: sets)
        return .more
    }

    /// Adds the next part of the list; after the last part, has the rules look the list up.
    mutating func loadNext() throws(Errno) -> ListProgress {
        guard let load = loading else { throw Errno(ENOENT, "nf_tables") }
        let runs = load.order.networks.runs
        let end = min(load.next + Self.chunksAStep, runs.chunkCount)
        if load.next == end {
            var lists = lists
            lists[load.order.name] = load.sets
            try look(upIn: lists)
            loading = nil
            return .done(load.sets)
        }
        var transaction = transaction(reserveBytes: 1 << 20)
        let boot = Self.boot()
        for place in load.next..<end {
            transaction.fill(
                load.sets, runs.chunk(place), until: load.order.deadline, at: boot)
        }
        try commit(transaction)
        loading?.next = end
        return .more
    }

    /// Deletes lists of other names.
    mutating func keep(_ names: [String]) throws(Errno) {
        adoptLists()
        try look(upIn: lists.filter { names.contains($0.key) })
    }

    /// Has the rules look up these lists from here on; deletes the sets and counters of other
    /// lists.
    private mutating func look(upIn lists: [String: ListSets]) throws(Errno) {
        let wanted = Set(lists.values.flatMap { list in list.kinds.map { list.setName($0) } })
        let stale = try ask(.sets).names.filter {
            $0.hasPrefix(ListSets.prefix) && !wanted.contains($0)
        }
        let counters = Set(lists.values.map(\.counter))
        let idle = try ask(.counters).counts.keys.filter {
            $0.hasPrefix(ListSets.prefix) && !counters.contains($0)
        }
        var transaction = transaction()
        transaction.useRules(layout, bans: inUse, lists: lists.values.sorted { $0.name < $1.name })
        transaction.deleteLists(sets: stale, counters: idle.sorted())
        try commit(transaction)
        self.lists = lists
        listThings = Set(lists.values.flatMap(\.things))
        structure = try askStructure()
    }

    /// Lists that an earlier run left stay in force until those of this run are loaded.
    mutating func adoptLists() {
        if hasAdopted { return }
        hasAdopted = true
        let things = ((try? inventory()) ?? []).filter(\.isOfList)
        listThings = Set(things.map(\.name))
        let sets = things.filter { $0.kind == .set }
        lists = ListSets.found(in: sets.map(\.name), layout: layout)
    }

    /// The lists in the order of their rules.
    var sortedLists: [ListSets] { lists.values.sorted { $0.name < $1.name } }

    /// The table is gone, and its lists with it.
    mutating func forgetLists() {
        lists = [:]
        listThings = []
        loading = nil
    }
}
