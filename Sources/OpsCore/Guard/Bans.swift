// The bans: single addresses and networks in one table, 40 bytes each.  To find the ban that holds
// an address takes one look-up for each prefix length in use, the narrowest first.

/// A ban as the table keeps it; it has the numbers of its texts instead of the texts.
package struct BanEntry: Expiring {
    /// What is banned.
    package var network: Network
    /// How the ban came about and whether it is enforced.
    package var traits: BanTraits
    /// Number of the source in the table's texts; 0: empty.
    package var source: UInt16
    /// Number of the reason in the table's texts; 0: empty.
    package var reason: UInt32
    /// When it ends: milliseconds of boot time, or `Ban.never`.
    package var deadline: Int64
    /// When it was made: wall clock seconds since 1970.
    package var created: UInt32
    /// Who asked for it, or whose report caused it.
    package var uid: UInt32

    package init(
        network: Network, traits: BanTraits, source: UInt16, reason: UInt32, deadline: Int64,
        created: UInt32, uid: UInt32
    ) {
        self.network = network
        self.traits = traits
        self.source = source
        self.reason = reason
        self.deadline = deadline
        self.created = created
        self.uid = uid
    }

    /// The ban, with its texts and what its deadline becomes once it is confirmed.
    fileprivate func ban(_ reason: String, _ source: String, confirmed: Int64?) -> Ban {
        Ban(
            network: network, deadline: deadline, created: created, reason: reason, source: source,
            uid: uid, traits: traits, confirmedDeadline: confirmed)
    }
}

/// All active bans, with their texts.
struct Bans: Sendable {
    private(set) var table: ExpiringTable<BanEntry>
    private var reasons = TextTable(
        limit: Int(UInt32.max) - 1, capacity: Int(UInt32.max) - 1)
    private var sources = TextTable(limit: Bounds.sources, capacity: Int(UInt16.max))
    /// How many bans have each prefix length, and the lengths in use, longest first.
    private var counts = [Int](repeating: 0, count: 129)
    private(set) var lengths: [UInt8] = []
    /// Bans that wait to be confirmed, and what their deadline becomes; at most
    /// `Bounds.unconfirmed`, a bound that `decide` enforces.
    private(set) var unconfirmed: [Network: Int64] = [:]
    /// Bans that are not enforced.
    private(set) var dryRunCount = 0
    /// Bans of whole networks that the rules made.
    private(set) var subnetCount = 0

    init(hasher: KeyedHash) { table = ExpiringTable(hasher: hasher) }

    var count: Int { table.count }

    /// Whether a ban with this source can be kept.
    func hasRoom(forSource source: String) -> Bool { sources.hasRoom(for: source) }

    /// The ban of exactly this network.
    subscript(network: Network) -> Ban? { table[network].map(ban) }

    /// The narrowest ban that holds the network, unless it has ended.  A ban that is enforced takes
    /// precedence over any that is not (`BanTraits.dryRun`).
    @inline(__always)
    func holding(_ network: Network, at bootMilliseconds: Int64) -> BanEntry? {
        let isIPv4 = network.isIPv4
        var dry: BanEntry?
        // By index, here and where slots are taken: without optimisation an array's iterator
        // allocates on the heap, and the tests count allocations.
        for index in lengths.indices {
            let length = lengths[index]
            if length > network.length { continue }
            if isIPv4 && length < 96 { break }
            if let entry = table[network.widened(to: length)], entry.deadline > bootMilliseconds {
                if !entry.traits.contains(.dryRun) { return entry }
                if dry == nil { dry = entry }
            }
        }
        return dry
    }

    /// Every ban that holds the network, narrowest first.
    func allHolding(_ network: Network, at bootMilliseconds: Int64) -> [BanEntry] {
        let floor: UInt8 = network.isIPv4 ? 96 : 0
        return lengths.filter { $0 <= network.length && $0 >= floor }
            .compactMap { table[network.widened(to: $0)] }
            .filter { $0.deadline > bootMilliseconds }
    }

    /// One of the 256 parts of the table as it is now, ended bans left out.
    func part(_ part: Int, at bootMilliseconds: Int64) -> BanPart {
        BanPart(
            entries: table.shards[part].entries, reasons: reasons.texts, sources: sources.texts,
            unconfirmed: unconfirmed, boot: bootMilliseconds)
    }

    /// The entry with its texts.
    func ban(_ entry: BanEntry) -> Ban {
        let (reason, source) = texts(of: entry)
        return entry.ban(reason, source, confirmed: confirmedDeadline(of: entry.network))
    }

    /// The reason and the source of an entry.
    @inline(__always)
    func texts(of entry: BanEntry) -> (reason: String, source: String) {
        (reasons[entry.reason], sources[UInt32(entry.source)])
    }

    /// What the deadline of a ban becomes once it is confirmed; nil: it is not waiting for
    /// confirmation.
    @inline(__always)
    func confirmedDeadline(of network: Network) -> Int64? {
        unconfirmed.isEmpty ? nil : unconfirmed[network]
    }

    /// A filter for the entries of a source; nil where no ban has that source.
    func entries(from source: String) -> ((BanEntry) -> Bool)? {
        guard let number = sources.find(source) else { return nil }
        return { entry in UInt32(entry.source) == number }
    }

    /// The number of a reason, for an entry to be loaded.
    mutating func number(ofReason text: String) -> UInt32 { reasons.number(of: text) }

    /// The number of a source, for an entry to be loaded.
    mutating func number(ofSource text: String) -> UInt16 { UInt16(sources.number(of: text)) }

    /// The ban as the table keeps it; its texts are not counted yet.
    private mutating func entry(_ ban: Ban) -> BanEntry {
        BanEntry(
            network: ban.network, traits: ban.traits,
            source: number(ofSource: ban.source), reason: number(ofReason: ban.reason),
            deadline: ban.deadline, created: ban.created, uid: ban.uid)
    }

    @inline(__always)
    private mutating func hold(_ entry: BanEntry) {
        reasons.retain(entry.reason)
        sources.retain(UInt32(entry.source))
        if entry.traits.contains(.subnet) { subnetCount += 1 }
        if entry.traits.contains(.dryRun) { dryRunCount += 1 }
    }

    /// Adds a ban, or puts it in the place of the one of its network.
    mutating func insert(_ ban: Ban) {
        let entry = entry(ban)
        hold(entry)
        if let old = table.insert(entry) {
            release(old)
        } else {
            count(ban.network.length, by: 1)
        }
        if ban.confirmedDeadline != nil || !unconfirmed.isEmpty {
            unconfirmed[ban.network] = ban.confirmedDeadline
        }
    }

    /// The ban of a network ends at another time from now on, and no longer waits for confirmation.
    mutating func confirm(_ network: Network, deadline: Int64) {
        unconfirmed[network] = nil
        table.update(network) { $0.deadline = deadline }
    }

    /// Reserves room for about this many bans.
    mutating func reserve(_ count: Int) { table.reserve(count) }

    /// Adds a ban of a snapshot; look-ups find it from the next `settle` on.
    mutating func load(_ ban: Ban) {
        load(entry(ban))
        if let deadline = ban.confirmedDeadline { unconfirmed[ban.network] = deadline }
    }

    /// Adds a ban of a snapshot whose texts have numbers of this table already.
    mutating func load(_ entry: BanEntry) {
        hold(entry)
        table.load(entry)
        count(entry.network.length, by: 1)
    }

    /// Ends loading: all bans that `load` added can be found from now on.
    mutating func settle() {
        var gone: [BanEntry] = []
        table.settle { gone.append($0) }
        for entry in gone {
            release(entry)
            count(entry.network.length, by: -1)
        }
    }

    /// Lifts a ban.
    @discardableResult
    mutating func remove(_ network: Network) -> Ban? {
        guard let entry = table.remove(network) else { return nil }
        let gone = ban(entry)
        release(entry)
        count(network.length, by: -1)
        if !unconfirmed.isEmpty { unconfirmed[network] = nil }
        return gone
    }

    /// Moves every deadline; see `ExpiringTable.rebase`.
    mutating func rebase(_ move: (Int64) -> Int64) {
        func moved(_ deadline: Int64) -> Int64 { deadline == Ban.never ? deadline : move(deadline) }
        table.rebase { $0.deadline = moved($0.deadline) }
        unconfirmed = unconfirmed.mapValues { moved($0) }
    }

    private mutating func release(_ entry: BanEntry) {
        reasons.release(entry.reason)
        sources.release(UInt32(entry.source))
        if entry.traits.contains(.subnet) { subnetCount -= 1 }
        if entry.traits.contains(.dryRun) { dryRunCount -= 1 }
    }

    private mutating func count(_ length: UInt8, by step: Int) {
        let before = counts[Int(length)]
        counts[Int(length)] = before + step
        if before == 0 || before + step == 0 {
            lengths = (0...128).reversed().filter { counts[$0] > 0 }.map { UInt8($0) }
        }
    }
}

/// The bans of a part of the table at some moment.  It shares entries and texts with the table,
/// which copies them before it changes them.
struct BanPart: Sendable {
    fileprivate let entries: [BanEntry]
    fileprivate let reasons: InternedTexts
    fileprivate let sources: InternedTexts
    fileprivate let unconfirmed: [Network: Int64]
    fileprivate let boot: Int64

    /// Calls `body` with each ban that had not expired.
    func forEach<Failure: Error>(_ body: (Ban) throws(Failure) -> Void) throws(Failure) {
        for index in entries.indices where entries[index].deadline > boot {
            let entry = entries[index]
            try body(
                entry.ban(
                    reasons[entry.reason], sources[UInt32(entry.source)],
                    confirmed: unconfirmed.isEmpty ? nil : unconfirmed[entry.network]))
        }
    }
}
