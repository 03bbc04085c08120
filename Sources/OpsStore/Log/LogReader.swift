// Reads one log segment: bytes in, changes out, and an ending that says what the bytes prove.
//
// A record is good when its checksum is, which is chained from the salt through every record before
// it.  The first record that is not good ends the reading.  Two very different things can be the
// cause, and look alike:
//
//   * A batch that was being written when the power went.  Any of its 512-byte sectors may be old
//     (zeros), new or torn, in any order.  Nobody was told that it was kept.  Start without it.
//   * Damage to what had been durable.  Somebody was told.  Refuse, with the place.
//
// Marks tell them apart.  Each batch starts with one, and it says up to which sequence number the
// log was durable (fdatasync had returned) at the moment the batch was written.  The rule:
//
//   The bad record had the sequence number N.  If a whole mark anywhere after it says
//   "durable to N" or more, the record had been durable: damage.  If not, it is a torn tail.
//
// A torn batch always starts: marks in it or after it were written before its own fdatasync
// returned, and name only what came before it.  That holds too with several batches unsynced
// (`everysec`, `no`).  A broken record in acknowledged data is refused once any later batch, or the
// lone mark of an idle log, has reached the disk.  One case is left: damage to the very last batch
// before a stop without an idle moment.  Nothing on disk tells it from a torn write, and it is cut.
//
// A mark must be believed even where the chain before it is broken.  So it carries a sum of its
// own, over the salt, its numbers and its own offset: bytes of another file, or moved ones, are not
// marks.  If a record's checksum is right, whatever else is wrong in it (its order, a value out of
// range) was written that way: it is refused wherever it stands, never cut.

package import OpsCore

/// How the bytes of a segment end.
package enum LogEnding: Hashable, Sendable {
    /// After the last good record there are zeros, or nothing.
    case clean
    /// What follows byte `offset` was never acknowledged as far as this file can tell; `bytes`
    /// of it are not zero-filled preallocation.  `reason` says how it is bad.
    case torn(offset: UInt64, bytes: UInt64, reason: String)
    /// Damage, or a newer version's records.
    case refused(StoreFault)
}

/// What a segment held.
package struct LogReading: Hashable, Sendable {
    /// The segment's header.
    package var header: SegmentHeader
    /// One more than the last good record's number.
    package var nextSequence: UInt64
    /// Bytes up to the end of the last good record.
    package var goodBytes: UInt64
    /// The last good record's stamp.
    package var lastStamp: Stamp?
    /// The newest snapshot that any mark calls durable; 0: none does.
    package var namedSnapshot: UInt64
    /// How it ends, and what that proves.
    package var ending: LogEnding
}

/// The reader of log segments.
package enum LogReader {
    /// Hands every good record of `bytes`, in order, to `body`: sequence number, stamp, change.
    /// Throws only for the header; everything after it is the reading's `ending`.
    package static func read(
        _ bytes: Span<UInt8>, _ body: (UInt64, Stamp, Change) -> Void
    ) throws(StoreFault) -> LogReading {
        try read(bytes, decoding: Change.decode, body)
    }

    /// Reads records likewise, with a decoder of the caller's.
    @inline(__always)
    static func read<Record>(
        _ bytes: Span<UInt8>,
        decoding decode: (
            RecordType, inout PayloadCursor, Span<UInt8>
        ) throws(StoreFault) -> Record,
        _ body: (UInt64, Stamp, Record) -> Void
    ) throws(StoreFault) -> LogReading {
        let header = try SegmentHeader.decode(bytes)
        var reading = LogReading(
            header: header, nextSequence: header.firstSequence,
            goodBytes: UInt64(SegmentHeader.bytes), lastStamp: nil, namedSnapshot: 0,
            ending: .clean)
        var at = SegmentHeader.bytes
        var chain = header.seed
        while true {
            let size: Int
            switch frame(bytes, at, chain) {
            case .good(let bytes): size = bytes
            case .none: return reading
            case .bad(let reason):
                reading.judge(bytes, at, reason)
                return reading
            }
            chain = bytes.number(UInt32.self, at: at + 4)
            do throws(StoreFault) {
                try reading.readRecord(bytes, at, size, decode, body)
            } catch {
                reading.ending = .refused(error)
                return reading
            }
            at += size
            reading.goodBytes = UInt64(at)
        }
    }

    private enum Frame {
        /// A record of this many bytes with a good checksum.
        case good(Int)
        /// Zeros to the end.
        case none
        case bad(String)
    }

    /// Looks at the record at `at`, and trusts nothing in it.
    private static func frame(_ bytes: Span<UInt8>, _ at: Int, _ chain: UInt32) -> Frame {
        let left = bytes.count - at
        guard left >= RecordFormat.frameBytes else {
            return bytes.endOfContent(from: at) == at
                ? .none : .bad("the file ends inside a record")
        }
        let length = bytes.number(UInt32.self, at: at)
        if length == 0 {
            return bytes.endOfContent(from: at) == at
                ? .none : .bad("an empty record, but bytes after it")
        }
        guard length <= UInt32(RecordFormat.payloadBytes) else {
            return .bad("a record of \(length) bytes, over the limit")
        }
        let size = RecordFormat.frameBytes + Int(length)
        guard size <= left else { return .bad("the file ends inside a record") }
        let record = bytes.extracting(at..<at + size)
        guard SegmentWriter.link(chain, record) == record.number(UInt32.self, at: 4) else {
            return .bad("the checksum is wrong")
        }
        return .good(size)
    }
}

extension LogReading {
    /// Reads the record at `at`, whose checksum is good.
    @inline(__always)
    fileprivate mutating func readRecord<Record>(
        _ bytes: Span<UInt8>, _ at: Int, _ size: Int,
        _ decode: (RecordType, inout PayloadCursor, Span<UInt8>) throws(StoreFault) -> Record,
        _ body: (UInt64, Stamp, Record) -> Void
    ) throws(StoreFault) {
        let sequence = bytes.number(UInt64.self, at: at + 8)
        guard sequence == nextSequence else {
            throw StoreFault(
                .damaged, "sequence number \(sequence) where \(nextSequence) was expected",
                offset: at)
        }
        let number = bytes.number(UInt16.self, at: at + 16)
        let version = bytes.number(UInt16.self, at: at + 18)
        guard let type = RecordType(rawValue: number) else {
            throw StoreFault(
                .newer, "record \(sequence) has the unknown type \(number), version \(version)",
                offset: at)
        }
        guard version >= 1 else {
            throw StoreFault(.damaged, "a record of version 0", offset: at)
        }
        var cursor = PayloadCursor(at: at + RecordFormat.frameBytes, end: at + size)
        if type == .mark {
            guard let mark = Mark(bytes, at: at, header.seed), mark.durable < nextSequence else {
                throw StoreFault(.damaged, "a mark that contradicts itself", offset: at)
            }
            namedSnapshot = max(namedSnapshot, mark.snapshot)
            return
        }
        let stamp = try cursor.stamp(bytes)
        let record = try decode(type, &cursor, bytes)
        guard cursor.isAtEnd || version > type.version else {
            throw cursor.malformed("the record is longer than its type")
        }
        lastStamp = stamp
        nextSequence += 1
        body(sequence, stamp, record)
    }

    /// Tells a torn tail from damage: the record at `at` is bad because of `reason`.
    fileprivate mutating func judge(_ bytes: Span<UInt8>, _ at: Int, _ reason: String) {
        var place = at
        let last = bytes.count - RecordFormat.markBytes
        while place <= last {
            if let mark = Mark(bytes, at: place, header.seed) {
                namedSnapshot = max(namedSnapshot, mark.snapshot)
                if mark.durable >= nextSequence {
                    let message =
                        "record \(nextSequence): \(reason), yet the mark at byte \(place) says "
                        + "that it was durable"
                    ending = .refused(StoreFault(.damaged, message, offset: at))
                    return
                }
            }
            place += 1
        }
        ending = .torn(
            offset: UInt64(at), bytes: UInt64(bytes.endOfContent(from: at) - at),
            reason: "record \(nextSequence): \(reason)")
    }
}

extension Mark {
    /// The mark at `at`, if one stands there and is whole by its own sum.
    init?(_ bytes: Span<UInt8>, at: Int, _ seed: UInt32) {
        guard at <= bytes.count - RecordFormat.markBytes,
            bytes.number(UInt32.self, at: at) == UInt32(RecordFormat.markPayloadBytes),
            bytes.number(UInt16.self, at: at + 16) == RecordType.mark.rawValue,
            bytes.number(UInt64.self, at: at + 36) == UInt64(at)
        else { return nil }
        let sum = bytes.number(UInt32.self, at: at + 44)
        guard Mark.checksum(seed, bytes.extracting(at + 8..<at + 44)) == sum else { return nil }
        durable = bytes.number(UInt64.self, at: at + 20)
        snapshot = bytes.number(UInt64.self, at: at + 28)
    }
}

extension Span<UInt8> {
    /// The offset after the last byte from `start` on that is not zero; `start` if all are zero.
    fileprivate func endOfContent(from start: Int) -> Int {
        var end = count
        while end - start >= 8 && number(UInt64.self, at: end - 8) == 0 { end -= 8 }
        while end > start && self[end - 1] == 0 { end -= 1 }
        return end
    }
}
