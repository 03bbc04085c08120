// What is in the table, by name, and whether opsd makes such a thing: so that what somebody else
// put there is seen, whether opsd was running at the time or not.

import CNetfilter

/// A chain, set, object or flowtable in the table.
package struct KernelThing: Hashable, Sendable {
    /// The kinds of things in a table, besides rules and elements.
    package enum Kind: Hashable, Sendable {
        /// Maps are sets too.
        case set
        case chain
        /// A counter, or another object: its type, NFT_OBJECT_*.
        case object(UInt32)
        case flowtable
    }

    /// What it is.
    package let kind: Kind
    /// Its name in the kernel.
    package let name: String
    /// A part of a rule that goes with it, and cannot be deleted by itself.
    package let isAnonymous: Bool
    /// It has a name that opsd gives to such a thing, and is as opsd makes it.
    package let isAsMade: Bool

    /// In the words of nft(8), for people.
    package var description: String {
        switch kind {
        case .set: "set \(name)"
        case .chain: "chain \(name)"
        case .object(UInt32(NFT_OBJECT_COUNTER)): "counter \(name)"
        case .object: "object \(name)"
        case .flowtable: "flowtable \(name)"
        }
    }

    /// It is a set or the counter of a list, of this run or an earlier one.
    package var isOfList: Bool { isAsMade && name.hasPrefix(ListSets.prefix) }

    /// What opsd did not make in this run.
    /// - Parameter lists: the names of the sets and counters of lists that it did.
    package static func strange(_ things: [KernelThing], lists: Set<String>) -> [KernelThing] {
        things.filter {
            !$0.isAnonymous && (!$0.isAsMade || $0.isOfList && !lists.contains($0.name))
        }
    }
}

// MARK: - Reading

extension KernelThing {
    /// What one message of a dump shows; nil where that is something else, or of another table.
    init?(_ bytes: Span<UInt8>, _ message: NetlinkMessage) {
        func first<Kind: RawRepresentable>(_ kind: Kind) -> NetlinkAttribute?
        where Kind.RawValue == UInt32 {
            NetlinkAttribute.first(kind, in: bytes, message.attributes)
        }
        // The table is the first attribute of each of these, the name the second or the third.
        guard !message.payload.isEmpty, bytes[message.payload.lowerBound] == Transaction.family,
            let table = first(NFTA_TABLE_NAME), table.isText(Layout.table, bytes)
        else { return nil }
        var isAnonymous = false
        var isAsMade = false
        switch message.tablesType {
        case NFT_MSG_NEWSET.rawValue:
            guard let text = first(NFTA_SET_NAME) else { return nil }
            kind = .set
            name = text.text(bytes)
            let flags = first(NFTA_SET_FLAGS)?.number(bytes) ?? 0
            isAnonymous = flags & UInt32(NFT_SET_ANONYMOUS.rawValue) != 0
            isAsMade =
                first(NFTA_SET_TIMEOUT) == nil
                && Self.isSet(name, flags, first(NFTA_SET_KEY_LEN)?.number(bytes))
        case NFT_MSG_NEWCHAIN.rawValue:
            guard let text = first(NFTA_CHAIN_NAME) else { return nil }
            kind = .chain
            name = text.text(bytes)
            let flags = first(NFTA_CHAIN_FLAGS)?.number(bytes) ?? 0
            isAnonymous = flags & UInt32(NFT_CHAIN_BINDING.rawValue) != 0
            isAsMade =
                flags & ~UInt32(NFT_CHAIN_BASE.rawValue) == 0
                && Self.isChain(
                    name, bytes, hook: first(NFTA_CHAIN_HOOK),
                    policy: first(NFTA_CHAIN_POLICY)?.number(bytes),
                    isFilter: first(NFTA_CHAIN_TYPE)?.isText("filter", bytes) ?? false)
        case NFT_MSG_NEWOBJ.rawValue:
            guard let text = first(NFTA_OBJ_NAME) else { return nil }
            let type = first(NFTA_OBJ_TYPE)?.number(bytes) ?? 0
            kind = .object(type)
            name = text.text(bytes)
            let name = name
            isAsMade =
                type == UInt32(NFT_OBJECT_COUNTER)
                && (name.hasPrefix(ListSets.prefix)
                    || KernelSet.bans.contains { "\($0.name)" == name })
        case NFT_MSG_NEWFLOWTABLE.rawValue:
            guard let text = first(NFTA_FLOWTABLE_NAME) else { return nil }
            kind = .flowtable
            name = text.text(bytes)
        default: return nil
        }
        self.isAnonymous = isAnonymous
        self.isAsMade = isAsMade
    }

    private static func isSet(_ name: String, _ flags: UInt32, _ keyBytes: UInt32?) -> Bool {
        if let set = KernelSet.allCases.first(where: { "\($0.name)" == name }) {
            return flags == set.shape.flags(hasTimeouts: true)
                && keyBytes == UInt32(set.shape.keyBytes)
        }
        guard let kind = ListSets.kind(in: name) else { return false }
        let shape = SetShape(name: name, isIPv4: kind.isIPv4, isRanges: kind.isRanges, number: 0)
        return keyBytes == UInt32(shape.keyBytes)
            && [true, false].contains { flags == shape.flags(hasTimeouts: $0) }
    }

    private static func isChain(
        _ name: String, _ bytes: Span<UInt8>, hook: NetlinkAttribute?, policy: UInt32?,
        isFilter: Bool
    ) -> Bool {
        if name != "\(Layout.chain)" {
            return hook == nil && Layout.chains.contains { "\($0)" == name }
        }
        guard let hook else { return false }
        func number<Kind: RawRepresentable>(_ kind: Kind) -> UInt32?
        where Kind.RawValue == UInt32 {
            NetlinkAttribute.first(kind, in: bytes, hook.value)?.number(bytes)
        }
        return isFilter && policy == NetfilterVerdict.accept
            && number(NFTA_HOOK_HOOKNUM) == NetfilterHook.preRouting
            && number(NFTA_HOOK_PRIORITY) == UInt32(bitPattern: NetfilterHook.rawPriority)
    }
}
