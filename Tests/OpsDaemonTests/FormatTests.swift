// Versions meet: what an older one wrote is read, what a newer one added is kept or refused in words.
// The directories in Fixtures were written by Tests/crash/fixture.py; they are never changed, and a
// version that changes what is on disk adds one.

import Foundation
import OpsConfig
import OpsCore
import OpsProtocol
import OpsStore
import Testing

@testable import OpsDaemon

/// A state directory of an older version, and what that version said of it.
private struct Fixture {
    let path: String
    let expected: [String: [[String: Any]]]
    /// Ten seconds after its last snapshot, in the same boot.
    let now: Moment
    let bootID: OpsCore.BootID

    init(_ name: String) throws {
        path = Self.folder + "/" + name
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/expected.json"))
        expected = try #require(
            try JSONSerialization.jsonObject(with: bytes) as? [String: [[String: Any]]])
        let snapshot = try String(contentsOfFile: path + "/snapshot.jsonl", encoding: .utf8)
        let first = try #require(snapshot.split(separator: "\n").first)
        let header = try #require(
            try JSONSerialization.jsonObject(with: Data(first.utf8)) as? [String: Any])
        let boot = try #require(header["boot_ns"] as? Int64)
        let wall = try #require(header["wall_ns"] as? Int64)
        now = Moment(boot: boot + 10_000_000_000, wall: wall + 10_000_000_000)
        let id = try #require(header["boot_id"] as? String).filter { $0 != "-" }
        bootID = OpsCore.BootID(
            high: try #require(UInt64(id.prefix(16), radix: 16)),
            low: try #require(UInt64(id.suffix(16), radix: 16)))
    }

    static var folder: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"
    }

    static var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    func copy(to scratch: Scratch) throws {
        try FileManager.default.copyItem(atPath: path, toPath: scratch.state)
        scratch.remove("state/expected.json")
    }
}

@Suite(.serialized) struct FormatTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func ask(
        _ line: String, _ member: String, _ store: RealStore, _ now: Moment
    ) throws -> [[String: Any]] {
        let (command, _) = try RequestParserProxy.parse(line)
        let decision = try store.engine.state.decide(
            command, by: Caller(uid: 0, role: .admin), at: now)
        var bytes: [UInt8] = []
        try #require(decision.reply).writeLine(to: &bytes, limitBytes: 1 << 20)
        let object = try JSONSerialization.jsonObject(with: Data(bytes.dropFirst(3)))
        return try #require((object as? [String: Any])?[member] as? [[String: Any]])
    }

    /// Every member that the older version showed is there, with its value.
    private func holds(_ row: [String: Any], _ expected: [String: Any]) -> Bool {
        expected.allSatisfy { name, value in
            (row[name] as? NSObject)?.isEqual(value) ?? false
        }
    }

    @Test func thereAreFixtures() { #expect(Fixture.names.first == "v1") }

    @Test(arguments: Fixture.names) func whatAnOlderVersionWroteIsRead(name: String) throws {
        let fixture = try Fixture(name)
        try fixture.copy(to: scratch)
        let store = try RealStore(scratch, now: fixture.now, bootID: fixture.bootID)
        #expect(store.recovered.damaged.isEmpty && store.recovered.cut.isEmpty)
        for (table, key) in [("bans", "ip"), ("strikes", "ip"), ("events", "id")] {
            let expected = try #require(fixture.expected[table])
            let limit = table == "events" ? 100 : 1_000
            var rows = try ask("\(table) limit=\(limit)", table, store, fixture.now)
            if table == "events" {
                // This start made some more.
                let newest = try #require(expected.first?[key] as? Int)
                rows.removeAll { ($0[key] as? Int ?? 0) > newest }
            }
            #expect(rows.count == expected.count && !expected.isEmpty, "\(table)")
            for row in expected {
                let found = rows.first { ($0[key] as? NSObject)?.isEqual(row[key] as Any) ?? false }
                #expect(found.map { holds($0, row) } == true, "\(table): \(row)")
            }
        }
    }

    /// The same files, with the newer snapshot gone: the older one and more of the log.
    @Test(arguments: Fixture.names) func soIsItsOlderSnapshot(name: String) throws {
        let fixture = try Fixture(name)
        try fixture.copy(to: scratch)
        scratch.remove("state/snapshot.jsonl")
        let store = try RealStore(scratch, now: fixture.now, bootID: fixture.bootID)
        let rows = try ask("bans limit=1000", "bans", store, fixture.now)
        #expect(rows.count == fixture.expected["bans"]?.count)
    }
}

// MARK: - Newer ones

extension FormatTests {
    /// A snapshot of these lines, closed as a writer would.
    private func snapshot(_ lines: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in lines { bytes += Array((line + "\n").utf8) }
        let count = lines.count - 1
        bytes += Array("{\"end\":\"snapshot\",\"count\":\(count),\"through\":7,\"crc32c\":\"".utf8)
        let sum = String(CRC32C.of(bytes), radix: 16)
        let zeros = String(repeating: "0", count: 8 - sum.utf8.count)
        return bytes + Array("\(zeros)\(sum)\"}\n".utf8)
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
        try scratch.write(snapshot(kept), "state/snapshot.jsonl")
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
                #expect(error.words.contains("\(scratch.state)/\(file): "), "\(error.words)")
                #expect(error.words.contains(words), "\(error.words)")
            }
        }
    }

    @Test func aSnapshotForNewerReadersIsRefused() throws {
        try scratch.makeDirectory("state/wal")
        try scratch.write(snapshot([header(minReader: 99)]), "state/snapshot.jsonl")
        try expectRefused(
            "snapshot.jsonl", "written by a newer opsd: it needs snapshot reader 99, this is")
        // It stands where it stood.
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
        try scratch.write(bytes, "state/" + StateFiles.segment(1))
        try expectRefused(
            StateFiles.segment(1), "written by a newer opsd: it needs log reader 99, this is")
    }
}
