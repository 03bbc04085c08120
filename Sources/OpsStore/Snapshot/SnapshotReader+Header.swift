// The first line of a snapshot: its members in any order, unknown ones kept.

import OpsCore

/// Unknown members of one object, as they stand.
struct UnknownMembers {
    var text = ""

    mutating func add(
        _ name: String, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) {
        if !text.isEmpty { text += "," }
        text += "\"\(name)\":"
        text += try cursor.raw(bytes)
    }
}

extension SnapshotReader {
    mutating func readHeader(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> SnapshotHeader {
        var sequence: UInt64?
        var bootID: BootID?
        var (boot, wall, offset): (Int64?, Int64?, Int64?)
        var lastEventID: UInt64?
        var minReader: UInt32 = 1
        var serviceOffset: Int64?
        var (auditSequence, auditHash): (UInt64?, AuditHash?)
        var unknown = UnknownMembers()
        while let name = try cursor.member(bytes) {
            switch name {
            case "format": _ = try cursor.integer(bytes) as UInt32
            case "min_reader":
                minReader = try cursor.integer(bytes)
                guard minReader <= UInt32(SnapshotHeader.reader) else {
                    throw StoreFault(
                        .newer,
                        "written by a newer opsd: it needs snapshot reader \(minReader), "
                            + "this is \(SnapshotHeader.reader)")
                }
            case "lsn": sequence = try cursor.integer(bytes)
            case "boot_id": bootID = try Self.bootID(&cursor, bytes)
            case "boot_ns": boot = try cursor.integer(in: Bounds.bootNanoseconds, bytes)
            case "wall_ns": wall = try cursor.integer(bytes)
            case "offset_ms": offset = try cursor.integer(in: Bounds.wallMilliseconds, bytes)
            case "last_event_id": lastEventID = try cursor.eventID(bytes)
            case "service_offset_ms":
                serviceOffset = try cursor.integer(in: Bounds.wallMilliseconds, bytes)
            case "audit_seq": auditSequence = try cursor.integer(bytes)
            case "audit_hash":
                let start = cursor
                auditHash = AuditHash(try cursor.string(bytes))
                if auditHash == nil { throw start.fault("not a hash of the audit chain") }
            default: try unknown.add(name, &cursor, bytes)
            }
        }
        try cursor.end(bytes)
        var audit: AuditHead?
        if let auditSequence, let auditHash {
            audit = AuditHead(sequence: auditSequence, hash: auditHash)
        }
        let number = try cursor.require(sequence, "lsn")
        guard number <= UInt64(Int64.max) else {
            throw cursor.fault("\(number) is not a valid sequence number")
        }
        if !unknown.text.isEmpty { extras.keep(header: unknown.text) }
        return SnapshotHeader(
            sequence: number, bootID: try cursor.require(bootID, "boot_id"),
            taken: Moment(
                boot: try cursor.require(boot, "boot_ns"), wall: try cursor.require(wall, "wall_ns")
            ),
            clockOffset: try cursor.require(offset, "offset_ms"),
            lastEventID: try cursor.require(lastEventID, "last_event_id"),
            serviceOffset: serviceOffset, minReader: Int(minReader), audit: audit)
    }

    private static func bootID(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> BootID {
        let start = cursor
        var digits: [UInt64] = []
        for byte in try cursor.string(bytes).utf8 where byte != 0x2d {
            guard let digit = byte.hexDigit else { throw start.fault("not a boot id") }
            digits.append(UInt64(digit))
        }
        guard digits.count == 32 else { throw start.fault("not a boot id") }
        return BootID(
            high: digits[..<16].reduce(0) { $0 << 4 | $1 },
            low: digits[16...].reduce(0) { $0 << 4 | $1 })
    }
}
