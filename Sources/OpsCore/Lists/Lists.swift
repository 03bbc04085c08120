// Named lists of networks that count as banned: blocklists, each replaced as a whole.  A list is
// never changed in place.  Its networks arrive as chunks, which mean nothing until the change that
// commits them; the table has the lists in force and at most one that is arriving.

/// The fixed bounds of lists.
package enum ListBounds {
    /// Lists held at once.
    package static let lists = 64
    /// The longest name, bytes.
    package static let nameBytes = 64
    /// Networks of a chunk: 16 KiB in memory as IPv4, 64 KiB as IPv6; 35 KB in the log at the most.
    package static let chunkEntries = 2_048
    /// Networks one `list add` may name: what fits the longest line by default.
    package static let entriesAtOnce = 8_192
    /// How long a list may be under way from `list begin` to `list commit`: nanoseconds.
    package static let draftNanoseconds: Int64 = 600 * 1_000_000_000

    /// Whether a text is a name: 1 to 64 of a-z, 0-9, dot, underscore and dash.
    package static func isName(_ text: String) -> Bool {
        (1...nameBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// A list in force.
package struct AddressList: Sendable {
    /// The name, which `ListBounds.isName` allows.
    package let name: String
    /// When it ends as a whole: milliseconds of boot time, or `Ban.never`.
    package internal(set) var deadline: Int64
    /// When it was committed: wall clock seconds since 1970.
    package let committed: UInt32
    /// Who committed it.
    package let uid: UInt32
    /// The networks, shared with whoever holds this value.
    package let networks: ListedNetworks
    /// `list:NAME`, what replies show as the source.
    package let source: String

    /// A list with these networks; the source follows from the name.
    package init(
        name: String, deadline: Int64, committed: UInt32, uid: UInt32, networks: ListedNetworks
    ) {
        self.name = name
        self.deadline = deadline
        self.committed = committed
        self.uid = uid
        self.networks = networks
        source = Self.source(of: name)
    }

    /// Networks in it.
    package var count: Int { networks.count }

    /// The source under which the list of a name is shown.
    package static func source(of name: String) -> String { "list:" + name }

    /// The name of the list that has this source; nil: it is not the source of a list.
    package static func name(ofSource source: String) -> String? {
        source.hasPrefix("list:") ? String(source.dropFirst("list:".utf8.count)) : nil
    }
}

extension AddressList: Hashable {
    /// Compares networks by reference first: equal lists mostly share them.
    package static func == (one: AddressList, other: AddressList) -> Bool {
        one.name == other.name && one.deadline == other.deadline
            && one.committed == other.committed && one.uid == other.uid
            && (one.networks === other.networks || one.networks.runs == other.networks.runs)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(deadline)
        hasher.combine(count)
    }
}

/// A list that is being restored or logged: its chunks so far.
struct ArrivingList: Sendable {
    var token: UInt64
    var chunks: UInt32 = 0
    var runs = NetworkRuns()
    /// Whether no chunk was missing and all came in order.
    var isWhole = true
}

/// All lists.
package struct Lists: Sendable {
    /// All lists, sorted by name.
    package private(set) var all: [AddressList] = []
    /// Networks in all of them.
    package private(set) var listed = 0
    private var arriving: ArrivingList?
    /// When the first list ends, milliseconds of boot time.
    package private(set) var nextDeadline = Ban.never

    /// Whether there are no lists.
    package var isEmpty: Bool { all.isEmpty }

    /// The list of a name.
    package subscript(name: String) -> AddressList? { all.first { $0.name == name } }

    /// The first list by name that holds the network and has not ended, and the network in it.
    /// - Parameter isDryRun: whether a list is a dry run, which holds nobody.
    @inline(never)
    func holding(
        _ network: Network, at bootMilliseconds: Int64,
        unless isDryRun: (AddressList) -> Bool = { _ in false }
    ) -> (place: Int, match: Network)? {
        for place in all.indices where all[place].deadline > bootMilliseconds {
            guard let match = all[place].networks.runs.holding(network),
                !isDryRun(all[place])
            else { continue }
            return (place, match)
        }
        return nil
    }

    /// The lists that have not ended.
    package func live(at now: Moment) -> [AddressList] {
        all.filter { $0.deadline > now.bootMilliseconds }
    }

    /// Adds a chunk to the list under way.  Its first chunk forgets whatever was arriving before.
    mutating func append(_ chunk: ListChunk) {
        if chunk.index == 0 { arriving = ArrivingList(token: chunk.token) }
        guard arriving?.token == chunk.token, let expected = arriving?.chunks else { return }
        if chunk.index < expected { return }
        let isNext = chunk.index == expected
        if !isNext || !(arriving?.runs.append(chunk.runs) ?? false) { arriving?.isWhole = false }
        arriving?.chunks += 1
    }

    /// Makes what has arrived a list, in the place of the one of its name.  Without all chunks
    /// (a log that `--recover` began in the middle) nothing happens.
    mutating func commit(_ commit: ListCommit) {
        defer { arriving = nil }
        var runs = NetworkRuns()
        if commit.chunks > 0 {
            guard let arriving, arriving.token == commit.token, arriving.isWhole,
                arriving.chunks == commit.chunks
            else { return }
            runs = arriving.runs
        }
        insert(
            AddressList(
                name: commit.name, deadline: commit.deadline, committed: commit.committed,
                uid: commit.uid, networks: ListedNetworks(runs)))
    }

    /// Adds a list, or puts it in the place of the one of its name.
    mutating func insert(_ list: AddressList) {
        remove(list.name)
        let place = all.firstIndex { list.name < $0.name } ?? all.count
        all.insert(list, at: place)
        listed += list.count
        nextDeadline = min(nextDeadline, list.deadline)
    }

    /// Drops a list; returns it.
    @discardableResult
    mutating func remove(_ name: String) -> AddressList? {
        guard let place = all.firstIndex(where: { $0.name == name }) else { return nil }
        let gone = all.remove(at: place)
        listed -= gone.count
        nextDeadline = all.map(\.deadline).min() ?? Ban.never
        return gone
    }

    /// Moves every deadline.
    mutating func moveDeadlines(_ move: (Int64) -> Int64) {
        for place in all.indices where all[place].deadline != Ban.never {
            all[place].deadline = move(all[place].deadline)
        }
        nextDeadline = all.map(\.deadline).min() ?? Ban.never
    }

    /// Forgets a list that arrived in part: nothing will complete it.
    mutating func forgetArriving() { arriving = nil }
}
