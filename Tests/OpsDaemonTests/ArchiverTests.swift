// Rotated files that are old: compressed, and removed; and that logrotate's file agrees with it.

import Foundation
import OpsConfig
import OpsCore
import OpsTestKit
import Testing

@testable import OpsDaemon
@testable import OpsLinux

@Suite struct ArchiverTests {
    private static let now: Int64 = 1_767_225_600
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("log")
    }

    private func text(_ size: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(size))
        return (0..<size).map { _ in UInt8(random.next() % 7 + 0x61) }
    }

    private func perform() -> ArchiveAnswer {
        Archiver.perform(ArchiveJob(before: Self.now), logPath: scratch.log)
    }

    private func unpacked(_ name: String) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        process.arguments = ["-dc", scratch.log + "/" + name]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return Array(bytes)
    }

    /// What is in the file is in its place, with the same time; gzip(1) reads it.
    @Test(arguments: [0, 1, 131_071, 131_072, 700_000])
    func aFileIsCompressed(size: Int) throws {
        try scratch.write(text(size), to: "log/events.ndjson.3", modifiedAt: Self.now - 1)
        let answer = perform()
        #expect(answer.count == 1 && answer.fault == nil)
        #expect(scratch.names("log") == ["events.ndjson.3.gz"])
        #expect(try unpacked("events.ndjson.3.gz") == text(size))
        let status = try Directory(path: scratch.log).status("events.ndjson.3.gz")
        #expect(status.modifiedSeconds == Self.now - 1 && status.mode == 0o640)
    }

    /// Rotated files of every trail that are old enough, whoever rotated them, and no others.
    @Test func onlyWhatIsOldAndRotated() throws {
        let old = [
            "events.ndjson.1", "sys_probe.log-20260101-1767225600", "incidents.ndjson.2",
            "slo_budget.ndjson.7",
        ]
        let others = ["events.ndjson", "events.ndjsonx", "other.log.1", "events.ndjson.9.gz"]
        for name in old + others {
            try scratch.write([1], to: "log/" + name, modifiedAt: Self.now - 10)
        }
        try scratch.write([1], to: "log/events.ndjson.4", modifiedAt: Self.now)
        #expect(perform().count == 4)
        #expect(
            scratch.names("log")
                == (old.map { $0 + ".gz" } + others + ["events.ndjson.4"]).sorted())
    }

    /// A crash left both, or a part of the new one: the plain file counts.
    @Test func afterACrashThePlainFileCounts() throws {
        try scratch.write(text(5_000), to: "log/events.ndjson.3", modifiedAt: Self.now - 1)
        try scratch.write([1, 2, 3], to: "log/events.ndjson.3.gz", modifiedAt: Self.now - 1)
        try scratch.write([4, 5], to: "log/events.ndjson.3.gz.new", modifiedAt: Self.now - 1)
        #expect(perform().fault == nil)
        #expect(scratch.names("log") == ["events.ndjson.3.gz"])
        #expect(try unpacked("events.ndjson.3.gz") == text(5_000))
    }

    /// Whatever call fails, the content is there under one name.
    @Test func aFailureLosesNothing() throws {
        try scratch.makeDirectory("log/events.ndjson.1.gz")
        try scratch.write(text(5_000), to: "log/events.ndjson.1", modifiedAt: Self.now - 2)
        try scratch.write(text(6_000), to: "log/events.ndjson.2", modifiedAt: Self.now - 1)
        let answer = perform()
        #expect(answer.fault?.hasPrefix(scratch.log + "/events.ndjson.1: ") == true)
        #expect(answer.count == 1)
        #expect(
            scratch.names("log") == [
                "events.ndjson.1", "events.ndjson.1.gz", "events.ndjson.2.gz",
            ])
        #expect(try scratch.bytes("log/events.ndjson.1") == text(5_000))
        scratch.remove("log")
        #expect(perform().fault?.hasPrefix(scratch.log) == true)
    }

    /// The thread answers, and what is wrong is known until it is well.
    @Test func theThreadAnswers() throws {
        try scratch.makeDirectory("log/events.ndjson.1.gz")
        try scratch.write([1], to: "log/events.ndjson.1", modifiedAt: Self.now - 2)
        var archiver = try Archiver(logPath: scratch.log)
        try Self.wait(for: &archiver)
        expect(archiver.fault?.contains("events.ndjson.1") == true)
        scratch.remove("log/events.ndjson.1.gz")
        try Self.wait(for: &archiver)
        expect(archiver.fault == nil)
        #expect(scratch.names("log") == ["events.ndjson.1.gz"])
    }

    private static func wait(for archiver: inout Archiver) throws {
        archiver.submit(ArchiveJob(before: now))
        var poller = try Poller()
        _ = try poller.register(archiver.descriptorNumber, .read)
        try poller.wait(timeoutMilliseconds: 20_000)
        archiver.collect()
    }

    /// Ages come from the configuration: S4-07 for the trails, and events stay.
    @Test func theDefaultsCompressAt30DaysAndRemoveAt90() {
        let ages = Configuration().trailAges
        #expect(ages == TrailAges(compress: 30 * 86_400, delete: 90 * 86_400, deleteEvents: nil))
        #expect(ages.delete(.events) == nil && ages.delete(.probe) == 90 * 86_400)
        let loop = FakeLoop.settled()
        let jobs = loop.errands.compactMap { if case .archive(let job) = $0 { job } else { nil } }
        let now = loop.now.wall / 1_000_000_000
        #expect(jobs == [ArchiveJob(before: now - 30 * 86_400)])
    }

    /// logrotate only rotates: it neither compresses nor removes, and its names are known here.
    @Test func logrotatesFileAgrees() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(
            contentsOf: root.appendingPathComponent("systemd/opsd.logrotate"), encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let words = Dictionary(
            lines.filter { !$0.hasPrefix("#") }.map { line in
                let parts = line.split(separator: " ", maxSplits: 1)
                return (String(parts.first ?? ""), String(parts.dropFirst().first ?? ""))
            }, uniquingKeysWith: { first, _ in first })
        #expect(words["rotate"] == "-1", "opsd removes")
        #expect(words["nocompress"] != nil && words["compress"] == nil, "opsd compresses")
        #expect(words["maxage"] == nil && words["delaycompress"] == nil)
        #expect(words["dateext"] != nil && words["dateformat"] == "-%Y%m%d-%s")
        #expect(Trail.events.isRotated("events.ndjson-20261128-1764288000"))
        #expect(lines.contains { $0.contains("--signal=USR2 opsd.service") })
        #expect(!text.contains("HUP"))
        // Every trail is one of its files.
        for trail in Trail.allCases {
            #expect(trail.rawValue.hasSuffix(".log") || trail.rawValue.hasSuffix(".ndjson"))
        }
    }
}
