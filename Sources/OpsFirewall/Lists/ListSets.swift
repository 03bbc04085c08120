// A list in the kernel: up to four sets, and a counter for all that they drop.
//
//     list.NAME.addresses4.GENERATION   hash      IPv4 addresses
//     list.NAME.addresses6.GENERATION   hash      IPv6 networks of guard.ipv6_prefix
//     list.NAME.ranges4.GENERATION      interval  every other IPv4 network
//     list.NAME.ranges6.GENERATION      interval  every other IPv6 network
//
// The networks of a list are disjoint (AddressRuns), so nothing has to be computed: they go in as
// they stand.  A list is never changed in place either.  It is loaded under a new generation, which
// no rule knows yet, in as many transactions as it takes; one more puts the new sets into the rules
// and deletes the old ones.  So it is replaced in one moment, and no transaction is long.

package import OpsCore

/// One kind of set of a list.
package enum ListSet: UInt8, CaseIterable, Sendable {
    case addresses4, addresses6, ranges4, ranges6

    var name: StaticString {
        switch self {
        case .addresses4: "addresses4"
        case .addresses6: "addresses6"
        case .ranges4: "ranges4"
        case .ranges6: "ranges6"
        }
    }

    /// Whether its keys are IPv4 addresses.
    package var isIPv4: Bool { self == .addresses4 || self == .ranges4 }
    /// Whether it is an interval set; otherwise a hash set.
    package var isRanges: Bool { self == .ranges4 || self == .ranges6 }
}

/// The sets of one loaded list.
package struct ListSets: Hashable, Sendable {
    /// What the names of all sets of lists begin with; no other set's does.
    package static let prefix = "list."

    /// The list's name.
    package let name: String
    /// Part of the names of its sets; a list that is loaded again has another.
    package let generation: UInt32
    /// How many networks each set is for; those without any are not made.
    package private(set) var counts: [ListSet: Int]
    let layout: Layout

    /// - Complexity: one pass over the networks.
    package init(
        _ name: String, _ networks: NetworkRuns, generation: UInt32, layout: Layout
    ) {
        self.name = name
        self.generation = generation
        self.layout = layout
        var counts: [ListSet: Int] = [:]
        for chunk in networks.ipv4.chunks {
            let single = chunk.count { $0.first == $0.last }
            counts[.addresses4, default: 0] += single
            counts[.ranges4, default: 0] += chunk.count - single
        }
        for chunk in networks.ipv6.chunks {
            let single = chunk.count { $0.prefix == layout.ipv6Prefix }
            counts[.addresses6, default: 0] += single
            counts[.ranges6, default: 0] += chunk.count - single
        }
        self.counts = counts.filter { $0.value > 0 }
    }

    /// The lists that an earlier run left in the kernel, by the names of its sets; how many
    /// networks are in them is not known.  Of two generations the older one is in use.
    package static func found(in names: [String], layout: Layout) -> [String: ListSets] {
        var found: [String: ListSets] = [:]
        for name in names {
            guard let generation = generation(in: name), let kind = kind(in: name) else { continue }
            let list = words(of: name).dropLast(2).joined(separator: ".")
            var sets = found[list] ?? ListSets(left: list, generation, layout)
            if sets.generation < generation { continue }
            if sets.generation > generation { sets = ListSets(left: list, generation, layout) }
            sets.counts[kind] = 0
            found[list] = sets
        }
        return found
    }

    private static func words(of name: String) -> [Substring] {
        name.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false)
    }

    /// The kind in the name of a list's set; nil: not such a name.
    static func kind(in name: String) -> ListSet? {
        guard generation(in: name) != nil else { return nil }
        let words = words(of: name)
        guard words.count >= 3 else { return nil }
        return ListSet.allCases.first { words[words.count - 2] == "\($0.name)" }
    }

    private init(left name: String, _ generation: UInt32, _ layout: Layout) {
        self.name = name
        self.generation = generation
        self.layout = layout
        counts = [:]
    }

    /// The sets there are, in order.
    package var kinds: [ListSet] { ListSet.allCases.filter { counts[$0] != nil } }
    /// The name of its counter.
    package var counter: String { Self.prefix + name }
    /// The name of a set, as in the kernel.
    package func setName(_ kind: ListSet) -> String {
        "\(counter).\(kind.name).\(generation)"
    }

    /// The names of its counter and of its sets.
    package var things: [String] { [counter] + kinds.map(setName) }

    func shape(_ kind: ListSet) -> SetShape {
        SetShape(
            name: setName(kind), isIPv4: kind.isIPv4, isRanges: kind.isRanges,
            number: 0x100 + UInt32(kind.rawValue))
    }

    /// The generation in the name of a list's set; nil: not such a name.
    package static func generation(in name: String) -> UInt32? {
        guard name.hasPrefix(prefix), let dot = name.lastIndex(of: ".") else { return nil }
        return UInt32(name[name.index(after: dot)...])
    }

    /// Whether this element belongs in the set; the end of a range is an element too.
    package func wants(
        _ element: KernelElement, in kind: ListSet, of networks: NetworkRuns
    ) -> Bool {
        let key = element.isEnd ? element.key &- 1 : element.key
        let network: Network
        if kind.isIPv4 {
            guard key <= UInt128(UInt32.max) else { return false }
            network = Network(ipv4: UInt32(truncatingIfNeeded: key))
        } else {
            network = Network(
                high: UInt64(truncatingIfNeeded: key >> 64), low: UInt64(truncatingIfNeeded: key),
                length: 128)
        }
        guard let held = networks.holding(network) else { return false }
        let isSingle = held.isIPv4 ? held.isAddress : held.length == layout.ipv6Prefix
        return isSingle != kind.isRanges
            && (element.isEnd ? held.lastKey : held.firstKey) == key
    }

    /// How many elements the set has in the kernel when all is well.
    package func elements(_ kind: ListSet, of networks: NetworkRuns) -> Int {
        guard kind.isRanges, let count = counts[kind] else { return counts[kind] ?? 0 }
        // A range up to the last address of its family has no element for its end.
        let reachesTop =
            kind.isIPv4
            ? networks.ipv4.last.map { $0.last == .max && $0.first != .max } ?? false
            : networks.ipv6.last.map { $0.last == .max && $0.prefix != layout.ipv6Prefix } ?? false
        return count * 2 - (reachesTop ? 1 : 0)
    }
}
