// One transaction of nf_tables as bytes: everything in it happens at once or not at all, and a
// packet sees the rules before it or the rules after it.  `finish` closes it and asks for an answer
// to its last message; the kernel has one for every message that it refuses.
//
// It is sent in one piece, so what is in it bounds the send buffer: `count` says how much.
//
// Source: include/uapi/linux/netfilter/nf_tables.h and nfnetlink.h; nf_tables_api.c of the kernel.

import CNetfilter

/// A transaction under way.
package struct Transaction: Sendable {
    /// NFPROTO_INET: the table sees both families.
    static let family: UInt8 = 1
    /// Bytes of elements in one message; a nest cannot be longer than 65,535.
    private static let listBytes = 60_000

    var writer = NetlinkWriter()
    private var sequence: UInt32

    /// The number of the message the kernel acknowledges when all is done.
    package private(set) var lastSequence: UInt32
    /// Bytes so far.
    package var count: Int { writer.bytes.count }
    /// Whether nothing is in it but its beginning.
    package private(set) var isEmpty = true

    /// - Parameter sequence: numbers its messages from there; different from the last one's.
    package init(sequence: UInt32, reserveBytes: Int = 4_096) {
        self.sequence = sequence
        lastSequence = sequence
        writer.reserve(reserveBytes)
        bracket(NFNL_MSG_BATCH_BEGIN)
    }

    /// Closes it: the bytes to send.
    package consuming func finish() -> (bytes: [UInt8], acknowledges: UInt32) {
        writer.flag(NLM_F_ACK)
        bracket(NFNL_MSG_BATCH_END)
        return (writer.bytes, lastSequence)
    }

    private mutating func bracket(_ type: Int32) {
        writer.begin(
            type: UInt16(type), flags: UInt16(NLM_F_REQUEST), sequence: sequence, family: 0,
            resource: UInt16(NFNL_SUBSYS_NFTABLES))
        writer.end()
        sequence &+= 1
    }

    /// One message of nf_tables.
    mutating func message(
        _ type: nf_tables_msg_types, _ flags: Int32 = 0, _ body: (inout NetlinkWriter) -> Void
    ) {
        writer.begin(
            type: UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(type.rawValue),
            flags: UInt16(NLM_F_REQUEST | flags), sequence: sequence, family: Self.family)
        body(&writer)
        writer.end()
        lastSequence = sequence
        sequence &+= 1
        isEmpty = false
    }
}

// MARK: - Elements

extension Transaction {
    private enum Verb {
        case add, delete

        var message: nf_tables_msg_types {
            self == .add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM
        }
        var flags: Int32 { self == .add ? NLM_F_CREATE : 0 }
    }

    /// Adds single entries to a hash set that holds none of them.
    package mutating func fill(_ set: KernelSet, _ drops: some Sequence<Drop>, at boot: Int64) {
        list(.add, set, drops) { drop, writer in
            writer.element(
                drop.network.firstKey, set, timeout: Drop.timeout(drop.deadline, at: boot))
        }
    }

    /// Puts single entries into a hash set, whether it holds them or not.  Adding what is there is
    /// no error, but before Linux 6.12 it left the old timeout: hence added, deleted, added.
    package mutating func put(_ set: KernelSet, _ drops: [Drop], at boot: Int64) {
        remove(set, drops)
        fill(set, drops, at: boot)
    }

    /// Takes single entries out of a hash set, whether it holds them or not: deleting what has just
    /// timed out would be an error, so each is added first.
    package mutating func remove(_ set: KernelSet, _ drops: [Drop]) {
        for verb in [Verb.add, .delete] {
            list(verb, set, drops) { $1.element($0.network.firstKey, set, timeout: nil) }
        }
    }

    /// Adds ranges to an interval set in which nothing overlaps them.
    package mutating func fill(_ set: KernelSet, _ ranges: [CoverRange], at boot: Int64) {
        list(.add, set, ranges) {
            $1.range($0, set, timeout: Drop.timeout($0.deadline, at: boot))
        }
    }

    /// Takes ranges out of an interval set, whether they have timed out or not.
    package mutating func remove(_ set: KernelSet, _ ranges: [CoverRange]) {
        for verb in [Verb.add, .delete] {
            list(verb, set, ranges) { $1.range($0, set, timeout: nil) }
        }
    }

    /// As many messages as the items need.
    private mutating func list<Item>(
        _ verb: Verb, _ set: KernelSet, _ items: some Sequence<Item>,
        _ write: (Item, inout NetlinkWriter) -> Void
    ) {
        var iterator = items.makeIterator()
        var next = iterator.next()
        while next != nil {
            message(verb.message, verb.flags) { writer in
                writer.text(NFTA_SET_ELEM_LIST_TABLE, "\(Layout.table)")
                writer.text(NFTA_SET_ELEM_LIST_SET, "\(set.name)")
                writer.nest(NFTA_SET_ELEM_LIST_ELEMENTS) { writer in
                    let limit = writer.bytes.count + Self.listBytes
                    while let item = next, writer.bytes.count < limit {
                        write(item, &writer)
                        next = iterator.next()
                    }
                }
            }
        }
    }
}

extension NetlinkWriter {
    /// One element: a key, and when it goes.
    @inline(__always)
    fileprivate mutating func element(
        _ key: UInt128, _ set: KernelSet, timeout: UInt64?, isEnd: Bool = false
    ) {
        nest(NFTA_LIST_ELEM) { writer in
            if isEnd { writer.number(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END.rawValue) }
            writer.nest(NFTA_SET_ELEM_KEY) { $0.key(key, isIPv4: set.isIPv4) }
            if let timeout { writer.number(NFTA_SET_ELEM_TIMEOUT, wide: timeout) }
        }
    }

    /// A range is its first key, and an end at the key behind its last; at the top of the space
    /// there is no such key, and no end.
    fileprivate mutating func range(_ range: CoverRange, _ set: KernelSet, timeout: UInt64?) {
        element(range.first, set, timeout: timeout)
        let top = set.isIPv4 ? UInt128(UInt32.max) : .max
        if range.last < top { element(range.last + 1, set, timeout: nil, isEnd: true) }
    }

    @inline(__always)
    private mutating func key(_ key: UInt128, isIPv4: Bool) {
        let kind = UInt16(truncatingIfNeeded: NFTA_DATA_VALUE.rawValue)
        raw(UInt16(isIPv4 ? 8 : 20))
        raw(kind)
        if isIPv4 {
            raw(UInt32(truncatingIfNeeded: key).bigEndian)
        } else {
            raw(key.bigEndian)
        }
    }
}
