// The table under bans and strikes: 256 shards of dense entries, each with a hash index and a heap
// by deadline.  Sharding bounds what one insertion can cost (a growing shard moves 1/256 of the
// table), and what a snapshot copies at a time.  Nothing here knows what a ban is.

/// One of the 256 parts.
struct ExpiringShard<Entry: Expiring>: Sendable {
    private(set) var entries: [Entry] = []
    private(set) var index = CellIndex()
    private var heap = IndexedHeap()

    /// The slot of a network.
    @inline(__always)
    func slot(of network: Network, _ hash: UInt64) -> Int? {
        index.find(hash) { entries[$0].network == network }
    }

    /// The slot with the soonest deadline.
    var first: Int? { heap.first }

    /// Inserts an entry; returns the one with its network that it replaced.
    mutating func insert(_ entry: Entry, _ hash: UInt64, _ hasher: KeyedHash) -> Entry? {
        if let slot = slot(of: entry.network, hash) {
            let old = entries[slot]
            entries[slot] = entry
            heap.update(slot, in: entries)
            return old
        }
        if entries.count == entries.capacity {
            let room = max(8, entries.count + entries.count / 4)
            entries.reserveCapacity(room)
            heap.reserve(room)
        }
        entries.append(entry)
        let held = entries
        index.insert(hash, slot: held.count - 1) { hasher.hash(held[$0].network) }
        heap.append(in: entries)
        return nil
    }

    /// Changes an entry in place; its network must stay.
    mutating func update(_ slot: Int, _ change: (inout Entry) -> Void) {
        change(&entries[slot])
        heap.update(slot, in: entries)
    }

    /// Removes an entry; the last one moves to its slot.
    mutating func remove(_ slot: Int, _ hasher: KeyedHash) -> Entry {
        let gone = entries[slot]
        do {
            let held = entries
            let hashOf = { (slot: Int) in hasher.hash(held[slot].network) }
            index.remove(hashOf(slot), slot: slot, hashOf: hashOf)
            let last = held.count - 1
            if slot != last { index.relabel(hashOf(last), from: last, to: slot) }
            heap.remove(slot, in: held)
        }
        entries.swapAt(slot, entries.count - 1)
        entries.removeLast()
        if entries.capacity >= 64 && entries.count * 4 < entries.capacity {
            entries = Array(entries)
            heap.trim()
        }
        return gone
    }
}

// Filling a shard from a snapshot: appending touches one end of one array; index and heap are made
// afterwards, a shard at a time, each small enough for the processor's cache.  To insert a million
// entries one by one takes three to four times as long.
extension ExpiringShard {
    /// Reserves room for this many entries.
    mutating func reserve(_ count: Int) { entries.reserveCapacity(count) }

    /// Adds an entry that is not found before `settle`.
    mutating func load(_ entry: Entry) {
        if entries.count == entries.capacity {
            entries.reserveCapacity(max(8, entries.count + entries.count / 4))
        }
        entries.append(entry)
    }

    /// Makes index and heap.  Of several entries with one network the last stays; `replaced` gets
    /// the others.
    mutating func settle(_ hasher: KeyedHash, replaced: (Entry) -> Void) {
        var held: [Entry] = []
        swap(&held, &entries)
        var index = CellIndex(reserving: held.count)
        var end = 0
        for slot in held.indices {
            let entry = held[slot]
            let hash = hasher.hash(entry.network)
            if let twin = index.find(hash, matches: { held[$0].network == entry.network }) {
                replaced(held[twin])
                held[twin] = entry
                continue
            }
            if slot != end { held[end] = entry }
            index.insert(hash, slot: end) { hasher.hash(held[$0].network) }
            end += 1
        }
        held.removeLast(held.count - end)
        heap = IndexedHeap(of: held)
        self.index = index
        swap(&held, &entries)
    }
}

/// A bounded table of networks with deadlines.
struct ExpiringTable<Entry: Expiring>: Sendable {
    private struct Head: Expiring {
        var network = Network(high: .max, low: .max, length: 128)
        var deadline = Int64.max
    }

    private(set) var shards = [ExpiringShard<Entry>](repeating: ExpiringShard(), count: 256)
    private(set) var count = 0
    let hasher: KeyedHash
    /// The entry of each shard that ends first; `order` sorts the shards by it.
    private var heads = [Head](repeating: Head(), count: 256)
    private var order = IndexedHeap()

    init(hasher: KeyedHash) {
        self.hasher = hasher
        for _ in 0..<256 { order.append(in: heads) }
    }

    /// The entry of exactly this network.
    @inline(__always)
    subscript(network: Network) -> Entry? {
        let hash = hasher.hash(network)
        let shard = KeyedHash.shard(hash)
        guard let slot = shards[shard].slot(of: network, hash) else { return nil }
        return shards[shard].entries[slot]
    }

    /// The entry that ends first.
    var first: Entry? {
        guard count > 0, let shard = order.first, let slot = shards[shard].first else { return nil }
        return shards[shard].entries[slot]
    }

    /// Inserts an entry; returns the one it replaced.
    @discardableResult
    mutating func insert(_ entry: Entry) -> Entry? {
        let hash = hasher.hash(entry.network)
        let shard = KeyedHash.shard(hash)
        let old = shards[shard].insert(entry, hash, hasher)
        if old == nil { count += 1 }
        noteHead(of: shard)
        return old
    }

    /// Reserves room for about this many entries; they spread over the shards by chance.
    mutating func reserve(_ count: Int) {
        let mean = Double(min(max(0, count), CellIndex.slotLimit)) / 256
        for shard in 0..<256 { shards[shard].reserve(Int(mean + 4 * mean.squareRoot())) }
    }

    /// Adds an entry of a snapshot; look-ups find it from the next `settle` on, which must come
    /// before anything else is asked of the table.
    @inline(__always)
    mutating func load(_ entry: Entry) {
        shards[KeyedHash.shard(hasher.hash(entry.network))].load(entry)
    }

    /// Ends loading.  Of several entries with one network the last stays; `replaced` gets the
    /// others.
    mutating func settle(replaced: (Entry) -> Void) {
        count = 0
        for shard in 0..<256 {
            shards[shard].settle(hasher, replaced: replaced)
            count += shards[shard].entries.count
            noteHead(of: shard)
        }
    }

    /// Changes the entry of a network in place, where there is one.
    mutating func update(_ network: Network, _ change: (inout Entry) -> Void) {
        let hash = hasher.hash(network)
        let shard = KeyedHash.shard(hash)
        guard let slot = shards[shard].slot(of: network, hash) else { return }
        shards[shard].update(slot, change)
        noteHead(of: shard)
    }

    /// Removes the entry of a network.
    mutating func remove(_ network: Network) -> Entry? {
        let hash = hasher.hash(network)
        let shard = KeyedHash.shard(hash)
        guard let slot = shards[shard].slot(of: network, hash) else { return nil }
        let gone = shards[shard].remove(slot, hasher)
        count -= 1
        noteHead(of: shard)
        return gone
    }

    /// Gives every entry a new deadline.  It passes over the whole table: for a new boot only.
    mutating func rebase(_ change: (inout Entry) -> Void) {
        for shard in 0..<256 {
            for slot in shards[shard].entries.indices { shards[shard].update(slot, change) }
            noteHead(of: shard)
        }
    }

    private mutating func noteHead(of shard: Int) {
        var head = Head()
        if let slot = shards[shard].first {
            let entry = shards[shard].entries[slot]
            head.network = entry.network
            head.deadline = entry.deadline
        }
        if heads[shard].deadline == head.deadline && heads[shard].network == head.network { return }
        heads[shard] = head
        order.update(shard, in: heads)
    }
}
