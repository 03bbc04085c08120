// Turns changes into the bytes of one log segment.  It keeps what chains records together (the
// next sequence number, the running checksum, the length) and nothing else: a copy is a place to
// go back to when a write falls short.  Bytes go to a buffer the caller owns, writes and empties.
//
// How the log's writer is to use it, in this order:
//   1. A new segment is made under a temporary name (`StateFiles.temporary`), its header written
//      and fsynced, renamed to its name, and the directory fsynced.  Only then it is used.
//   2. Each batch starts with `mark(durable:)`, naming what the fdatasync before has made durable.
//   3. A segment is left only at a sequence number up to which it is durable.
//   4. When the log falls idle, a lone mark (no fsync) lets recovery prove the last batch too.

package import OpsCore

/// The open end of a log segment.
package struct SegmentWriter: Sendable {
    /// The header as it was written.
    package let header: SegmentHeader
    /// The number the next change gets.
    package private(set) var nextSequence: UInt64
    /// Bytes of the segment so far, header included: the offset of the next record.
    package private(set) var length: UInt64
    /// The running checksum, that of the last record.
    private var chain: UInt32

    /// Starts a segment and appends its header to `buffer`.
    package init(_ header: SegmentHeader, into buffer: inout [UInt8]) {
        self.header = header
        nextSequence = header.firstSequence
        length = UInt64(SegmentHeader.bytes)
        chain = header.seed
        header.encode(into: &buffer)
    }

    /// Appends one change; returns its sequence number.
    @discardableResult
    package mutating func append(
        _ change: Change, _ stamp: Stamp, into buffer: inout [UInt8]
    ) -> UInt64 {
        write(change.recordType, atMost: change.mostBytes, into: &buffer) { output in
            stamp.encode(into: &output)
            change.encode(into: &output)
        }
        defer { nextSequence += 1 }
        return nextSequence
    }

    /// Appends what a request about one call comes to, as its record.
    package mutating func append(
        _ call: CostCall, _ stamp: Stamp, into buffer: inout [UInt8]
    ) {
        let isCounted = call.effect == .counted
        write(
            isCounted ? .costClosed : .costReserved, atMost: RecordFormat.plainPayloadBytes,
            into: &buffer
        ) { output in
            stamp.encode(into: &output)
            call.view.entry.encode(into: &output)
            if isCounted { call.delta.encodeNumbers(into: &output) }
        }
        nextSequence += 1
    }

    /// Appends a record of any type; returns its sequence number.
    mutating func append(
        _ type: RecordType, _ stamp: Stamp, into buffer: inout [UInt8],
        _ payload: (inout OutputSpan<UInt8>) -> Void
    ) -> UInt64 {
        write(type, atMost: RecordFormat.payloadBytes, into: &buffer) { output in
            stamp.encode(into: &output)
            payload(&output)
        }
        defer { nextSequence += 1 }
        return nextSequence
    }

    /// Appends a mark.  It says that everything up to `durable` is known to be on disk, and so is a
    /// snapshot at `snapshot` (0: none).  A mark takes no sequence number of its own.
    package mutating func mark(
        durable: UInt64, snapshot: UInt64, into buffer: inout [UInt8]
    ) {
        let (length, seed) = (length, header.seed)
        write(.mark, atMost: RecordFormat.markPayloadBytes, into: &buffer) { output in
            output.append(littleEndian: durable)
            output.append(littleEndian: snapshot)
            output.append(littleEndian: length)
            output.append(
                littleEndian: Mark.checksum(seed, output.span.extracting(8..<output.count)))
        }
    }

    /// Appends a frame and the payload that `payload` writes into it, `mostBytes` at most.
    @inline(__always)
    private mutating func write(
        _ type: RecordType, atMost mostBytes: Int, into buffer: inout [UInt8],
        _ payload: (inout OutputSpan<UInt8>) -> Void
    ) {
        let room = buffer.count + RecordFormat.frameBytes + mostBytes
        if room > buffer.capacity { buffer.reserveCapacity(max(room, 2 * buffer.capacity)) }
        let (sequence, before) = (nextSequence, chain)
        var (sum, size) = (before, 0)
        buffer.append(addingCapacity: RecordFormat.frameBytes + mostBytes) { output in
            output.append(littleEndian: UInt64(0))
            output.append(littleEndian: sequence)
            output.append(littleEndian: type.rawValue)
            output.append(littleEndian: type.version)
            payload(&output)
            size = output.count
            output.patch(UInt32(size - RecordFormat.frameBytes), at: 0)
            sum = Self.link(before, output.span)
            output.patch(sum, at: 4)
        }
        chain = sum
        length += UInt64(size)
    }

    /// The checksum of one whole record after `chain`, over all but its own four bytes.
    @inline(__always)
    static func link(_ chain: UInt32, _ record: Span<UInt8>) -> UInt32 {
        let afterLength = CRC32C.update(chain, record.extracting(0..<4))
        return CRC32C.update(afterLength, record.extracting(8..<record.count))
    }
}

/// What a mark says; see `LogReader` for what follows from it.
struct Mark: Hashable, Sendable {
    /// Everything up to here was durable when the mark was written.
    var durable: UInt64
    /// The newest durable snapshot then; 0: none.
    var snapshot: UInt64

    /// The mark's own sum, over everything from its sequence number on, so that the mark can be
    /// trusted if the chain before it is broken.
    static func checksum(_ seed: UInt32, _ bytes: Span<UInt8>) -> UInt32 {
        CRC32C.update(seed, bytes)
    }
}
