// Lists in a snapshot: a line that names the list and counts its networks, then lines of up to 512
// networks each, in order.
//
//     {"list":"drop","deadline_ms":null,"committed":1795252290,"uid":0,"ipv4":2,"ipv6":1}
//     {"listed":"drop","ips":"192.0.2.0/24,198.51.100.7,2001:db8::/48"}
//
// A line has one text: a million strings would cost more than all the rest of a start.  For people:
//
//     jq -r 'select(.listed == "drop") | .ips' snapshot.jsonl | tr , '\n'
//
// A snapshot with lists needs reader 2 (`Lists.minReader`).

import OpsCore

extension SnapshotWriter {
    /// Networks in one line.
    static let networksPerLine = 512

    /// Begins a list: all its chunks must follow, in order, before anything else.
    mutating func append(_ list: AddressList, into buffer: inout [UInt8]) {
        let runs = list.networks.runs
        let start = buffer.count
        buffer.append("{\"list\":")
        buffer.appendJSON(list.name)
        buffer.append(",\"deadline_ms\":")
        if list.deadline == Ban.never {
            buffer.append("null")
        } else {
            buffer.appendDecimal(list.deadline)
        }
        buffer.append(",\"committed\":")
        buffer.appendDecimal(list.committed)
        buffer.append(",\"uid\":")
        buffer.appendDecimal(list.uid)
        buffer.append(",\"ipv4\":")
        buffer.appendDecimal(runs.ipv4.count)
        buffer.append(",\"ipv6\":")
        buffer.appendDecimal(runs.ipv6.count)
        endLine(start, extras[.list(list.name, committed: list.committed)], &buffer)
    }

    /// Appends the networks of one chunk of a list.
    mutating func append(
        _ list: AddressList, chunk place: Int, into buffer: inout [UInt8]
    ) {
        let chunk = list.networks.runs.chunk(place)
        for from in stride(from: 0, to: chunk.count, by: Self.networksPerLine) {
            let start = buffer.count
            buffer.append("{\"listed\":")
            buffer.appendJSON(list.name)
            buffer.append(",\"ips\":\"")
            for index in from..<min(chunk.count, from + Self.networksPerLine) {
                if index > from { buffer.append(0x2c) }
                chunk.network(index).write(to: &buffer)
            }
            buffer.append(0x22)
            endLine(start, nil, &buffer)
        }
    }
}

extension ListChunk.Runs {
    fileprivate func network(_ index: Int) -> Network {
        switch self {
        case .ipv4(let runs): Network(runs[index])
        case .ipv6(let runs): Network(runs[index])
        }
    }
}

/// A list whose lines are being read.
struct ListInParts: Sendable {
    var name: String
    var deadline: Int64
    var committed: UInt32
    var uid: UInt32
    /// How many networks of each family there must be.
    var ipv4: Int
    var ipv6: Int
    var runs = NetworkRuns()

    var isWhole: Bool { runs.ipv4.count == ipv4 && runs.ipv6.count == ipv6 }

    var list: AddressList {
        AddressList(
            name: name, deadline: deadline, committed: committed, uid: uid,
            networks: ListedNetworks(runs))
    }

    /// Reads the networks of a line.
    mutating func add(
        _ text: String, _ cursor: JSONCursor
    ) throws(StoreFault) {
        let bytes = text.utf8Span.span
        var start = 0
        while start <= bytes.count {
            var end = start
            while end < bytes.count && bytes[end] != 0x2c { end &+= 1 }
            guard let target = try? Target(parsing: bytes.extracting(start..<end)) else {
                throw cursor.fault("not a network in the list \(name)")
            }
            guard runs.append(target.network) == .appended, runs.ipv4.count <= ipv4,
                runs.ipv6.count <= ipv6
            else { throw cursor.fault("\(target.network) is out of order in the list \(name)") }
            start = end + 1
        }
    }
}

extension SnapshotReader {
    /// Reads the first line of a list; returns the list if that is all of it.
    mutating func readList(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> AddressList? {
        let start = cursor
        let name = try cursor.string(limit: ListBounds.nameBytes, bytes)
        guard ListBounds.isName(name) else { throw start.fault("not the name of a list") }
        var deadline: Int64?
        var (committed, uid): (UInt32?, UInt32?)
        var (ipv4, ipv6): (UInt32?, UInt32?)
        var unknown = UnknownMembers()
        while let member = try cursor.member(bytes) {
            switch member {
            case "deadline_ms": deadline = try cursor.deadlineOrNever(bytes)
            case "committed": committed = try cursor.integer(bytes)
            case "uid": uid = try cursor.integer(bytes)
            case "ipv4": ipv4 = try cursor.integer(bytes)
            case "ipv6": ipv6 = try cursor.integer(bytes)
            default: try unknown.add(member, &cursor, bytes)
            }
        }
        try cursor.end(bytes)
        let parts = ListInParts(
            name: name, deadline: try cursor.require(deadline, "deadline_ms"),
            committed: try cursor.require(committed, "committed"),
            uid: try cursor.require(uid, "uid"), ipv4: Int(try cursor.require(ipv4, "ipv4")),
            ipv6: Int(try cursor.require(ipv6, "ipv6")))
        if !unknown.text.isEmpty {
            extras.keep(unknown.text, for: .list(name, committed: parts.committed))
        }
        if parts.isWhole { return parts.list }
        listInParts = parts
        return nil
    }

    /// Reads a line of networks; returns the list if this was its last line.
    mutating func readListed(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> AddressList? {
        let name = try cursor.string(limit: ListBounds.nameBytes, bytes)
        guard listInParts?.name == name else {
            throw cursor.fault("networks of the list \(name), which has not begun")
        }
        while let member = try cursor.member(bytes) {
            guard member == "ips" else {
                _ = try cursor.raw(bytes)
                continue
            }
            let text = try cursor.string(bytes)
            try listInParts?.add(text, cursor)
        }
        try cursor.end(bytes)
        guard let list = listInParts, list.isWhole else { return nil }
        listInParts = nil
        return list.list
    }
}
