// Reads a snapshot from pieces of any size.  Entities go to the sink as they come; whether they are
// valid is known only when `finish` has seen a good trailer, so the sink forgets them if it throws.
// The trailer's checksum covers every bit before it; the trailer's own line must be exactly what a
// writer would have written.

import OpsCore

/// Makes entities of the bytes of a snapshot.
package struct SnapshotReader: Sendable {
    /// The longest line, bytes without its LF.
    package static let lineBytes = 1 << 20

    /// The header; nil until the first line has been read.
    package internal(set) var header: SnapshotHeader?
    /// What this version does not know.
    package internal(set) var extras = SnapshotExtras()
    private var trailer: SnapshotTrailer?
    private var count: UInt64 = 0
    /// The checksum of all bytes before `offset`.
    private var checksum: UInt32 = 0
    /// The start of a line whose end has not come yet.
    private var carry: [UInt8] = []
    /// The offset of the next line to read, from the start of the file.
    private var offset = 0
    private var line = 1
    private var names = BanNames()
    /// A list whose lines have not all come.
    var listInParts: ListInParts?
    /// false in tests, to compare the short way with the general one.
    package var usesShortWay = true

    /// A reader before the first byte.
    package init() {}

    /// Takes the next bytes.
    package mutating func feed(
        _ bytes: Span<UInt8>, into sink: inout some RecoverySink
    ) throws(StoreFault) {
        var start = 0
        if !carry.isEmpty {
            let end = try endOfLine(bytes, from: 0, held: carry.count)
            for index in 0..<(end ?? bytes.count) { carry.append(bytes[index]) }
            guard let end else { return }
            start = end
            let whole = carry
            carry.removeAll(keepingCapacity: true)
            try lines(whole.span, 0, into: &sink)
        }
        try lines(bytes, start, into: &sink)
    }

    /// The file has ended.
    package func finish() throws(StoreFault) -> (SnapshotHeader, SnapshotTrailer) {
        guard carry.isEmpty, let header, let trailer else {
            let message =
                offset + carry.count == 0 ? "the file is empty" : "the end of the file is missing"
            throw StoreFault(.damaged, message, offset: offset + carry.count, line: line)
        }
        return (header, trailer)
    }

    /// Reads all whole lines from `start` on, and keeps what is left.
    private mutating func lines(
        _ bytes: Span<UInt8>, _ start: Int, into sink: inout some RecoverySink
    ) throws(StoreFault) {
        var at = start
        var summed = start
        while at < bytes.count {
            if usesShortWay, header != nil, trailer == nil,
                let (entry, end) = shortBan(bytes, at, &names, &sink)
            {
                sink.load(entry)
                count &+= 1
                offset &+= end &- at
                at = end
                line &+= 1
                continue
            }
            guard let end = try endOfLine(bytes, from: at, held: 0) else { break }
            let before = CRC32C.update(checksum, bytes.extracting(summed..<at))
            checksum = CRC32C.update(before, bytes.extracting(at..<end))
            summed = end
            do throws(StoreFault) {
                try readLine(bytes.extracting(at..<end - 1), before, into: &sink)
            } catch {
                throw StoreFault(
                    error.kind, error.reason, offset: offset + Int(clamping: error.offset),
                    line: line)
            }
            offset += end - at
            at = end
            line += 1
        }
        checksum = CRC32C.update(checksum, bytes.extracting(summed..<at))
        for index in at..<bytes.count { carry.append(bytes[index]) }
    }

    /// The place after the next LF; nil if it has not come yet.
    private func endOfLine(
        _ bytes: Span<UInt8>, from start: Int, held: Int
    ) throws(StoreFault) -> Int? {
        var at = start
        while at < bytes.count, bytes[at] != 0x0a { at &+= 1 }
        guard at - start + held <= Self.lineBytes else {
            throw StoreFault(
                .damaged, "a line of more than \(Self.lineBytes) bytes", offset: offset, line: line)
        }
        return at < bytes.count ? at + 1 : nil
    }

    /// Reads one line, without its LF; `before` is the checksum of all lines before it.
    private mutating func readLine(
        _ bytes: Span<UInt8>, _ before: UInt32, into sink: inout some RecoverySink
    ) throws(StoreFault) {
        var cursor = JSONCursor()
        guard trailer == nil else { throw cursor.fault("a line after the end") }
        try cursor.beginObject(bytes)
        guard let kind = try cursor.member(bytes) else {
            throw cursor.fault("an object without members")
        }
        guard header != nil else {
            guard kind == "opsd", try cursor.string(bytes) == "snapshot" else {
                throw cursor.fault("this is not a snapshot of opsd")
            }
            let header = try readHeader(&cursor, bytes)
            self.header = header
            sink.load(header)
            return
        }
        let known = SnapshotLine(rawValue: kind)
        if let list = listInParts, known != .listed {
            throw cursor.fault("the list \(list.name) is incomplete")
        }
        if kind == "end" {
            trailer = try readTrailer(&cursor, bytes, before)
            return
        }
        if let known {
            try read(known, &cursor, bytes, into: &sink)
        } else {
            try cursor.skipRest(bytes)
            extras.keep(line: bytes.text)
        }
        count += 1
    }

    private func readTrailer(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>, _ before: UInt32
    ) throws(StoreFault) -> SnapshotTrailer {
        _ = try cursor.string(bytes)
        var trailer = SnapshotTrailer(count: 0, through: 0)
        while let name = try cursor.member(bytes) {
            switch name {
            case "count": trailer.count = try cursor.integer(bytes)
            case "through": trailer.through = try cursor.integer(bytes)
            default: _ = try cursor.raw(bytes)
            }
        }
        guard trailer.count == count else {
            throw StoreFault(.damaged, "\(trailer.count) lines were written, \(count) are here")
        }
        var exact: [UInt8] = []
        trailer.encode(before, into: &exact)
        guard exact.count == bytes.count + 1,
            bytes.indices.allSatisfy({ exact[$0] == bytes[$0] })
        else { throw StoreFault(.damaged, "the snapshot's checksum is wrong") }
        guard let header, trailer.through >= header.sequence,
            trailer.through <= UInt64(Int64.max)
        else { throw StoreFault(.damaged, "it ends before it begins") }
        return trailer
    }
}

extension Span<UInt8> {
    /// All bytes as text; broken UTF-8 is replaced (they have been read as JSON before).
    var text: String {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in indices { copy.append(self[index]) }
        return String(decoding: copy, as: UTF8.self)
    }
}
