// The strikes.  Each address has one entry of 48 bytes, which contains the strike that ends last:
// most addresses have only one.  Its other strikes are in a linked list of 32-byte nodes, sorted by
// their ends, latest first.  Each strike expires on its own.  Expired strikes are skipped by
// readers; they are freed by the next change to the address, or with its entry.

/// A struck address as the table keeps it.
struct StruckEntry: Expiring {
    let network: Network
    fileprivate var source: UInt16
    fileprivate var reason: UInt32
    /// When the last of its strikes ends.
    fileprivate(set) var deadline: Int64
    fileprivate var at: UInt32
    fileprivate var uid: UInt32
    /// The place in the pool of the strike that ends before the latest one.
    fileprivate var older: UInt32
    fileprivate var weight: StrikeWeight

    fileprivate init(_ network: Network, _ latest: StrikeNode) {
        self.network = network
        source = latest.source
        reason = latest.reason
        deadline = latest.deadline
        at = latest.at
        uid = latest.uid
        older = latest.next
        weight = latest.weight
    }

    /// The strike that ends last.
    fileprivate var latest: StrikeNode {
        StrikeNode(
            deadline: deadline, at: at, reason: reason, uid: uid, next: older, source: source,
            weight: weight)
    }
}

private struct StrikeNode: Sendable {
    var deadline: Int64
    var at: UInt32
    var reason: UInt32
    var uid: UInt32
    /// The node that ends before this one, or the next free node; `StrikePool.none` at the end.
    var next: UInt32
    var source: UInt16
    var weight: StrikeWeight
}

/// How many strikes one counts for, 1...1000, and in the top bit whether with its source's alone.
private struct StrikeWeight: Sendable {
    private static let own: UInt16 = 1 << 15
    private let bits: UInt16

    init(_ strike: Strike) {
        bits = min(strike.weight, Self.own - 1) | (strike.isOwn ? Self.own : 0)
    }

    var count: UInt16 { bits & ~Self.own }
    var isOwn: Bool { bits & Self.own != 0 }
}

/// Which strikes count together.
package enum StrikeCounter: Hashable, Sendable {
    /// Those of all sources that do not count by themselves.
    case shared
    /// Those of one source that has (`guard.source`), or that is tried out (`dry_run_sources`).
    case own(String)
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

    mutating func allocate(_ node: StrikeNode) -> UInt32 {
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

    mutating func deallocate(_ number: UInt32) {
        self[number].next = free
        free = number
    }

    /// Calls `body` with a node and with each that follows it.
    @inline(__always)
    func visit(_ first: StrikeNode, _ body: (StrikeNode) -> Void) {
        var node = first
        while true {
            body(node)
            if node.next == Self.none { return }
            node = self[node.next]
        }
    }

    /// Frees all memory; only when no node is allocated.
    mutating func reset() { self = StrikePool() }
}

/// All live strikes, with their texts.
struct Strikes: Sendable {
    private(set) var table: ExpiringTable<StruckEntry>
    private var pool = StrikePool()
    private var reasons: TextTable
    private(set) var sources: TextTable
    /// How many struck addresses each user holds: those whose strike that ends last it reported.
    private(set) var owners = Owners()

    /// Strikes that count with their source's alone.
    private(set) var ownCount = 0

    init(hasher: KeyedHash) {
        table = ExpiringTable(hasher: hasher)
        reasons = .reasons(hasher)
        sources = .sources(hasher)
    }

    /// Struck addresses.
    var count: Int { table.count }

    /// The sum of the weights that still count.
    func weight(of network: Network, at bootMilliseconds: Int64) -> Int {
        guard let entry = table[network] else { return 0 }
        var sum = 0
        visit(entry) { if $0.deadline > bootMilliseconds { sum += Int($0.weight.count) } }
        return sum
    }

    /// The sum of the weights that still count together.
    func weight(
        of network: Network, in counter: StrikeCounter, at bootMilliseconds: Int64
    ) -> Int {
        guard let entry = table[network] else { return 0 }
        let isCounted = isCounted(in: counter)
        var sum = 0
        visit(entry) { node in
            if node.deadline > bootMilliseconds && isCounted(node) { sum += Int(node.weight.count) }
        }
        return sum
    }

    /// How many of those there are.
    func count(of network: Network, in counter: StrikeCounter, at bootMilliseconds: Int64) -> Int {
        guard let entry = table[network] else { return 0 }
        let isCounted = isCounted(in: counter)
        var sum = 0
        visit(entry) { if $0.deadline > bootMilliseconds && isCounted($0) { sum += 1 } }
        return sum
    }

    private func isCounted(in counter: StrikeCounter) -> (StrikeNode) -> Bool {
        guard case .own(let source) = counter else { return { !$0.weight.isOwn } }
        guard let number = sources.find(source) else { return { _ in false } }
        return { $0.weight.isOwn && UInt32($0.source) == number }
    }

    /// The strikes of an address that still count, the first to end first.
    func strikes(of network: Network, at bootMilliseconds: Int64) -> [Strike] {
        guard let entry = table[network] else { return [] }
        return strikes(of: entry, at: bootMilliseconds)
    }

    /// The strikes of an entry of the table that still count, the first to end first.
    func strikes(of entry: StruckEntry, at bootMilliseconds: Int64) -> [Strike] {
        reader.strikes(of: entry, at: bootMilliseconds)
    }

    /// One of the 256 parts of the table as it is now, ended strikes left out.
    func part(_ part: Int, at bootMilliseconds: Int64) -> StrikePart {
        StrikePart(entries: table.shards[part].entries, reader: reader, boot: bootMilliseconds)
    }

    private var reader: StrikeReader {
        StrikeReader(pool: pool, reasons: reasons.texts, sources: sources.texts)
    }

    /// The first deadline from `deadline` on that no strike of the address has.
    func freeDeadline(of network: Network, from deadline: Int64) -> Int64 {
        guard let entry = table[network], holds(deadline, entry) else { return deadline }
        var taken: Set<Int64> = []
        visit(entry) { taken.insert($0.deadline) }
        var free = deadline
        while taken.contains(free) { free += 1 }
        return free
    }

    /// Calls `body` with each strike of an address, the last to end first.
    @inline(__always)
    private func visit(_ entry: StruckEntry, _ body: (StrikeNode) -> Void) {
        pool.visit(entry.latest, body)
    }

    private func holds(_ deadline: Int64, _ entry: StruckEntry) -> Bool {
        var isHeld = false
        visit(entry) { if $0.deadline == deadline { isHeld = true } }
        return isHeld
    }

    /// Adds a strike, unless it is there already, and drops those of its address that ended
    /// before `bootMilliseconds`.
    mutating func add(_ strike: Strike, at bootMilliseconds: Int64) {
        prune(strike.network, at: bootMilliseconds)
        let old = table[strike.network]
        if let old, holds(strike.deadline, old) { return }
        var node = StrikeNode(
            deadline: strike.deadline, at: strike.at,
            reason: reasons.retain(text: strike.reason, by: strike.uid),
            uid: strike.uid, next: StrikePool.none,
            source: UInt16(sources.retain(text: strike.source, by: strike.uid)),
            weight: StrikeWeight(strike))
        if strike.isOwn { ownCount += 1 }
        if var old, old.deadline > strike.deadline {
            // The strike was reported late: it goes after those that end later.
            var before: UInt32?
            node.next = old.older
            while node.next != StrikePool.none, pool[node.next].deadline > strike.deadline {
                before = node.next
                node.next = pool[node.next].next
            }
            let number = pool.allocate(node)
            if let before { pool[before].next = number } else { old.older = number }
            table.insert(old)
        } else {
            if let old { node.next = pool.allocate(old.latest) }
            table.insert(StruckEntry(strike.network, node))
            owners.add(strike.uid)
            if let old { owners.remove(old.uid) }
        }
    }

    /// Removes an address with all its strikes; returns how many there were.
    @discardableResult
    mutating func remove(_ network: Network) -> Int {
        guard let entry = table.remove(network) else { return 0 }
        owners.remove(entry.uid)
        releaseTexts(of: entry.latest)
        let dropped = 1 + drop(from: entry.older)
        if table.count == 0 { pool.reset() }
        return dropped
    }

    /// Drops the strikes of an address that count together; gives back how many there were.
    @discardableResult
    mutating func remove(_ network: Network, in counter: StrikeCounter) -> Int {
        remove(network, where: isCounted(in: counter))
    }

    /// Drops the strikes of an address that a ban consumes: those that count with its source's.
    mutating func remove(_ network: Network, consumedBy ban: Ban) {
        if table.count == 0 { return }
        remove(network, in: ban.traits.contains(.own) ? .own(ban.source) : .shared)
    }

    /// Drops the strikes of an address that a source reported.
    mutating func remove(_ network: Network, from source: String) {
        guard let number = sources.find(source) else { return }
        remove(network) { UInt32($0.source) == number }
    }

    @discardableResult
    private mutating func remove(
        _ network: Network, where isGone: (StrikeNode) -> Bool
    ) -> Int {
        guard let entry = table[network] else { return 0 }
        var gone = 0
        var kept = 0
        visit(entry) { if isGone($0) { gone += 1 } else { kept += 1 } }
        if kept == 0 || gone == 0 { return gone == 0 ? 0 : remove(network) }
        var left: [StrikeNode] = []
        visit(entry) { if !isGone($0) { left.append($0) } }
        let strikes = left.reversed().map { reader.strike(network, $0) }
        remove(network)
        for strike in strikes { add(strike, at: .min) }
        return gone
    }

    /// Moves every deadline, none before another; see `ExpiringTable.rebase`.
    mutating func rebase(_ move: (Int64) -> Int64) {
        table.rebase { entry in
            var number = entry.older
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
        var last: UInt32?
        var number = entry.older
        while number != StrikePool.none, pool[number].deadline > bootMilliseconds {
            last = number
            number = pool[number].next
        }
        if number == StrikePool.none { return }
        if let last {
            pool[last].next = StrikePool.none
        } else {
            table.update(network) { $0.older = StrikePool.none }
        }
        drop(from: number)
    }

    /// Frees the nodes from `first` to the end of the list; returns how many there were.
    @discardableResult
    private mutating func drop(from first: UInt32) -> Int {
        var dropped = 0
        var number = first
        while number != StrikePool.none {
            let node = pool[number]
            releaseTexts(of: node)
            pool.deallocate(number)
            number = node.next
            dropped += 1
        }
        return dropped
    }

    private mutating func releaseTexts(of node: StrikeNode) {
        if node.weight.isOwn { ownCount -= 1 }
        reasons.release(node.reason)
        sources.release(UInt32(node.source))
    }
}

/// The tables that the strikes of an entry are read from.
private struct StrikeReader: Sendable {
    let pool: StrikePool
    let reasons: InternedTexts
    let sources: InternedTexts

    /// The strikes of an entry that have not ended, the first to end first.
    func strikes(of entry: StruckEntry, at bootMilliseconds: Int64) -> [Strike] {
        var found: [Strike] = []
        pool.visit(entry.latest) { node in
            if node.deadline <= bootMilliseconds { return }
            found.append(strike(entry.network, node))
        }
        return found.reversed()
    }

    /// A node with its texts.
    func strike(_ network: Network, _ node: StrikeNode) -> Strike {
        Strike(
            network: network, deadline: node.deadline, at: node.at, weight: node.weight.count,
            reason: reasons[node.reason], source: sources[UInt32(node.source)], uid: node.uid,
            isOwn: node.weight.isOwn)
    }
}

/// The strikes of a part of the table at some moment; see `BanPart`.
struct StrikePart: Sendable {
    private let entries: [StruckEntry]
    private let reader: StrikeReader
    private let boot: Int64

    fileprivate init(entries: [StruckEntry], reader: StrikeReader, boot: Int64) {
        self.entries = entries
        self.reader = reader
        self.boot = boot
    }

    /// Calls `body` with the strikes of each address that had not ended, the first to end first.
    func forEach<Failure: Error>(_ body: ([Strike]) throws(Failure) -> Void) throws(Failure) {
        for entry in entries {
            let found = reader.strikes(of: entry, at: boot)
            if !found.isEmpty { try body(found) }
        }
    }
}
