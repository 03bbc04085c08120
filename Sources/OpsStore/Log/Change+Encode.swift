// A change as the payload of a log record: the stamp first, then the fields in a fixed order.
// Appends to room that the caller made, and allocates nothing.  Texts longer than the reader's bound
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

    /// Room that the payload does not go beyond, stamp and all.
    var mostBytes: Int {
        switch self {
        case .banned, .unbanned, .struck, .strikesCleared, .bansExpired, .strikesExpired:
            RecordFormat.plainPayloadBytes
        default: RecordFormat.payloadBytes
        }
    }

    /// Appends the payload behind the stamp.
    func encode(into output: inout OutputSpan<UInt8>) {
        switch self {
        case .banned(let ban): ban.encode(into: &output)
        case .struck(let strike): strike.encode(into: &output)
        case .unbanned(let network, let lifting, let uid),
            .strikesCleared(let network, let lifting, let uid):
            output.put(network)
            output.put(lifting.rawValue)
            output.put(uid)
        case .bansExpired(let mark, let announce):
            output.put(mark)
            output.put(UInt8(announce ? 1 : 0))
        case .bansExpiredMany(let count): output.put(count)
        case .strikesExpired(let mark): output.put(mark)
        case .clockSet(let offset, let step):
            output.put(offset)
            output.put(UInt8(step == nil ? 0 : 1))
            output.put(step ?? 0)
        case .rebased(let rebase):
            output.put(rebase.lastBoot)
            output.put(rebase.earlierOffset)
            output.put(rebase.boot)
            output.put(rebase.wall)
            output.put(rebase.bootID.high)
            output.put(rebase.bootID.low)
        case .noted(let note): note.encode(into: &output)
        case .observed(let delta): delta.encode(into: &output)
        case .alerted(let change): change.encode(into: &output)
        case .rebaselined(let change): change.encode(into: &output)
        case .gateHeld(let change): change.encode(into: &output)
        case .gateOverridden(let override): override.encode(into: &output)
        case .gateOverrideEnded(let uid):
            output.put(UInt8(uid == nil ? 0 : 1))
            output.put(uid ?? 0)
        case .objectiveDropped(let name): output.put(name)
        case .confirmed(let network, let deadline, let uid):
            output.put(network)
            output.put(deadline)
            output.put(uid)
        case .remembered(let offense):
            output.put(offense.network)
            output.put(offense.count)
            output.put(offense.deadline)
        case .forgotten(let mark): output.put(mark)
        case .listChunk(let chunk): chunk.encode(into: &output)
        case .listCommitted(let commit): commit.encode(into: &output)
        case .listDropped(let drop): drop.encode(into: &output)
        case .listExpired(let end): end.encode(into: &output)
        }
    }
}

extension Stamp {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.put(moment.boot)
        output.put(moment.wall)
        output.put(gauges.cpu)
        output.put(gauges.memory)
        output.put(gauges.disk)
    }
}

extension Ban {
    /// Whether the first record type says all about it.
    var isPlain: Bool { traits.isSubset(of: .automatic) && confirmedDeadline == nil }

    fileprivate func encode(into output: inout OutputSpan<UInt8>) {
        output.put(network)
        output.put(deadline)
        output.put(created)
        output.put(uid)
        output.put(traits.rawValue)
        output.put(reason, limit: Bounds.reasonBytes)
        output.put(source, limit: Bounds.sourceBytes)
        if isPlain { return }
        output.put(UInt8(confirmedDeadline == nil ? 0 : 1))
        output.put(confirmedDeadline ?? 0)
    }
}

extension Strike {
    fileprivate func encode(into output: inout OutputSpan<UInt8>) {
        output.put(network)
        output.put(deadline)
        output.put(at)
        output.put(weight)
        output.put(uid)
        output.put(reason, limit: Bounds.reasonBytes)
        output.put(source, limit: Bounds.sourceBytes)
    }
}

extension Note {
    /// Kind and severity go by name: the names are part of the interface already.
    fileprivate func encode(into output: inout OutputSpan<UInt8>) {
        output.put(kind.rawValue, limit: RecordFormat.kindBytes)
        output.put(severity.rawValue, limit: RecordFormat.kindBytes)
        output.put(UInt8(uid == nil ? 0 : 1))
        output.put(uid ?? 0)
        output.put(details, limit: RecordFormat.detailsBytes)
    }
}

extension OutputSpan<UInt8> {
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
