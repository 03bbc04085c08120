// events.ndjson and its chain on a real directory: appends, rotation, what others do to the file,
// disks that fail, and starts after each of these.  After every step the chain verifies, and each
// id is in the files once, or told to be lost.

import Foundation
import Glibc
import OpsCore
import OpsLinux
import OpsProtocol
import OpsTestKit
import Testing

@testable import OpsControl
@testable import OpsDaemon

/// A log directory, and the part of the trail thread that writes events there.
final class ChainedLog {
    let scratch: ScratchDirectory
    var box: ChainBox
    private var file: EventsFile
    var room = EventRoom(rotateBytes: 1 << 20)

    init(_ start: ChainStart? = ChainStart()) throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("log")
        box = ChainBox(start)
        file = EventsFile(logPath: scratch.log, box: box) { 1_767_225_600_000_000_000 }
    }

    static func event(_ id: UInt64) -> Event {
        Event(
            id: id, kind: .ban, severity: .info, wall: 0, gauges: Gauges(), details: "told \(id)")
    }

    /// Another run of opsd.
    func restart(
        tail: ClosedRange<UInt64>? = nil, next: UInt64 = 1, durable: AuditHead? = nil
    ) {
        box = ChainBox(
            ChainStart(
                tail: (tail.map(Array.init) ?? []).map(Self.event), next: next,
                durable: durable))
        file = EventsFile(logPath: scratch.log, box: box) { 1_767_225_600_000_000_000 }
    }

    /// The thread ended when it was idle, and another goes on.
    func rest() { file = EventsFile(logPath: scratch.log, box: box) { 1_767_225_600_000_000_000 } }

    func append(_ ids: ClosedRange<UInt64>) throws(Errno) {
        file.beginJob()
        try file.append([ids.map(Self.event)], room)
    }

    func begin() throws(Errno) {
        file.beginJob()
        try file.prepare(room)
    }

    func seal(through: UInt64, isDue: Bool = false) throws(Errno) {
        try file.seal(through: through, isDue: isDue, room)
    }

    func sync() throws(Errno) { try file.sync() }

    func reopen() { file.reopen() }

    var notes: [String] { file.notes }
    var chain: EventChain? { box.read().chain }
    var head: AuditHead { chain?.head ?? .origin }

    func verdict(_ anchors: [AuditAnchor] = []) throws -> AuditVerdict {
        try AuditFiles(in: scratch.log).inspect(anchors)
    }

    /// Whether the chain fits, and each id up to `last` is there once or told.
    func isWhole(through last: UInt64, _ place: SourceLocation = #_sourceLocation) throws {
        let verdict = try verdict()
        #expect(verdict.misfit == nil, sourceLocation: place)
        #expect(verdict.openLines == 0, sourceLocation: place)
        var seen: Set<UInt64> = []
        for name in try AuditFiles(in: scratch.log).files.map(\.name) {
            for line in try scratch.bytes("log/" + name).split(separator: 0x0a) {
                guard let json = try? JSONValue(parsing: Array(line).span) else {
                    Issue.record("\(name) has a line of \(line.count) bytes that is not whole")
                    continue
                }
                guard let id = json["id"]?.integer else { continue }
                #expect(seen.insert(UInt64(id)).inserted, "\(id) twice", sourceLocation: place)
            }
        }
        for loss in verdict.losses {
            for id in loss.from...loss.to {
                #expect(seen.insert(id).inserted, "\(id) lost, yet there", sourceLocation: place)
            }
        }
        #expect(seen == Set(1...max(1, last)), sourceLocation: place)
    }

    func write(_ bytes: [UInt8], appendingTo name: String = "events.ndjson") throws {
        try scratch.write(try scratch.bytes("log/" + name) + bytes, to: "log/" + name)
    }

    func move(_ old: String, _ new: String) throws {
        try FileManager.default.moveItem(
            atPath: scratch.log + "/" + old, toPath: scratch.log + "/" + new)
    }
}

@Suite struct EventsFileTests {
    @Test func appendsEndWithChainLines() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        try log.append(4...4)
        log.rest()
        try log.append(5...9)
        try log.isWhole(through: 9)
        // One for the start, and one for each append.
        #expect(log.head.sequence == 4 && log.chain?.through == 9)
        #expect(try log.verdict().through == 9)
    }

    @Test func nothingIsDurableBeforeASync() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        #expect(log.chain?.durable == nil)
        try log.sync()
        #expect(log.chain?.durable == log.head)
        try log.append(4...4)
        #expect(log.chain?.durable?.sequence == 2)
    }

    @Test func anHourWithoutEventsHasAChainLine() throws {
        let log = try ChainedLog()
        try log.append(1...1)
        try log.seal(through: 1)
        #expect(log.head.sequence == 2)
        try log.seal(through: 1, isDue: true)
        #expect(log.head.sequence == 3)
        try log.isWhole(through: 1)
    }

    @Test func rotationGoesOn() throws {
        let log = try ChainedLog()
        log.room = EventRoom(rotateBytes: 4_000)
        for id in stride(from: UInt64(1), to: 100, by: 3) { try log.append(id...id + 2) }
        #expect(log.scratch.names("log").count > 4)
        try log.isWhole(through: 99)
    }

    @Test func filesThatGoAreToldBefore() throws {
        let log = try ChainedLog()
        log.room = EventRoom(rotateBytes: 4_000, limitBytes: 16_000)
        for id in 1...UInt64(200) { try log.append(id...id) }
        let verdict = try log.verdict()
        #expect(verdict.misfit == nil && verdict.removed != nil)
        #expect(verdict.sequences?.lowerBound ?? 0 > 50)
        // What goes without a line does not fit.
        let first = try #require(try AuditFiles(in: log.scratch.log).files.first)
        log.scratch.remove("log/" + first.name)
        #expect(try log.verdict().misfit?.kind == .beginning)
    }

    // MARK: Losses

    @Test func missingIDsAreTold() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        log.box.update { $0.lossReason = "more came than could be written" }
        try log.append(9...10)
        try log.isWhole(through: 10)
        let loss = AuditLoss(from: 4, to: 8, lines: 5, reason: "more came than could be written")
        #expect(try log.verdict().losses == [loss])
        #expect(log.chain?.lostLines == 5)
        // Without an event after them, too.
        try log.seal(through: 12)
        try log.isWhole(through: 12)
    }

    /// A write that fails anywhere leaves no half of itself, and what it had is told.
    @Test(arguments: [ENOSPC, EIO, EDQUOT], [1, 2, 3])
    func aFullDisk(_ code: Int32, place: Int) throws {
        let log = try ChainedLog()
        try log.append(1...3)
        let injection = FaultInjection(
            .init(.atMost(100), of: "write", at: 1, times: place),
            .init(.error(code), of: "write", at: place, times: .max))
        injection.run { #expect(throws: Errno.self) { try log.append(4...9) } }
        #expect(!injection.forced.isEmpty)
        log.rest()
        try log.append(10...12)
        try log.isWhole(through: 12)
        #expect(try log.verdict().losses.map(\.from) == [4])
        #expect(try log.verdict().losses.first?.reason.contains("could not be written") == true)
    }

    /// Cutting off the half of a write fails as well: it is done before the next.
    @Test func aDiskThatTakesNothingBack() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        let injection = FaultInjection(
            .init(.atMost(100), of: "write", at: 1, times: 1),
            .init(.error(EIO), of: "write", at: 2, times: .max),
            .init(.error(EIO), of: "ftruncate", times: .max))
        injection.run { #expect(throws: Errno.self) { try log.append(4...9) } }
        try log.append(10...12)
        try log.isWhole(through: 12)
    }

    /// After a sync that failed the bytes are written again before the head is published.
    @Test func aSyncThatFails() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        let injection = FaultInjection(.init(.error(EIO), of: "fdatasync"))
        injection.run { #expect(throws: Errno.self) { try log.sync() } }
        #expect(log.chain?.durable == nil && log.chain?.isUnsure == true)
        let watch = FaultInjection()
        try watch.run { try log.sync() }
        #expect(watch.calls.contains("pwrite"))
        #expect(log.chain?.durable == log.head && log.chain?.isUnsure == false)
        try log.isWhole(through: 3)
    }

    // MARK: Starts

    @Test func aTornLineIsCut() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        try log.write(Array("{\"id\":4,\"event\":\"ba".utf8))
        log.restart(tail: 1...5, next: 6)
        try log.append(6...6)
        try log.isWhole(through: 6)
    }

    @Test func whatTheTailHasIsWritten() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        log.restart(tail: 2...7, next: 8)
        try log.append(8...8)
        try log.isWhole(through: 8)
        #expect(try log.verdict().losses.isEmpty)
    }

    @Test func whatNeitherHasIsTold() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        log.restart(tail: 6...7, next: 10)
        try log.append(10...10)
        try log.isWhole(through: 10)
        let losses = try log.verdict().losses
        #expect(losses.map { [$0.from, $0.to, $0.lines] } == [[4, 5, 2], [8, 9, 2]])
    }

    /// Whole lines after the last chain line belong to the next block.
    @Test func linesWithoutAChainLineAreTakenUp() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        var bytes: [UInt8] = []
        for id in UInt64(4)...5 {
            ChainedLog.event(id).writeObject(to: &bytes)
            bytes.append(0x0a)
        }
        try log.write(bytes)
        log.restart(tail: 1...6, next: 7)
        try log.append(7...7)
        try log.isWhole(through: 7)
        #expect(try log.verdict().losses.isEmpty)
    }

    /// A file of an opsd that knew no chain goes on; nothing in it counts as lost.
    @Test func aFileFromBefore() throws {
        let log = try ChainedLog()
        var bytes: [UInt8] = []
        for id in UInt64(5)...9 {
            ChainedLog.event(id).writeObject(to: &bytes)
            bytes.append(0x0a)
        }
        try log.scratch.write(bytes, to: "log/events.ndjson.7")
        try log.scratch.write(bytes, to: "log/events.ndjson")
        log.restart(tail: 4...9, next: 10)
        try log.append(10...11)
        let verdict = try log.verdict()
        #expect(verdict.misfit == nil && verdict.losses.isEmpty && verdict.through == 11)
        #expect(try AuditFiles(in: log.scratch.log).unchained.map(\.name) == ["events.ndjson.7"])
    }

    /// The newest file was rotated when opsd was down, and compressed.
    @Test(arguments: [false, true])
    func theChainGoesOnFromARotatedFile(isPacked: Bool) throws {
        let log = try ChainedLog()
        try log.append(1...3)
        try log.move("events.ndjson", "events.ndjson-20261129")
        if isPacked {
            let gzip = Process()
            gzip.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
            gzip.arguments = [log.scratch.log + "/events.ndjson-20261129"]
            try gzip.run()
            gzip.waitUntilExit()
        }
        log.restart(tail: 1...4, next: 5)
        try log.append(5...5)
        let verdict = try log.verdict()
        #expect(verdict.misfit == nil && verdict.losses.isEmpty && verdict.blocks == 4)
        #expect(log.scratch.names("log").count == 2)
    }

    // MARK: Others

    @Test(arguments: [false, true])
    func logrotateInTheMiddle(isResting: Bool) throws {
        let log = try ChainedLog()
        try log.append(1...3)
        try log.move("events.ndjson", "events.ndjson.1")
        if isResting { log.rest() } else { try log.append(4...4) }
        log.reopen()
        try log.append(isResting ? 4...6 : 5...6)
        #expect(log.scratch.names("log") == ["events.ndjson", "events.ndjson.1"])
        try log.isWhole(through: 6)
    }

    @Test func aFileThatWasRemovedDoesNotFit() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        log.scratch.remove("log/events.ndjson")
        try log.append(4...4)
        #expect(try log.verdict().misfit?.kind == .beginning)
    }

    @Test func whatOthersAppendIsTold() throws {
        let log = try ChainedLog()
        try log.append(1...3)
        try log.write(Array("hello".utf8))
        try log.append(4...4)
        let verdict = try log.verdict()
        #expect(verdict.misfit == nil && verdict.finds.count == 1)
        #expect(verdict.finds.first?.what.contains("5 bytes at the end") == true)
    }

    /// An editor writes another file in the place of the old one.
    @Test(arguments: [false, true])
    func anEditIsNeverTakenUpAsTrue(isRunning: Bool) throws {
        let log = try ChainedLog()
        for id in 1...UInt64(6) { try log.append(id...id) }
        try log.sync()
        let durable = log.head
        let text = String(decoding: try log.scratch.bytes("log/events.ndjson"), as: UTF8.self)
        try log.scratch.write(
            Array(text.replacingOccurrences(of: "told 3\"", with: "told 9\"").utf8), to: "log/x")
        log.scratch.remove("log/events.ndjson")
        try log.move("x", "events.ndjson")
        if !isRunning { log.restart(tail: 1...6, next: 7, durable: durable) }
        try log.append(7...7)
        #expect(try log.verdict().misfit?.kind == .content)
        #expect(try log.verdict().misfit?.ids == 3...3)
    }

    /// Somebody cuts the end off, or computes the chain anew, while opsd is down: it knows a chain
    /// line that was on the disk, and does not go on from another.
    @Test func aChainThatWasOnTheDiskIsNotForgotten() throws {
        let log = try ChainedLog()
        for id in 1...UInt64(6) { try log.append(id...id) }
        try log.sync()
        let durable = log.head
        let lines = try log.scratch.bytes("log/events.ndjson").split(separator: 0x0a)
        try log.scratch.write(
            lines.prefix(7).flatMap { Array($0) + [0x0a] }, to: "log/events.ndjson")
        log.restart(tail: 1...6, next: 7, durable: durable)
        try log.append(7...7)
        let verdict = try log.verdict()
        #expect(verdict.misfit?.kind == .sequence)
        #expect(log.head.sequence == durable.sequence + 2)
    }

    @Test func theLinkIsMadeOnce() throws {
        let log = try ChainedLog()
        log.box.update { $0.link = "compliance_hooks.ndjson" }
        try log.append(1...1)
        #expect(
            try SymbolicLink.target(of: log.scratch.log + "/compliance_hooks.ndjson")
                == "events.ndjson")
        #expect(try log.scratch.bytes("log/events.ndjson").count > 100)
        // Whatever has the name stays.
        let other = try ChainedLog()
        try other.scratch.write("mine", to: "log/compliance_hooks.ndjson")
        other.box.update { $0.link = "compliance_hooks.ndjson" }
        try other.append(1...1)
        #expect(try other.scratch.bytes("log/compliance_hooks.ndjson") == Array("mine".utf8))
    }
}
