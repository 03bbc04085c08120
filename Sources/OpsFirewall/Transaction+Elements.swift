// Adding elements to sets and removing them: the part of a transaction that may be long.

import CNetfilter
package import OpsCore

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
        let isIPv4 = set.isIPv4
        appendElements(.add, "\(set.name)", drops) { drop, writer in
            writer.element(
                drop.network.firstKey, isIPv4, timeout: Drop.timeout(drop.deadline, at: boot))
        }
    }

    /// Inserts or updates single entries of a hash set.  Adding an element that is there is not an
    /// error, but before Linux 6.12 it kept the old timeout.  So each entry is added, deleted and
    /// added again.
    package mutating func upsert(_ set: KernelSet, _ drops: [Drop], at boot: Int64) {
        remove(set, drops)
        fill(set, drops, at: boot)
    }

    /// Removes single entries from a hash set, whether it holds them or not: deleting an entry that
    /// has just timed out is an error, so each is added first.
    package mutating func remove(_ set: KernelSet, _ drops: [Drop]) {
        let isIPv4 = set.isIPv4
        for verb in [Verb.add, .delete] {
            appendElements(verb, "\(set.name)", drops) {
                $1.element($0.network.firstKey, isIPv4, timeout: nil)
            }
        }
    }

    /// Adds ranges to an interval set in which nothing overlaps them.
    package mutating func fill(_ set: KernelSet, _ ranges: [CoverRange], at boot: Int64) {
        let isIPv4 = set.isIPv4
        appendElements(.add, "\(set.name)", ranges) {
            $1.range(
                $0.first, $0.last, isIPv4, timeout: Drop.timeout($0.deadline, at: boot))
        }
    }

    /// Removes ranges from an interval set, whether they have timed out or not.
    package mutating func remove(_ set: KernelSet, _ ranges: [CoverRange]) {
        let isIPv4 = set.isIPv4
        for verb in [Verb.add, .delete] {
            appendElements(verb, "\(set.name)", ranges) {
                $1.range($0.first, $0.last, isIPv4, timeout: nil)
            }
        }
    }

    /// Adds a chunk of a list to its new sets.
    package mutating func fill(
        _ sets: ListSets, _ chunk: ListChunk.Runs, until deadline: Int64, at boot: Int64
    ) {
        let timeout = Drop.timeout(deadline, at: boot)
        switch chunk {
        case .ipv4(let runs):
            appendElements(
                .add, sets.setName(.addresses4), runs.lazy.filter { $0.first == $0.last }
            ) { $1.element(UInt128($0.first), true, timeout: timeout) }
            appendElements(
                .add, sets.setName(.ranges4), runs.lazy.filter { $0.first != $0.last }
            ) { $1.range(UInt128($0.first), UInt128($0.last), true, timeout: timeout) }
        case .ipv6(let runs):
            let prefix = sets.layout.ipv6Prefix
            appendElements(
                .add, sets.setName(.addresses6), runs.lazy.filter { $0.prefix == prefix }
            ) { $1.element($0.first, false, timeout: timeout) }
            appendElements(
                .add, sets.setName(.ranges6), runs.lazy.filter { $0.prefix != prefix }
            ) { $1.range($0.first, $0.last, false, timeout: timeout) }
        }
    }

    /// Appends the items as elements of `set`, in as many messages as they need.
    private mutating func appendElements<Item>(
        _ verb: Verb, _ set: String, _ items: some Sequence<Item>,
        _ write: (Item, inout NetlinkWriter) -> Void
    ) {
        var iterator = items.makeIterator()
        var next = iterator.next()
        while next != nil {
            message(verb.message, verb.flags) { writer in
                writer.text(NFTA_SET_ELEM_LIST_TABLE, "\(Layout.table)")
                writer.text(NFTA_SET_ELEM_LIST_SET, set)
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
    /// Writes one element: its key, and the milliseconds until it expires (nil: it does not).
    @inline(__always)
    fileprivate mutating func element(
        _ key: UInt128, _ isIPv4: Bool, timeout: UInt64?, isEnd: Bool = false
    ) {
        nest(NFTA_LIST_ELEM) { writer in
            if isEnd { writer.number(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END.rawValue) }
            writer.nest(NFTA_SET_ELEM_KEY) { $0.key(key, isIPv4) }
            if let timeout { writer.number(NFTA_SET_ELEM_TIMEOUT, wide: timeout) }
        }
    }

    /// Writes a range as two elements: its first key, and an end at the key after its last.  A
    /// range that includes the highest address has no end, because no key follows.
    fileprivate mutating func range(
        _ first: UInt128, _ last: UInt128, _ isIPv4: Bool, timeout: UInt64?
    ) {
        element(first, isIPv4, timeout: timeout)
        let top = isIPv4 ? UInt128(UInt32.max) : .max
        if last < top { element(last + 1, isIPv4, timeout: nil, isEnd: true) }
    }

    @inline(__always)
    private mutating func key(_ key: UInt128, _ isIPv4: Bool) {
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
