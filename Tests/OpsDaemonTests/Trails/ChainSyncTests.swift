// Syncs of events.ndjson by another thread (ChainSync.swift, Y1 to Y3): what is durable when, what
// a rotation waits for, and what becomes of a sync that fails.

import Foundation
import Glibc
import OpsCore
import OpsLinux
import OpsProtocol
import OpsTestKit
import Synchronization
import Testing

@testable import OpsControl
@testable import OpsDaemon

/// Keeps the syncs that are asked for, until the test carries them out.
private final class Asked: Sendable {
    let jobs = Mutex<[SyncJob]>([])

    func take() -> [SyncJob] {
        jobs.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
    }
}

@Suite struct ChainSyncTests {
    private final class Log {
        let scratch: ScratchDirectory
        let asked = Asked()
        let box = ChainBox(ChainStart())
        private var file: EventsFile
        var room = EventRoom(rotateBytes: 6 << 20)

        init() throws {
            scratch = try ScratchDirectory()
            try scratch.makeDirectory("log")
            let asked = asked
            file = EventsFile(
                logPath: scratch.log, box: box,
                request: { job in
                    asked.jobs.withLock { $0.append(job) }; return true
                }
            ) { 1_767_225_600_000_000_000 }
        }

        private var last: UInt64 = 0

        /// About 1 KiB each.
        func append(_ count: UInt64) throws(Errno) {
            let reason = String(repeating: "r", count: 800)
            let events = (last + 1...last + count).map {
                Event(
                    id: $0, kind: .ban, severity: .info, wall: 0, gauges: Gauges(),
                    details: "told", reason: reason)
            }
            last += count
            file.beginJob()
            try file.append([events], room)
        }

        func beginSync() throws(Errno) { try file.beginSync() }

        /// Another thread does what it was asked; the faults.
        @discardableResult
        func carryOut() -> [String] {
            asked.take().compactMap { box.answer(to: $0, logPath: scratch.log).fault }
        }

        var chain: EventChain? { box.read().chain }
        var names: [String] { scratch.names("log") }

        func fits() throws -> Bool {
            let verdict = try AuditFiles(in: scratch.log).inspect([])
            return verdict.misfit == nil && verdict.openLines == 0 && verdict.through == last
        }
    }

    @Test func whatWasTheNewestIsDurable() throws {
        let log = try Log()
        try log.append(3)
        try log.beginSync()
        let head = log.chain?.head
        try log.append(2)
        #expect(log.chain?.durable == nil)
        #expect(log.carryOut() == [])
        #expect(log.chain?.durable == head && log.chain?.head != head)
        #expect(log.chain?.isNameNew == false)
        try log.beginSync()
        #expect(log.carryOut() == [] && log.chain?.durable == log.chain?.head)
        try log.beginSync()
        #expect(log.asked.take().isEmpty)
    }

    /// The failure is told to one sync only: the trail thread writes the bytes again first, and a
    /// sync that was under way does nothing.
    @Test func aSyncThatFails() throws {
        let log = try Log()
        try log.append(3)
        try log.beginSync()
        let job = log.asked.jobs.withLock { $0 }
        let injection = FaultInjection(.init(.error(EIO), of: "fdatasync"))
        let faults = injection.run { log.carryOut() }
        #expect(faults.count == 1 && log.chain?.isUnsure == true && log.chain?.durable == nil)
        log.asked.jobs.withLock { $0 = job }
        #expect(log.carryOut() == [] && log.chain?.durable == nil)
        let watch = FaultInjection()
        try watch.run { try log.beginSync() }
        #expect(watch.calls.contains("pwrite") && log.asked.take().isEmpty)
        #expect(log.chain?.durable == log.chain?.head && log.chain?.isUnsure == false)
    }

    /// The file grows a little, until most of it is on the disk.
    @Test func aRotationWaitsForTheSync() throws {
        let log = try Log()
        try log.append(6_800)
        #expect(log.names == ["events.ndjson"])
        #expect(log.chain?.bytes ?? 0 > log.room.fileBytes)
        #expect(log.carryOut() == [])
        try log.append(10)
        #expect(log.names == ["events.ndjson", "events.ndjson.1"])
        #expect(try log.fits())
    }

    /// It does not grow by more than an eighth.
    @Test func aRotationDoesNotWaitForEver() throws {
        let log = try Log()
        for _ in 0..<9 { try log.append(1_000) }
        #expect(log.names == ["events.ndjson", "events.ndjson.1"])
        let size =
            try FileManager.default.attributesOfItem(
                atPath: log.scratch.log + "/events.ndjson.1")[.size] as? Int64
        #expect((size ?? 0) > 6 << 20 && (size ?? 0) <= 7 << 20)
        #expect(try log.fits())
        // What was asked for the old file makes no claim for the new one.
        let durable = log.chain?.durable
        #expect(log.carryOut() == [] && log.chain?.durable == durable)
        #expect(log.chain?.syncedBytes == 0 && log.chain?.isNameNew == true)
    }
}
