// The daemon's loop without descriptors: the engine, a clock that the test advances, a disk that does
// a log job when it is told to, and connections whose socket takes as many bytes as the test allows.
// A turn does what `Daemon.turn` does, in its order.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import OpsStore
import Testing

@testable import OpsDaemon

/// A connection as its client sees it.
final class FakeClient {
    let slot: Int
    /// Bytes the socket still takes before it blocks.
    var room = Int.max
    /// What has come and no `take` has had.
    private(set) var bytes: [UInt8] = []
    /// All that ever came.
    private(set) var received = 0
    var isClosed = false

    init(slot: Int) { self.slot = slot }

    func accept(_ span: RawSpan) -> Int {
        let count = min(room, span.byteCount)
        for place in 0..<count {
            bytes.append(span.unsafeLoad(fromByteOffset: place, as: UInt8.self))
        }
        if room != .max { room -= count }
        received += count
        return count
    }

    /// The whole lines that have come since the last time.
    func take() -> [String] {
        guard let end = bytes.lastIndex(of: 0x0a) else { return [] }
        let lines = bytes[...end].split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
        bytes.removeFirst(end + 1)
        return lines
    }
}

/// What the fake disk does with jobs.
enum FakeDisk {
    /// Each job is done before the next turn.
    case prompt
    /// Jobs wait for `completeJobs`.
    case waiting
    /// Jobs fail before the next turn.
    case broken
}

final class FakeLoop {
    static let second: Int64 = 1_000_000_000
    /// 2026-01-01T00:00:00Z in nanoseconds.
    static let newYear: Int64 = 1_767_225_600 * second
    static let bootID = BootID(high: 1, low: 2)

    let engine: Engine
    var now: Moment
    var disk = FakeDisk.prompt
    /// Jobs the disk has not done.
    private(set) var jobs: [LogJob] = []
    /// All jobs ever handed over, in words.
    private(set) var journal: [String] = []
    /// The log's files as the disk has them.
    private(set) var files: [String: [UInt8]] = [:]
    private var openFile: String?
    private var hasFailed = false
    private var keptSecond: Int64 = 0
    private(set) var clients: [FakeClient] = []
    /// Events the sinks were told.
    private(set) var announced: [Event] = []
    private(set) var wantsTurn = false
    private(set) var snapshotting: Snapshotting?
    private(set) var snapshotsFinished = 0
    var reloads: Result<(applied: [String], restart: [String]), Refusal> =
        .success(([], []))

    init(_ configuration: Configuration = Configuration(), boot: Int64 = 1_000 * second) {
        now = Moment(boot: boot, wall: Self.newYear)
        var state = State(
            rules: configuration.guard, hashKey: (1, 2), eventCapacity: configuration.events.tail)
        state.restore(
            lastEventID: 0, clockOffset: now.wallMilliseconds - now.bootMilliseconds,
            bootID: Self.bootID)
        let log = LogBook(
            policy: configuration.store.fsync, sequence: 0, snapshot: 0, salt: 7,
            bootID: Self.bootID, now: now)
        engine = Engine(state: state, log: log, configuration: configuration, now: now)
        engine.host = self
        _ = perform(engine.log.first)
    }

    /// A loop whose log is open.
    static func settled(_ configuration: Configuration = Configuration()) -> FakeLoop {
        let loop = FakeLoop(configuration)
        loop.settle()
        return loop
    }

    // MARK: Time

    /// Later; no turn is made.
    func advance(_ seconds: Double) {
        let step = Int64(seconds * 1e9)
        now.boot += step
        now.wall += step
    }

    /// The wall clock is set.
    func setWall(by seconds: Int64) { now.wall += seconds * Self.second }

    // MARK: Clients

    /// A connection, or the line it was turned away with.
    func connect(uid: UInt32 = 0, role: Role, isTrusted: Bool? = nil) -> FakeClient {
        connect(uid: uid, roles: RoleSet(role), isTrusted: isTrusted)
    }

    /// The same with any roles.
    func connect(uid: UInt32 = 0, roles: RoleSet = .admin, isTrusted: Bool? = nil) -> FakeClient {
        let slot = clients.firstIndex { $0.isClosed && engine.session($0.slot) == nil }
        let client = FakeClient(slot: slot ?? clients.count)
        engine.begin(at: now)
        let caller = Caller(uid: uid, roles: roles)
        switch engine.open(client.slot, caller, isTrusted: isTrusted ?? (uid == 0)) {
        case .admitted:
            if let slot { clients[slot] = client } else { clients.append(client) }
        case .refused(let refusal):
            var line: [UInt8] = []
            refusal.writeLine(to: &line)
            _ = client.accept(line.span.bytes)
            client.isClosed = true
        }
        return client
    }

    /// Bytes arrive, as the next turn's first thing; then the turn.
    func send(_ client: FakeClient, _ text: String) { send(client, Array(text.utf8)) }

    func send(_ client: FakeClient, _ bytes: [UInt8]) {
        deliver(client, bytes)
        turn()
    }

    /// Bytes arrive in pieces of what one read takes; no turn is made.
    func deliver(_ client: FakeClient, _ bytes: [UInt8]) {
        engine.begin(at: now)
        var from = 0
        while from < bytes.count {
            let end = min(bytes.count, from + 65_536)
            engine.take(client.slot, bytes.span.extracting(from..<end))
            engine.serveArrived()
            from = end
        }
    }

    func finish(_ client: FakeClient) {
        engine.begin(at: now)
        engine.finish(client.slot)
        turn()
    }

    /// Requests, each with its reply, once all is settled.
    func ask(_ client: FakeClient, _ lines: String...) -> [String] {
        for line in lines { send(client, line + "\n") }
        settle()
        return client.take()
    }

    // MARK: Turns

    /// What `Daemon.turn` does.
    func turn() {
        engine.begin(at: now)
        if disk != .waiting { completeJobs() }
        engine.watchClock()
        if now.boot / Self.second != keptSecond {
            keptSecond = now.boot / Self.second
            engine.keepServices()
        }
        var hasMore = engine.expire()
        hasMore = engine.settle() || hasMore
        hasMore = engine.serveLeftovers() || hasMore
        hasMore = engine.advanceLists() || hasMore
        advanceSnapshot()
        engine.sweepSessions()
        hasMore = engine.serveWaits() || hasMore
        for job in engine.log.nextJobs() { hand(job) }
        submitKernel()
        flushReplies()
        announced += engine.takeEvents().joined()
        wantsTurn = hasMore || engine.hasLeftovers || !engine.touched.isEmpty
    }

    /// Turns until nothing is left to do by itself.
    func settle() {
        for _ in 0..<10_000 {
            turn()
            let waits = disk != .waiting && !jobs.isEmpty
            if !wantsTurn && !waits && !(snapshotting != nil && disk == .prompt) { return }
        }
        Issue.record("it never settles")
    }

    private func flushReplies() {
        let safe = engine.log.safe
        for slot in engine.takeTouched() {
            guard slot < clients.count, let session = engine.session(slot) else { continue }
            flush(clients[slot], session, safe)
        }
    }

    private func flush(_ client: FakeClient, _ session: Session, _ safe: UInt64) {
        if session.isDead { return close(client) }
        var isBlocked = false
        var moved = false
        while !isBlocked {
            let count = session.output.sendable(
                safe: safe, answered: engine.kernel?.answered ?? .max)
            if count == 0 { break }
            let went = session.output.send(min(count, 262_144)) { bytes in
                let went = client.accept(bytes)
                if went == 0 { isBlocked = true }
                return went
            }
            moved = moved || went > 0
        }
        if session.isClosing && session.output.count == 0 { return close(client) }
        engine.noteOutput(client.slot, moved: moved, isBlocked: isBlocked)
    }

    func close(_ client: FakeClient) {
        client.isClosed = true
        engine.close(client.slot)
    }

    /// The socket takes so many bytes more.
    func open(_ client: FakeClient, room: Int) {
        client.room = room
        engine.touch(client.slot)
    }

    // MARK: Kernel

    /// Batches that the kernel has not answered.
    private(set) var batches: [(ticket: UInt64, changes: [KernelChange])] = []

    private func submitKernel() {
        engine.releaseOverdue()
        guard case .change(let ticket, let changes)? = engine.kernel?.nextJob(at: now) else {
            return
        }
        batches.append((ticket, changes))
    }

    /// The kernel answers what it has been given, and the next turn is made.
    func completeKernel(_ error: Errno? = nil) {
        let done = batches
        batches = []
        engine.begin(at: now)
        for batch in done { engine.kernelChanged(batch.ticket, error) }
        turn()
    }

    // MARK: Log

    func hand(_ job: LogJob) {
        jobs.append(job)
        journal.append(job.words)
    }

    /// The disk does its jobs, at most so many, and the engine hears of it.
    func completeJobs(_ limit: Int = .max) {
        let count = min(limit, jobs.count)
        let done = jobs[..<count]
        jobs.removeFirst(count)
        for job in done { answer(perform(job)) }
        if count > 0 { engine.releaseHeld() }
    }

    private func answer(_ answer: LogAnswer) {
        switch answer {
        case .opened: engine.log.opened()
        case .wrote(let batch): engine.log.wrote(batch)
        case .synced(let sequence): engine.log.synced(through: sequence)
        case .failed(let failure):
            engine.log.failed()
            engine.degrade(failure.words)
            if let broken = snapshotting, !broken.isFinishing {
                snapshotting = nil
                engine.end(.snapshot, .failure(Refusal(.internal, "snapshot: the log broke")))
            }
        }
    }

    private func perform(_ job: LogJob) -> LogAnswer {
        if disk == .broken { hasFailed = true }
        switch job {
        case .open(let path, let header, let isDetached):
            if disk == .broken || (hasFailed && !isDetached) { return fault }
            hasFailed = false
            files[path] = header
            openFile = path
            return .opened
        case .write(let batch):
            guard !hasFailed, let openFile else { return fault }
            files[openFile, default: []] += batch.bytes
            return .wrote(batch)
        case .sync(let sequence): return hasFailed ? fault : .synced(sequence: sequence)
        }
    }

    private var fault: LogAnswer { .failed(LogFailure(words: "log: pwrite: Input/output error")) }

    /// What the daemon does about a broken log when it is time.
    func mend() {
        if !engine.log.isDegraded || snapshotting != nil { return }
        if engine.log.isRecording {
            try? beginSnapshot()
        } else {
            engine.log.wantSegment(salt: 9, bootID: Self.bootID, at: now, isDetached: true)
        }
    }
}

// MARK: - Snapshots

extension FakeLoop: EngineHost {
    func reload(by caller: Caller) -> Result<(applied: [String], restart: [String]), Refusal> {
        reloads
    }

    func beginSnapshot() throws(Refusal) {
        if snapshotting != nil || engine.putOffSnapshot() { return }
        if engine.log.isDegraded && !engine.log.isRecording {
            throw Refusal(.degraded, "the log is broken")
        }
        snapshotting = Snapshotting(sequence: engine.log.sequence)
        if !engine.log.isDegraded {
            engine.log.wantSegment(salt: 8, bootID: Self.bootID, at: now, isDetached: false)
        }
        engine.log.snapshotBegan()
        snapshotting?.partWritten()
    }

    func beginAudit(mends: Bool) throws(Refusal) {
        throw Refusal(.refused, "bans are not enforced here")
    }

    func vitals() -> Vitals {
        var vitals = Vitals(version: "test")
        vitals.sequence = engine.log.sequence
        vitals.durableSequence = engine.log.durable
        vitals.snapshotSequence = engine.log.snapshot
        if case .degraded(let reason, _) = engine.log.condition { vitals.degraded = reason }
        return vitals
    }

    private func advanceSnapshot() {
        while let job = snapshotting?.next(engine.state, engine.log, at: engine.now) {
            snapshotting?.partWritten()
            guard case .finish = job, let done = snapshotting else { continue }
            snapshotting = nil
            snapshotsFinished += 1
            let wasDegraded = engine.log.isDegraded
            engine.log.snapshotIsDurable(done.sequence)
            if wasDegraded && !engine.log.isDegraded { engine.noteRecovered() }
            engine.end(.snapshot, .success(.snapshot(lsn: done.sequence)))
        }
    }
}

/// A line, so many times.
func repeated(_ line: String, _ count: Int) -> String {
    String(repeating: line + "\n", count: count)
}

extension LogJob {
    /// For tests that look at the order of jobs.
    var words: String {
        switch self {
        case .open(let path, _, let isDetached): "open \(path)\(isDetached ? " detached" : "")"
        case .write(let batch): "write \(batch.sequence)\(batch.sync ? " sync" : "")"
        case .sync(let sequence): "sync \(sequence)"
        }
    }
}
