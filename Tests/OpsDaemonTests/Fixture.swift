// A state directory of an older version in Fixtures, and what that version answered from it.  Never
// changed: a version that changes what is on disk adds one.
//
//     snapshot.jsonl, snapshot.previous.jsonl, wal/   the state
//     expected.json   the tables `bans`, `strikes` and `events` (v1, by Tests/crash/fixture.py)
//     answers.txt     or requests and replies, and the moment they were asked at (Freezing.swift)
//     opsd.toml       the configuration, where there are answers

import Foundation
import OpsConfig
import OpsCore
import OpsTestKit
import Testing

@testable import OpsDaemon

struct Fixture {
    /// The newest one: this version writes what it holds, byte for byte.
    static let newest = "v6"
    /// Files of the fixture that are not part of the state.
    static let besides = ["answers.txt", "expected.json", "opsd.toml"]

    let path: String
    let configuration: Configuration
    /// The rows of tables; none where there are `answers`.
    let tables: [String: [[String: Any]]]
    /// In the order they were asked.
    let answers: [(request: String, reply: String)]
    let now: Moment
    let bootID: OpsCore.BootID

    init(_ name: String) throws { try self.init(path: Self.folder + "/" + name) }

    init(path: String) throws {
        self.path = path
        let manager = FileManager.default
        configuration =
            try manager.contents(atPath: path + "/opsd.toml").map {
                try Configuration.load(
                    Array($0), file: path, networks: ConfigurationFile.notation)
            } ?? Configuration()
        if let text = manager.contents(atPath: path + "/answers.txt") {
            let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
            (now, bootID) = try Self.moment(try #require(lines.first))
            answers = try stride(from: 1, to: lines.count, by: 2).map {
                (
                    String(try #require(lines[$0].prefix("> "))),
                    String(try #require(lines[$0 + 1].prefix("< ")))
                )
            }
            tables = [:]
        } else {
            (now, bootID) = try Self.moment(ofSnapshot: path + "/snapshot.jsonl")
            answers = []
            let bytes = try #require(manager.contents(atPath: path + "/expected.json"))
            tables = try #require(
                try JSONSerialization.jsonObject(with: bytes) as? [String: [[String: Any]]])
        }
    }

    static var folder: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"
    }

    static var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// The state alone.
    func copy(to scratch: ScratchDirectory) throws {
        scratch.remove("state")
        try FileManager.default.copyItem(atPath: path, toPath: scratch.state)
        for name in Self.besides { scratch.remove("state/" + name) }
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    var snapshots: [String] { ["snapshot.jsonl", "snapshot.previous.jsonl"] }

    var segments: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: path + "/wal").sorted()
                .map { "wal/" + $0 }
        }
    }
}

// MARK: - The moment

extension Fixture {
    /// The first line of answers.txt.
    static func line(_ now: Moment, _ bootID: OpsCore.BootID) -> String {
        "@ boot_ns=\(now.boot) wall_ns=\(now.wall) boot_id=\(bootID.high),\(bootID.low)"
    }

    private static func moment(_ line: Substring) throws -> (Moment, OpsCore.BootID) {
        let numbers = line.split { !$0.isNumber }.compactMap { UInt64($0) }
        try #require(numbers.count == 4, "\(line)")
        return (
            Moment(boot: Int64(numbers[0]), wall: Int64(numbers[1])),
            OpsCore.BootID(high: numbers[2], low: numbers[3])
        )
    }

    /// Ten seconds after a snapshot, in the same boot.
    private static func moment(ofSnapshot path: String) throws -> (Moment, OpsCore.BootID) {
        let snapshot = try String(contentsOfFile: path, encoding: .utf8)
        let first = try #require(snapshot.split(separator: "\n").first)
        let header = try #require(
            try JSONSerialization.jsonObject(with: Data(first.utf8)) as? [String: Any])
        let boot = try #require(header["boot_ns"] as? Int64)
        let wall = try #require(header["wall_ns"] as? Int64)
        let id = try #require(header["boot_id"] as? String).filter { $0 != "-" }
        return (
            Moment(boot: boot + 10_000_000_000, wall: wall + 10_000_000_000),
            OpsCore.BootID(
                high: try #require(UInt64(id.prefix(16), radix: 16)),
                low: try #require(UInt64(id.suffix(16), radix: 16)))
        )
    }
}

extension Substring {
    /// What follows `mark`, if it begins with it.
    fileprivate func prefix(_ mark: String) -> Substring? {
        hasPrefix(mark) ? dropFirst(mark.count) : nil
    }
}

// MARK: - Replies

/// How the replies of two versions compare: a later one may say more, and nothing else.
enum ReplyComparison {
    /// Members that are not part of the state: memory used, counts that include this start's own
    /// events, and counts since the start; and shares that were of all events, and are of the
    /// measured ones now.
    private static let others: Set<String> = [
        "memory_bytes", "total", "by_source", "over_p95_pct", "over_p99_pct",
    ]
    /// Printed with three decimals before 0.2, with one since.
    private static let latencies: Set<String> = ["p50_ms", "p95_ms", "p99_ms"]
    /// Named the objective that an override overrode before 0.2, and none since.
    private static let overridden: Set<String> = ["slo", "burn_rate_pct"]
    /// Whether a member had another meaning in the older version, and what it is now need not be
    /// what it was then.
    private static func isRedefined(_ name: String, in object: [String: Any]) -> Bool {
        if object["override"] is [String: Any] { return overridden.contains(name) }
        // An objective's state was that of its burn alerts alone.
        return object["alerts"] is [Any] && name == "state"
    }

    /// Where `found` differs from `expected`, and what is there; nil: it does not.
    static func difference(_ found: String, _ expected: String) throws -> String? {
        guard found.hasPrefix("ok "), expected.hasPrefix("ok ") else {
            return found == expected ? nil : "\(found)\ninstead of\n\(expected)"
        }
        return difference(try object(found), try object(expected), at: "")
    }

    /// The object of a reply that begins with `ok`.
    static func object(_ reply: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(reply.utf8.dropFirst(3)))
        return try #require(object as? [String: Any])
    }

    /// Rows of a table by their addresses: a table has no order.
    private static func rows(_ list: [Any]) -> [Any] {
        let keyed = list.compactMap { row in
            ((row as? [String: Any])?["ip"] as? String).map { (key: $0, row: row) }
        }
        if keyed.count < list.count { return list }
        return keyed.sorted { $0.key < $1.key }.map(\.row)
    }

    /// The same of parts of replies.
    static func difference(_ found: Any?, _ expected: Any, at place: String) -> String? {
        if let expected = expected as? [String: Any], let found = found as? [String: Any] {
            for (name, value) in expected.sorted(by: { $0.key < $1.key })
            where !others.contains(name) && !isRedefined(name, in: expected) {
                if latencies.contains(name), let was = value as? Double,
                    let now = found[name] as? Double, abs(was - now) < 0.1
                {
                    continue
                }
                if let wrong = difference(found[name], value, at: "\(place).\(name)") {
                    return wrong
                }
            }
            return nil
        }
        if let expected = expected as? [Any], let found = found as? [Any] {
            let (found, expected) = (rows(found), rows(expected))
            if found.count != expected.count {
                return "\(place): \(found.count) instead of \(expected.count)"
            }
            for index in expected.indices {
                if let wrong = difference(
                    found[index], expected[index], at: "\(place)[\(index)]")
                {
                    return wrong
                }
            }
            return nil
        }
        if let found = found as? NSObject, found.isEqual(expected) { return nil }
        return "\(place): \(found.map { "\($0)" } ?? "missing") instead of \(expected)"
    }
}

// MARK: - A request of root's

extension RealStore {
    /// Asks on a connection of its own, with the log thread's part done; the reply without its LF.
    func ask(_ request: String, at now: Moment) -> String {
        engine.begin(at: now)
        if engine.session(0) == nil {
            _ = engine.open(0, Caller(uid: 0, role: .admin), isTrusted: true)
        }
        let bytes = Array((request + "\n").utf8)
        engine.receive(0, bytes.span)
        engine.serveArrived()
        for _ in 0..<100 {
            flush()
            if let reply = received() { return reply }
            _ = engine.serveLeftovers()
            _ = engine.advanceLists()
            _ = engine.serveWaits()
        }
        return "no reply"
    }

    private func received() -> String? {
        guard let session = engine.session(0) else { return nil }
        let client = FakeClient(slot: 0)
        while true {
            let count = session.output.sendable(safe: engine.log.safe)
            if count == 0 { break }
            _ = session.output.send(count) { client.accept($0) }
        }
        return client.take().first
    }

    /// What a turn does besides serving: clocks, objectives, and what has ended.
    func turn(at now: Moment) {
        engine.begin(at: now)
        engine.watchClock()
        engine.keepServices()
        while engine.expire() {}
        flush()
    }
}
