// A snapshot as JSON Lines, an entity a line, into a buffer the caller owns and empties to disk as
// it likes.  The machine fields are exact (boot time, milliseconds); for people:
//
//     jq -r '.offset_ms as $o | inputs | select(.ban)
//            | [.ban, (if .deadline_ms then (.deadline_ms + $o) / 1000 | floor | todate
//                      else "permanent" end), .reason] | @tsv' snapshot.jsonl
//
// Members of an entity are written in a fixed order: the reader's short way knows it.

import OpsCore

/// Writes one snapshot: header, entities in any order, trailer.
package struct SnapshotWriter: Sendable {
    /// Strikes in one line; an address with more gets more lines.
    static let strikesPerLine = 256
    let extras: SnapshotExtras
    var checksum: UInt32 = 0
    var count: UInt64 = 0
    var shortLine = ShortBanLine()

    /// Begins a snapshot.
    /// - Parameter extras: what recovery found in the one before that this version does not know.
    package init(
        _ header: SnapshotHeader, extras: SnapshotExtras = SnapshotExtras(),
        into buffer: inout [UInt8]
    ) {
        self.extras = extras
        let start = buffer.count
        buffer.append("{\"opsd\":\"snapshot\",\"format\":", SnapshotHeader.format)
        buffer.append(",\"min_reader\":", header.minReader)
        buffer.append(",\"lsn\":", header.sequence)
        buffer.append(",\"boot_id\":\"")
        buffer.appendUUID(header.bootID)
        buffer.append("\",\"boot_ns\":", header.taken.boot)
        buffer.append(",\"wall_ns\":", header.taken.wall)
        buffer.append(",\"offset_ms\":", header.clockOffset)
        buffer.append(",\"last_event_id\":", header.lastEventID)
        buffer.append(",\"service_offset_ms\":", header.serviceOffset)
        if let audit = header.audit {
            buffer.append(",\"audit_seq\":", audit.sequence)
            buffer.append(",\"audit_hash\":", json: audit.hash.hexadecimal)
        }
        end(start, extras.header.isEmpty ? nil : extras.header, &buffer)
        for line in extras.lines {
            let start = buffer.count
            buffer.append(contentsOf: line.utf8)
            buffer.append(0x0a)
            add(start, buffer)
        }
        count = UInt64(extras.lines.count)
    }

    /// Ends the snapshot.  `through`: the log's last sequence number now; it must be durable before
    /// the snapshot gets its name.
    package mutating func finish(through: UInt64, into buffer: inout [UInt8]) {
        SnapshotTrailer(count: count, through: through).encode(checksum, into: &buffer)
    }

    /// Ends a line that counts.
    mutating func endLine(_ start: Int, _ extra: String?, _ buffer: inout [UInt8]) {
        count += 1
        end(start, extra, &buffer)
    }

    /// Closes the object that starts at `start`, and its line.
    mutating func end(_ start: Int, _ extra: String?, _ buffer: inout [UInt8]) {
        if let extra {
            buffer.append(0x2c)
            buffer.append(contentsOf: extra.utf8)
        }
        buffer.append(0x7d)
        buffer.append(0x0a)
        add(start, buffer)
    }

    mutating func add(_ start: Int, _ buffer: borrowing [UInt8]) {
        checksum = CRC32C.update(checksum, buffer.span.extracting(start..<buffer.count))
    }
}

extension SnapshotTrailer {
    /// What the trailer's line, and no other line, begins with.
    static let opening: StaticString = "{\"end\":"

    /// Appends the line; `before` is the checksum of all lines before.  The sum covers this line
    /// too, up to its own digits.
    func encode(_ before: UInt32, into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.append(Self.opening)
        buffer.append("\"snapshot\",\"count\":", count)
        buffer.append(",\"through\":", through)
        buffer.append(",\"crc32c\":\"")
        let sum = CRC32C.update(before, buffer.span.extracting(start..<buffer.count))
        buffer.appendHex(UInt64(sum), digits: 8)
        buffer.append("\"}\n")
    }
}
