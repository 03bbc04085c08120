// What the kernel sends back: acknowledgements and refusals of a transaction, the elements of a
// set, the counters, and what others did to the table.  Bytes in, values out; nothing is trusted.

import CNetfilter

/// What became of a transaction, gathered from all its answers.
package struct Outcome: Hashable, Sendable {
    /// The last message was acknowledged: the whole transaction has taken effect.
    package private(set) var isDone = false
    /// The first refusal, an errno value: nothing in the transaction has taken effect.
    package private(set) var errorCode: Int32?

    /// No answer yet.
    package init() {}

    /// Reads one datagram of answers to the transaction whose messages are numbered `first` to
    /// `last`.
    package mutating func receive(_ bytes: Span<UInt8>, from first: UInt32, through last: UInt32) {
        NetlinkMessage.forEach(in: bytes) { message in
            guard message.type == UInt16(NLMSG_ERROR), message.payload.count >= 4,
                message.sequence &- first <= last &- first
            else { return }
            let error = bytes.number(at: message.payload.lowerBound, as: Int32.self)
            if error < 0 {
                errorCode = errorCode ?? (error == .min ? .max : -error)
            } else if message.sequence == last {
                isDone = true
            }
        }
    }
}

/// What somebody else did to the table.
package struct Tampering: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Elements in the sets of bans were added or removed.
    package static let elements = Tampering(rawValue: 1)
    /// Elements in the sets of lists were added or removed.
    package static let lists = Tampering(rawValue: 2)
    /// The table, or a chain, set, counter or rule in it, was added or removed.
    package static let structure = Tampering(rawValue: 4)

    /// The changes that one datagram of the monitor reports; empty when it reports none to the
    /// table, or only our own.
    /// - Parameter ownPort: the port of the netlink socket through which opsd changes the table.
    package static func found(in bytes: Span<UInt8>, ownPort: UInt32) -> Tampering {
        var found: Tampering = []
        NetlinkMessage.forEach(in: bytes) { message in
            guard let type = message.tablesType, type != NFT_MSG_NEWGEN.rawValue,
                message.port != ownPort, !message.payload.isEmpty,
                bytes[message.payload.lowerBound] == Transaction.family,
                // The table's name is attribute 1 of every kind of message.
                let table = NetlinkAttribute.first(NFTA_TABLE_NAME, in: bytes, message.attributes),
                table.isText(Layout.table, bytes)
            else { return }
            switch type {
            case NFT_MSG_NEWSETELEM.rawValue, NFT_MSG_DELSETELEM.rawValue:
                let set = NetlinkAttribute.first(
                    NFTA_SET_ELEM_LIST_SET, in: bytes, message.attributes)
                let isList = set?.text(bytes).hasPrefix(ListSets.prefix) ?? false
                found.insert(isList ? .lists : .elements)
            default: found.insert(.structure)
            }
        }
        return found
    }
}

/// What one set has dropped.
package struct DropCount: Hashable, Sendable {
    /// Packets dropped.
    package var packets: UInt64 = 0
    /// Bytes of those packets.
    package var bytes: UInt64 = 0

    package init(packets: UInt64 = 0, bytes: UInt64 = 0) {
        self.packets = packets
        self.bytes = bytes
    }
}

/// One element as the kernel has it.
package struct KernelElement: Hashable, Sendable {
    /// The address, or a range's first address or the one after its last, as a number.
    package var key: UInt128
    /// Milliseconds until it times out; `Drop.never` when it has no timeout.
    package var remaining: Int64
    /// Whether it is the end of a range, not the start.
    package var isEnd: Bool
}

/// The answer to a `KernelQuery`, collected datagram by datagram.
package struct Dump: Sendable {
    /// Whether the dump is complete, or why it cannot be used.
    package enum Progress: Hashable, Sendable {
        case more, done
        /// The tables changed meanwhile: ask again.
        case interrupted
        case failed(Int32)
    }

    /// Whether more is to come.
    package private(set) var progress = Progress.more
    /// Elements of a set, in the kernel's order.
    package private(set) var elements: [KernelElement] = []
    /// The values of the counters, by name.
    package private(set) var counts: [String: DropCount] = [:]
    /// Names of sets.
    package var names: [String] { things.filter { $0.kind == .set }.map(\.name) }
    /// Chains, sets, objects and flowtables.
    package private(set) var things: [KernelThing] = []
    /// The number of the newest change; nil: it was not asked for.
    package private(set) var generation: UInt32?
    /// The attributes of our table, chains and rules, without use counts: two dumps of an unchanged
    /// table are equal.
    package private(set) var structure: [UInt8] = []
    private var wasInterrupted = false

    /// Nothing received yet.
    package init() {}

    /// Removes and returns the elements received since the last call: for a set too large to keep.
    package mutating func drainElements() -> [KernelElement] {
        defer { elements.removeAll(keepingCapacity: true) }
        return elements
    }

    /// Reads one datagram of the answer to the request `sequence`.
    package mutating func receive(_ bytes: Span<UInt8>, answerTo sequence: UInt32) {
        NetlinkMessage.forEach(in: bytes) { message in
            guard message.sequence == sequence, progress == .more else { return }
            if Int32(message.flags) & NLM_F_DUMP_INTR != 0 { wasInterrupted = true }
            switch message.type {
            case UInt16(NLMSG_DONE), UInt16(NLMSG_ERROR):
                end(bytes, message)
            default:
                if let thing = KernelThing(bytes, message) { things.append(thing) }
                switch message.tablesType {
                case NFT_MSG_NEWSETELEM.rawValue: readElements(bytes, message.attributes)
                case NFT_MSG_NEWOBJ.rawValue: readCounter(bytes, message.attributes)
                case NFT_MSG_NEWGEN.rawValue:
                    // This is the only part of its answer.
                    generation =
                        NetlinkAttribute.first(NFTA_GEN_ID, in: bytes, message.attributes)?
                        .number(bytes)
                    progress = .done
                case NFT_MSG_NEWTABLE.rawValue, NFT_MSG_NEWCHAIN.rawValue,
                    NFT_MSG_NEWRULE.rawValue:
                    readStructure(bytes, message)
                default: return
                }
            }
        }
    }

    private mutating func end(_ bytes: Span<UInt8>, _ message: NetlinkMessage) {
        var code: Int32 = 0
        if message.payload.count >= 4 {
            code = bytes.number(at: message.payload.lowerBound, as: Int32.self)
        }
        if code < 0 {
            progress = .failed(code == .min ? .max : -code)
        } else {
            progress = wasInterrupted ? .interrupted : .done
        }
    }

    private mutating func readElements(_ bytes: Span<UInt8>, _ attributes: Range<Int>) {
        guard
            let list = NetlinkAttribute.first(
                NFTA_SET_ELEM_LIST_ELEMENTS, in: bytes, attributes)
        else { return }
        NetlinkAttribute.forEach(in: bytes, list.value) { item in
            if let element = KernelElement(bytes, item.value) { elements.append(element) }
        }
    }

    private mutating func readStructure(_ bytes: Span<UInt8>, _ message: NetlinkMessage) {
        guard !message.payload.isEmpty,
            bytes[message.payload.lowerBound] == Transaction.family,
            let table = NetlinkAttribute.first(NFTA_TABLE_NAME, in: bytes, message.attributes),
            table.isText(Layout.table, bytes)
        else { return }
        NetlinkAttribute.forEach(in: bytes, message.attributes) { attribute in
            // The use counts change whenever a list is added or removed, so they are left out.
            let isCount =
                message.tablesType == NFT_MSG_NEWTABLE.rawValue
                ? attribute.is(NFTA_TABLE_USE)
                : message.tablesType == NFT_MSG_NEWCHAIN.rawValue && attribute.is(NFTA_CHAIN_USE)
            if isCount { return }
            structure.append(UInt8(truncatingIfNeeded: attribute.kind))
            for place in attribute.value { structure.append(bytes[place]) }
        }
    }

    private mutating func readCounter(_ bytes: Span<UInt8>, _ attributes: Range<Int>) {
        guard let name = NetlinkAttribute.first(NFTA_OBJ_NAME, in: bytes, attributes),
            let table = NetlinkAttribute.first(NFTA_OBJ_TABLE, in: bytes, attributes),
            table.isText(Layout.table, bytes),
            let data = NetlinkAttribute.first(NFTA_OBJ_DATA, in: bytes, attributes)
        else { return }
        var count = DropCount()
        NetlinkAttribute.forEach(in: bytes, data.value) { attribute in
            if attribute.is(NFTA_COUNTER_PACKETS) { count.packets = attribute.wide(bytes) ?? 0 }
            if attribute.is(NFTA_COUNTER_BYTES) { count.bytes = attribute.wide(bytes) ?? 0 }
        }
        counts[name.text(bytes)] = count
    }
}

extension KernelElement {
    /// The element in one list item; nil where it has no key of 4 or 16 bytes.
    fileprivate init?(_ bytes: Span<UInt8>, _ item: Range<Int>) {
        var key: UInt128?
        var remaining = Drop.never
        var isEnd = false
        NetlinkAttribute.forEach(in: bytes, item) { attribute in
            if attribute.is(NFTA_SET_ELEM_KEY) {
                guard
                    let value = NetlinkAttribute.first(NFTA_DATA_VALUE, in: bytes, attribute.value)
                else { return }
                let place = value.value.lowerBound
                if value.value.count == 4 {
                    key = UInt128(UInt32(bigEndian: bytes.number(at: place, as: UInt32.self)))
                } else if value.value.count == 16 {
                    let high = UInt64(bigEndian: bytes.number(at: place, as: UInt64.self))
                    let low = UInt64(bigEndian: bytes.number(at: place + 8, as: UInt64.self))
                    key = UInt128(high) << 64 | UInt128(low)
                }
            } else if attribute.is(NFTA_SET_ELEM_EXPIRATION), let left = attribute.wide(bytes) {
                remaining = Int64(clamping: left)
            } else if attribute.is(NFTA_SET_ELEM_FLAGS), let flags = attribute.number(bytes) {
                isEnd = flags & UInt32(NFT_SET_ELEM_INTERVAL_END.rawValue) != 0
            }
        }
        guard let key else { return nil }
        self.init(key: key, remaining: remaining, isEnd: isEnd)
    }
}
