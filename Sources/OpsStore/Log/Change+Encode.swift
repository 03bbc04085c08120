// A change as the payload of a log record: the stamp first, then the fields in a fixed order.
// Appends to the caller's buffer and allocates nothing else.  Texts longer than the reader's bound
// are cut here, at a character's edge, so that what is written can always be read.

import OpsCore

extension Change {
    /// The number under which the log keeps this change.
    var recordType: RecordType {
        switch self {
        case .banned(let ban): ban.isPlain ? .banned : .bannedSpecially
        case .unbanned: .unbanned
        case .struck: .struck
        case .strikesCleared: .strikesCleared
        case .bansExpired: .bansExpired
        case .bansExpiredMany: .bansExpiredMany
        case .strikesExpired: .strikesExpired
        case .clockSet: .clockSet
        case .rebased: .rebased
        case .noted: .noted
        case .observed: .observed
        case .alerted: .alerted
        case .rebaselined: .rebaselined
        case .gateHeld: .gateHeld
        case .gateOverridden: .gateOverridden
        case .gateOverrideEnded: .gateOverrideEnded
        case .objectiveDropped: .objectiveDropped
        case .confirmed: .confirmed
        case .remembered: .remembered
        case .forgotten: .forgotten
        case .listChunk: .listChunk
        case .listCommitted: .listCommitted
        case .listDropped: .listDropped
        case .listExpired: .listExpired
        }
    }

    /// Appends the payload behind the stamp.
    func encode(into buffer: inout [UInt8]) {
        switch self {
        case .banned(let ban): ban.encode(into: &buffer)
        case .struck(let strike): strike.encode(into: &buffer)
        case .unbanned(let network, let lifting, let uid),
            .strikesCleared(let network, let lifting, let uid):
            buffer.put(network)
            buffer.put(lifting.rawValue)
            buffer.put(uid)
        case .bansExpired(let mark, let announce):
            buffer.put(mark)
            buffer.put(UInt8(announce ? 1 : 0))
        case .bansExpiredMany(let count): buffer.put(count)
        case .strikesExpired(let mark): buffer.put(mark)
        case .clockSet(let offset, let step):
            buffer.put(offset)
            buffer.put(UInt8(step == nil ? 0 : 1))
            buffer.put(step ?? 0)
        case .rebased(let rebase):
            buffer.put(rebase.lastBoot)
            buffer.put(rebase.earlierOffset)
            buffer.put(rebase.boot)
            buffer.put(rebase.wall)
            buffer.put(rebase.bootID.high)
            buffer.put(rebase.bootID.low)
        case .noted(let note): note.encode(into: &buffer)
        case .observed(let delta): delta.encode(into: &buffer)
        case .alerted(let change): change.encode(into: &buffer)
        case .rebaselined(let change): change.encode(into: &buffer)
        case .gateHeld(let change): change.encode(into: &buffer)
        case .gateOverridden(let override): override.encode(into: &buffer)
        case .gateOverrideEnded(let uid):
            buffer.put(UInt8(uid == nil ? 0 : 1))
            buffer.put(uid ?? 0)
        case .objectiveDropped(let name): buffer.put(name)
        case .confirmed(let network, let deadline, let uid):
            buffer.put(network)
            buffer.put(deadline)
            buffer.put(uid)
        case .remembered(let offense):
            buffer.put(offense.network)
            buffer.put(offense.count)
            buffer.put(offense.deadline)
        case .forgotten(let mark): buffer.put(mark)
        case .listChunk(let chunk): chunk.encode(into: &buffer)
        case .listCommitted(let commit): commit.encode(into: &buffer)
        case .listDropped(let drop): drop.encode(into: &buffer)
        case .listExpired(let end): end.encode(into: &buffer)
        }
    }
}

extension Stamp {
    func encode(into buffer: inout [UInt8]) {
        buffer.put(moment.boot)
        buffer.put(moment.wall)
        buffer.put(gauges.cpu)
        buffer.put(gauges.memory)
        buffer.put(gauges.disk)
    }
}

extension Ban {
    /// Whether the first record type says all about it.
    var isPlain: Bool { traits.isSubset(of: .automatic) && confirmedDeadline == nil }

    fileprivate func encode(into buffer: inout [UInt8]) {
        buffer.put(network)
        buffer.put(deadline)
        buffer.put(created)
        buffer.put(uid)
        buffer.put(traits.rawValue)
        buffer.put(reason, limit: Bounds.reasonBytes)
        buffer.put(source, limit: Bounds.sourceBytes)
        if isPlain { return }
        buffer.put(UInt8(confirmedDeadline == nil ? 0 : 1))
        buffer.put(confirmedDeadline ?? 0)
    }
}

extension Strike {
    fileprivate func encode(into buffer: inout [UInt8]) {
        buffer.put(network)
        buffer.put(deadline)
        buffer.put(at)
        buffer.put(weight)
        buffer.put(uid)
        buffer.put(reason, limit: Bounds.reasonBytes)
        buffer.put(source, limit: Bounds.sourceBytes)
    }
}

extension Note {
    /// Kind and severity go by name: the names are part of the interface already.
    fileprivate func encode(into buffer: inout [UInt8]) {
        buffer.put(kind.rawValue, limit: RecordFormat.kindBytes)
        buffer.put(severity.rawValue, limit: RecordFormat.kindBytes)
        buffer.put(UInt8(uid == nil ? 0 : 1))
        buffer.put(uid ?? 0)
        buffer.put(details, limit: RecordFormat.detailsBytes)
    }
}

extension [UInt8] {
    fileprivate mutating func put(_ network: Network) {
        put(network.high)
        put(network.low)
        put(network.length)
    }

    fileprivate mutating func put(_ mark: ExpiryMark) {
        put(mark.deadline)
        put(mark.network)
    }
}
