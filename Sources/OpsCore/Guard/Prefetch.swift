// Looking ahead: a batch of `check`s or `hit`s of random addresses reads memory at random, and each
// request would wait for its own reads.  Here all of them are read beforehand, first the cells,
// then the entries; no read depends on another of its kind, so the processor makes them at the same
// time.  Nothing is changed, and no answer depends on it: without it the answers only come later.

/// The networks that the next requests of a batch are about.
package struct PrefetchBatch {
    /// How many networks are looked at together: as many reads as a processor can make at once.
    package static let limit = 16

    private var networks = [16 of Network](repeating: Network(high: 0, low: 0, length: 0))
    /// Networks in the batch.
    package private(set) var count = 0

    /// An empty batch.
    package init() {}

    /// Adds a network; those beyond `limit` are dropped.
    @inline(__always)
    package mutating func add(_ network: Network) {
        if count == Self.limit { return }
        networks[count] = network
        count += 1
    }

    /// Reads the cell of a hashed table at which each search begins, then the entry it leads to.
    @inline(__always)
    func read(
        hash: (Network) -> UInt64, cell: (UInt64) -> UInt64, entry: (UInt64) -> UInt64
    ) -> UInt64 {
        var hashes = [16 of UInt64](repeating: 0)
        var sum: UInt64 = 0
        for index in 0..<count {
            hashes[index] = hash(networks[index])
            sum &+= cell(hashes[index])
        }
        for index in 0..<count { sum &+= entry(hashes[index]) }
        return sum
    }
}

extension State {
    /// Reads what requests about these networks will read.  The number means nothing; keeping it
    /// keeps the reads from being optimised away.
    @inline(never)
    package func prefetch(_ batch: borrowing PrefetchBatch) -> UInt64 {
        var sum = bans.prefetch(batch)
        if rates.count >= Self.prefetchThreshold { sum &+= rates.prefetch(batch) }
        return sum
    }

    /// Whether to look ahead: smaller tables are in the processor's cache anyway.
    @inline(__always)
    package var isWorthPrefetching: Bool {
        bans.count >= Self.prefetchThreshold || rates.count >= Self.prefetchThreshold
    }

    private static let prefetchThreshold = 8_192
}

extension Bans {
    fileprivate func prefetch(_ batch: borrowing PrefetchBatch) -> UInt64 {
        guard table.count > 0, let length = lengths.first else { return 0 }
        return table.prefetch(batch, widenedTo: length)
    }
}

extension ExpiringTable {
    fileprivate func prefetch(_ batch: borrowing PrefetchBatch, widenedTo length: UInt8) -> UInt64 {
        batch.read {
            hasher.hash($0.length > length ? $0.widened(to: length) : $0)
        } cell: {
            shards[KeyedHash.shard($0)].index.prefetchCell($0)
        } entry: { hash in
            let shard = KeyedHash.shard(hash)
            guard let slot = shards[shard].index.firstCandidate(hash) else { return 0 }
            return UInt64(truncatingIfNeeded: shards[shard].entries[slot].deadline)
        }
    }
}
