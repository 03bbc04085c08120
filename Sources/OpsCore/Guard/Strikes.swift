// The strikes: one entry an address, its strikes in a chain of 32-byte nodes, newest first.  Each
// strike ages out alone; one that has is skipped when read and dropped by the next change to its
// address, or with it when its last strike ends.

/// A struck address as the table keeps it.
struct StruckEntry: Expiring {
    var network: Network
    /// Its newest strike, in the pool.
    var head: UInt32
    /// When the last of its strikes ends.
    var deadline: Int64
}

private struct StrikeNode: Sendable {
    var deadline: Int64
    var at: UInt32
    var reason: UInt32
    var uid: UInt32
    /// The next older one, or the next free node; `StrikePool.none` at the end.
    var next: UInt32
    var source: UInt16
    var weight: UInt16
}

private struct StrikePool: Sendable {
    static let none = UInt32.max
    private static let chunk = 4096
    private var chunks: [[StrikeNode]] = []
    private var free = none
    private var next: UInt32 = 0

    subscript(number: UInt32) -> StrikeNode {
        get { chunks[Int(number) / Self.chunk][Int(number) % Self.chunk] }
        set { chunks[Int(number) / Self.chunk][Int(number) % Self.chunk] = newValue }
    }

    mutating func take(_ node: StrikeNode) -> UInt32 {
        if free != Self.none {
            let number = free
            free = self[number].next
            self[number] = node
            return number
        }
        if Int(next) / Self.chunk == chunks.count {
            chunks.append([])
            chunks[chunks.count - 1].reserveCapacity(next == 0 ? 64 : Self.chunk)
        }
        chunks[chunks.count - 1].append(node)
        next += 1
        return next - 1
    }

    mutating func give(_ number: UInt32) {
        self[number].next = free
        free = number
    }

    /// Forgets all memory; only when nothing is taken.
    mutating func reset() { self = StrikePool() }
}

/// All live strikes, with their texts.
struct Strikes: Sendable {
    private(set) var table: ExpiringTable<StruckEntry>
    private var pool = StrikePool()
    private var reasons = Names(
        limit: Int(UInt32.max) - 1, capacity: Int(UInt32.max) - 1)
    private var sources = Names(limit: Bounds.sources, capacity: Int(UInt16.max))

    init(hasher: KeyedHash) { table = ExpiringTable(hasher: hasher) }

    /// Struck addresses.
    var count: Int { table.count }

    /// Whether a strike with this source can be kept.
    func hasRoom(forSource source: String) -> Bool { sources.hasRoom(for: source) }

    /// The sum of the weights that still count.
    func weight(of network: Network, at bootMilliseconds: Int64) -> Int {
        guard let entry = table[network] else { return 0 }
        var sum = 0
        var number = entry.head
        while number != StrikePool.none {
            let node = pool[number]
            if node.deadline > bootMilliseconds { sum += Int(node.weight) }
            number = node.next
        }
        return sum
    }

    /// The strikes of an address that still count, oldest first.
    func strikes(of network: Network, at bootMilliseconds: Int64) -> [Strike] {
        guard let entry = table[network] else { return [] }
        return strikes(of: entry, at: bootMilliseconds)
    }

    /// The same for an entry of the table.
    func strikes(of entry: StruckEntry, at bootMilliseconds: Int64) -> [Strike] {
        var found: [Strike] = []
        var number = entry.head
        while number != StrikePool.none {
            let node = pool[number]
            if node.deadline > bootMilliseconds {
                found.append(
                    Strike(
                        network: entry.network, deadline: node.deadline, at: node.at,
                        weight: node.weight, reason: reasons[node.reason],
                        source: sources[UInt32(node.source)], uid: node.uid))
            }
            number = node.next
        }
        return found.reversed()
    }

    /// The first deadline from `deadline` on that no strike of the address has.
    func freeDeadline(of network: Network, from deadline: Int64) -> Int64 {
        guard let entry = table[network], holds(deadline, entry) else { return deadline }
        var taken: Set<Int64> = []
        var number = entry.head
        while number != StrikePool.none {
            taken.insert(pool[number].deadline)
            number = pool[number].next
        }
        var free = deadline
        while taken.contains(free) { free += 1 }
        return free
    }

    private func holds(_ deadline: Int64, _ entry: StruckEntry) -> Bool {
        var number = entry.head
        while number != StrikePool.none {
            if pool[number].deadline == deadline { return true }
            number = pool[number].next
        }
        return false
    }

    /// Adds a strike, unless it is there already, and drops those of its address that ended
    /// before `bootMilliseconds`.
    mutating func add(_ strike: Strike, at bootMilliseconds: Int64) {
        prune(strike.network, at: bootMilliseconds)
        let old = table[strike.network]
        if let old, holds(strike.deadline, old) { return }
        let node = StrikeNode(
            deadline: strike.deadline, at: strike.at, reason: reasons.use(strike.reason),
            uid: strike.uid, next: old?.head ?? StrikePool.none,
            source: UInt16(sources.use(strike.source)), weight: strike.weight)
        let entry = StruckEntry(
            network: strike.network, head: pool.take(node),
            deadline: max(strike.deadline, old?.deadline ?? .min))
        table.put(entry)
    }

    /// Drops an address with all its strikes; gives back how many there were.
    @discardableResult
    mutating func remove(_ network: Network) -> Int {
        guard let entry = table.remove(network) else { return 0 }
        var dropped = 0
        var number = entry.head
        while number != StrikePool.none {
            let next = pool[number].next
            release(number)
            number = next
            dropped += 1
        }
        if table.count == 0 { pool.reset() }
        return dropped
    }

    /// Moves every deadline; see `ExpiringTable.rebase`.
    mutating func rebase(_ move: (Int64) -> Int64) {
        table.rebase { entry in
            var number = entry.head
            while number != StrikePool.none {
                pool[number].deadline = move(pool[number].deadline)
                number = pool[number].next
            }
            entry.deadline = move(entry.deadline)
        }
    }

    /// Drops the ended strikes of an address, and the address with the last of them.
    private mutating func prune(_ network: Network, at bootMilliseconds: Int64) {
        guard let entry = table[network] else { return }
        if entry.deadline <= bootMilliseconds {
            remove(network)
            return
        }
        var head = StrikePool.none
        var last = StrikePool.none
        var number = entry.head
        while number != StrikePool.none {
            let next = pool[number].next
            if pool[number].deadline > bootMilliseconds {
                if last == StrikePool.none { head = number } else { pool[last].next = number }
                last = number
            } else {
                release(number)
            }
            number = next
        }
        if last != StrikePool.none { pool[last].next = StrikePool.none }
        table.update(network) { $0.head = head }
    }

    private mutating func release(_ number: UInt32) {
        let node = pool[number]
        reasons.release(node.reason)
        sources.release(UInt32(node.source))
        pool.give(number)
    }
}
