// The lines of a snapshot, one reader a kind: any order of members, unknown ones kept.

import OpsCore

/// Unknown members of one object, as they stand.
struct UnknownMembers {
    var text = ""

    mutating func add(_ name: String, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>)
        throws(StoreFault)
    {
        let start = cursor.at
        try cursor.skipValue(bytes)
        var member: [UInt8] = text.isEmpty ? [] : [0x2c]
        member.putJSON(name)
        member.append(0x3a)
        text += String(decoding: member, as: UTF8.self)
        text += bytes.extracting(start..<cursor.at).text
    }
}

extension JSONCursor {
    /// Passes over the rest of an object and makes sure that it is one.
    mutating func skipRest(_ bytes: Span<UInt8>) throws(StoreFault) {
        try skipValue(bytes)
        var isFirst = false
        while try member(&isFirst, bytes) != nil { try skipValue(bytes) }
        try needEnd(bytes)
    }

    /// A network, as a string.
    mutating func network(_ bytes: Span<UInt8>) throws(StoreFault) -> Network {
        let start = self
        let text = Array(try string(bytes).utf8)
        guard let network = Network(text.span, 0..<text.count) else {
            throw start.fault("no address or network")
        }
        return network
    }

    /// A text of at most `limit` bytes.
    fileprivate mutating func string(
        limit: Int, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> String {
        let start = self
        let text = try string(bytes)
        guard text.utf8.count <= limit else {
            throw start.fault("a text of \(text.utf8.count) bytes, at most \(limit) are allowed")
        }
        return text
    }

    /// The value that must have been there.
    func needed<Value>(
        _ value: Value?, _ name: StaticString
    ) throws(StoreFault) -> Value {
        guard let value else { throw fault("\"\(name)\" is missing") }
        return value
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
        var unknown = UnknownMembers()
        var isFirst = false
        while let name = try cursor.member(&isFirst, bytes) {
            switch name {
            case "format": _ = try cursor.integer(bytes) as UInt32
            case "min_reader":
                let needed: UInt32 = try cursor.integer(bytes)
                guard needed <= UInt32(SnapshotHeader.reader) else {
                    throw StoreFault(
                        .newer,
                        "written by a newer opsd: it needs snapshot reader \(needed), "
                            + "this is \(SnapshotHeader.reader)")
                }
            case "lsn": sequence = try cursor.integer(bytes)
            case "boot_id": bootID = try Self.bootID(&cursor, bytes)
            case "boot_ns": boot = try cursor.integer(bytes)
            case "wall_ns": wall = try cursor.integer(bytes)
            case "offset_ms": offset = try cursor.integer(bytes)
            case "last_event_id": lastEventID = try cursor.integer(bytes)
            default: try unknown.add(name, &cursor, bytes)
            }
        }
        try cursor.needEnd(bytes)
        let number = try cursor.needed(sequence, "lsn")
        guard number <= UInt64(Int64.max) else {
            throw cursor.fault("\(number) is no sequence number")
        }
        if !unknown.text.isEmpty { extras.keep(header: unknown.text) }
        return SnapshotHeader(
            sequence: number, bootID: try cursor.needed(bootID, "boot_id"),
            taken: Moment(
                boot: try cursor.needed(boot, "boot_ns"), wall: try cursor.needed(wall, "wall_ns")),
            clockOffset: try cursor.needed(offset, "offset_ms"),
            lastEventID: try cursor.needed(lastEventID, "last_event_id"))
    }

    private static func bootID(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> BootID {
        let start = cursor
        var digits: [UInt64] = []
        for byte in try cursor.string(bytes).utf8 where byte != 0x2d {
            guard let digit = byte.hexDigit else { throw start.fault("no boot id") }
            digits.append(UInt64(digit))
        }
        guard digits.count == 32 else { throw start.fault("no boot id") }
        return BootID(
            high: digits[..<16].reduce(0) { $0 << 4 | $1 },
            low: digits[16...].reduce(0) { $0 << 4 | $1 })
    }

    mutating func readBan(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Ban {
        let network = try cursor.network(bytes)
        var deadline: Int64?
        var (created, uid): (UInt32?, UInt32?)
        var (reason, source): (String?, String?)
        var isAutomatic: Bool?
        var unknown = UnknownMembers()
        var isFirst = false
        while let name = try cursor.member(&isFirst, bytes) {
            switch name {
            case "deadline_ms":
                deadline = cursor.takesNull(bytes) ? Ban.never : try cursor.integer(bytes)
            case "created": created = try cursor.integer(bytes)
            case "reason": reason = try cursor.string(limit: Bounds.reasonBytes, bytes)
            case "source": source = try cursor.string(limit: Bounds.sourceBytes, bytes)
            case "uid": uid = try cursor.integer(bytes)
            case "automatic": isAutomatic = try cursor.bool(bytes)
            default: try unknown.add(name, &cursor, bytes)
            }
        }
        try cursor.needEnd(bytes)
        let ban = Ban(
            network: network, deadline: try cursor.needed(deadline, "deadline_ms"),
            created: try cursor.needed(created, "created"),
            reason: try cursor.needed(reason, "reason"),
            source: try cursor.needed(source, "source"), uid: try cursor.needed(uid, "uid"),
            isAutomatic: try cursor.needed(isAutomatic, "automatic"))
        if !unknown.text.isEmpty {
            extras.keep(unknown.text, for: .ban(network, created: ban.created))
        }
        return ban
    }

    mutating func readStrikes(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> [Strike] {
        let network = try cursor.network(bytes)
        var strikes: [Strike]?
        var unknown = UnknownMembers()
        var isFirst = false
        while let name = try cursor.member(&isFirst, bytes) {
            guard name == "items" else {
                try unknown.add(name, &cursor, bytes)
                continue
            }
            var items: [Strike] = []
            try cursor.need(0x5b, bytes)
            if !cursor.takes(0x5d, bytes) {
                repeat {
                    items.append(try readStrike(network, &cursor, bytes))
                } while cursor.takes(0x2c, bytes)
                try cursor.need(0x5d, bytes)
            }
            strikes = items
        }
        try cursor.needEnd(bytes)
        if !unknown.text.isEmpty { extras.keep(unknown.text, for: .strikes(network)) }
        return try cursor.needed(strikes, "items")
    }

    private mutating func readStrike(
        _ network: Network, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Strike {
        var deadline: Int64?
        var (at, uid): (UInt32?, UInt32?)
        var weight: UInt16?
        var (reason, source): (String?, String?)
        var unknown = UnknownMembers()
        var isFirst = true
        try cursor.need(0x7b, bytes)
        while let name = try cursor.member(&isFirst, bytes) {
            switch name {
            case "deadline_ms": deadline = try cursor.integer(bytes)
            case "at": at = try cursor.integer(bytes)
            case "weight": weight = try cursor.integer(bytes)
            case "reason": reason = try cursor.string(limit: Bounds.reasonBytes, bytes)
            case "source": source = try cursor.string(limit: Bounds.sourceBytes, bytes)
            case "uid": uid = try cursor.integer(bytes)
            default: try unknown.add(name, &cursor, bytes)
            }
        }
        let strike = Strike(
            network: network, deadline: try cursor.needed(deadline, "deadline_ms"),
            at: try cursor.needed(at, "at"), weight: try cursor.needed(weight, "weight"),
            reason: try cursor.needed(reason, "reason"),
            source: try cursor.needed(source, "source"), uid: try cursor.needed(uid, "uid"))
        if !unknown.text.isEmpty {
            extras.keep(unknown.text, for: .strike(network, deadline: strike.deadline))
        }
        return strike
    }
}
