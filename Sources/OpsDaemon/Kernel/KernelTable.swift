// opsd's table in the kernel, as its thread sees it: the socket, the networks whose ranges are in
// the interval sets, and what has been gathered of the state.  Single addresses are not kept here:
// hash sets gain and lose them one by one.
//
// A failed transaction leaves everything as it was, in the kernel and here.

@preconcurrency import Glibc
import OpsCore
import OpsFirewall
import OpsLinux

/// The table, on its thread.
struct KernelTable: ~Copyable {
    /// How many times a dump is tried that changes by other programs cut short.
    static let dumpTries = 5

    var socket: NetfilterSocket?
    /// Lets the monitor of changes by others not hear this thread's long transactions.
    let hearing: GroupMembership?
    /// Others may have changed the tables while the monitor did not hear.
    var hasMissed = false
    private(set) var layout: Layout
    var sequence: UInt32 = 1
    var buffer = [UInt8](repeating: 0, count: 65_536)
    /// Bans of networks that become ranges, and the ranges that the kernel has for them.
    private var wide: [Network: Int64] = [:]
    private var covers: [KernelSet: [CoverRange]] = [:]
    /// The parts of the state gathered so far, and what has changed since gathering began.
    private var gathered: [Drop] = []
    private var changedSince: [Network: Int64?]?
    /// What is never dropped.
    private var allowed: [KernelSet: [CoverRange]] = [:]
    /// The sets of bans that have a rule: those that are not empty, and perhaps some that were.
    private(set) var inUse: Set<KernelSet> = []
    /// Lists that the rules look up, and the one that is being loaded.
    var lists: [String: ListSets] = [:]
    var loading: ListLoad?
    /// The names of all sets and counters of lists that are in the table by this run or an earlier.
    var listThings: Set<String> = []
    /// `lists` includes those that an earlier run left.
    var hasAdopted = false
    /// The generation of the newest list; sets of an earlier run may have any.
    var generation: UInt32 = 0
    /// How the kernel described the table after it was built; empty: it has not been built.
    var structure: [UInt8] = []

    init(
        _ socket: consuming NetfilterSocket?, layout: Layout,
        hearing: consuming GroupMembership? = nil
    ) {
        self.socket = socket
        self.hearing = hearing
        self.layout = layout
    }

    /// Does one job.
    mutating func perform(_ job: KernelJob) -> KernelAnswer {
        switch job {
        case .change(let ticket, let changes):
            return .changed(
                ticket: ticket,
                failure { table throws(Errno) in try table.change(changes) })
        case .gather(let drops, let isFirst):
            if isFirst {
                gathered = []
                changedSince = [:]
            }
            gathered += drops
            return .gathered
        case .rebuild(let layout, let fromNothing):
            self.layout = layout
            return .rebuilt(rebuild(takeGathered(), fromNothing: fromNothing))
        case .audit(let layout, let repairs):
            self.layout = layout
            return .audited(audit(repairs: repairs))
        case .allow(let networks):
            return .allowed(failure { table throws(Errno) in try table.allow(networks) })
        case .loadList(let order):
            return .listed(progress { table throws(Errno) in try table.begin(order) })
        case .continueList:
            return .listed(progress { table throws(Errno) in try table.loadNext() })
        case .keepLists(let names):
            return .kept(failure { table throws(Errno) in try table.keep(names) })
        case .count:
            let dump = try? ask(.counters)
            return .counted(dump?.counts ?? [:])
        case .withdraw:
            return .withdrawn(
                failure { table throws(Errno) in
                    var transaction = table.transaction()
                    transaction.deleteTable()
                    try table.commit(transaction)
                    table.covers = [:]
                    table.forgetLists()
                })
        }
    }

    private mutating func failure(
        _ body: (inout KernelTable) throws(Errno) -> Void
    ) -> Errno? {
        do throws(Errno) {
            try body(&self)
            return nil
        } catch { return error }
    }

    // MARK: Changes

    private mutating func change(_ changes: [KernelChange]) throws(Errno) {
        if changedSince != nil {
            for change in changes { changedSince?[change.network] = .some(change.deadline) }
        }
        var additions: [KernelSet: [Drop]] = [:]
        var removals: [KernelSet: [Drop]] = [:]
        var hasRanges = false
        for change in changes {
            let set = layout.set(of: change.network)
            if set.isRanges {
                wide[change.network] = change.deadline
                hasRanges = true
            } else if let deadline = change.deadline {
                additions[set, default: []].append(Drop(change.network, until: deadline))
            } else {
                removals[set, default: []].append(Drop(change.network, until: Drop.never))
            }
        }
        let boot = Self.boot()
        var transaction = transaction()
        for (set, drops) in removals { transaction.remove(set, drops) }
        for (set, drops) in additions { transaction.upsert(set, drops, at: boot) }
        var covers = self.covers
        if hasRanges { updateRanges(&covers, &transaction, at: boot) }
        if transaction.isEmpty { return }
        let used = inUse.union(additions.keys).union(covers.filter { !$0.value.isEmpty }.keys)
        try commit(transaction, using: used)
        self.covers = covers
    }

    /// Carries out the transaction, with rules for these sets of bans.
    private mutating func commit(
        _ transaction: consuming Transaction, using sets: Set<KernelSet>
    ) throws(Errno) {
        if sets == inUse { return try commit(transaction) }
        transaction.useRules(layout, bans: sets, lists: sortedLists)
        try commit(transaction)
        inUse = sets
        structure = try askStructure()
    }

    /// Computes the ranges again and adds the difference to the transaction.
    private mutating func updateRanges(
        _ covers: inout [KernelSet: [CoverRange]], _ transaction: inout Transaction, at boot: Int64
    ) {
        wide = wide.filter { $0.value > boot }
        for set in KernelSet.bans where set.isRanges {
            let new = ranges(of: set, wide.lazy.map { Drop($0.key, until: $0.value) }, at: boot)
            let (gone, come) = Cover.difference(from: covers[set] ?? [], to: new)
            transaction.remove(set, gone)
            transaction.fill(set, come, at: boot)
            covers[set] = new
        }
    }

    /// Replaces what is never dropped; without a table it is only noted.
    private mutating func allow(_ networks: [Network]) throws(Errno) {
        for set in KernelSet.allowed {
            let family = networks.filter { $0.isIPv4 == (set == .allowed4) }
            allowed[set] = Cover.ranges(family.map { Drop($0, until: Drop.never) }, at: 0)
        }
        if structure.isEmpty { return }
        var transaction = transaction()
        for (set, ranges) in allowed { transaction.replace(set, with: ranges) }
        try commit(transaction)
    }

    private func ranges(
        of set: KernelSet, _ drops: some Sequence<Drop>, at boot: Int64
    ) -> [CoverRange] {
        Cover.ranges(drops.filter { layout.set(of: $0.network) == set }, at: boot)
    }

    // MARK: The whole

    /// Returns what was gathered, updated with what has changed since.
    private mutating func takeGathered() -> [Drop] {
        var drops = gathered
        gathered = []
        if let changed = changedSince, !changed.isEmpty {
            drops.removeAll { changed[$0.network] != nil }
            for case (let network, let deadline?) in changed {
                drops.append(Drop(network, until: deadline))
            }
        }
        changedSince = nil
        return drops
    }

    private mutating func rebuild(_ drops: [Drop], fromNothing: Bool) -> Rebuilt {
        let began = Clocks.bootNanoseconds()
        var rebuilt = Rebuilt(elements: drops.count)
        let hadLists = !lists.isEmpty || loading != nil
        var strange: [String] = []
        rebuilt.error = failure { table throws(Errno) in
            do throws(Errno) {
                try table.install(drops, fromNothing: fromNothing, &strange)
            } catch {
                // The table there is not the expected one: an older opsd's, or another program's.
                let failsAgain = [EPERM, ENOMEM, ENOBUFS, EMSGSIZE].contains(error.code)
                if fromNothing || failsAgain { throw error }
                try table.install(drops, fromNothing: true, &strange)
            }
        }
        rebuilt.strange = strange
        rebuilt.lostLists = hadLists && lists.isEmpty && loading == nil
        rebuilt.milliseconds = (Clocks.bootNanoseconds() - began) / 1_000_000
        return rebuilt
    }

    /// - Parameter strange: gets what opsd had not made, and is gone now.
    private mutating func install(
        _ drops: [Drop], fromNothing: Bool, _ strange: inout [String]
    ) throws(Errno) {
        adoptLists()
        let standing = fromNothing ? [] : try inventory()
        strange += KernelThing.strange(standing, lists: listThings).filter {
            $0.kind != .chain || !Layout.formerChains.contains($0.name)
        }.map(\.description)
        let boot = Self.boot()
        var transaction = transaction(reserveBytes: 8_192 + drops.count * 44)
        if fromNothing {
            transaction.rebuild(layout)
            forgetLists()
        } else {
            transaction.build(layout, over: standing)
        }
        for (set, ranges) in allowed { transaction.fill(set, ranges, at: boot) }
        var bySet: [KernelSet: [Drop]] = [:]
        for drop in drops where drop.deadline > boot {
            bySet[layout.set(of: drop.network), default: []].append(drop)
        }
        var covers: [KernelSet: [CoverRange]] = [:]
        for (set, drops) in bySet {
            if set.isRanges {
                let ranges = Cover.ranges(drops, at: boot)
                transaction.fill(set, ranges, at: boot)
                covers[set] = ranges
            } else {
                transaction.fill(set, drops, at: boot)
            }
        }
        let used = Set(bySet.keys)
        transaction.useRules(layout, bans: used, lists: sortedLists)
        try commit(transaction)
        inUse = used
        self.covers = covers
        wide = [:]
        for (set, drops) in bySet where set.isRanges {
            for drop in drops { wide[drop.network] = drop.deadline }
        }
        structure = try askStructure()
    }

    private mutating func audit(repairs: Bool) -> Audit {
        let drops = takeGathered()
        var audit = Audit()
        audit.error = failure { table throws(Errno) in
            audit.comparison = try table.compare(drops)
            // The walk over a hash table that grows may miss or repeat elements: look again.
            if !audit.comparison.isClean { audit.comparison = try table.compare(drops) }
        }
        if audit.error?.code == ENOENT {
            audit.error = nil
            audit.comparison.isAltered = true
            audit.comparison.missing = drops.count
        }
        if repairs && audit.error == nil && !audit.comparison.isClean {
            audit.rebuilt = rebuild(drops, fromNothing: audit.comparison.isAltered)
        } else if repairs && audit.error == nil {
            audit.error = failure { table throws(Errno) in try table.rest(besides: drops) }
        }
        return audit
    }

    /// Removes the rules of sets that are empty by now: their elements have ended or were lifted.
    private mutating func rest(besides drops: [Drop]) throws(Errno) {
        let boot = Self.boot()
        let filled = drops.lazy.filter { $0.deadline > boot }.map { [layout] drop in
            layout.set(of: drop.network)
        }
        try commit(transaction(), using: inUse.intersection(filled))
    }

    private mutating func compare(_ drops: [Drop]) throws(Errno) -> Comparison {
        var comparison = Comparison()
        let strange = KernelThing.strange(try inventory(), lists: listThings)
        comparison.isAltered = try askStructure() != structure || !strange.isEmpty
        comparison.note(strange)
        var bySet: [KernelSet: [Drop]] = [:]
        for drop in drops { bySet[layout.set(of: drop.network), default: []].append(drop) }
        for set in KernelSet.allCases {
            let found = try ask(.elements(set)).elements
            let boot = Self.boot()
            let expected = bySet[set] ?? []
            if KernelSet.allowed.contains(set) {
                comparison.compare(set, allowed[set] ?? [], with: found, at: boot)
            } else if set.isRanges {
                comparison.compare(set, Cover.ranges(expected, at: boot), with: found, at: boot)
            } else {
                comparison.compare(set, expected, with: found, at: boot)
            }
        }
        return comparison
    }
}
