// Makes the table and everything in it except elements and rules (Transaction+Rules.swift).
// `build` makes what does not exist, and each set of bans anew under its name: the kernel drops a
// set as a whole, while emptying it means to take leave of each element.  A packet that arrives
// while the transaction takes effect meets the old rules with the old sets, or the new ones.
// `rebuild` deletes the table first.

import CNetfilter

extension Transaction {
    /// Makes the table, counters, sets and chains, without elements and without rules.  Lists stay,
    /// but nothing looks them up until `useRules`.
    /// - Parameter standing: what is in the table now; what is not opsd's is deleted.
    package mutating func build(_ layout: Layout, over standing: [KernelThing] = []) {
        addTable()
        purge(standing)
        for set in KernelSet.bans { addCounter("\(set.name)") }
        addChains()
        for chain in Layout.chains { emptyChain(chain) }
        let sets = Set(standing.lazy.filter { $0.kind == .set }.map(\.name))
        for set in KernelSet.allCases {
            if sets.contains("\(set.name)") { deleteSet("\(set.name)") }
            addSet(set.shape)
        }
    }

    /// Deletes the table, if it exists, and then builds it.
    package mutating func rebuild(_ layout: Layout) {
        deleteTable()
        build(layout)
    }

    /// Deletes what is not as opsd makes it.  All rules go first, since they refer to the rest; the
    /// elements of maps refer to chains and objects, so maps go before those.
    private mutating func purge(_ standing: [KernelThing]) {
        let strange = standing.filter { !$0.isAsMade && !$0.isAnonymous }
        if strange.isEmpty { return }
        message(NFT_MSG_DELRULE) { $0.text(NFTA_RULE_TABLE, "\(Layout.table)") }
        let kinds = Set(KernelSet.allCases.map { "\($0.name)" })
        for thing in strange where thing.kind == .set && !kinds.contains(thing.name) {
            deleteSet(thing.name)
        }
        for thing in strange {
            switch thing.kind {
            // `build` makes the sets of bans anew in any case.
            case .set: break
            case .flowtable:
                message(NFT_MSG_DELFLOWTABLE) { writer in
                    writer.text(NFTA_FLOWTABLE_TABLE, "\(Layout.table)")
                    writer.text(NFTA_FLOWTABLE_NAME, thing.name)
                }
            case .chain:
                message(NFT_MSG_DELCHAIN) { writer in
                    writer.text(NFTA_CHAIN_TABLE, "\(Layout.table)")
                    writer.text(NFTA_CHAIN_NAME, thing.name)
                }
            case .object: break
            }
        }
        for thing in strange {
            if case .object(let type) = thing.kind { deleteObject(thing.name, type: type) }
        }
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
        deleteObject(name, type: UInt32(NFT_OBJECT_COUNTER))
    }

    private mutating func deleteObject(_ name: String, type: UInt32) {
        message(NFT_MSG_DELOBJ) { writer in
            writer.text(NFTA_OBJ_TABLE, "\(Layout.table)")
            writer.text(NFTA_OBJ_NAME, name)
            writer.number(NFTA_OBJ_TYPE, type)
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
        message(NFT_MSG_NEWSET, NLM_F_CREATE) { writer in
            writer.text(NFTA_SET_TABLE, "\(Layout.table)")
            writer.text(NFTA_SET_NAME, set.name)
            writer.number(NFTA_SET_FLAGS, set.flags(hasTimeouts: hasTimeouts))
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

    private mutating func addChains() {
        for chain in [Layout.ipv4Chain, Layout.ipv6Chain] {
            message(NFT_MSG_NEWCHAIN, NLM_F_CREATE) { writer in
                writer.text(NFTA_CHAIN_TABLE, "\(Layout.table)")
                writer.text(NFTA_CHAIN_NAME, "\(chain)")
            }
        }
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
}
