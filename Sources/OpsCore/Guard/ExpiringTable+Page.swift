// Pages of a table, in an order that stays while entries come and go: by shard and hash.  A page
// hashes the entries of the shards it looks at, and sorts no more of them than it can hold: what
// a filter turns away costs a few nanoseconds an entry.

/// The first few entries of a shard, by hash.
private struct FirstFew {
    /// How many there is room for.
    let room: Int
    /// Slots by hash; sorted by `finish`.
    private(set) var items: [(hash: UInt64, slot: Int)] = []
    /// Entries with a higher hash than this are not among the first.
    private var bar = UInt64.max
    /// Whether entries were left out.
    private(set) var isCut = false

    init(room: Int) { self.room = room }

    mutating func add(_ hash: UInt64, _ slot: Int, _ network: (Int) -> Network) {
        if hash > bar {
            isCut = true
            return
        }
        items.append((hash, slot))
        if items.count >= 2 * room + 64 { finish(network) }
    }

    /// Sorts, and drops what there is no room for.
    mutating func finish(_ network: (Int) -> Network) {
        items.sort {
            $0.hash != $1.hash ? $0.hash < $1.hash : network($0.slot) < network($1.slot)
        }
        if items.count <= room { return }
        items.removeLast(items.count - room)
        isCut = true
        bar = items.last?.hash ?? 0
    }
}

extension ExpiringTable {
    /// Up to `limit` entries that `admits`, after `after`, in the table's own stable order (by
    /// shard and hash: an address keeps its place while others come and go).  Looks at no more
    /// than about `scan` entries: whole shards, and at least one.  `next` is where to go on, nil
    /// at the end; a page may be short or empty and still have a `next`.
    func page(
        limit: Int, after: Network?, scan: Int, admits: (Entry) -> Bool
    ) -> (rows: [Entry], next: Network?) {
        var rows: [Entry] = []
        var seen = 0
        var floor = after.map { (hash: hasher.hash($0), network: $0) }
        var shard = floor.map { KeyedHash.shard($0.hash) } ?? 0
        while shard < 256 {
            let entries = shards[shard].entries
            var found = FirstFew(room: limit - rows.count)
            var last: (hash: UInt64, network: Network)?
            for (slot, entry) in entries.enumerated() {
                let place = (hash: hasher.hash(entry.network), network: entry.network)
                if let floor, !Self.isBehind(place, floor) { continue }
                if last.map({ Self.isBehind(place, $0) }) ?? true { last = place }
                if admits(entry) { found.add(place.hash, slot) { entries[$0].network } }
            }
            found.finish { entries[$0].network }
            for item in found.items { rows.append(entries[item.slot]) }
            if rows.count == limit, let end = rows.last?.network {
                return (rows, found.isCut || !isEmpty(behind: shard) ? end : nil)
            }
            seen += entries.count
            if seen >= scan, let last, !isEmpty(behind: shard) { return (rows, last.network) }
            floor = nil
            shard += 1
        }
        return (rows, nil)
    }

    private static func isBehind(
        _ place: (hash: UInt64, network: Network), _ other: (hash: UInt64, network: Network)
    ) -> Bool {
        place.hash != other.hash ? place.hash > other.hash : other.network < place.network
    }

    private func isEmpty(behind shard: Int) -> Bool {
        shards[(shard + 1)...].allSatisfy { $0.entries.isEmpty }
    }
}
