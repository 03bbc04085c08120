// The state as the tests see it: everything recovery hands over, in the order it came.

import OpsCore
import OpsStore
import Testing

/// A sink that keeps all.
struct Memory: RecoverySink, Hashable {
    var header: SnapshotHeader?
    var bans: [Ban] = []
    var strikes: [[Strike]] = []
    var offenses: [Offense] = []
    var events: [Event] = []
    var entries: [DomainEntry] = []
    var log: [Entry] = []
    private var texts = NumberedTexts()

    mutating func reset() { self = Memory() }
    mutating func load(_ header: SnapshotHeader) { self.header = header }
    mutating func load(_ ban: Ban) { bans.append(ban) }
    mutating func number(ofReason text: String) -> UInt32 { UInt32(texts.number(of: text)) }
    mutating func number(ofSource text: String) -> UInt16 { UInt16(texts.number(of: text)) }
    mutating func load(_ entry: BanEntry) { load(texts.ban(entry)) }
    mutating func load(_ strikes: [Strike]) { self.strikes.append(strikes) }
    mutating func load(_ offense: Offense) { offenses.append(offense) }
    mutating func load(_ event: Event) { events.append(event) }
    mutating func load(_ entry: DomainEntry) { entries.append(entry) }
    mutating func loaded() {}
    mutating func apply(_ sequence: UInt64, _ change: Change, _ stamp: Stamp) {
        log.append(Entry(sequence: sequence, stamp: stamp, change: change))
    }
}

/// A made-up snapshot and its bytes.
struct SampleSnapshot {
    var memory = Memory()
    var bytes: [UInt8] = []

    /// `entities` of kinds at random, or one of each of `kinds`.
    init(
        _ seed: UInt64, at sequence: UInt64 = 7, through: UInt64? = nil, entities: Int = 40,
        kinds: [EntityKind]? = nil, extras: SnapshotExtras = SnapshotExtras()
    ) {
        var random = Seeded(seed)
        let header = SnapshotHeader(
            sequence: sequence, bootID: BootID(high: random.next(), low: random.next()),
            taken: random.moment(), clockOffset: random.wall(),
            lastEventID: random.next() >> 1,
            serviceOffset: random.pick([nil, random.wall()]),
            minReader: random.pick([1, 2]))
        memory.header = header
        var writer = SnapshotWriter(header, extras: extras, into: &bytes)
        for index in 0..<(kinds?.count ?? entities) {
            let kind = kinds?[index] ?? random.pick(EntityKind.allCases)
            add(kind, id: UInt64(index), &random, &writer)
        }
        writer.finish(through: through ?? sequence, into: &bytes)
    }
}

/// Reads a snapshot fed in pieces of `piece` bytes.
func readSnapshot(
    _ bytes: [UInt8], piece: Int = 65_536, usesShortWay: Bool = true
) throws(StoreFault) -> (Memory, SnapshotTrailer, SnapshotExtras) {
    var reader = SnapshotReader()
    reader.usesShortWay = usesShortWay
    var memory = Memory()
    var at = 0
    while at < bytes.count {
        let end = min(bytes.count, at + piece)
        try reader.feed(bytes.span.extracting(at..<end), into: &memory)
        at = end
    }
    let (header, trailer) = try reader.finish()
    #expect(header == memory.header)
    return (memory, trailer, reader.extras)
}
