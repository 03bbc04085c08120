// Questions about the shape of a pattern, for the check of what an attacker can steer.

extension RegexNode {
    /// Names of the groups that hold an address.
    private static let addressNames: Set<String> = [
        "ip4", "ip6", "dns", "fid", "host", "addr", "cidr",
    ]

    /// The node within groups that only hold it.
    private var inner: RegexNode {
        if case .group(let node, _, let isAtomic) = self, !isAtomic { return node.inner }
        return self
    }

    /// Parts of each alternative at the top, with groups of a sequence opened.
    var branches: [[RegexNode]] {
        if case .alternatives(let all) = inner { return all.flatMap(\.branches) }
        return [parts]
    }

    /// The parts in a row, groups opened, but for those that have the address.
    private var parts: [RegexNode] {
        switch self {
        case .sequence(let nodes): return nodes.flatMap(\.parts)
        case .group(let node, let name, false):
            if let name, Self.addressNames.contains(name) { return [self] }
            if case .alternatives = node.inner { return [self] }
            return node.parts
        default: return [self]
        }
    }

    /// Whether every match is tied to the start or the end; `parts` gives them from that side.
    func isAnchored(_ anchor: RegexAnchor, parts order: ([RegexNode]) -> [RegexNode]) -> Bool {
        switch self {
        case .anchor(let own): return own == anchor
        case .group(let node, _, _): return node.isAnchored(anchor, parts: order)
        case .repeated(let node, let least, _, _):
            return least > 0 && node.isAnchored(anchor, parts: order)
        case .alternatives(let all):
            return all.allSatisfy { $0.isAnchored(anchor, parts: order) }
        case .sequence(let nodes):
            for node in order(nodes) {
                if node.isAnchored(anchor, parts: order) { return true }
                switch node {
                case .empty, .look, .anchor: continue
                default: return false
                }
            }
            return false
        default: return false
        }
    }

    /// Whether an address is found here.
    var hasAddress: Bool {
        switch self {
        case .group(let node, let name, _):
            name.map(Self.addressNames.contains) == true || node.hasAddress
        case .sequence(let all), .alternatives(let all): all.contains(where: \.hasAddress)
        case .repeated(let node, _, _, _): node.hasAddress
        default: false
        }
    }

    /// Whether it is a repetition of characters that an address may have.
    var repeatsAddressBytes: Bool {
        switch self {
        case .repeated(let node, _, let most, _):
            guard most != 1, case .set(let set) = node.inner else { return false }
            return "0123456789abcdefABCDEF".utf8.contains { set.bytes.contains($0) }
        case .group(let node, _, _): return node.repeatsAddressBytes
        default: return false
        }
    }

    /// Whether it takes nearly any text, blanks too: `.*`, `.+`, `[^,]*`.
    var isCatchAll: Bool {
        switch self {
        case .repeated(let node, _, nil, let isPossessive):
            if isPossessive { return false }
            guard case .set(let set) = node.inner else { return node.isCatchAll }
            return set.bytes.count >= 127 && set.bytes.contains(UInt8(ascii: " "))
        case .group(let node, _, false): return node.isCatchAll
        case .alternatives(let all): return all.contains(where: \.isCatchAll)
        case .sequence(let nodes): return nodes.contains(where: \.isCatchAll)
        default: return false
        }
    }

    // MARK: Repetitions within repetitions

    /// Whether a repetition has within it another, or alternatives, between which the same text can
    /// be divided in many ways.
    var hasNestedRepeats: Bool {
        switch self {
        case .sequence(let all), .alternatives(let all): all.contains(where: \.hasNestedRepeats)
        case .group(let node, _, _), .look(let node): node.hasNestedRepeats
        case .repeated(let node, _, let most, let isPossessive):
            node.hasNestedRepeats
                || (!isPossessive && most ?? .max > 20 && node.isDividedInManyWays)
        default: false
        }
    }

    /// Whether text that this matches again and again can be divided in more than one way.
    private var isDividedInManyWays: Bool {
        switch inner {
        case .alternatives(let all):
            if all.contains(where: \.isDividedInManyWays) { return true }
            let sets = all.compactMap(\.characters)
            for (index, set) in sets.enumerated() {
                if sets[(index + 1)...].contains(where: { !$0.isDisjoint(set) }) { return true }
            }
            return false
        case .repeated(let node, _, nil, false): return node.characters != nil || node.isNullable
        case .sequence(let nodes):
            // An open repetition that can take what every other part must.
            return nodes.indices.contains { index in
                guard case .repeated(let node, _, nil, false) = nodes[index].inner,
                    let taken = node.characters
                else { return false }
                return nodes.indices.allSatisfy { other in
                    if other == index || nodes[other].isNullable { return true }
                    guard let needed = nodes[other].characters else { return false }
                    return !needed.isDisjoint(taken)
                }
            }
        default: return false
        }
    }

    /// The bytes of which it takes one, or several of the same set; nil: it is more than that.
    private var characters: ByteSet? {
        switch inner {
        case .byte(let byte, let isFolded):
            var set = ByteSet()
            set.insert(byte)
            if isFolded { set.insert(byte & ~0x20) }
            return set
        case .set(let set): return set.bytes
        case .repeated(let node, _, _, _): return node.characters
        default: return nil
        }
    }

    /// Whether it can match no text at all.
    private var isNullable: Bool {
        switch self {
        case .empty, .anchor, .look, .anything: true
        case .byte, .set: false
        case .group(let node, _, _): node.isNullable
        case .sequence(let all): all.allSatisfy(\.isNullable)
        case .alternatives(let all): all.contains(where: \.isNullable)
        case .repeated(let node, let least, _, _): least == 0 || node.isNullable
        }
    }
}
