// A change as the payload of a log record: the stamp first, then the fields in a fixed order.
// Decoding is the exact inverse.  Encoding appends to room that the caller made, and allocates
// nothing; a text longer than the reader's bound is cut, between two characters, so that what is
// written can be read.

import OpsCore

extension Change {
    /// The most bytes that the payload can take, stamp included.
    var mostBytes: Int {
        switch self {
        case .banned, .unbanned, .struck, .strikesCleared, .bansExpired, .strikesExpired:
            RecordFormat.plainPayloadBytes
        // A name, a key and a few numbers.
        case .domain(.cost(.reserved)), .domain(.cost(.closed)), .domain(.cost(.spent)):
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

extension Note {
    /// Kind and severity are written by name: the names are part of the interface already.
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(kind.rawValue, limit: RecordFormat.kindBytes)
        output.append(severity.rawValue, limit: RecordFormat.kindBytes)
        output.append(littleEndian: UInt8(uid == nil ? 0 : 1))
        output.append(littleEndian: uid ?? 0)
        output.append(details, limit: RecordFormat.detailsBytes)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let start = cursor
        let kind = try cursor.string(limit: RecordFormat.kindBytes, bytes)
        let severity = try cursor.string(limit: RecordFormat.kindBytes, bytes)
        guard let knownKind = EventKind(rawValue: kind) else {
            throw StoreFault(.newer, "unknown kind of event \"\(kind)\"", offset: start.at)
        }
        guard let knownSeverity = Severity(rawValue: severity) else {
            throw StoreFault(.newer, "unknown severity \"\(severity)\"", offset: start.at)
        }
        let hasUID = try cursor.flag(bytes)
        let uid = try cursor.number(UInt32.self, bytes)
        let details = try cursor.string(limit: RecordFormat.detailsBytes, bytes)
        self.init(knownKind, knownSeverity, details, uid: hasUID ? uid : nil)
    }
}

extension Rebase {
    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            lastBoot: try cursor.bootMilliseconds(bytes),
            earlierOffset: try cursor.wallMilliseconds(bytes),
            boot: try cursor.bootMilliseconds(bytes), wall: try cursor.wallMilliseconds(bytes),
            bootID: BootID(high: try cursor.number(bytes), low: try cursor.number(bytes)))
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
