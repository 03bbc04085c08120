// Starting on real directories: what a start finds, keeps, cuts and refuses.

import Foundation
import OpsConfig
import OpsCore
import OpsLinux
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

/// A daemon without its loop: engine and state directory, and a log thread of its own, driven by
/// hand.  `crash` leaves the files as they are.
final class RealStore {
    static let rules = GuardRules()

    let scratch: ScratchDirectory
    let engine: Engine
    let recovered: RecoveryResult
    /// The open segment, what was written to it, and how much of that is durable: bytes.
    private(set) var segment = ""
    private(set) var length = 0
    private(set) var durableLength = 0
    private var file: LogFile
    private let directory: StateDirectory

    init(
        _ scratch: ScratchDirectory, now: Moment, bootID: OpsCore.BootID = FakeLoop.bootID,
        isForced: Bool = false,
        policy: Configuration.Store.Fsync = .always,
        configuration: Configuration = Configuration()
    ) throws(StartFault) {
        self.scratch = scratch
        let directory = try StateDirectory(path: scratch.state)
        var found = try directory.recover(isForced: isForced) {
            State(
                rules: configuration.guard, hashKey: (3, 4),
                eventCapacity: configuration.events.tail)
        }
        try directory.tidy(after: &found)
        recovered = found.outcome
        var configuration = configuration
        configuration.store.fsync = policy
        var notes = StartupNotes()
        engine = Start.engine(found, configuration, bootID, 77, now, &notes)
        self.directory = directory
        file = LogFile(statePath: scratch.state)
        if case .open(let path, let header, _) = engine.log.first {
            segment = path
            length = header.count
            durableLength = length
        }
        _ = file.perform(engine.log.first)
        flush()
    }

    /// Every job that there is.
    func flush() {
        while true {
            let jobs = engine.log.nextJobs()
            if jobs.isEmpty { return }
            for job in jobs { perform(job) }
        }
    }

    /// One round of jobs.
    func step() { for job in engine.log.nextJobs() { perform(job) } }

    private func perform(_ job: LogJob) {
        switch job {
        case .open(let path, let header, _):
            segment = path
            length = header.count
            durableLength = length
        case .write(let batch):
            length += batch.bytes.count
            if batch.sync { durableLength = length }
        case .sync: durableLength = length
        case .look: break
        }
        answer(file.perform(job))
    }

    private func answer(_ answer: LogAnswer) {
        switch answer {
        case .opened: engine.log.opened()
        case .wrote(let batch): engine.log.wrote(batch)
        case .synced(let sequence): engine.log.synced(through: sequence)
        case .looked(let sight): #expect(sight.fault == nil)
        case .failed(let failure): Issue.record("\(failure.message)")
        }
    }

    func perform(_ line: String, at now: Moment) { performEach(line, at: now) { _ in } }

    /// What was written and not synced.
    func sync() { if let job = engine.log.syncJob() { perform(job) } }

    /// Commits change by change, and calls `body` with the number of each.
    func performEach(_ line: String, at now: Moment, _ body: (UInt64) -> Void) {
        engine.begin(at: now)
        guard let (command, _) = try? RequestParserProxy.parse(line),
            let decision = try? engine.state.decide(
                command, by: Caller(uid: 0, role: .admin), at: now)
        else { return }
        switch decision.changes {
        case .none: break
        case .one(let change):
            engine.commit(change)
            body(engine.log.sequence)
        case .several(let changes):
            for change in changes {
                engine.commit(change)
                body(engine.log.sequence)
            }
        }
    }

    /// A snapshot, whole and at once.
    func snapshot(at now: Moment, during: () -> Void = {}) throws {
        engine.begin(at: now)
        engine.log.wantSegment(
            salt: 78, bootID: engine.state.bootID, at: now, isDetached: false)
        let answers = try Mailbox<SnapshotReport>(capacity: 8)
        let thread = try SnapshotThread(statePath: scratch.state, ticket: 1, answers: answers)
        let sequence = engine.log.sequence
        flush()
        var jobs = [
            SnapshotJob.begin(
                engine.state, sequence: sequence, bootID: engine.state.bootID, recovered.extras,
                audit: engine.audit.durable, at: now)
        ]
        for part in 0..<State.snapshotParts {
            if part == State.snapshotParts / 2 { during() }
            jobs.append(.part(engine.state.snapshotPart(part, at: now)))
        }
        flush()
        jobs.append(
            .finish(through: engine.log.sequence, previous: engine.log.snapshot))
        for job in jobs {
            #expect(thread.submit(job) == .accepted)
            if case .failed(let words) = try collect(1, from: answers)[0].answer {
                Issue.record("\(words)")
            }
        }
        thread.stop()
        engine.log.snapshotIsDurable(sequence)
    }
}

@Suite struct StartupTests {
    private let scratch: ScratchDirectory
    private let now = Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear)

    init() throws { scratch = try ScratchDirectory() }

    private func later(_ seconds: Int64) -> Moment {
        Moment(boot: now.boot + seconds * 1_000_000_000, wall: now.wall + seconds * 1_000_000_000)
    }

    /// What `body` throws; nil where it does not.
    private func fault(_ body: () throws(StartFault) -> Void) -> StartFault? {
        do throws(StartFault) {
            try body()
            return nil
        } catch { return error }
    }

    private func images(_ store: RealStore) -> (DurableImage, UInt64) {
        (store.engine.state.image(at: now), store.engine.log.sequence)
    }

    /// Bans, strikes and unbans.
    private func fill(_ store: RealStore, _ count: Int = 40) {
        for number in 0..<count {
            store.perform("ban 203.0.113.\(number % 200) reason=\"r\(number)\"", at: now)
            store.perform("strike 198.51.100.\(number % 50) source=s\(number % 3)", at: now)
            if number % 5 == 0 { store.perform("unban 203.0.113.\(number % 200)", at: now) }
        }
        store.flush()
    }

    /// Expects what was there before, and besides it only what a start adds: its own events.
    private func expectKept(_ before: DurableImage, _ store: RealStore) {
        let after = store.engine.state.image(at: now)
        #expect(after.bans == before.bans)
        #expect(after.strikes == before.strikes)
        #expect(Array(after.events.prefix(before.events.count)) == before.events)
        #expect(after.clockOffset == before.clockOffset)
    }

    @Test func freshStart() throws {
        let store = try RealStore(scratch, now: now)
        #expect(store.recovered.bootID == nil)
        #expect(store.engine.state.events.all.map(\.kind) == [.started])
        #expect(store.engine.state.bootID == FakeLoop.bootID)
        #expect(scratch.names("state") == ["lock", "wal"])
        #expect(scratch.names("state/wal") == ["00000000000000000001.wal"])
    }

    @Test(arguments: [false, true]) func restart(_ hasSnapshot: Bool) throws {
        var before: DurableImage?
        do {
            let store = try RealStore(scratch, now: now)
            fill(store)
            if hasSnapshot {
                try store.snapshot(at: now)
                fill(store, 7)
            }
            before = images(store).0
        }
        let store = try RealStore(scratch, now: now)
        expectKept(try #require(before), store)
        #expect(store.engine.state.events.all.last?.kind == .started)
        #expect(store.recovered.cut.isEmpty && store.recovered.damaged.isEmpty)
    }

    @Test func manyRestarts() throws {
        var before: DurableImage?
        for round in 0..<6 {
            let store = try RealStore(scratch, now: now)
            if let before { expectKept(before, store) }
            fill(store, 5 + round)
            if round % 2 == 1 { try store.snapshot(at: now) }
            before = images(store).0
        }
        #expect(scratch.names("state/wal").count <= 6)
    }

    @Test func tornTailIsCutAndTold() throws {
        var before: DurableImage?
        do {
            let store = try RealStore(scratch, now: now)
            fill(store)
            before = images(store).0
        }
        let name = "state/" + StateFiles.segment(1)
        var bytes = try scratch.bytes(name)
        let reading = try LogReader.read(bytes.span) { _, _, _ in }
        let good = Int(reading.goodBytes)
        bytes.replaceSubrange(good..<good + 30, with: [UInt8](repeating: 0x5a, count: 30))
        try scratch.write(bytes, to: name)
        let store = try RealStore(scratch, now: now)
        expectKept(try #require(before), store)
        #expect(store.recovered.cut.count == 1)
        #expect(store.engine.state.events.all.map(\.kind).contains(.logCut))
        // The next start has nothing to cut.
        let words = store.engine.state.events.all.last { $0.kind == .logCut }?.details ?? ""
        #expect(words.contains("wal/00000000000000000001.wal"))
    }

    @Test func previousSnapshotTakesItsPlace() throws {
        var before: DurableImage?
        do {
            let store = try RealStore(scratch, now: now)
            fill(store)
            try store.snapshot(at: now)
            fill(store, 3)
            try store.snapshot(at: now)
            fill(store, 4)
            before = images(store).0
        }
        var bytes = try scratch.bytes("state/snapshot.jsonl")
        bytes[bytes.count / 2] ^= 0x20
        try scratch.write(bytes, to: "state/snapshot.jsonl")
        let store = try RealStore(scratch, now: now)
        expectKept(try #require(before), store)
        #expect(store.recovered.snapshot == "snapshot.previous.jsonl")
        #expect(scratch.names("state").contains("snapshot.jsonl.damaged"))
    }

    /// Damage in the middle of the log: refused with file and offset, exit 3, nothing changed.
    @Test func damageIsRefusedAndForced() throws {
        do {
            let store = try RealStore(scratch, now: now)
            for _ in 0..<4 { fill(store, 5) }
        }
        let name = "state/" + StateFiles.segment(1)
        var bytes = try scratch.bytes(name)
        bytes[600] ^= 1
        try scratch.write(bytes, to: name)
        let fault = fault { () throws(StartFault) in _ = try RealStore(scratch, now: now) }
        #expect(fault?.exitCode == 3)
        let words = fault?.message ?? ""
        #expect(words.contains(scratch.state + "/wal/00000000000000000001.wal"))
        #expect(words.contains("byte 566"))
        #expect(words.contains("--recover"))
        #expect(try scratch.bytes(name) == bytes)
        var before: DurableImage?
        do {
            let store = try RealStore(scratch, now: now, isForced: true)
            #expect(!store.recovered.damaged.isEmpty)
            #expect(!store.engine.state.image(at: now).bans.isEmpty)
            fill(store, 3)
            before = images(store).0
        }
        #expect(scratch.names("state/wal").contains { $0.hasSuffix(".damaged") })
        // A crash right after it: all that was saved is still there.
        expectKept(try #require(before), try RealStore(scratch, now: now))
    }

    @Test func missingSegmentIsRefused() throws {
        do {
            let store = try RealStore(scratch, now: now)
            fill(store)
        }
        do { _ = try RealStore(scratch, now: now) }
        #expect(scratch.names("state/wal").count == 2)
        scratch.remove("state/" + StateFiles.segment(1))
        #expect(
            fault { () throws(StartFault) in _ = try RealStore(scratch, now: now) }?.exitCode == 3)
    }

    @Test func anotherBootIsRebased() throws {
        do {
            let store = try RealStore(scratch, now: now)
            store.perform("ban 203.0.113.1 ttl=1h", at: now)
            store.perform("ban 203.0.113.2 ttl=10s", at: now)
            store.perform("ban 203.0.113.3 ttl=permanent", at: now)
            store.flush()
        }
        // Ten minutes later by the wall clock, five seconds after boot.
        let boot = Moment(boot: 5_000_000_000, wall: now.wall + 600_000_000_000)
        let other = OpsCore.BootID(high: 9, low: 9)
        let store = try RealStore(scratch, now: boot, bootID: other)
        let image = store.engine.state.image(at: boot)
        #expect(image.bootID == other)
        #expect(image.bans.map(\.network.description) == ["203.0.113.1", "203.0.113.3"])
        #expect(image.bans.map(\.deadline) == [5_000 + 3_000_000, Ban.never])
        #expect(image.events.map(\.kind).contains(.rebased))
    }

    /// The wall clock was set back between the boots: no ban gets longer than it was.
    @Test func aClockSetBackMakesNoBanLonger() throws {
        do {
            let store = try RealStore(scratch, now: now)
            store.perform("ban 203.0.113.1 ttl=1h", at: now)
            store.flush()
        }
        let boot = Moment(boot: 5_000_000_000, wall: now.wall - 365 * 86_400 * 1_000_000_000)
        let store = try RealStore(scratch, now: boot, bootID: OpsCore.BootID(high: 9, low: 9))
        #expect(store.engine.state.image(at: boot).bans.map(\.deadline) == [5_000 + 3_600_000])
    }

    @Test func lockIsHeld() throws {
        let store = try RealStore(scratch, now: now)
        let fault = fault { () throws(StartFault) in _ = try RealStore(scratch, now: now) }
        #expect(fault?.exitCode == 4)
        #expect(fault?.message.contains("\(getpid())") == true)
        #expect(fault?.message.contains(scratch.state) == true)
        withExtendedLifetime(store) {}
    }

    @Test func linksAreNotFollowed() throws {
        try scratch.makeDirectory("state")
        try scratch.makeDirectory("elsewhere")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.state + "/wal", withDestinationPath: scratch.path + "/elsewhere")
        #expect(
            fault { () throws(StartFault) in _ = try RealStore(scratch, now: now) }?.exitCode == 1)
        #expect(scratch.names("elsewhere").isEmpty)
    }
}
