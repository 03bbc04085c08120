// The trails on a real directory.

import Foundation
import OpsCore
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct TrailsTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("log")
        try scratch.makeDirectory("state")
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try scratch.bytes("log/" + name), as: UTF8.self)
    }

    /// Does one job, and waits for it.
    private func perform(_ job: TrailJob, _ trails: inout Trails) throws {
        trails.submit(job)
        try trails.awaitAnswer()
    }

    private func append(_ line: String, _ trails: inout Trails, rotate: Int64 = 1_000) throws {
        try perform(
            .append(.incidents, lines: Array((line + "\n").utf8), rotateBytes: rotate), &trails)
    }

    private func event(_ number: UInt64) -> Event {
        Event(
            id: number, kind: .ban, severity: .info, wall: 0, gauges: Gauges(), details: "told")
    }

    @Test func eventsBecomeLines() throws {
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        for batch in [[event(1), event(2)], [event(3)]] {
            trails.gather(batch)
            trails.flush(EventRoom(rotateBytes: 10_000))
            expect(!trails.isIdle)
            try trails.awaitAnswer()
            expect(trails.isIdle)
        }
        let all = try text("events.ndjson").split(separator: "\n")
        #expect(all.count == 5 && all.count { $0.hasPrefix("{\"audit\":\"chain\"") } == 2)
        let lines = all.filter { !$0.hasPrefix("{\"audit\"") }
        #expect(lines.count == 3)
        for (number, line) in zip(1..., lines) {
            #expect(line.hasPrefix("{\"id\":\(number),\"event\":\"ban\"") && line.hasSuffix("}"))
        }
    }

    @Test func eventsThatCannotBeWrittenAreCounted() throws {
        scratch.remove("log")
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        trails.gather([event(1), event(2)])
        trails.flush(EventRoom(rotateBytes: 10_000))
        try trails.awaitAnswer()
        expect(trails.fault?.contains("events.ndjson") == true)
        expect(trails.droppedLines == 2)
    }

    @Test func appendsInOrder() throws {
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        for number in 0..<5 { try append("{\"n\":\(number)}", &trails) }
        #expect(try text("incidents.ndjson") == (0..<5).map { "{\"n\":\($0)}\n" }.joined())
        expect(trails.fault == nil)
        try perform(.append(.probe, lines: Array("x\n".utf8), rotateBytes: 10), &trails)
        #expect(try text("sys_probe.log") == "x\n")
    }

    @Test func goesOnWithTheFileThatIsThere() throws {
        try scratch.write(Array("old\n".utf8), to: "log/incidents.ndjson")
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        try append("new", &trails)
        #expect(try text("incidents.ndjson") == "old\nnew\n")
    }

    @Test func rotates() throws {
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        for number in 0..<6 { try append("line \(number)", &trails, rotate: 14) }
        #expect(
            scratch.names("log") == [
                "incidents.ndjson", "incidents.ndjson.1", "incidents.ndjson.2",
            ])
        #expect(try text("incidents.ndjson.1") == "line 0\nline 1\n")
        #expect(try text("incidents.ndjson") == "line 4\nline 5\n")
    }

    /// Unexpected names in the directory do not stop a rotation.
    @Test(arguments: ["9223372036854775807", "-5", "+7", "99999999999999999999", "gz", ""])
    func rotatesBesideStrangeNames(_ suffix: String) throws {
        try scratch.write([], to: "log/incidents.ndjson." + suffix)
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        for number in 0..<3 { try append("line \(number)", &trails, rotate: 7) }
        expect(trails.fault == nil)
        #expect(try text("incidents.ndjson") == "line 2\n")
        #expect(scratch.names("log").count == 4)
    }

    private var eventBytes: Int {
        scratch.names("log").reduce(0) { $0 + ((try? scratch.bytes("log/" + $1).count) ?? 0) }
    }

    /// All files of events together stay within their bound, and what is removed is told.
    @Test func theOldestFilesMakeRoom() throws {
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        let room = EventRoom(rotateBytes: 1_000, limitBytes: 10_000)
        var told: [String] = []
        for number in 0..<200 {
            trails.gather([event(UInt64(number))])
            trails.flush(room)
            try trails.awaitAnswer()
            #expect(eventBytes <= 10_000)
            if let line = trails.takeRemoved(limitBytes: 10_000) { told.append(line) }
        }
        expect(trails.fault == nil)
        #expect(eventBytes > 6_000)
        let names = scratch.names("log")
        #expect(names.contains("events.ndjson") && !names.contains("events.ndjson.1"))
        #expect(told.first?.hasPrefix("removed events.ndjson.1, ") == true)
        #expect(told.first?.hasSuffix("have reached events.max_bytes, 10,000") == true)
        #expect(told.count > 20)
    }

    /// What logrotate made counts too, and goes first where it is older; a zero is no bound.
    @Test func filesOfLogrotateCount() throws {
        let old = ["events.ndjson-20260101", "events.ndjson.2.gz"]
        for (age, name) in old.enumerated() {
            try scratch.write(
                [UInt8](repeating: 0x0a, count: 900), to: "log/" + name,
                modifiedAt: 1_767_225_600 + Int64(age))
        }
        try scratch.write([1], to: "log/events.ndjsonx", modifiedAt: 0)
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        try perform(
            .prune(TrailAges(), now: 0, EventRoom(rotateBytes: 100)), &trails)
        #expect(scratch.names("log").count == 3)
        try perform(
            .prune(TrailAges(), now: 0, EventRoom(rotateBytes: 100, limitBytes: 1_000)), &trails)
        #expect(
            scratch.names("log") == ["events.ndjson.2.gz", "events.ndjsonx"])
    }

    /// A batch larger than the bound is written in pieces, and stays within it.
    @Test func aLargeBatchStaysWithinTheBound() throws {
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        let limit: Int64 = 1_048_576
        trails.gather((0..<UInt64(Trails.gatherLimit)).map { event($0) })
        trails.flush(EventRoom(rotateBytes: 67_108_864, limitBytes: limit))
        try trails.awaitAnswer()
        expect(trails.fault == nil)
        #expect(eventBytes <= limit && eventBytes > limit / 2)
    }

    @Test func reopensAfterLogrotate() throws {
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        try append("one", &trails)
        try FileManager.default.moveItem(
            atPath: scratch.log + "/incidents.ndjson", toPath: scratch.log + "/away")
        try append("two", &trails)
        try perform(.reopen, &trails)
        try append("three", &trails)
        #expect(try text("away") == "one\ntwo\n")
        #expect(try text("incidents.ndjson") == "three\n")
    }

    @Test func prunesOnlyRotatedFilesThatAreOld() throws {
        let now: Int64 = 1_767_225_600
        for (name, age) in [
            ("events.ndjson", 1_000), ("events.ndjson.1", 1_000), ("events.ndjson.2", 10),
            ("sys_probe.log.1", 1_000), ("other.log.1", 1_000), ("sys_probe.log.2", 90),
            ("incidents.ndjson-20260101-1767225600", 101), ("sys_probe.log.0.gz", 101),
        ] {
            try scratch.write([1], to: "log/" + name, modifiedAt: now - Int64(age))
        }
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        let ages = TrailAges(delete: 100, deleteEvents: 500)
        try perform(.prune(ages, now: now, EventRoom(rotateBytes: 1)), &trails)
        #expect(
            scratch.names("log") == [
                "events.ndjson", "events.ndjson.2", "other.log.1", "sys_probe.log.2",
            ])
        try perform(
            .prune(TrailAges(), now: now + 1_000_000, EventRoom(rotateBytes: 1)), &trails)
        #expect(scratch.names("log").count == 4, "without an age they stay")
    }

    @Test func minutesGoToTheirPlace() throws {
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        try perform(.minute(record: [1, 2, 3], offset: 6), &trails)
        try perform(.minute(record: [4, 5, 6], offset: 0), &trails)
        #expect(try scratch.bytes("state/history") == [4, 5, 6, 0, 0, 0, 1, 2, 3])
    }

    @Test func failureIsToldAndForgottenWhenItIsOver() throws {
        scratch.remove("log")
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        try append("lost", &trails)
        expect(trails.fault?.contains("incidents.ndjson") == true)
        expect(trails.droppedLines == 1)
        // Success with another file does not hide it.
        try perform(.minute(record: [1], offset: 0), &trails)
        expect(trails.fault?.contains("incidents.ndjson") == true)
        try scratch.makeDirectory("log")
        try append("kept", &trails)
        expect(trails.fault == nil)
        #expect(try text("incidents.ndjson") == "kept\n")
    }

    /// A link planted in the directory leads nowhere.
    @Test func linksAreNotFollowed() throws {
        try scratch.write(Array("mine".utf8), to: "target")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.log + "/incidents.ndjson",
            withDestinationPath: scratch.path + "/target")
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        try append("line", &trails)
        expect(trails.fault != nil)
        #expect(String(decoding: try scratch.bytes("target"), as: UTF8.self) == "mine")
    }

    @Test func whatGathersIsBounded() throws {
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        for number in 0..<UInt64(Trails.gatherLimit + 5) { trails.gather([event(number)]) }
        expect(trails.droppedLines == 5)
        trails.gather((0..<7).map { event($0) })
        expect(trails.droppedLines == 12)
    }
}
