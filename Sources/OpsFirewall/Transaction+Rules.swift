// The rules: which sets are looked up, and in which order a rule asks.  A set without elements has
// no rule.  All rules are written at once; the order of sets is the same each time.

import CNetfilter

extension Transaction {
    /// Makes these the only rules.
    /// - Parameters:
    ///   - bans: sets of bans that are looked up; a set that is not empty must be among them.
    ///   - lists: lists that are looked up, in this order.
    package mutating func useRules(_ layout: Layout, bans: Set<KernelSet>, lists: [ListSets]) {
        for chain in Layout.chains { emptyChain(chain) }
        for isIPv4 in [true, false] {
            var isUsed = false
            for set in KernelSet.bans where set.isIPv4 == isIPv4 && bans.contains(set) {
                addRule(
                    set.shape, mask: set == .addresses6 ? layout.ipv6Prefix : nil,
                    counter: "\(set.name)")
                isUsed = true
            }
            for list in lists {
                for kind in list.kinds where kind.isIPv4 == isIPv4 {
                    addRule(
                        list.shape(kind),
                        mask: kind == .addresses6 ? list.layout.ipv6Prefix : nil,
                        counter: list.counter)
                    isUsed = true
                }
            }
            if isUsed { branch(isIPv4: isIPv4) }
        }
    }

    /// Adds a rule such as `ip saddr @set ip saddr != @allowed4 counter name "counter" drop`.
    /// - Parameter mask: the source is masked to this many bits before the look-up; only for IPv6.
    private mutating func addRule(_ set: SetShape, mask: UInt8?, counter: String) {
        let allowed: KernelSet = set.isIPv4 ? .allowed4 : .allowed6
        rule(in: Layout.chain(isIPv4: set.isIPv4)) { writer in
            writer.matchFamily(isIPv4: set.isIPv4)
            writer.loadSource(isIPv4: set.isIPv4)
            if let mask, mask < 128 { writer.mask(to: mask) }
            writer.lookUp(set.name)
            // Only who would be dropped pays for this look-up.
            writer.loadSource(isIPv4: set.isIPv4)
            writer.lookUp("\(allowed.name)", isInverted: true)
            writer.count(counter)
            writer.end(NetfilterVerdict.drop)
        }
    }

    /// Sends the packets of a protocol to its chain.
    private mutating func branch(isIPv4: Bool) {
        rule(in: Layout.chain) { writer in
            writer.matchFamily(isIPv4: isIPv4)
            writer.end(
                UInt32(bitPattern: NFT_GOTO.rawValue), "\(Layout.chain(isIPv4: isIPv4))")
        }
    }

    private mutating func rule(
        in chain: StaticString, _ expressions: (inout NetlinkWriter) -> Void
    ) {
        message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND) { writer in
            writer.text(NFTA_RULE_TABLE, "\(Layout.table)")
            writer.text(NFTA_RULE_CHAIN, "\(chain)")
            writer.nest(NFTA_RULE_EXPRESSIONS, expressions)
        }
    }
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

    /// Goes on with the rule if the source is in the set, or only if it is not.
    fileprivate mutating func lookUp(_ set: String, isInverted: Bool = false) {
        expression("lookup") { writer in
            writer.text(NFTA_LOOKUP_SET, set)
            writer.number(NFTA_LOOKUP_SREG, NFT_REG_1.rawValue)
            if isInverted { writer.number(NFTA_LOOKUP_FLAGS, UInt32(NFT_LOOKUP_F_INV.rawValue)) }
        }
    }

    fileprivate mutating func count(_ counter: String) {
        expression("objref") { writer in
            writer.number(NFTA_OBJREF_IMM_TYPE, UInt32(NFT_OBJECT_COUNTER))
            writer.text(NFTA_OBJREF_IMM_NAME, counter)
        }
    }

    /// Ends the rule; a goto needs the name of a chain.
    fileprivate mutating func end(_ verdict: UInt32, _ chain: String? = nil) {
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
