// The thread that writes a snapshot, and exists only while one is taken.  The loop hands it one
// part of the tables at a time, a few ahead; it encodes and writes them.  At the end it makes the
// file durable under its name and removes log segments that no snapshot needs any more.

import Glibc
import OpsCore
import OpsLinux
import OpsStore

/// What the snapshot thread is asked.
enum SnapshotJob: Sendable {
    case begin(SnapshotHeader, SnapshotExtras, events: [Event], domains: [any DomainImage])
    case part(SnapshotPart)
    /// The log is durable through this number: end the file and give it its name.  `previous`: the
    /// number that the snapshot it replaces reaches to.
    case finish(through: UInt64, previous: UInt64)
    /// All of a snapshot for an older release.
    indirect case older(OlderSnapshotJob)
}

/// A snapshot for an older release: a whole state by reference, as of one number of the log, so
/// that it needs no log.
struct OlderSnapshotJob: Sendable {
    var release: OlderRelease
    var header: SnapshotHeader
    var extras: SnapshotExtras
    var events: [Event]
    var domains: [any DomainImage]
    var parts: [SnapshotPart]

    init(
        for release: OlderRelease, _ state: State, sequence: UInt64, bootID: OpsCore.BootID,
        _ extras: SnapshotExtras, at now: Moment
    ) {
        self.release = release
        self.extras = extras
        header = SnapshotHeader(state, sequence: sequence, bootID: bootID, at: now)
        header.minReader = min(header.minReader, release.snapshotReader)
        events = state.events.all
        domains = state.domainImages(.beginning, at: now)
        parts = (0..<State.snapshotParts).map { state.snapshotPart($0, at: now) }
    }
}

extension SnapshotHeader {
    /// That of a state which holds all that the log has through `sequence`.
    fileprivate init(
        _ state: State, sequence: UInt64, bootID: OpsCore.BootID, at now: Moment
    ) {
        self.init(
            sequence: sequence, bootID: bootID, taken: now, clockOffset: state.clockOffset,
            lastEventID: state.events.lastID, serviceOffset: state.snapshotServiceOffset,
            minReader: state.minReader)
    }
}

extension SnapshotJob {
    /// The first job for a snapshot of a state that holds all that the log has through `sequence`.
    static func begin(
        _ state: State, sequence: UInt64, bootID: OpsCore.BootID, _ extras: SnapshotExtras,
        audit: AuditHead? = nil, at now: Moment
    ) -> SnapshotJob {
        var header = SnapshotHeader(state, sequence: sequence, bootID: bootID, at: now)
        header.audit = audit
        return .begin(
            header, extras, events: state.events.all,
            domains: state.domainImages(.beginning, at: now))
    }
}

/// The outcome of a job.
enum SnapshotAnswer: Sendable {
    case written
    /// Bytes of the finished snapshot.
    case finished(bytes: Int64)
    /// The one for an older release is durable.
    case older(OlderSnapshot)
    case failed(String)
}

/// An answer, and the snapshot that it is for: an abandoned thread may still send some.
struct SnapshotReport: Sendable {
    var ticket: UInt64
    var answer: SnapshotAnswer
}

/// The file under way, on its thread.
struct SnapshotFile: ~Copyable {
    static let chunkBytes = 256 << 10

    private let statePath: String
    private var file: AtomicFile?
    private var writer: SnapshotWriter?
    private var buffer: [UInt8] = []
    private var bytes: Int64 = 0
    /// What it is written for, unless for this release.
    private var narrowing: Narrowing?

    init(statePath: String) {
        self.statePath = statePath
        file = nil
        writer = nil
        narrowing = nil
    }

    mutating func perform(_ job: SnapshotJob) -> SnapshotAnswer {
        do throws(Errno) {
            switch job {
            case .begin(let header, let extras, let events, let domains):
                let directory = try Directory(path: statePath)
                try begin(header, extras, events, domains, in: directory)
            case .part(let copy):
                try part(copy)
            case .finish(let through, let previous):
                try finish(through, previous)
                return .finished(bytes: bytes)
            case .older(let job): return .older(try older(job))
            }
            return .written
        } catch {
            file = nil
            writer = nil
            return .failed("\(statePath)/\(StateFiles.snapshot): \(error)")
        }
    }

    private mutating func begin(
        _ header: SnapshotHeader, _ extras: SnapshotExtras, _ events: [Event],
        _ domains: [any DomainImage], in directory: borrowing Directory
    ) throws(Errno) {
        file = try AtomicFile(replacing: StateFiles.snapshot, in: directory)
        buffer = []
        bytes = 0
        writer = SnapshotWriter(header, extras: extras, into: &buffer)
        for event in events {
            if let event = narrow(event) { writer?.append(event, into: &buffer) }
        }
        try append(domains)
        try flush()
    }

    private mutating func append(_ domains: [any DomainImage]) throws(Errno) {
        for image in domains {
            try image.forEachEntry { (entry) throws(Errno) in
                guard let entry = narrow(entry) else { return }
                for step in 0..<entry.steps {
                    writer?.append(entry, step: step, into: &buffer)
                    if buffer.count >= Self.chunkBytes { try flush() }
                }
            }
        }
    }

    private mutating func part(_ copy: SnapshotPart) throws(Errno) {
        try copy.bans { (ban) throws(Errno) in
            writer?.append(narrowing?.ban(ban) ?? ban, into: &buffer)
            if buffer.count >= Self.chunkBytes { try flush() }
        }
        try copy.claims { (claim) throws(Errno) in
            if narrowing != nil {
                narrowing?.leaveClaim()
                return
            }
            writer?.append(claim: claim, into: &buffer)
            if buffer.count >= Self.chunkBytes { try flush() }
        }
        try copy.offenses { (offense) throws(Errno) in
            writer?.append(offense, into: &buffer)
            if buffer.count >= Self.chunkBytes { try flush() }
        }
        try copy.strikes { (strikes) throws(Errno) in
            writer?.append(narrowing?.strikes(strikes) ?? strikes, into: &buffer)
            if buffer.count >= Self.chunkBytes { try flush() }
        }
        try append(copy.domains)
    }

    private mutating func narrow(_ event: Event) -> Event? {
        narrowing == nil ? event : narrowing?.event(event)
    }

    private mutating func narrow(_ entry: DomainEntry) -> DomainEntry? {
        narrowing == nil ? entry : narrowing?.entry(entry)
    }

    /// All of a snapshot for an older release, in its directory.
    private mutating func older(_ job: OlderSnapshotJob) throws(Errno) -> OlderSnapshot {
        let top = try Directory(path: statePath)
        let directory = try top.ensure(job.release.directory, mode: StateDirectory.mode)
        try top.sync()
        narrowing = Narrowing(for: job.release)
        try begin(job.header, job.extras, job.events, job.domains, in: directory)
        for copy in job.parts { try part(copy) }
        writer?.finish(through: job.header.sequence, into: &buffer)
        try flush()
        guard let done = file.take() else { throw Errno(EBADF, "rename") }
        try done.commit()
        writer = nil
        return OlderSnapshot(
            job.release, sequence: job.header.sequence,
            directory: "\(statePath)/\(job.release.directory)", leftOut: narrowing?.leftOut ?? [:])
    }

    private mutating func finish(_ through: UInt64, _ previous: UInt64) throws(Errno) {
        writer?.finish(through: through, into: &buffer)
        try flush()
        guard let done = file.take() else { throw Errno(EBADF, "rename") }
        try done.commit(keeping: StateFiles.previousSnapshot)
        writer = nil
        try dispose(previous: previous)
    }

    private mutating func flush() throws(Errno) {
        if file == nil { throw Errno(EBADF, "write") }
        var chunk: [UInt8] = []
        swap(&chunk, &buffer)
        try file?.write(chunk.span.bytes)
        bytes += Int64(chunk.count)
        chunk.removeAll(keepingCapacity: true)
        swap(&chunk, &buffer)
    }

    /// Removes the segments that neither snapshot needs, oldest first.
    private func dispose(previous: UInt64) throws(Errno) {
        let log = try Directory(path: statePath).subdirectory(StateFiles.logDirectory)
        let entries = try log.names().map { FileEntry(name: $0, bytes: 0) }
        let files = StateFiles(state: [], log: entries)
        for path in files.disposable(previous: previous) {
            try log.remove(String(path.dropFirst(StateFiles.logDirectory.count + 1)))
        }
    }
}

typealias SnapshotThread = Worker<SnapshotJob, SnapshotReport>

extension Worker where Job == SnapshotJob, Answer == SnapshotReport {
    /// The thread for one snapshot in `statePath`.
    convenience init(
        statePath: String, ticket: UInt64, answers: Mailbox<SnapshotReport>
    ) throws(Errno) {
        try self.init(
            name: "opsd-snapshot", queueLimitJobs: 8, answers: answers,
            makeState: { SnapshotFile(statePath: statePath) }
        ) { (file: inout SnapshotFile, job: SnapshotJob) in
            SnapshotReport(ticket: ticket, answer: file.perform(job))
        }
    }
}
