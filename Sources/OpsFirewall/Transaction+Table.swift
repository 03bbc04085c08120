// Makes the table and everything in it except the elements.  `build` makes what does not exist and
// empties what does: sets and chain remain the same objects, so a packet that arrives while the
// transaction takes effect finds the old elements or the new ones, never none.  `rebuild` deletes
// the table first, if it is not as it should be.

import CNetfilter

extension Transaction {
    /// Makes the table, counters, sets, chains and rules.  Existing sets are emptied, and the rules
    /// of the existing main chain replaced; the chain of lists keeps its rules.
    package mutating func build(_ layout: Layout) {
        addTable()
        for set in KernelSet.bans { addCounter("\(set.name)") }
        for set in KernelSet.allCases { addSet(set.shape) }
        addListChain()
        addChain()
        emptyChain(Layout.chain)
        for set in KernelSet.allCases { empty(set) }
        for set in KernelSet.allowed { addRule(Layout.chain, set.shape, mask: nil, .accept) }
        for set in KernelSet.bans where !(set == .exact6 && layout.ipv6Prefix == 128) {
            addRule(
                Layout.chain, set.shape, mask: set == .addresses6 ? layout.ipv6Prefix : nil,
                .drop(counter: "\(set.name)"))
        }
        jumpToLists()
    }

    /// Deletes the table, if it exists, and then builds it.
    package mutating func rebuild(_ layout: Layout) {
        deleteTable()
        build(layout)
    }

    /// Deletes the table; also correct when it does not exist, because it is added first.
    package mutating func deleteTable() {
        addTable()
        message(NFT_MSG_DELTABLE) { $0.text(NFTA_TABLE_NAME, "\(Layout.table)") }
    }

    mutating func deleteSet(_ name: String) {
        message(NFT_MSG_DELSET) { writer in
            writer.text(NFTA_SET_TABLE, "\(Layout.table)")
            writer.text(NFTA_SET_NAME, name)
        }
    }

    mutating func deleteCounter(_ name: String) {
        message(NFT_MSG_DELOBJ) { writer in
            writer.text(NFTA_OBJ_TABLE, "\(Layout.table)")
            writer.text(NFTA_OBJ_NAME, name)
            writer.number(NFTA_OBJ_TYPE, UInt32(NFT_OBJECT_COUNTER))
        }
    }

    private mutating func addTable() {
        message(NFT_MSG_NEWTABLE, NLM_F_CREATE) { writer in
            writer.text(NFTA_TABLE_NAME, "\(Layout.table)")
            writer.number(NFTA_TABLE_FLAGS, 0)
            // nft(8) shows this as the table's comment: type, length, text with NUL.
            let comment = Array("kept by opsd: see opsctl bans".utf8) + [0]
            writer.data(
                NFTA_TABLE_USERDATA, [NFTNumber.tableComment, UInt8(comment.count)] + comment)
        }
    }

    mutating func addCounter(_ name: String) {
        message(NFT_MSG_NEWOBJ, NLM_F_CREATE) { writer in
            writer.text(NFTA_OBJ_TABLE, "\(Layout.table)")
            writer.text(NFTA_OBJ_NAME, name)
            writer.number(NFTA_OBJ_TYPE, UInt32(NFT_OBJECT_COUNTER))
            writer.nest(NFTA_OBJ_DATA) { _ in }
        }
    }

    /// - Parameters:
    ///   - hasTimeouts: whether elements may time out.
    ///   - size: the most elements it will have; nil if that is not known.
    mutating func addSet(_ set: SetShape, hasTimeouts: Bool = true, size: Int? = nil) {
        var flags = hasTimeouts ? UInt32(NFT_SET_TIMEOUT.rawValue) : 0
        if set.isRanges { flags |= UInt32(NFT_SET_INTERVAL.rawValue) }
        message(NFT_MSG_NEWSET, NLM_F_CREATE) { writer in
            writer.text(NFTA_SET_TABLE, "\(Layout.table)")
            writer.text(NFTA_SET_NAME, set.name)
            writer.number(NFTA_SET_FLAGS, flags)
            writer.number(
                NFTA_SET_KEY_TYPE,
                set.isIPv4 ? NFTNumber.ipv4Address : NFTNumber.ipv6Address)
            writer.number(NFTA_SET_KEY_LEN, UInt32(set.keyBytes))
            writer.number(NFTA_SET_ID, set.number)
            if let size = size.flatMap(UInt32.init(exactly:)) {
                writer.nest(NFTA_SET_DESC) { $0.number(NFTA_SET_DESC_SIZE, size) }
            }
            // Also for nft(8), the byte order of the keys: type, length, number.
            let order = withUnsafeBytes(of: NFTNumber.bigEndian) { Array($0) }
            writer.data(
                NFTA_SET_USERDATA, [NFTNumber.setKeyByteOrder, UInt8(order.count)] + order)
        }
    }

    private mutating func addListChain() {
        message(NFT_MSG_NEWCHAIN, NLM_F_CREATE) { writer in
            writer.text(NFTA_CHAIN_TABLE, "\(Layout.table)")
            writer.text(NFTA_CHAIN_NAME, "\(Layout.listChain)")
        }
    }

    private mutating func addChain() {
        message(NFT_MSG_NEWCHAIN, NLM_F_CREATE) { writer in
            writer.text(NFTA_CHAIN_TABLE, "\(Layout.table)")
            writer.text(NFTA_CHAIN_NAME, "\(Layout.chain)")
            writer.nest(NFTA_CHAIN_HOOK) { writer in
                writer.number(NFTA_HOOK_HOOKNUM, NetfilterHook.preRouting)
                writer.number(
                    NFTA_HOOK_PRIORITY, UInt32(bitPattern: NetfilterHook.rawPriority))
            }
            // Packets that match no rule are accepted.
            writer.number(NFTA_CHAIN_POLICY, NetfilterVerdict.accept)
            writer.text(NFTA_CHAIN_TYPE, "filter")
        }
    }

    mutating func emptyChain(_ chain: StaticString) {
        message(NFT_MSG_DELRULE) { writer in
            writer.text(NFTA_RULE_TABLE, "\(Layout.table)")
            writer.text(NFTA_RULE_CHAIN, "\(chain)")
        }
    }

    /// Removes every element from a set.
    mutating func empty(_ set: KernelSet) {
        message(NFT_MSG_DELSETELEM) { writer in
            writer.text(NFTA_SET_ELEM_LIST_TABLE, "\(Layout.table)")
            writer.text(NFTA_SET_ELEM_LIST_SET, "\(set.name)")
        }
    }

    /// Adds a rule such as `ip saddr @set counter name "set" drop`.
    /// - Parameter mask: the source is masked to this many bits before the look-up; only for IPv6.
    mutating func addRule(
        _ chain: StaticString, _ set: SetShape, mask: UInt8?, _ verdict: RuleVerdict
    ) {
        message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND) { writer in
            writer.text(NFTA_RULE_TABLE, "\(Layout.table)")
            writer.text(NFTA_RULE_CHAIN, "\(chain)")
            writer.nest(NFTA_RULE_EXPRESSIONS) { writer in
                writer.matchFamily(isIPv4: set.isIPv4)
                writer.loadSource(isIPv4: set.isIPv4)
                if let mask, mask < 128 { writer.mask(to: mask) }
                writer.lookUp(set.name)
                writer.carryOut(verdict)
            }
        }
    }

    private mutating func jumpToLists() {
        message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND) { writer in
            writer.text(NFTA_RULE_TABLE, "\(Layout.table)")
            writer.text(NFTA_RULE_CHAIN, "\(Layout.chain)")
            writer.nest(NFTA_RULE_EXPRESSIONS) { $0.carryOut(.jump(Layout.listChain)) }
        }
    }
}

/// What happens to a packet whose source is in the set.
enum RuleVerdict {
    /// The packet leaves this chain; other chains still see it.
    case accept
    case drop(counter: String)
    case jump(StaticString)
}

// MARK: - Expressions

extension NetlinkWriter {
    private mutating func expression(
        _ name: String, _ body: (inout NetlinkWriter) -> Void
    ) {
        nest(NFTA_LIST_ELEM) { writer in
            writer.text(NFTA_EXPR_NAME, name)
            writer.nest(NFTA_EXPR_DATA, body)
        }
    }

    private mutating func value<Kind: RawRepresentable>(_ kind: Kind, _ bytes: [UInt8])
    where Kind.RawValue == UInt32 {
        nest(kind) { $0.data(NFTA_DATA_VALUE, bytes) }
    }

    fileprivate mutating func matchFamily(isIPv4: Bool) {
        expression("meta") { writer in
            writer.number(NFTA_META_KEY, NFT_META_NFPROTO.rawValue)
            writer.number(NFTA_META_DREG, NFT_REG_1.rawValue)
        }
        expression("cmp") { writer in
            writer.number(NFTA_CMP_SREG, NFT_REG_1.rawValue)
            writer.number(NFTA_CMP_OP, NFT_CMP_EQ.rawValue)
            writer.value(NFTA_CMP_DATA, [isIPv4 ? NetfilterFamily.ipv4 : NetfilterFamily.ipv6])
        }
    }

    fileprivate mutating func loadSource(isIPv4: Bool) {
        expression("payload") { writer in
            writer.number(NFTA_PAYLOAD_DREG, NFT_REG_1.rawValue)
            writer.number(NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER.rawValue)
            // The offset of the source address in an IPv4 or IPv6 header.
            writer.number(NFTA_PAYLOAD_OFFSET, isIPv4 ? 12 : 8)
            writer.number(NFTA_PAYLOAD_LEN, isIPv4 ? 4 : 16)
        }
    }

    fileprivate mutating func mask(to prefix: UInt8) {
        let bits = prefix == 0 ? 0 : UInt128.max << UInt128(128 - prefix)
        let mask = withUnsafeBytes(of: bits.bigEndian) { Array($0) }
        expression("bitwise") { writer in
            writer.number(NFTA_BITWISE_SREG, NFT_REG_1.rawValue)
            writer.number(NFTA_BITWISE_DREG, NFT_REG_1.rawValue)
            writer.number(NFTA_BITWISE_LEN, 16)
            writer.value(NFTA_BITWISE_MASK, mask)
            writer.value(NFTA_BITWISE_XOR, [UInt8](repeating: 0, count: 16))
        }
    }

    fileprivate mutating func lookUp(_ set: String) {
        expression("lookup") { writer in
            writer.text(NFTA_LOOKUP_SET, set)
            writer.number(NFTA_LOOKUP_SREG, NFT_REG_1.rawValue)
        }
    }

    fileprivate mutating func carryOut(_ verdict: RuleVerdict) {
        switch verdict {
        // A jump needs the verdict and the name of a chain.
        case .accept: rule(verdict: NetfilterVerdict.accept)
        case .drop(let counter):
            expression("objref") { writer in
                writer.number(NFTA_OBJREF_IMM_TYPE, UInt32(NFT_OBJECT_COUNTER))
                writer.text(NFTA_OBJREF_IMM_NAME, counter)
            }
            rule(verdict: NetfilterVerdict.drop)
        case .jump(let chain):
            rule(verdict: UInt32(bitPattern: NFT_JUMP.rawValue), "\(chain)")
        }
    }

    private mutating func rule(verdict: UInt32, _ chain: String? = nil) {
        expression("immediate") { writer in
            writer.number(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT.rawValue)
            writer.nest(NFTA_IMMEDIATE_DATA) { writer in
                writer.nest(NFTA_DATA_VERDICT) { writer in
                    writer.number(NFTA_VERDICT_CODE, verdict)
                    if let chain { writer.text(NFTA_VERDICT_CHAIN, chain) }
                }
            }
        }
    }
}
