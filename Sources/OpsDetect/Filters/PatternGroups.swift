// Which groups of a pattern mean something to the engine, by number: names are looked up once.
//
// fail2ban gives groups their meaning by name, and builds one value of several in two ways:
//   `alt_user`, `alt_user_1`...     the first that is not empty is the `user`, if that is empty
//   `tuple_user`, `tuple_user_1`... each is appended to the `user`

/// A value that the engine takes from a match.
enum GroupSlot: Int, CaseIterable {
    /// An identity that need not be an address (`<F-ID>`).
    case fid
    case ip4
    case ip6
    /// The name of a host, which is never resolved.
    case dns
    /// The length of the prefix behind an address.
    case cidr
    /// What lines of one connection have in common.
    case mlfid
    /// The connection ends with this line.
    case mlfforget
    /// The connection got in: what failed before is forgiven.
    case mlfgained
    /// The line is not a failure by itself.
    case nofail
    case user
    /// What the failregexes are matched against (`prefregex` alone).
    case content

    static let count = 11

    /// The slot of a group's name.
    init?(name: Substring) {
        switch name {
        case "fid", "id": self = .fid
        case "ip4": self = .ip4
        case "ip6": self = .ip6
        case "dns": self = .dns
        case "cidr": self = .cidr
        case "mlfid": self = .mlfid
        case "mlfforget": self = .mlfforget
        case "mlfgained": self = .mlfgained
        case "nofail": self = .nofail
        case "user": self = .user
        case "content": self = .content
        default: return nil
        }
    }
}

/// The groups of one pattern.
final class PatternGroups {
    /// A group whose value becomes a part of another's.
    struct Part {
        let slot: GroupSlot
        let numbers: [Int]
    }

    /// The group of each slot: a number, `none`, or `several`.
    private let groups: InlineArray<11, Int>
    /// The groups of slots that have several.
    private let numbers: [[Int]]
    static let none = -1
    static let several = -2
    /// Values that stand in for an empty one, in the order in which they are asked.
    let alternatives: [Part]
    private let hasAlternatives: Bool
    /// Values that are appended, in order.
    let tuples: [Part]
    let hasTuples: Bool
    /// The lines that `<SKIPLINES>` passed over, in order.
    let skipped: [[Int]]

    init(_ pattern: Pattern) {
        var numbers = Array(repeating: [Int](), count: GroupSlot.count)
        var alternatives: [Part] = []
        var tuples: [Part] = []
        var skipped: [[Int]] = []
        for name in pattern.groups.keys.sorted() {
            let groups = pattern.numbers(of: name)
            if let slot = GroupSlot(name: name[...]), name != "id" {
                numbers[slot.rawValue] = groups
            } else if name.hasPrefix("alt_"), let slot = Self.target(of: name.dropFirst(4)) {
                alternatives.append(Part(slot: slot, numbers: groups))
            } else if name.hasPrefix("tuple_"), let slot = Self.target(of: name.dropFirst(6)) {
                tuples.append(Part(slot: slot, numbers: groups))
            }
        }
        while let groups = pattern.groups.keys.contains("skiplines\(skipped.count)")
            ? pattern.numbers(of: "skiplines\(skipped.count)") : nil
        {
            skipped.append(groups)
        }
        self.numbers = numbers
        var single = InlineArray<11, Int>(repeating: Self.none)
        for slot in GroupSlot.allCases {
            let of = numbers[slot.rawValue]
            single[slot.rawValue] = of.count > 1 ? Self.several : of.first ?? Self.none
        }
        groups = single
        hasAlternatives = !alternatives.isEmpty
        self.alternatives = alternatives
        self.tuples = tuples
        hasTuples = !tuples.isEmpty
        self.skipped = skipped
    }

    /// The one group that the slot's value is, `none`, or `several`: look for it with `range`.
    func number(of slot: GroupSlot) -> Int {
        hasAlternatives ? Self.several : groups[slot.rawValue]
    }

    /// Whether the pattern has a group of this name, whether or not it takes part in a match.
    func has(_ slot: GroupSlot) -> Bool { groups[slot.rawValue] != Self.none }

    /// Whether a match can say who it was, now or with another line of the connection.
    var hasIdentity: Bool { has(.fid) || has(.ip4) || has(.ip6) || has(.dns) || has(.mlfid) }

    /// Where the slot's value is in a match, or what stands in for it.
    func range(of slot: GroupSlot, in match: borrowing PatternMatch) -> Range<Int>? {
        let group = groups[slot.rawValue]
        if group == Self.none, !hasAlternatives { return nil }
        let own = group == Self.several ? match[anyOf: numbers[slot.rawValue]] : match[group]
        if !hasAlternatives { return own }
        if let own, !own.isEmpty { return own }
        for part in alternatives where part.slot == slot {
            if let range = match[anyOf: part.numbers], !range.isEmpty { return range }
        }
        return own
    }

    /// Whether the slot's value is several texts.
    func isTuple(_ slot: GroupSlot) -> Bool { tuples.contains { $0.slot == slot } }

    /// The name behind `alt_`, without a number at its end.
    private static func target(of name: Substring) -> GroupSlot? {
        var end = name.endIndex
        while end > name.startIndex, name[name.index(before: end)].isWholeNumber {
            end = name.index(before: end)
        }
        if end < name.endIndex, end > name.startIndex, name[name.index(before: end)] == "_" {
            return GroupSlot(name: name[..<name.index(before: end)])
        }
        return GroupSlot(name: name)
    }
}
