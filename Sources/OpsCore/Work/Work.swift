// The table of what is to be done outside.  Items are in a few shards, which a snapshot takes by
// reference; queues, counts and the ends of leases are beside them, and are built anew with every
// item that is put or restored.
//
// When a lease ends is not durable: a sign of life moves it, in memory alone.  After a start, every
// lease begins anew (`resumeLeases`), for its holder to come back.

/// What an item is about: there is at most one open item for each.
struct WorkKey: Hashable, Sendable {
    var kind: String
    var key: String
}

/// The queues of a kind.
struct WorkQueues: Sendable {
    var urgent = WorkHeap()
    var plain = WorkHeap()
    /// Items that wait to be taken.
    var ready = 0
    /// Items that somebody has.
    var held = 0

    /// When the first of either may be taken, milliseconds of boot time; `Int64.max`: none waits.
    var earliest: Int64 { min(urgent.first?.at ?? .max, plain.first?.at ?? .max) }
}

/// All work.
package struct Work: Sendable {
    static let shardCount = 16
    /// Ids that changed and were not asked for yet; beyond that, all are looked at.
    private static let touchedLimit = 16_384

    private(set) var shards = [[UInt64: WorkItem]](repeating: [:], count: shardCount)
    var kinds: [String: WorkKindState] = [:]
    private(set) var lastNumber = WorkLastNumber(0)
    /// The kinds that the configuration has; nil: it was not read yet.
    package private(set) var configured: Set<String>?
    /// Items wait whose kind is not configured any more.
    private(set) var hasStrays = false

    private(set) var byKey: [WorkKey: UInt64] = [:]
    private(set) var queues: [String: WorkQueues] = [:]
    private(set) var openCount = 0
    /// When ready items are given up.
    private(set) var expiries = WorkHeap()
    /// When leases end.
    private(set) var leases = WorkHeap()
    /// The same, by item: milliseconds of boot time.
    private(set) var leaseEnds: [UInt64: Int64] = [:]
    /// What holders said last.
    private(set) var progress: [UInt64: String] = [:]
    /// Ended items in the order in which they ended, from `firstEnded` on.
    private var ended: [UInt64] = []
    private var firstEnded = 0
    private var lastEnd: UInt64 = 0
    private var touched: Set<UInt64> = []
    private var isAllTouched = false

    /// None.
    package init() {}

    private static func shard(of id: UInt64) -> Int { Int(id % UInt64(shardCount)) }

    /// The item with this number.
    subscript(id: UInt64) -> WorkItem? { shards[Self.shard(of: id)][id] }

    /// All of them, by number.
    package var all: [WorkItem] { sorted }

    var sorted: [WorkItem] { shards.flatMap { $0.values }.sorted { $0.id < $1.id } }

    /// Ended items that are kept.
    var endedCount: Int { ended.count - firstEnded }

    /// The item that ended first.
    var oldestEnded: WorkItem? { firstEnded < ended.count ? self[ended[firstEnded]] : nil }

    /// Ended items from the one that ended first, at most `limit`.
    func oldestEnded(atMost limit: Int) -> [WorkItem] {
        ended[firstEnded...].prefix(limit).compactMap { self[$0] }
    }

    /// The numbers of the items that were put, moved on or ended since the last call.
    mutating func takeTouched() -> [UInt64] {
        defer {
            touched = []
            isAllTouched = false
        }
        return isAllTouched ? sorted.map(\.id) : touched.sorted()
    }

    /// Whether `takeTouched` would return something.
    var hasTouched: Bool { isAllTouched || !touched.isEmpty }

    private mutating func touch(_ id: UInt64) {
        if isAllTouched { return }
        touched.insert(id)
        if touched.count > Self.touchedLimit {
            touched = []
            isAllTouched = true
        }
    }

    /// What was touched was of no interest.
    mutating func forgetTouched() {
        touched = []
        isAllTouched = false
    }

    // MARK: Changes

    /// A new item, or one of a snapshot; one with a number that is there already is left alone.
    mutating func insert(_ item: WorkItem) {
        let place = Self.shard(of: item.id)
        if shards[place][item.id] != nil { return }
        lastNumber.id = max(lastNumber.id, item.id)
        shards[place][item.id] = item
        link(item, from: nil)
        touch(item.id)
    }

    /// Changes an item that is there, and what follows from its stage.
    mutating func update(_ id: UInt64, _ body: (inout WorkItem) -> Void) {
        let place = Self.shard(of: id)
        guard let index = shards[place].index(forKey: id) else { return }
        let before = shards[place].values[index].stage
        body(&shards[place].values[index])
        link(shards[place].values[index], from: before)
        touch(id)
    }

    /// Ends an item that is open, and makes room for it among those that ended.
    mutating func end(
        _ id: UInt64, _ end: WorkEnd, at instant: Instant, _ body: (inout WorkItem) -> Void
    ) {
        guard let item = self[id], item.stage.isOpen else { return }
        lastEnd += 1
        let moment = instant.stamp.moment
        let number = lastEnd
        update(id) { item in
            body(&item)
            item.stage = .ended(end, at: moment.wall / 1_000_000_000)
            item.deadline = moment.bootMilliseconds + WorkBounds.endedMilliseconds
            item.payload = ""
            item.endNumber = number
        }
        while endedCount > WorkBounds.ended { forgetOldest() }
    }

    /// Forgets ended items up to this number of theirs.
    mutating func forget(through number: UInt64) {
        while let oldest = oldestEnded, oldest.endNumber <= number { forgetOldest() }
    }

    private mutating func forgetOldest() {
        guard firstEnded < ended.count else { return }
        let id = ended[firstEnded]
        shards[Self.shard(of: id)][id] = nil
        firstEnded += 1
        if firstEnded > 1_024 && firstEnded * 2 > ended.count {
            ended.removeFirst(firstEnded)
            firstEnded = 0
        }
    }

    /// Numbers up to this one may have been given.
    mutating func skip(through number: UInt64) { lastNumber.id = max(lastNumber.id, number) }

    /// Numbers up to this one were given.
    mutating func restore(_ last: WorkLastNumber) {
        lastNumber = WorkLastNumber(max(last.id, lastNumber.id))
        lastNumber.unknown = last.unknown
    }

    /// The holder has until then: milliseconds of boot time.
    mutating func extendLease(_ id: UInt64, until: Int64) {
        guard leaseEnds[id] != nil || self[id]?.stage.isHeld ?? false else { return }
        leaseEnds[id] = until
        leases.push(WorkHeap.Entry(at: until, id: id))
        pruneLeases()
    }

    /// The holder says how far it is.
    mutating func note(_ text: String, of id: UInt64) {
        if leaseEnds[id] != nil { progress[id] = text }
    }

    // MARK: What follows

    /// An item has come from the stage `before` to its own; nil: it is new.
    private mutating func link(_ item: WorkItem, from before: WorkStage?) {
        let kind = item.kind
        if before == nil && item.stage.isOpen { openCount += 1 }
        if before?.isOpen ?? false && !item.stage.isOpen { openCount -= 1 }
        if item.stage.isOpen {
            if before == nil { byKey[WorkKey(kind: kind, key: item.key)] = item.id }
        } else {
            let key = WorkKey(kind: kind, key: item.key)
            if byKey[key] == item.id { byKey[key] = nil }
            if before?.isOpen ?? true { noteEnded(item) }
        }
        if !item.stage.isHeld && leaseEnds.removeValue(forKey: item.id) != nil {
            progress[item.id] = nil
            pruneLeases()
        }
        line(item, from: before)
    }

    /// The queue of its kind.
    private mutating func line(_ item: WorkItem, from before: WorkStage?) {
        var queue = queues.removeValue(forKey: item.kind) ?? WorkQueues()
        if before?.isReady ?? false { queue.ready -= 1 }
        if before?.isHeld ?? false { queue.held -= 1 }
        if item.stage.isHeld { queue.held += 1 }
        if case .ready(let notBefore) = item.stage {
            queue.ready += 1
            let entry = WorkHeap.Entry(at: notBefore, id: item.id)
            if item.isUrgent { queue.urgent.push(entry) } else { queue.plain.push(entry) }
            expiries.push(WorkHeap.Entry(at: item.deadline, id: item.id))
        }
        queue.urgent.prune(most: queue.ready) { isInLine($0, isUrgent: true) }
        queue.plain.prune(most: queue.ready) { isInLine($0, isUrgent: false) }
        let isIdle = queue.ready == 0 && queue.held == 0
        if !isIdle { queues[item.kind] = queue }
        if before?.isReady ?? false || item.stage.isReady { pruneExpiries() }
        if item.stage.isReady, let configured, !configured.contains(item.kind) {
            hasStrays = true
        } else if hasStrays {
            findStrays()
        }
    }

    private mutating func pruneExpiries() {
        var heap = WorkHeap()
        swap(&heap, &expiries)
        heap.prune(most: openCount) { entry in
            self[entry.id].map { $0.stage.isReady && $0.deadline == entry.at } ?? false
        }
        swap(&heap, &expiries)
    }

    /// Whether items wait whose kind is not configured any more.
    private mutating func findStrays() {
        hasStrays =
            configured.map { kinds in
                queues.contains { $0.value.ready > 0 && !kinds.contains($0.key) }
            } ?? false
    }

    /// The kinds that the configuration has from now on.
    mutating func adopt(_ kinds: Set<String>) {
        configured = kinds
        findStrays()
    }

    private func isInLine(_ entry: WorkHeap.Entry, isUrgent: Bool) -> Bool {
        guard let item = self[entry.id], item.isUrgent == isUrgent,
            case .ready(let notBefore) = item.stage
        else { return false }
        return notBefore == entry.at
    }

    private mutating func pruneLeases() {
        let ends = leaseEnds
        leases.prune(most: ends.count) { ends[$0.id] == $0.at }
    }

    /// Those of a snapshot come by number, not in the order in which they ended.
    private mutating func noteEnded(_ item: WorkItem) {
        lastEnd = max(lastEnd, item.endNumber)
        var place = ended.count
        while place > firstEnded, let other = self[ended[place - 1]],
            other.endNumber > item.endNumber
        { place -= 1 }
        ended.insert(item.id, at: place)
    }

    /// Moves every deadline to another boot.
    mutating func rebase(_ rebase: Rebase) {
        func moved(_ deadline: Int64) -> Int64 {
            deadline == Ban.never ? deadline : rebase.moved(deadline)
        }
        let items = sorted
        let ends = leaseEnds
        var fresh = Work()
        if let configured { fresh.adopt(configured) }
        fresh.lastNumber = lastNumber
        fresh.lastEnd = lastEnd
        for var state in kinds.values {
            if state.limitedUntil > 0 { state.limitedUntil = moved(state.limitedUntil) }
            if state.nextProbe > 0 { state.nextProbe = moved(state.nextProbe) }
            fresh.kinds[state.id] = state
        }
        for var item in items.sorted(by: { $0.endNumber < $1.endNumber }) {
            item.deadline = moved(item.deadline)
            if case .ready(let notBefore) = item.stage {
                item.stage = .ready(notBefore: moved(notBefore))
            }
            fresh.insert(item)
        }
        for (id, end) in ends { fresh.extendLease(id, until: moved(end)) }
        self = fresh
    }
}
