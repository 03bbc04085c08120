// Versions meet: what an older one wrote is read, what a newer one added is kept or refused in
// words.  Fixture.swift says what is in a directory in Fixtures; FrozenFormatTests looks at the
// bytes.

import Foundation
import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite(.serialized) struct FormatTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    private func start(_ fixture: Fixture) throws -> RealStore {
        let store = try RealStore(
            scratch, now: fixture.now, bootID: fixture.bootID, configuration: fixture.configuration)
        #expect(store.recovered.damaged.isEmpty && store.recovered.cut.isEmpty)
        return store
    }

    /// Everything that the older version showed is there, unchanged.
    private func expectTheSame(_ fixture: Fixture, _ store: RealStore) throws {
        #expect(!fixture.answers.isEmpty || fixture.tables.count == 3)
        for (request, reply) in fixture.answers {
            let found = store.ask(request, at: fixture.now)
            let difference = try ReplyComparison.difference(found, reply)
            #expect(difference == nil, "\(request): \(difference ?? "")")
        }
        for (table, expected) in fixture.tables {
            let key = table == "events" ? "id" : "ip"
            let reply = store.ask("\(table) limit=1000", at: fixture.now)
            var rows = try #require(try ReplyComparison.object(reply)[table] as? [[String: Any]])
            if table == "events" {
                // This start made some more.
                let newest = try #require(expected.first?[key] as? Int)
                rows.removeAll { ($0[key] as? Int ?? 0) > newest }
            }
            #expect(rows.count == expected.count && !expected.isEmpty, "\(table)")
            for row in expected {
                let found = rows.first { ($0[key] as? NSObject)?.isEqual(row[key] as Any) ?? false }
                let difference = ReplyComparison.difference(found, row, at: table)
                #expect(difference == nil, "\(row): \(difference ?? "")")
            }
        }
    }

    @Test func thereAreFixtures() {
        #expect(Fixture.names.first == "v1" && Fixture.names.contains(Fixture.newest))
    }

    @Test(arguments: Fixture.names) func whatAnOlderVersionWroteIsRead(name: String) throws {
        let fixture = try Fixture(name)
        try fixture.copy(to: scratch)
        try expectTheSame(fixture, try start(fixture))
    }

    /// The same files, with the newer snapshot gone: the older one and more of the log.
    @Test(arguments: Fixture.names) func soIsItsOlderSnapshot(name: String) throws {
        let fixture = try Fixture(name)
        try fixture.copy(to: scratch)
        scratch.remove("state/snapshot.jsonl")
        try expectTheSame(fixture, try start(fixture))
    }

    /// It goes into a snapshot of this version's, and comes back from that alone.
    @Test(arguments: Fixture.names) func aSnapshotOfItHoldsItAll(name: String) throws {
        let fixture = try Fixture(name)
        try fixture.copy(to: scratch)
        do { try (try start(fixture)).snapshot(at: fixture.now) }
        scratch.remove("state/snapshot.previous.jsonl")
        let store = try start(fixture)
        #expect(store.recovered.sequence == store.recovered.snapshotSequence)
        try expectTheSame(fixture, store)
    }
}

// MARK: - Newer ones

extension FormatTests {
    private func snapshot(_ lines: [String]) -> [UInt8] {
        SnapshotText.closed(lines, through: 7)
    }

    private func header(minReader: Int, _ more: String = "") -> String {
        """
        {"opsd":"snapshot","format":9,"min_reader":\(minReader),"lsn":7,"boot_id":\
        "00000000-0000-0001-0000-000000000002","boot_ns":1,"wall_ns":2,"offset_ms":3,\
        "last_event_id":4\(more)}
        """
    }

    @Test func whatANewerVersionAddedIsKept() throws {
        try scratch.makeDirectory("state/wal")
        let kept = [
            header(minReader: 1, #","site":"north""#),
            """
            {"ban":"203.0.113.9","deadline_ms":null,"created":6,"reason":"","source":"","uid":7,\
            "automatic":true,"asn":64500}
            """,
            #"{"quota":"web","left":[1,2]}"#,
            #"{"event":4,"kind":"ban","severity":"info","wall_ns":5,"details":"d","trace":"t"}"#,
        ]
        try scratch.write(snapshot(kept), to: "state/snapshot.jsonl")
        for _ in 0..<2 {
            let live = try LiveDaemon(scratch)
            #expect(try live.ask("check 203.0.113.9").contains("\"banned\":true"))
            #expect(try live.ask("snapshot").hasPrefix("ok "))
            let text = String(decoding: try scratch.bytes("state/snapshot.jsonl"), as: UTF8.self)
            let lines = text.split(separator: "\n").map(String.init)
            #expect(lines[0].hasSuffix(#","site":"north"}"#))
            for line in kept.dropFirst() { #expect(lines.contains(line), "\(line)") }
        }
    }

    /// Refused with exit 3, the file and words that help; `--recover` changes nothing about it.
    private func expectRefused(_ file: String, _ words: String) throws {
        for isForced in [false, true] {
            do throws(StartFault) {
                _ = try RealStore(scratch, now: Moment(boot: 1, wall: 1), isForced: isForced)
                Issue.record("\(file): it starts")
            } catch {
                #expect(error.exitCode == 3)
                #expect(error.message.contains("\(scratch.state)/\(file): "), "\(error.message)")
                #expect(error.message.contains(words), "\(error.message)")
            }
        }
    }

    @Test func aSnapshotForNewerReadersIsRefused() throws {
        try scratch.makeDirectory("state/wal")
        try scratch.write(snapshot([header(minReader: 99)]), to: "state/snapshot.jsonl")
        try expectRefused(
            "snapshot.jsonl", "written by a newer opsd: it needs snapshot reader 99, this is")
        // The file is where it was.
        #expect(scratch.names("state").contains("snapshot.jsonl"))
    }

    @Test func aLogForNewerReadersIsRefused() throws {
        try scratch.makeDirectory("state/wal")
        var bytes: [UInt8] = []
        let header = SegmentHeader(
            salt: 1, firstSequence: 1, bootID: FakeLoop.bootID, created: Moment(boot: 1, wall: 1))
        _ = SegmentWriter(header, into: &bytes)
        bytes[10] = 99
        let sum = CRC32C.of(Array(bytes[..<92]))
        for place in 0..<4 {
            bytes[92 + place] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(place)))
        }
        try scratch.write(bytes, to: "state/" + StateFiles.segment(1))
        try expectRefused(
            StateFiles.segment(1), "written by a newer opsd: it needs log reader 99, this is")
    }
}
