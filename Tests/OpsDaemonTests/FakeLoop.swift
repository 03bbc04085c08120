// The event loop without descriptors: a clock that the test advances, a disk that does a log job
// when it is told to, connections whose socket takes as many bytes as the test allows, and errands
// that are noted instead of done.  The turn itself is `EventLoop`'s, the daemon's own.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import OpsStore
import Testing

@testable import OpsDaemon

/// What the fake disk does with jobs.
enum FakeDisk {
    /// Each job is done before the next turn.
    case prompt
    /// Jobs wait for `completeJobs`.
    case waiting
    /// Jobs fail before the next turn.
    case broken
}

/// The loop.
final class FakeLoop: EventLoop {
    static let second: Int64 = 1_000_000_000
    /// 2026-01-01T00:00:00Z in nanoseconds.
    static let newYear: Int64 = 1_767_225_600 * second
    static let bootID = BootID(high: 1, low: 2)

    let engine: Engine
    let loop: LoopState
    /// What it began with.
    let origin: State
    var now: Moment
    var disk = FakeDisk.prompt
    /// Jobs the disk has not done.
    private(set) var jobs: [LogJob] = []
    /// All jobs ever handed over, as text.
    private(set) var journal: [String] = []
    /// The log's files as the disk has them.
    private(set) var files: [String: [UInt8]] = [:]
    /// What the log's thread was asked to look for, and not yet answered.
    private(set) var looks: [LogNeeds] = []
    /// What it sees.
    var sight = LogSight()
    /// Snapshots fail for this reason.
    var snapshotFault: String?
    /// The log's thread takes jobs.
    var takesLogJobs = true
    private var openFile: String?
    private var hasFailed = false
    private var salt: UInt64 = 7
    private(set) var clients: [FakeClient] = []
    /// Events that were announced.
    private(set) var announced: [Event] = []
    /// When the next turn is due: nanoseconds of boot time.
    private(set) var armed = Int64.max
    /// The wall clock was set since the last turn.
    private var wallWasSet = false
    private var snapshotReports: [SnapshotReport] = []
    private(set) var snapshotsFinished = 0
    /// Snapshots for older releases that were asked for.
    private(set) var olderJobs: [OlderSnapshotJob] = []
    /// What the loop asked for; tests remove what they look for.
    var errands: [Errand] = []
    /// What the next sample of the host is.
    var nextSample: Sample?
    var reloads: Result<(applied: [String], restart: [String]), Refusal> =
        .success(([], []))

    /// - Parameters:
    ///   - marksAtOnce: as the log's; the daemon's follow within a second.
    ///   - recovered: what an earlier loop left, up to the record `sequence`.
    init(
        _ configuration: Configuration = Configuration(), boot: Int64 = 1_000 * second,
        marksAtOnce: Bool = true, state recovered: State? = nil, sequence: UInt64 = 0
    ) {
        now = Moment(boot: boot, wall: Self.newYear)
        var state =
            recovered
            ?? State(
                rules: configuration.guard, hashKey: (1, 2),
                eventCapacity: configuration.events.tail)
        state.restore(
            lastEventID: state.events.lastID,
            clockOffset: now.wallMilliseconds - now.bootMilliseconds,
            bootID: Self.bootID)
        origin = state
        let log = LogBook(
            policy: configuration.store.fsync, sequence: sequence, snapshot: 0, salt: 7,
            bootID: Self.bootID, now: now, marksAtOnce: marksAtOnce)
        engine = Engine(state: state, log: log, configuration: configuration, now: now)
        loop = LoopState(
            configuration, watchdogNanoseconds: 20 * Self.second, bootID: Self.bootID,
            extras: SnapshotExtras(), snapshotBytes: 0, at: boot)
        engine.host = self
        _ = perform(engine.log.first)
        try? planDailyCheck()
    }

    /// A loop whose log is open.
    static func settled(_ configuration: Configuration = Configuration()) -> FakeLoop {
        let loop = FakeLoop(configuration)
        loop.settle()
        return loop
    }

    var snapshotting: Snapshotting? { loop.snapshotting }

    /// Another turn is due at once.
    var wantsTurn: Bool { armed <= now.boot }

    // MARK: Time

    /// Time passes; no turn is run.
    func advance(_ seconds: Double) {
        let step = Int64(seconds * 1e9)
        now.boot += step
        now.wall += step
    }

    /// The wall clock is set.
    func setWall(by seconds: Int64) {
        now.wall += seconds * Self.second
        wallWasSet = true
    }

    // MARK: Clients

    /// A connection; one that is refused is closed and has the refusal.
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

    /// Bytes arrive in pieces that one read takes; no turn is run.
    func deliver(_ client: FakeClient, _ bytes: [UInt8]) {
        engine.begin(at: now)
        var from = 0
        while from < bytes.count {
            let end = min(bytes.count, from + 65_536)
            engine.receive(client.slot, bytes.span.extracting(from..<end))
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

    /// The turn of any event loop.
    func turn() {
        func turn(_ loop: some EventLoop) throws(Errno) { try loop.turn() }
        do { try turn(self) } catch { Issue.record("\(error)") }
    }

    func takeInput() throws(Errno) {
        engine.begin(at: now)
        if disk != .waiting { completeJobs() }
        if searching.isPrompt { completeSearches() }
        if disk != .waiting && !looks.isEmpty {
            looks = []
            collect([.looked(sight)])
        }
        let reports = snapshotReports
        snapshotReports = []
        collect(reports)
        if wallWasSet {
            wallWasSet = false
            engine.watchClock()
            try planDailyCheck()
        }
        for client in clients where client.isGone && !client.isClosed {
            if engine.session(client.slot)?.wantsReading ?? false { close(client) }
        }
    }

    func wake(at boot: Int64) throws(Errno) { armed = boot }

    func wake(atWall wall: Int64?) throws(Errno) {}

    var wallClock: Int64 { now.wall }

    func sample() -> Sample? { nextSample }

    func perform(_ errand: Errand) { errands.append(errand) }

    func tell(_ events: [[Event]]) -> Bool {
        announced += events.joined()
        return false
    }

    var isQuiet: Bool { true }
    let searching = FakeSearching()
    var kernelDue: Int64 { .max }

    /// Runs turns until nothing is left to do by itself.
    func settle() {
        for _ in 0..<10_000 {
            turn()
            let waits = disk != .waiting && !jobs.isEmpty
            let writes = snapshotting != nil || loop.older.isWriting
            let reads = searching.isPrompt && !searching.jobs.isEmpty
            if !wantsTurn && !waits && !reads && !(writes && disk == .prompt) { return }
        }
        Issue.record("it never settles")
    }

    private func client(_ slot: Int) -> FakeClient? {
        slot < clients.count && !clients[slot].isClosed ? clients[slot] : nil
    }

    func send(_ slot: Int, _ bytes: RawSpan) -> Delivery {
        guard let client = client(slot) else { return .gone }
        let went = client.accept(bytes)
        return went == 0 ? .blocked : .sent(went)
    }

    func watch(_ slot: Int, _ interest: Interest) -> Bool {
        client(slot)?.interest = interest
        return client(slot) != nil
    }

    func close(_ slot: Int) {
        if let client = client(slot) { close(client) }
    }

    func close(_ client: FakeClient) {
        client.isClosed = true
        engine.close(client.slot)
    }

    /// The peer closes both directions; the loop hears of it where the poller would report it.
    func hangUp(_ client: FakeClient) {
        client.isGone = true
        guard client.interest != .none else { return }
        engine.begin(at: now)
        if !engine.stopWaiting(client.slot) { close(client) }
        turn()
    }

    /// The socket takes this many more bytes.
    func open(_ client: FakeClient, room: Int) {
        client.room = room
        engine.touch(client.slot)
    }

    // MARK: Kernel

    /// Batches that the kernel has not answered.
    private(set) var batches: [(ticket: UInt64, changes: [KernelChange])] = []

    func submitKernel() {
        engine.releaseOverdue()
        guard case .change(let ticket, let changes)? = engine.kernel?.nextJob(at: now) else {
            return
        }
        batches.append((ticket, changes))
    }

    /// The kernel answers what it has been given, and the next turn is run.
    func completeKernel(_ error: Errno? = nil) {
        let done = batches
        batches = []
        engine.begin(at: now)
        for batch in done { engine.kernelChanged(batch.ticket, error) }
        turn()
    }

    // MARK: Log

    func submit(_ job: LogJob) -> Bool {
        if !takesLogJobs { return false }
        if case .look(let needs) = job {
            looks.append(needs)
            return true
        }
        jobs.append(job)
        journal.append(job.words)
        return true
    }

    func newSalt() -> UInt64? {
        salt += 1
        return salt
    }

    /// The disk does its jobs, at most `limit`, and the engine gets the answers.
    func completeJobs(_ limit: Int = .max) {
        let count = min(limit, jobs.count)
        let done = jobs[..<count]
        jobs.removeFirst(count)
        if count > 0 { collect(done.map(perform)) }
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
        case .look: return .looked(sight)
        }
    }

    private var fault: LogAnswer { .failed(LogFailure(message: "log: pwrite: Input/output error")) }
}

// MARK: - Snapshots

extension FakeLoop {
    func openSnapshot(_ job: SnapshotJob, ticket: UInt64) -> Bool { submit(job) }

    func submit(_ job: SnapshotJob) -> Bool {
        var answer = SnapshotAnswer.written
        if case .finish = job {
            answer = .finished(bytes: 1_000)
            snapshotsFinished += 1
        }
        if let snapshotFault { answer = .failed(snapshotFault) }
        snapshotReports.append(SnapshotReport(ticket: loop.snapshotTicket, answer: answer))
        return true
    }

    func closeSnapshot() {}

    func openOlderSnapshot(_ job: SnapshotJob, ticket: UInt64) -> Bool {
        guard case .older(let older) = job else { return false }
        olderJobs.append(older)
        let written = OlderSnapshot(
            older.release, sequence: older.header.sequence, directory: "/state/for-0.1",
            leftOut: [:])
        snapshotReports.append(
            SnapshotReport(
                ticket: ticket, answer: snapshotFault.map { .failed($0) } ?? .older(written)))
        return true
    }

    func closeOlderSnapshot() {}

    func reload(by caller: Caller) -> Result<(applied: [String], restart: [String]), Refusal> {
        reloads
    }

    func beginAudit(repairs: Bool) throws(Refusal) {
        throw Refusal(.refused, "bans are not enforced here")
    }

    func vitals() -> Vitals {
        var vitals = Vitals(version: "test")
        fillStore(&vitals)
        return vitals
    }
}
