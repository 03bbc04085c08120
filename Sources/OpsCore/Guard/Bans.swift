// The bans: single addresses and networks in one table, 40 bytes each.  "Who holds this address"
// asks once for each prefix length in use, the narrowest first.

/// A ban as the table keeps it: the texts are numbers of the table's.
package struct BanEntry: Expiring {
    package var network: Network
    package var isAutomatic: Bool
    package var source: UInt16
    package var reason: UInt32
    package var deadline: Int64
    package var created: UInt32
    package var uid: UInt32

    package init(
        network: Network, isAutomatic: Bool, source: UInt16, reason: UInt32, deadline: Int64,
        created: UInt32, uid: UInt32
    ) {
        self.network = network
        self.isAutomatic = isAutomatic
        self.source = source
        self.reason = reason
        self.deadline = deadline
        self.created = created
        self.uid = uid
    }
}

/// All active bans, with their texts.
struct Bans: Sendable {
    private(set) var table: ExpiringTable<BanEntry>
    private var reasons = Names(
        limit: Int(UInt32.max) - 1, capacity: Int(UInt32.max) - 1)
    private var sources = Names(limit: Bounds.sources, capacity: Int(UInt16.max))
    /// How many bans have each prefix length, and the lengths in use, longest first.
    private var counts = [Int](repeating: 0, count: 129)
    private var lengths: [UInt8] = []

    init(hasher: KeyedHash) { table = ExpiringTable(hasher: hasher) }

    var count: Int { table.count }

    /// Whether a ban with this source can be kept.
    func hasRoom(forSource source: String) -> Bool { sources.hasRoom(for: source) }

    /// The ban of exactly this network.
    subscript(network: Network) -> Ban? { table[network].map(ban) }

    /// The narrowest ban that holds the network, unless it has ended.
    @inline(__always)
    func holding(_ network: Network, at bootMilliseconds: Int64) -> BanEntry? {
        let isIPv4 = network.isIPv4
        for length in lengths {
            if length > network.length { continue }
            if isIPv4 && length < 96 { break }
            if let entry = table[network.widened(to: length)], entry.deadline > bootMilliseconds {
                return entry
            }
        }
        return nil
    }

    /// Every ban that holds the network, narrowest first.
    func allHolding(_ network: Network, at bootMilliseconds: Int64) -> [BanEntry] {
        let floor: UInt8 = network.isIPv4 ? 96 : 0
        return lengths.filter { $0 <= network.length && $0 >= floor }
            .compactMap { table[network.widened(to: $0)] }
            .filter { $0.deadline > bootMilliseconds }
    }

    /// The entry with its texts.
    func ban(_ entry: BanEntry) -> Ban {
        Ban(
            network: entry.network, deadline: entry.deadline, created: entry.created,
            reason: reasons[entry.reason], source: sources[UInt32(entry.source)], uid: entry.uid,
            isAutomatic: entry.isAutomatic)
    }

    /// The number of a source, to filter by it; nil where no ban has it.
    func entries(from source: String) -> (BanEntry) -> Bool {
        { entry in sources[UInt32(entry.source)] == source }
    }

    /// The number of a reason, to be in an entry that is loaded.
    mutating func number(ofReason text: String) -> UInt32 { reasons.number(of: text) }

    /// The number of a source, to be in an entry that is loaded.
    mutating func number(ofSource text: String) -> UInt16 { UInt16(sources.number(of: text)) }

    /// The ban as the table keeps it; nobody uses its texts yet.
    private mutating func entry(_ ban: Ban) -> BanEntry {
        BanEntry(
            network: ban.network, isAutomatic: ban.isAutomatic,
            source: number(ofSource: ban.source), reason: number(ofReason: ban.reason),
            deadline: ban.deadline, created: ban.created, uid: ban.uid)
    }

    @inline(__always)
    private mutating func hold(_ entry: BanEntry) {
        reasons.hold(entry.reason)
        sources.hold(UInt32(entry.source))
    }

    /// Adds a ban, or puts it in the place of the one of its network.
    mutating func put(_ ban: Ban) {
        let entry = entry(ban)
        hold(entry)
        if let old = table.put(entry) {
            release(old)
        } else {
            count(ban.network.length, by: 1)
        }
    }

    /// Room for about so many.
    mutating func reserve(_ count: Int) { table.reserve(count) }

    /// Adds a ban of a snapshot; it is there from the next `settle`.
    mutating func load(_ ban: Ban) { load(entry(ban)) }

    /// The same, with numbers of this table's texts.
    mutating func load(_ entry: BanEntry) {
        hold(entry)
        table.load(entry)
        count(entry.network.length, by: 1)
    }

    /// Ends a filling by `load`.
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
        return gone
    }

    /// Moves every deadline; see `ExpiringTable.rebase`.
    mutating func rebase(_ move: (Int64) -> Int64) {
        table.rebase { $0.deadline = $0.deadline == Ban.never ? Ban.never : move($0.deadline) }
    }

    private mutating func release(_ entry: BanEntry) {
        reasons.release(entry.reason)
        sources.release(UInt32(entry.source))
    }

    private mutating func count(_ length: UInt8, by step: Int) {
        let before = counts[Int(length)]
        counts[Int(length)] = before + step
        if before == 0 || before + step == 0 {
            lengths = (0...128).reversed().filter { counts[$0] > 0 }.map { UInt8($0) }
        }
    }
}
