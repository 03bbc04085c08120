// A made-up snapshot, and reading one.

import OpsCore
import OpsStore
import OpsTestKit
import Testing

/// A made-up snapshot and its bytes.
struct SampleSnapshot {
    /// What a reader must hand over.
    var expected = RecordingSink()
    var bytes: [UInt8] = []

    /// `entities` of kinds at random, or one of each of `kinds`.
    init(
        _ seed: UInt64, at sequence: UInt64 = 7, through: UInt64? = nil, entities: Int = 40,
        kinds: [SnapshotEntryKind]? = nil, extras: SnapshotExtras = SnapshotExtras()
    ) {
        var random = SeededGenerator(seed: seed)
        let header = SnapshotHeader(
            sequence: sequence, bootID: BootID(high: random.next(), low: random.next()),
            taken: random.moment(), clockOffset: random.wall(),
            lastEventID: random.next() >> 1,
            serviceOffset: random.pick([nil, random.wall()]),
            minReader: random.pick([1, 2]))
        expected.load(header)
        var writer = SnapshotWriter(header, extras: extras, into: &bytes)
        for index in 0..<(kinds?.count ?? entities) {
            let kind = kinds?[index] ?? random.pick(SnapshotEntryKind.allCases)
            add(kind, id: UInt64(index), &random, &writer)
        }
        writer.finish(through: through ?? sequence, into: &bytes)
    }
}

/// Reads a snapshot fed in pieces of `piece` bytes.
func readSnapshot(
    _ bytes: [UInt8], piece: Int = 65_536, usesShortWay: Bool = true
) throws(StoreFault) -> (RecordingSink, SnapshotTrailer, SnapshotExtras) {
    var reader = SnapshotReader()
    reader.usesShortWay = usesShortWay
    var sink = RecordingSink()
    var at = 0
    while at < bytes.count {
        let end = min(bytes.count, at + piece)
        try reader.feed(bytes.span.extracting(at..<end), into: &sink)
        at = end
    }
    let (header, trailer) = try reader.finish()
    #expect(header == sink.header)
    return (sink, trailer, reader.extras)
}
