// Requests for what the kernel holds.  Each is one message; the answer comes in pieces (`Dump`).

import CNetfilter

/// A question to nf_tables.
package enum KernelQuery: Hashable, Sendable {
    /// Every element of a set.
    case elements(KernelSet)
    /// Every element of a set of a list, by the set's name.
    case listElements(String)
    /// The sets of the table, by name.
    case sets
    /// Every counter of the table.
    case counters
    /// Every object and every flowtable of the table.
    case objects, flowtables
    /// The number of the newest change of any table in this network.
    case generation
    /// The table, its chains, its rules: each as the kernel shows it.
    case table, chains, rules

    private var type: nf_tables_msg_types {
        switch self {
        case .elements, .listElements: NFT_MSG_GETSETELEM
        case .sets: NFT_MSG_GETSET
        case .counters, .objects: NFT_MSG_GETOBJ
        case .flowtables: NFT_MSG_GETFLOWTABLE
        case .generation: NFT_MSG_GETGEN
        case .table: NFT_MSG_GETTABLE
        case .chains: NFT_MSG_GETCHAIN
        case .rules: NFT_MSG_GETRULE
        }
    }

    /// The request as bytes.
    package func bytes(sequence: UInt32) -> [UInt8] {
        var writer = NetlinkWriter()
        writer.begin(
            type: UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(type.rawValue),
            // All but the generation are dumps.
            flags: UInt16(
                self == .generation ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH),
            sequence: sequence,
            family: Transaction.family)
        switch self {
        case .elements(let set):
            writer.text(NFTA_SET_ELEM_LIST_TABLE, "\(Layout.table)")
            writer.text(NFTA_SET_ELEM_LIST_SET, "\(set.name)")
        case .listElements(let name):
            writer.text(NFTA_SET_ELEM_LIST_TABLE, "\(Layout.table)")
            writer.text(NFTA_SET_ELEM_LIST_SET, name)
        case .sets: writer.text(NFTA_SET_TABLE, "\(Layout.table)")
        case .counters:
            writer.text(NFTA_OBJ_TABLE, "\(Layout.table)")
            writer.number(NFTA_OBJ_TYPE, UInt32(NFT_OBJECT_COUNTER))
        case .objects: writer.text(NFTA_OBJ_TABLE, "\(Layout.table)")
        case .flowtables: writer.text(NFTA_FLOWTABLE_TABLE, "\(Layout.table)")
        case .rules: writer.text(NFTA_RULE_TABLE, "\(Layout.table)")
        case .table, .chains, .generation: break
        }
        writer.end()
        return writer.bytes
    }
}
