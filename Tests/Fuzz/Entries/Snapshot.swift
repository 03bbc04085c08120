// A snapshot: any bytes, and lines with a right trailer.  It reads the same in pieces of any size
// and by both of the reader's ways; what is read is written again to the same.

import OpsCore
import OpsStore
import OpsTestKit

/// The first byte chooses: bit 0, whether a header and a trailer are put around the rest; bit 1, a
/// header alone is left out of it; the second sows the sizes of the pieces.
func fuzzSnapshot(_ bytes: [UInt8]) throws(Finding) {
    guard bytes.count > 2 else { return }
    let mode = bytes[0]
    let body = Array(bytes[2...])
    let file = mode & 1 == 0 ? body : closedSnapshot(body, hasHeader: mode & 2 == 0)
    let whole = read(file, nil, usesShortWay: true)
    let random = SeededGenerator(seed: UInt64(bytes[1]))
    try holdSame(whole, read(file, random, usesShortWay: true), "in pieces")
    try holdSame(whole, read(file, nil, usesShortWay: false), "by the long way")
    guard case .success(let (sink, trailer, extras)) = whole, sink.header != nil else {
        return
    }
    let written = sink.write(extras: extras, through: trailer.through)
    guard case .success(let (again, _, kept)) = read(written, nil, usesShortWay: true) else {
        throw Finding(description: "what is written again is refused")
    }
    try hold(again == sink, "what is written again reads otherwise")
    try hold(kept.lines == extras.lines && kept.header == extras.header, "extras are lost")
    var state = sink.state
    state.exercise()
}

typealias SnapshotReading = (RecordingSink, SnapshotTrailer, SnapshotExtras)

private func read(
    _ bytes: [UInt8], _ random: SeededGenerator?, usesShortWay: Bool
) -> Result<SnapshotReading, StoreFault> {
    var reader = SnapshotReader()
    reader.usesShortWay = usesShortWay
    var sink = RecordingSink()
    var random = random
    var at = 0
    do throws(StoreFault) {
        while at < bytes.count {
            let size = random.map { _ in Int((random?.next() ?? 0) % 90) + 1 } ?? bytes.count
            let end = min(bytes.count, at + size)
            try reader.feed(bytes.span.extracting(at..<end), into: &sink)
            at = end
        }
        let (_, trailer) = try reader.finish()
        return .success((sink, trailer, reader.extras))
    } catch { return .failure(error) }
}

private func holdSame(
    _ one: Result<SnapshotReading, StoreFault>, _ other: Result<SnapshotReading, StoreFault>,
    _ words: String
) throws(Finding) {
    switch (one, other) {
    case (.success(let one), .success(let other)):
        try hold(one.0 == other.0 && one.1 == other.1 && one.2 == other.2, words)
    case (.failure(let one), .failure(let other)):
        try hold(one == other, "\(words): \(one) and \(other)")
    default: throw Finding(description: "\(words): read and refused")
    }
}

/// The lines of `body` followed by a valid trailer.
func closedSnapshot(_ body: [UInt8], hasHeader: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    if hasHeader {
        let header = SnapshotHeader(
            sequence: 7, bootID: BootID(high: 1, low: 2), taken: Moment(boot: 3, wall: 4),
            clockOffset: 5, lastEventID: 6)
        _ = SnapshotWriter(header, into: &bytes)
    }
    bytes += body
    if bytes.last != 0x0a { bytes.append(0x0a) }
    let lines = bytes.count { $0 == 0x0a }
    bytes += Array(
        "{\"end\":\"snapshot\",\"count\":\(lines - 1),\"through\":7,\"crc32c\":\"".utf8)
    let digits = String(CRC32C.of(bytes), radix: 16)
    let zeros = String(repeating: "0", count: 8 - digits.utf8.count)
    return bytes + Array("\(zeros)\(digits)\"}\n".utf8)
}
