// A segment of the log: any bytes, and records with right checksums and any content.  What is read
// is read the same from the good part alone, is written again to the same, and applies to a state.

import OpsCore
import OpsTestKit

@testable import OpsStore

/// The first byte chooses: even, the rest is a segment; odd, it is what a forger makes records of.
func fuzzLog(_ bytes: [UInt8]) throws(Finding) {
    guard let mode = bytes.first else { return }
    let segment = mode & 1 == 0 ? Array(bytes.dropFirst()) : forgedSegment(bytes.dropFirst())
    guard let (reading, entries) = try read(segment) else { return }
    try hold(reading.goodBytes <= UInt64(segment.count), "good beyond the end")
    let good = Array(segment[..<Int(reading.goodBytes)])
    guard let (again, prefix) = try read(good) else {
        throw Finding(description: "the good part is refused")
    }
    try hold(again.ending == .clean && prefix == entries, "the good part reads otherwise")
    var written: [UInt8] = []
    var writer = SegmentWriter(reading.header, into: &written)
    for entry in entries { writer.append(entry.change, entry.stamp, into: &written) }
    guard let (_, copies) = try read(written) else {
        throw Finding(description: "what is written again is refused")
    }
    try hold(copies == entries, "what is written again reads otherwise")
    var sink = RecordingSink()
    for entry in entries { sink.append(entry) }
    var state = sink.state
    state.exercise()
}

private func read(_ bytes: [UInt8]) throws(Finding) -> (LogReading, [LogEntry])? {
    var entries: [LogEntry] = []
    let reading: LogReading
    do throws(StoreFault) {
        reading = try LogReader.read(bytes.span) { sequence, stamp, change in
            entries.append(LogEntry(sequence: sequence, stamp: stamp, change: change))
        }
    } catch {
        try hold(error.offset <= UInt64(bytes.count), "a fault outside: \(error)")
        return nil
    }
    for (index, entry) in entries.enumerated() {
        try hold(
            entry.sequence == reading.header.firstSequence + UInt64(index), "out of order")
    }
    return (reading, entries)
}

/// A good header and records: type, version, flags, length and payload each.
func forgedSegment(_ recipe: ArraySlice<UInt8>) -> [UInt8] {
    var feed = Feed(Array(recipe))
    var bytes: [UInt8] = []
    let header = SegmentHeader(
        salt: 0, firstSequence: 1 + UInt64(feed.byte()), bootID: BootID(high: 1, low: 2),
        created: Moment(boot: 3, wall: 4))
    _ = SegmentWriter(header, into: &bytes)
    var chain = header.seed
    var sequence = header.firstSequence
    while !feed.isEmpty {
        let kind = feed.byte()
        let flags = feed.byte()
        let size = Int(feed.byte())
        var payload = flags & 1 == 0 ? [] : [UInt8](repeating: 0, count: RecordFormat.stampBytes)
        payload += feed.piece(flags & 2 == 0 ? size : size * 16)
        let isMark = kind & 0x1f == 0x1f
        if isMark { payload = forgedMark(payload, header.seed, sequence, bytes.count) }
        var record: [UInt8] = []
        record.append(littleEndian: UInt32(payload.count))
        record.append(littleEndian: UInt32(0))
        record.append(littleEndian: flags & 4 == 0 ? sequence : sequence &+ UInt64(kind))
        record.append(littleEndian: isMark ? RecordType.mark.rawValue : UInt16(kind & 0x1f))
        record.append(littleEndian: UInt16(flags & 8 == 0 ? 1 : flags >> 4))
        record += payload
        chain = SegmentWriter.link(chain, record.span)
        let sum = flags & 0x80 == 0 ? chain : ~chain
        for index in 0..<4 { record[4 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index)) }
        bytes += record
        if !isMark { sequence &+= 1 }
    }
    return bytes
}

/// The payload of a mark with a right sum.
private func forgedMark(
    _ recipe: [UInt8], _ seed: UInt32, _ sequence: UInt64, _ offset: Int
) -> [UInt8] {
    var feed = Feed(recipe)
    var frame: [UInt8] = []
    frame.append(littleEndian: sequence)
    frame.append(littleEndian: RecordType.mark.rawValue)
    frame.append(littleEndian: UInt16(1))
    var payload: [UInt8] = []
    payload.append(littleEndian: UInt64(feed.byte()))
    payload.append(littleEndian: UInt64(feed.byte()))
    payload.append(littleEndian: UInt64(offset))
    let sum = Mark.checksum(seed, (frame + payload).span)
    payload.append(littleEndian: sum)
    return payload
}
