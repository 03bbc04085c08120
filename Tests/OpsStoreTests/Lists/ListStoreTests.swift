// Lists in the log and in snapshots: what went in comes out, and what is missing or out of order is
// damage.

import OpsStore
import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct ListStoreTests {
    private static let plainHeader = SnapshotHeader(
        sequence: 7, bootID: BootID(high: 1, low: 2), taken: Moment(boot: 3, wall: 4),
        clockOffset: 5, lastEventID: 0)

    private static func snapshot(
        _ lists: [AddressList], extras: SnapshotExtras = SnapshotExtras()
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        var header = plainHeader
        var state = State(hashKey: (1, 2))
        for list in lists { state.restore(.list(list)) }
        header.minReader = state.minReader
        var writer = SnapshotWriter(header, extras: extras, into: &bytes)
        for list in lists {
            let entry = DomainEntry.list(list)
            for step in 0..<entry.steps { writer.append(entry, step: step, into: &bytes) }
        }
        writer.finish(through: 7, into: &bytes)
        return bytes
    }

    private static func list(_ seed: UInt64, ipv4: Int, ipv6: Int) -> AddressList {
        var random = SeededGenerator(seed: seed)
        var runs = random.runs(ipv4, isIPv4: true)
        let more = random.runs(ipv6, isIPv4: false)
        for place in 0..<more.chunkCount { _ = runs.append(more.chunk(place)) }
        return AddressList(
            name: "l\(seed)", deadline: seed % 2 == 0 ? Ban.never : 5_000, committed: 9, uid: 33,
            networks: ListedNetworks(runs))
    }

    @Test(arguments: [true, false], [1, 2, 511, ListBounds.chunkEntries])
    func aChunkOfAnySizeComesBack(isIPv4: Bool, count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        var log = SampleLog()
        let runs = random.runs(count, isIPv4: isIPv4).chunk(0)
        let chunk = ListChunk(token: 9, index: 3, runs: runs)
        log.batch([(random.stamp(), .list(.chunk(chunk)))])
        let entries = try readLog(log.bytes).1
        #expect(entries == log.entries)
        #expect(log.bytes.count < RecordFormat.payloadBytes)
    }

    /// Written with a right checksum, and wrong all the same: refused wherever it stands.
    @Test func aChunkOutOfOrderIsRefused() throws {
        let wrong: [ListChunk.Runs] = [
            .ipv4([]), .ipv4([.init(first: 5, last: 5), .init(first: 5, last: 5)]),
            .ipv4([.init(first: 9, last: 9), .init(first: 5, last: 5)]),
            .ipv6([.init(first: 9, last: 9), .init(first: 5, last: 5)]),
            .ipv6([.init(first: 0xffff_0102_0304, last: 0xffff_0102_0304)]),
            .ipv4((0...UInt32(ListBounds.chunkEntries)).map { .init(first: $0, last: $0) }),
        ]
        for runs in wrong {
            var random = SeededGenerator(seed: 1)
            var log = SampleLog()
            let chunk = ListChunk(token: 9, index: 0, runs: runs)
            log.batch([(random.stamp(), .list(.chunk(chunk)))])
            guard case .refused(let fault) = try readLog(log.bytes).0.ending else {
                Issue.record("\(runs.count) networks were taken")
                continue
            }
            #expect(fault.kind == .damaged)
        }
    }

    @Test(arguments: [(0, 0), (1, 0), (0, 1), (512, 513), (5_000, 3_000)])
    func aSnapshotGivesItsListsBack(ipv4: Int, ipv6: Int) throws {
        let lists = [
            Self.list(2, ipv4: ipv4, ipv6: ipv6), Self.list(3, ipv4: 3, ipv6: 0),
            Self.list(5, ipv4: 0, ipv6: 0),
        ]
        let bytes = Self.snapshot(lists)
        for piece in [97, 65_536] {
            #expect(try readSnapshot(bytes, piece: piece).0.entries == lists.map { .list($0) })
        }
    }

    /// An older opsd must refuse what it would lose a part of.
    @Test func listsNeedANewerReader() {
        let with = String(decoding: Self.snapshot([Self.list(1, ipv4: 1, ipv6: 0)]), as: UTF8.self)
        let without = String(decoding: Self.snapshot([]), as: UTF8.self)
        #expect(with.contains("\"min_reader\":2,") && without.contains("\"min_reader\":1,"))
    }

    /// With a right checksum, so that only the counts tell.
    @Test(arguments: 1...6) func aMissingLineIsDamage(_ missing: Int) throws {
        let lists = [(1_500, "a"), (600, "b")].map { count, name in
            var runs = NetworkRuns()
            for host in 0..<UInt32(count) { _ = runs.append(Network(ipv4: 0x0a00_0000 + host)) }
            return AddressList(
                name: name, deadline: Ban.never, committed: 1, uid: 0,
                networks: ListedNetworks(runs))
        }
        let text = String(decoding: Self.snapshot(lists), as: UTF8.self)
        var lines = text.split(separator: "\n").dropLast().map(String.init)
        try #require(lines.count == 8)
        lines.remove(at: missing)
        #expect(throws: StoreFault.self) {
            _ = try readSnapshot(SnapshotExtrasTests.closed(lines))
        }
    }

    @Test(arguments: [
        [#"{"list":"a","deadline_ms":null,"committed":1,"uid":0,"ipv4":2,"ipv6":0}"#],
        [
            #"{"list":"a","deadline_ms":null,"committed":1,"uid":0,"ipv4":2,"ipv6":0}"#,
            #"{"listed":"b","ips":"1.1.1.1,1.1.1.2"}"#,
        ],
        [
            #"{"list":"a","deadline_ms":null,"committed":1,"uid":0,"ipv4":2,"ipv6":0}"#,
            #"{"listed":"a","ips":"1.1.1.2,1.1.1.1"}"#,
        ],
        [
            #"{"list":"a","deadline_ms":null,"committed":1,"uid":0,"ipv4":2,"ipv6":0}"#,
            #"{"listed":"a","ips":"1.1.1.1,1.1.1.2,1.1.1.3"}"#,
        ],
        [
            #"{"list":"a","deadline_ms":null,"committed":1,"uid":0,"ipv4":1,"ipv6":0}"#,
            #"{"listed":"a","ips":""}"#,
        ],
        [
            #"{"list":"a","deadline_ms":null,"committed":1,"uid":0,"ipv4":1,"ipv6":0}"#,
            #"{"listed":"a","ips":"::1/128"}"#,
        ],
        [#"{"listed":"a","ips":"1.1.1.1"}"#],
        [#"{"list":"A b","deadline_ms":null,"committed":1,"uid":0,"ipv4":0,"ipv6":0}"#],
        [#"{"list":"a","deadline_ms":null,"uid":0,"ipv4":0,"ipv6":0}"#],
    ])
    func whatDoesNotFitIsDamage(_ lines: [String]) {
        #expect(throws: StoreFault.self) {
            _ = try readSnapshot(
                SnapshotExtrasTests.closed([SnapshotExtrasTests.header] + lines))
        }
    }

    @Test func unknownMembersOfAListAreKept() throws {
        let line =
            #"{"list":"a","deadline_ms":9,"committed":1,"uid":0,"ipv4":0,"ipv6":0,"url":"u"}"#
        let (memory, _, extras) = try readSnapshot(
            SnapshotExtrasTests.closed([SnapshotExtrasTests.header, line]))
        let lists = memory.entries.compactMap { entry in
            if case .list(let list) = entry { list } else { nil }
        }
        let again = String(decoding: Self.snapshot(lists, extras: extras), as: UTF8.self)
        #expect(again.contains(line))
    }
}
