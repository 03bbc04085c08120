// A change as the payload of a log record: the stamp first, then the fields in a fixed order.
// Appends to room that the caller made, and allocates nothing.  Texts longer than the reader's bound
// are cut here, at a character's edge, so that what is written can always be read.

import OpsCore

extension Change {
    /// Room that the payload does not go beyond, stamp and all.
    var mostBytes: Int {
        switch self {
        case .banned, .unbanned, .struck, .strikesCleared, .bansExpired, .strikesExpired:
            RecordFormat.plainPayloadBytes
        default: RecordFormat.payloadBytes
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

    func encode(into output: inout OutputSpan<UInt8>) {
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
    func encode(into output: inout OutputSpan<UInt8>) {
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
    func encode(into output: inout OutputSpan<UInt8>) {
        output.put(kind.rawValue, limit: RecordFormat.kindBytes)
        output.put(severity.rawValue, limit: RecordFormat.kindBytes)
        output.put(UInt8(uid == nil ? 0 : 1))
        output.put(uid ?? 0)
        output.put(details, limit: RecordFormat.detailsBytes)
    }
}

extension OutputSpan<UInt8> {
    mutating func put(_ network: Network) {
        put(network.high)
        put(network.low)
        put(network.length)
    }

    mutating func put(_ mark: ExpiryMark) {
        put(mark.deadline)
        put(mark.network)
    }
}
