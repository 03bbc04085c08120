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
        output.append(littleEndian: moment.boot)
        output.append(littleEndian: moment.wall)
        output.append(littleEndian: gauges.cpu)
        output.append(littleEndian: gauges.memory)
        output.append(littleEndian: gauges.disk)
    }
}

extension Ban {
    /// Whether the first record type says all about it.
    var isPlain: Bool { traits.isSubset(of: .automatic) && confirmedDeadline == nil }

    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(network)
        output.append(littleEndian: deadline)
        output.append(littleEndian: created)
        output.append(littleEndian: uid)
        output.append(littleEndian: traits.rawValue)
        output.append(reason, limit: Bounds.reasonBytes)
        output.append(source, limit: Bounds.sourceBytes)
        if isPlain { return }
        output.append(littleEndian: UInt8(confirmedDeadline == nil ? 0 : 1))
        output.append(littleEndian: confirmedDeadline ?? 0)
    }
}

extension Strike {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(network)
        output.append(littleEndian: deadline)
        output.append(littleEndian: at)
        output.append(littleEndian: weight)
        output.append(littleEndian: uid)
        output.append(reason, limit: Bounds.reasonBytes)
        output.append(source, limit: Bounds.sourceBytes)
    }
}

extension Note {
    /// Kind and severity go by name: the names are part of the interface already.
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(kind.rawValue, limit: RecordFormat.kindBytes)
        output.append(severity.rawValue, limit: RecordFormat.kindBytes)
        output.append(littleEndian: UInt8(uid == nil ? 0 : 1))
        output.append(littleEndian: uid ?? 0)
        output.append(details, limit: RecordFormat.detailsBytes)
    }
}

extension OutputSpan<UInt8> {
    mutating func append(_ network: Network) {
        append(littleEndian: network.high)
        append(littleEndian: network.low)
        append(littleEndian: network.length)
    }

    mutating func append(_ mark: ExpiryMark) {
        append(littleEndian: mark.deadline)
        append(mark.network)
    }
}
