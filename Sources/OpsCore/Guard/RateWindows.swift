// The rate limit: a sliding window per address in 17 counters, each a sixteenth of the window long.
// A hit counts while its counter is one of the last 17, so between one window and a sixteenth
// more: no window ever admits more than the limit, and nothing is refused more than a sixteenth of
// a window too long.  Telemetry: not logged, empty after a start.

/// The window of one address.
struct RateEntry: Sendable {
    static let buckets = 17

    var network: Network
    var total: UInt16 = 0
    private var counts = InlineArray<17, UInt16>(repeating: 0)
    /// The number of the user whose hit began it.
    fileprivate let owner: UInt16
    /// The newest bucket, a number that grows with boot time.
    private(set) var last: UInt32
    /// Hits refused since the last strike for them, and the bucket of the first, as far as 16 bits
    /// tell it: such a run is over after one window.
    private var refused: UInt16 = 0
    private var refusedSince: UInt16 = 0

    init(network: Network, bucket: UInt32, owner: UInt16 = Owners.nobody) {
        self.network = network
        self.owner = owner
        last = bucket
    }

    /// Drops what has left the window by `bucket`.
    mutating func advance(to bucket: UInt32) {
        let steps = bucket &- last
        if steps == 0 || steps > UInt32(Int32.max) { return }
        if steps >= UInt32(Self.buckets) {
            counts = InlineArray<17, UInt16>(repeating: 0)
            total = 0
        } else {
            for step in 1...steps {
                let place = Int((last &+ step) % UInt32(Self.buckets))
                total -= counts[place]
                counts[place] = 0
            }
        }
        last = bucket
    }

    /// Counts a hit in `bucket` if fewer than `limit` count; returns how many more fit then.
    mutating func admit(in bucket: UInt32, limit: Int) -> Int? {
        advance(to: bucket)
        if Int(total) >= limit { return nil }
        counts[Int(last % UInt32(Self.buckets))] += 1
        total += 1
        return limit - Int(total)
    }

    /// Whether a hit that is refused in `bucket` is a strike: the first of a window, and then each
    /// `limit`-th.
    func isStrike(in bucket: UInt32) -> Bool {
        let age = UInt16(truncatingIfNeeded: bucket) &- refusedSince
        return refused == 0 || age >= UInt16(Self.buckets - 1)
    }

    /// Counts a refused hit.
    mutating func refuse(in bucket: UInt32, limit: Int) {
        if isStrike(in: bucket) {
            refused = 0
            refusedSince = UInt16(truncatingIfNeeded: bucket)
        }
        refused += 1
        if Int(refused) >= limit { refused = 0 }
    }

    /// In how many buckets from `last` on the oldest hit leaves the window.
    var bucketsToRelief: Int {
        for age in stride(from: Self.buckets - 1, through: 0, by: -1) {
            let bucket = last &- UInt32(age)
            if counts[Int(bucket % UInt32(Self.buckets))] > 0 { return Self.buckets - age }
        }
        return 0
    }
}

/// The rate windows of all addresses, bounded.
///
/// When the table is full a newcomer takes the place of the entry that was hit longest ago among
/// the next eight the hand passes; that address starts anew.  Bans and strikes are never touched.
/// A user of the role `report` that has a quarter of a full table loses an entry of its own.
struct RateWindows: Sendable {
    private struct Shard: Sendable {
        var entries: [RateEntry] = []
        var index = CellIndex()
    }

    private var shards = [Shard](repeating: Shard(), count: 256)
    private(set) var count = 0
    private let hasher: KeyedHash
    private var hand = (shard: 0, slot: 0)
    /// How many windows each user's hits began.
    private(set) var owners = Owners()
    private(set) var limit: Int
    private(set) var windowMilliseconds: Int64
    private(set) var capacity: Int

    init(hasher: KeyedHash, rules: GuardRules) {
        self.hasher = hasher
        limit = rules.rateLimit
        windowMilliseconds = rules.rateWindowMilliseconds
        capacity = rules.maxTracked
    }

    /// Nanoseconds a bucket; exact, since a millisecond is divisible by sixteen.
    private var bucketNanoseconds: Int64 { windowMilliseconds * 62_500 }

    private func bucket(_ boot: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: boot / bucketNanoseconds)
    }

    /// Reads what `admit` will read for these networks; see Prefetch.swift.
    func prefetch(_ batch: borrowing PrefetchBatch) -> UInt64 {
        batch.read {
            hasher.hash($0)
        } cell: {
            shards[KeyedHash.shard($0)].index.prefetchCell($0)
        } entry: { hash in
            let shard = KeyedHash.shard(hash)
            guard let slot = shards[shard].index.firstCandidate(hash) else { return 0 }
            return UInt64(shards[shard].entries[slot].total)
        }
    }

    /// Hits of an address that count now.
    func hits(of network: Network, at boot: Int64) -> Int {
        guard var entry = entry(of: network) else { return 0 }
        entry.advance(to: bucket(boot))
        return Int(entry.total)
    }

    /// How many more hits fit now; 0: over the limit.
    func room(for network: Network, at boot: Int64) -> Int {
        max(0, limit - hits(of: network, at: boot))
    }

    /// Whether a hit that is refused now is a strike.
    func isStrike(_ network: Network, at boot: Int64) -> Bool {
        entry(of: network)?.isStrike(in: bucket(boot)) ?? true
    }

    /// Counts a hit that is refused.
    mutating func refuse(_ network: Network, at boot: Int64) {
        let hash = hasher.hash(network)
        guard let slot = slot(of: network, hash) else { return }
        shards[KeyedHash.shard(hash)].entries[slot].refuse(in: bucket(boot), limit: limit)
    }

    /// Whole seconds until a hit of the address fits again, at least 1.
    func retryAfterSeconds(_ network: Network, at boot: Int64) -> Int64 {
        guard var entry = entry(of: network) else { return 1 }
        let now = bucket(boot)
        entry.advance(to: now)
        let relief = (boot / bucketNanoseconds + Int64(entry.bucketsToRelief)) * bucketNanoseconds
        return max(1, (relief - boot + 999_999_999) / 1_000_000_000)
    }

    /// Counts a hit if there is room for it; returns how many more fit then, nil: there was none.
    @discardableResult
    mutating func admit(_ network: Network, by caller: Caller, at boot: Int64) -> Int? {
        let hash = hasher.hash(network)
        let shard = KeyedHash.shard(hash)
        let bucket = bucket(boot)
        if let slot = slot(of: network, hash) {
            return shards[shard].entries[slot].admit(in: bucket, limit: limit)
        }
        if limit < 1 { return nil }
        sweep(2, at: boot)
        if count >= capacity { evict(for: caller.share) }
        shrink(1)
        var entry = RateEntry(
            network: network, bucket: bucket, owner: owners.add(caller.uid))
        let room = entry.admit(in: bucket, limit: limit)
        if shards[shard].entries.count == shards[shard].entries.capacity {
            let held = shards[shard].entries.count
            shards[shard].entries.reserveCapacity(max(4, held + held / 4))
        }
        shards[shard].entries.append(entry)
        let held = shards[shard].entries
        let hasher = hasher
        shards[shard].index.insert(hash, slot: held.count - 1) { hasher.hash(held[$0].network) }
        count += 1
        return room
    }

    /// Lets the hand pass `steps` entries and drops those whose window is empty.
    mutating func sweep(_ steps: Int, at boot: Int64) {
        let now = bucket(boot)
        for _ in 0..<steps where count > 0 {
            guard let (shard, slot) = passHand() else { return }
            let age = now &- shards[shard].entries[slot].last
            if age >= UInt32(RateEntry.buckets) { remove(shard, slot) }
        }
    }

    /// Evicts up to `steps` entries while there are more than the bound.
    mutating func shrink(_ steps: Int) {
        for _ in 0..<steps where count > capacity { evict(owner: nil) }
    }

    /// New rules; a window of another length starts all counts anew.
    mutating func adopt(_ rules: GuardRules) {
        if rules.rateWindowMilliseconds != windowMilliseconds {
            self = RateWindows(hasher: hasher, rules: rules)
        }
        limit = rules.rateLimit
        capacity = rules.maxTracked
    }

    private func entry(of network: Network) -> RateEntry? {
        let hash = hasher.hash(network)
        return slot(of: network, hash).map { shards[KeyedHash.shard(hash)].entries[$0] }
    }

    private func slot(of network: Network, _ hash: UInt64) -> Int? {
        let shard = KeyedHash.shard(hash)
        return shards[shard].index.find(hash) { shards[shard].entries[$0].network == network }
    }

    /// Moves the hand to the next entry, past empty shards.
    private mutating func passHand() -> (shard: Int, slot: Int)? {
        for _ in 0...256 {
            if hand.slot < shards[hand.shard].entries.count {
                defer { hand.slot += 1 }
                return hand
            }
            hand = ((hand.shard + 1) % 256, 0)
        }
        return nil
    }

    /// Makes room for one more.
    private mutating func evict(for share: TableShare) {
        let own = share.isQuarter ? owners.number(of: share.uid) : nil
        let isOver = own.map { owners.count(ofNumber: $0) >= TableShare.quarter(of: capacity) }
        evict(owner: isOver == true ? own : nil)
    }

    /// - Parameter owner: whose entry is to go, if the hand meets one soon.  Of four entries one is
    ///   the owner's, so that it does but once in a million times.
    private mutating func evict(owner: UInt16?) {
        var oldest: (shard: Int, slot: Int)?
        var own: (shard: Int, slot: Int)?
        for step in 0..<48 {
            if step >= 8 && (owner == nil || own != nil) { break }
            guard let place = passHand() else { break }
            if step < 8, isOlder(place, than: oldest) { oldest = place }
            if shards[place.shard].entries[place.slot].owner == owner, isOlder(place, than: own) {
                own = place
            }
        }
        if let (shard, slot) = own ?? oldest { remove(shard, slot) }
    }

    private func isOlder(_ one: (shard: Int, slot: Int), than other: (shard: Int, slot: Int)?)
        -> Bool
    {
        guard let other else { return true }
        return shards[one.shard].entries[one.slot].last
            < shards[other.shard].entries[other.slot].last
    }

    private mutating func remove(_ shard: Int, _ slot: Int) {
        let last = shards[shard].entries.count - 1
        owners.remove(number: shards[shard].entries[slot].owner)
        do {  // `held` must be gone before the entries change, or they would be copied.
            let held = shards[shard].entries
            let hasher = hasher
            let hashOf = { (slot: Int) in hasher.hash(held[slot].network) }
            shards[shard].index.remove(hashOf(slot), slot: slot, hashOf: hashOf)
            if slot != last { shards[shard].index.relabel(hashOf(last), from: last, to: slot) }
        }
        shards[shard].entries.swapAt(slot, last)
        shards[shard].entries.removeLast()
        if hand.shard == shard && hand.slot > 0 { hand.slot -= 1 }
        count -= 1
        let room = shards[shard].entries.capacity
        if room >= 64 && shards[shard].entries.count * 4 < room {
            shards[shard].entries = Array(shards[shard].entries)
        }
    }
}
