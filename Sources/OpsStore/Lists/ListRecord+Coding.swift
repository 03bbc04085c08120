// List changes as payloads.  A network in a chunk is its first address and its prefix length: 5
// bytes as IPv4, 17 as IPv6, so that the longest chunk is 35 KB.  Networks that do not ascend are
// damage.

import OpsCore

/// What a chunk's family byte says.
private enum Family {
    static let ipv4: UInt8 = 4
    static let ipv6: UInt8 = 6
}

extension ListRecord {
    var recordType: RecordType {
        switch self {
        case .chunk: .listChunk
        case .committed: .listCommitted
        case .dropped: .listDropped
        case .expired: .listExpired
        }
    }

    /// Appends the payload after the stamp.
    func encode(into output: inout OutputSpan<UInt8>) {
        switch self {
        case .chunk(let chunk): chunk.encode(into: &output)
        case .committed(let commit): commit.encode(into: &output)
        case .dropped(let drop): drop.encode(into: &output)
        case .expired(let end): end.encode(into: &output)
        }
    }
}

extension ListChunk {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: token)
        output.append(littleEndian: index)
        switch runs {
        case .ipv4(let runs):
            output.append(littleEndian: Family.ipv4)
            output.append(littleEndian: UInt32(runs.count))
            for run in runs {
                output.append(littleEndian: run.first)
                output.append(littleEndian: run.prefix)
            }
        case .ipv6(let runs):
            output.append(littleEndian: Family.ipv6)
            output.append(littleEndian: UInt32(runs.count))
            for run in runs {
                output.append(littleEndian: UInt64(truncatingIfNeeded: run.first >> 64))
                output.append(littleEndian: UInt64(truncatingIfNeeded: run.first))
                output.append(littleEndian: run.prefix)
            }
        }
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let token = try cursor.number(UInt64.self, bytes)
        let index = try cursor.number(UInt32.self, bytes)
        let start = cursor
        let family = try cursor.number(UInt8.self, bytes)
        let count = Int(try cursor.number(UInt32.self, bytes))
        guard (1...ListBounds.chunkEntries).contains(count) else {
            throw start.malformed("a chunk of \(count) networks")
        }
        var runs = NetworkRuns()
        for _ in 0..<count {
            let here = cursor
            let network: Network
            switch family {
            case Family.ipv4: network = try cursor.ipv4Network(bytes)
            case Family.ipv6: network = try cursor.ipv6Network(bytes)
            default: throw start.malformed("unknown address family \(family)")
            }
            guard runs.append(network) == .appended else {
                throw here.malformed("a chunk whose networks do not ascend")
            }
        }
        self.init(token: token, index: index, runs: runs.chunk(0))
    }
}

extension ListCommit {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: token)
        output.append(littleEndian: chunks)
        output.append(littleEndian: deadline)
        output.append(littleEndian: committed)
        output.append(littleEndian: uid)
        output.append(littleEndian: entries)
        output.append(littleEndian: added)
        output.append(littleEndian: removed)
        output.append(littleEndian: UInt8(isReplacement ? 1 : 0))
        output.append(name, limit: ListBounds.nameBytes)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let token = try cursor.number(UInt64.self, bytes)
        let chunks = try cursor.number(UInt32.self, bytes)
        let deadline = try cursor.deadlineOrNever(bytes)
        let committed = try cursor.number(UInt32.self, bytes)
        let uid = try cursor.number(UInt32.self, bytes)
        let entries = try cursor.number(UInt32.self, bytes)
        let added = try cursor.number(UInt32.self, bytes)
        let removed = try cursor.number(UInt32.self, bytes)
        let isReplacement = try cursor.flag(bytes)
        self.init(
            token: token, chunks: chunks, name: try cursor.listName(bytes), deadline: deadline,
            committed: committed, uid: uid, entries: entries, added: added, removed: removed,
            isReplacement: isReplacement)
    }
}

extension ListDrop {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: entries)
        output.append(littleEndian: uid)
        output.append(name, limit: ListBounds.nameBytes)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let entries = try cursor.number(UInt32.self, bytes)
        let uid = try cursor.number(UInt32.self, bytes)
        self.init(name: try cursor.listName(bytes), entries: entries, uid: uid)
    }
}

extension ListEnd {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: deadline)
        output.append(littleEndian: entries)
        output.append(name, limit: ListBounds.nameBytes)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let deadline = try cursor.deadlineOrNever(bytes)
        let entries = try cursor.number(UInt32.self, bytes)
        self.init(name: try cursor.listName(bytes), deadline: deadline, entries: entries)
    }
}

extension PayloadCursor {
    mutating func listName(_ bytes: Span<UInt8>) throws(StoreFault) -> String {
        let start = self
        let name = try string(limit: ListBounds.nameBytes, bytes)
        guard ListBounds.isName(name) else { throw start.malformed("not the name of a list") }
        return name
    }

    fileprivate mutating func ipv4Network(_ bytes: Span<UInt8>) throws(StoreFault) -> Network {
        let start = self
        let first = try number(UInt32.self, bytes)
        let prefix = try number(UInt8.self, bytes)
        guard prefix <= 32 else { throw start.malformed("an IPv4 prefix length of \(prefix)") }
        let network = Network(ipv4: first, prefix: prefix)
        guard network.low == 0xffff_0000_0000 | UInt64(first) else {
            throw start.malformed("a network with bits set beyond its prefix length \(prefix)")
        }
        return network
    }

    fileprivate mutating func ipv6Network(_ bytes: Span<UInt8>) throws(StoreFault) -> Network {
        let start = self
        let network = try network(bytes)
        guard !network.isIPv4 else { throw start.malformed("an IPv4 network among IPv6 ones") }
        return network
    }
}
