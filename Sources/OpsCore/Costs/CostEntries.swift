// Entries by number and by key, and who ends next.  Entries are in shards that a snapshot takes by
// reference; the indexes are derived.

/// Reservations, and records that came with keys.
struct CostEntries: Sendable {
    static let shardCount = State.snapshotParts

    /// By number, in the shard of its lowest bits.
    private(set) var shards = [[UInt64: CostEntry]](repeating: [:], count: shardCount)
    /// Numbers by key, in the shard of the key's hash.
    private var keys = [[CostKey: UInt64]](repeating: [:], count: shardCount)
    /// Open ones by their ends.
    private var ends = WorkHeap()
    /// Closed ones in the order in which they are forgotten, from `front` on.
    private var order: [CostMark] = []
    private var front = 0
    /// Whether `order` is sorted; entries of a snapshot come in any order.
    private var isSorted = true
    private(set) var openCount = 0

    var closedCount: Int { order.count - front }
    var isEmpty: Bool { openCount == 0 && closedCount == 0 }
    /// The first closed one to be forgotten.
    var oldest: CostMark? { front < order.count ? order[front] : nil }

    subscript(id: UInt64) -> CostEntry? { shards[Self.shard(id)][id] }

    func entry(ofKey key: String) -> CostEntry? {
        keys[Self.shard(key)][CostKey(key)].flatMap { self[$0] }
    }

    /// Puts an entry of a snapshot; they come in any order, and `rebuild` follows.
    mutating func restore(_ entry: CostEntry) {
        isSorted = false
        _ = put(entry)
    }

    /// Puts an entry; returns the one that it takes the place of.
    mutating func put(_ entry: CostEntry) -> CostEntry? {
        let shard = Self.shard(entry.id)
        let old = shards[shard].updateValue(entry, forKey: entry.id)
        if !entry.key.isEmpty { keys[Self.shard(entry.key)][CostKey(entry.key)] = entry.id }
        if entry.state == .open {
            if old?.state != .open { openCount += 1 }
            ends.push(WorkHeap.Entry(at: entry.deadline, id: entry.id))
        } else {
            if old?.state == .open { openCount -= 1 }
            if old?.state == .open || old?.mark != entry.mark {
                append(entry.mark)
            }
        }
        pruneEnds()
        return old
    }

    /// Adds a mark at its place, which is the end but for others of the same millisecond.
    private mutating func append(_ mark: CostMark) {
        order.append(mark)
        guard isSorted else { return }
        var place = order.count - 1
        while place > front, mark < order[place - 1] {
            order.swapAt(place, place - 1)
            place -= 1
        }
    }

    /// Forgets closed entries up to a mark.
    mutating func forget(through mark: CostMark) {
        if !isSorted {
            // A log is replayed.  To sort for each of its records would take the longest of all.
            let passed = order.filter { $0 <= mark }
            order.removeAll { $0 <= mark }
            for mark in passed { drop(mark) }
            return
        }
        while front < order.count, order[front] <= mark {
            drop(order[front])
            front += 1
        }
        if front > 4_096, 2 * front > order.count {
            order.removeFirst(front)
            front = 0
        }
    }

    /// Takes out what a mark stands for, if it still does.
    private mutating func drop(_ mark: CostMark) {
        let shard = Self.shard(mark.id)
        guard let entry = shards[shard][mark.id], entry.state != .open, entry.mark == mark
        else { return }
        shards[shard][mark.id] = nil
        if entry.key.isEmpty { return }
        let place = Self.shard(entry.key)
        let key = CostKey(entry.key)
        if keys[place][key] == entry.id { keys[place][key] = nil }
    }

    /// The mark up to which `count` closed ones are forgotten, or all that are due.
    func mark(forgetting count: Int, dueAt now: Int64 = .max) -> CostMark? {
        var mark: CostMark?
        for place in front..<min(order.count, front + max(0, count)) {
            if order[place].deadline > now { break }
            mark = order[place]
        }
        return mark
    }

    /// Open ones whose time is over, the first to end first; at most `limit`.
    func lapsed(at now: Int64, atMost limit: Int) -> [CostEntry] {
        guard let first = ends.first, first.at <= now else { return [] }
        let due = ends.entries.filter { $0.at <= now }.sorted { $0 < $1 }
        var lapsed: [CostEntry] = []
        for end in due where lapsed.count < limit {
            guard let entry = self[end.id], holds(end), lapsed.last?.id != end.id else { continue }
            lapsed.append(entry)
        }
        return lapsed
    }

    /// When something ends next, milliseconds of boot time.
    var nextDeadline: Int64 {
        if isSorted { return min(ends.first?.at ?? .max, oldest?.deadline ?? .max) }
        // Between a snapshot and the end of the recovery.
        return shards.joined().reduce(.max) { min($0, $1.value.deadline) }
    }

    /// Calls `body` with each open one.
    func forEachOpen(_ body: (CostEntry) -> Void) {
        for shard in shards {
            for entry in shard.values where entry.state == .open { body(entry) }
        }
    }

    /// Moves every end to another boot.
    mutating func rebase(_ rebase: Rebase) {
        for shard in shards.indices {
            shards[shard] = shards[shard].mapValues { entry in
                var entry = entry
                entry.deadline = rebase.moved(entry.deadline)
                return entry
            }
        }
        rebuild()
    }

    /// Makes what is derived anew.
    mutating func rebuild() {
        keys = [[CostKey: UInt64]](repeating: [:], count: Self.shardCount)
        ends = WorkHeap()
        order = []
        front = 0
        openCount = 0
        for shard in shards {
            for entry in shard.values {
                if !entry.key.isEmpty {
                    // Of two with one key (the older was forgotten, a snapshot has it still) the
                    // newer counts.
                    let place = Self.shard(entry.key)
                    let key = CostKey(entry.key)
                    keys[place][key] = max(keys[place][key] ?? 0, entry.id)
                }
                if entry.state == .open {
                    openCount += 1
                    ends.push(WorkHeap.Entry(at: entry.deadline, id: entry.id))
                } else {
                    order.append(entry.mark)
                }
            }
        }
        order.sort()
        isSorted = true
    }

    private func holds(_ end: WorkHeap.Entry) -> Bool {
        guard let entry = shards[Self.shard(end.id)][end.id] else { return false }
        return entry.state == .open && entry.deadline == end.at
    }

    private mutating func pruneEnds() {
        let shards = shards
        ends.prune(most: openCount) { end in
            guard let entry = shards[Self.shard(end.id)][end.id] else { return false }
            return entry.state == .open && entry.deadline == end.at
        }
    }

    private static func shard(_ id: UInt64) -> Int {
        Int(truncatingIfNeeded: id & UInt64(shardCount - 1))
    }

    private static func shard(_ key: String) -> Int {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        let bytes = key.utf8.span
        for index in bytes.indices {
            value = (value ^ UInt64(bytes[unchecked: index])) &* 0x100_0000_01b3
        }
        return Int(truncatingIfNeeded: (value ^ value >> 32) & UInt64(shardCount - 1))
    }
}

/// A key, byte for byte: two texts that Unicode calls the same are two keys.
private struct CostKey: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (one: CostKey, other: CostKey) -> Bool {
        one.text.utf8.count == other.text.utf8.count && one.text.utf8.elementsEqual(other.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
