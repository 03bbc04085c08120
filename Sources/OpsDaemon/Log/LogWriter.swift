// The thread that writes the log and does nothing else.  Jobs come one at a time and are answered
// in order.  After a failure the file is given up, and every job but a new segment fails.

import Glibc
import OpsLinux
import OpsStore

/// What the log thread is asked to do.
enum LogJob: Sendable {
    /// Start a segment: header made durable under the segment's name, then used.  `path` is
    /// relative to the state directory.  After a failure only a detached one is opened.
    case open(path: String, header: [UInt8], isDetached: Bool)
    case write(LogBatch)
    /// One fdatasync for everything written so far, up to `sequence` (`everysec`).
    case sync(sequence: UInt64)
    /// Look whether everything is still there.
    case look(LogNeeds)
}

/// The outcome of a job.
enum LogAnswer: Sendable {
    case opened
    case wrote(LogBatch)
    case synced(sequence: UInt64)
    case looked(LogSight)
    /// The log broke; nothing after its last good answer is on the disk for certain.
    case failed(LogFailure)
}

/// Why the log could not be written.
struct LogFailure: Error, Sendable {
    var message: String
    /// The disk is full or fails, which may pass; see `Errno.isOfTheDisk`.
    var isOfTheDisk = false
    /// Another process has locked the state: this one must not write it any more.
    var isUsurped = false

    init(message: String) { self.message = message }

    init(_ what: String, _ error: any Error) {
        message = "\(what): \(error)"
        let errno = (error as? AppendFault)?.errno ?? error as? Errno
        isOfTheDisk = errno?.isOfTheDisk ?? false
    }
}

/// The log's file, on its thread.
struct LogFile: ~Copyable {
    /// Zeros reserved ahead, so that an append changes no file size: bytes.
    static let reserveBytes: Int64 = 4 << 20

    private let statePath: String
    private var file: AppendFile?
    /// The first sequence number of the open segment.
    private var first: UInt64 = 0
    private var hasFailed = false
    /// Segments behind the open one that may still be needed, by their first numbers; nil: not
    /// listed yet.
    private var earlier: [EarlierSegment]?
    private var lock: LockWatch?

    /// - Parameter lock: the lock that is to be kept; nil: somebody else sees to that.
    init(statePath: String, lock: HeldLock? = nil) {
        self.statePath = statePath
        file = nil
        self.lock = lock.map { LockWatch(statePath: statePath, $0) }
    }

    /// Does one job.
    mutating func perform(_ job: LogJob) -> LogAnswer {
        do throws(LogFailure) {
            switch job {
            case .open(let path, let header, let isDetached):
                if hasFailed && !isDetached {
                    throw LogFailure(message: "log: an earlier write failed")
                }
                try open(path, header, isDetached)
                hasFailed = false
                return .opened
            case .write(let batch):
                try write(batch)
                return .wrote(batch)
            case .sync(let sequence):
                try sync()
                return .synced(sequence: sequence)
            case .look(let needs): return .looked(look(needs))
            }
        } catch {
            file = nil
            hasFailed = true
            return .failed(error)
        }
    }

    private mutating func open(
        _ path: String, _ header: [UInt8], _ isDetached: Bool
    ) throws(LogFailure) {
        // Gives reserved room back; if that fails, zeros are left, which read as the clean end.
        if file != nil { try? file?.trim() }
        leave()
        if isDetached { try remakeDirectories() }
        do {
            let directory = try Directory(path: statePath).subdirectory(StateFiles.logDirectory)
            let name = String(path.dropFirst(StateFiles.logDirectory.count + 1))
            let temporary = StateFiles.temporary(name)
            do throws(Errno) { try directory.remove(temporary) } catch { /* none was left */  }
            var new = try AppendFile(creating: temporary, in: directory)
            try new.append(header.span.bytes)
            try new.sync()
            try directory.rename(temporary, to: name)
            try directory.sync()
            file = consume new
            first = StateFiles.firstSequence(ofSegment: name) ?? 0
            if isDetached { earlier = [] }
            if earlier == nil { earlier = Self.segments(in: directory) }
            earlier?.removeAll { $0.first >= first }
        } catch {
            throw LogFailure("log segment \(path)", error)
        }
    }

    /// The open segment becomes an earlier one.
    private mutating func leave() {
        if let status = try? file?.status() {
            earlier?.append(
                EarlierSegment(first: first, status: status, bytes: file?.goodBytes ?? 0))
        }
        file = nil
    }

    private static func segments(in log: borrowing Directory) -> [EarlierSegment] {
        let names = (try? log.names()) ?? []
        return names.compactMap { name in
            guard let first = StateFiles.firstSequence(ofSegment: name),
                let status = try? log.status(name)
            else { return nil }
            return EarlierSegment(first: first, status: status, bytes: status.sizeBytes)
        }.sorted { $0.first < $1.first }
    }

    /// After a fault the directories may be gone.  They are made again as at a start, and nothing
    /// is written without the lock.
    private mutating func remakeDirectories() throws(LogFailure) {
        let top: Directory
        do throws(Errno) {
            top = try Directory.ensure(path: statePath, mode: StateDirectory.mode)
        } catch {
            throw LogFailure(statePath, error)
        }
        _ = try lock?.hold()
        do throws(Errno) {
            _ = try top.ensure(StateFiles.logDirectory, mode: StateDirectory.mode)
            try top.sync()
            try Directory.syncName(ofDirectory: statePath)
        } catch {
            throw LogFailure("\(statePath)/\(StateFiles.logDirectory)", error)
        }
    }

    private mutating func write(_ batch: LogBatch) throws(LogFailure) {
        do throws(AppendFault) {
            guard file != nil else { throw AppendFault.refused(Errno(EBADF, "pwrite")) }
            let size = Int64(batch.bytes.count)
            if (file?.reservedBytes ?? 0) < size { try reserve(max(Self.reserveBytes, size)) }
            try file?.append(batch.bytes.span.bytes)
            if batch.sync { try file?.sync() }
        } catch {
            throw LogFailure("log", error)
        }
    }

    /// Reserves room ahead.  A disk that lacks it may still have enough for the batch.
    private mutating func reserve(_ bytes: Int64) throws(AppendFault) {
        do throws(AppendFault) {
            try file?.reserve(bytes)
        } catch {
            if case .poisoned = error { throw error }
        }
    }

    /// Looks whether everything is still there that `needs` says; if not, the file is given up as
    /// after a failed write.
    private mutating func look(_ needs: LogNeeds) -> LogSight {
        var sight = LogSight()
        do throws(LogFailure) {
            sight.lockTaken = try lock?.hold()
        } catch {
            if error.isUsurped { sight.fault = error } else { sight.lockFault = error.message }
        }
        do throws(LogFailure) {
            if sight.fault == nil && file != nil { try lookAtFiles(needs) }
        } catch {
            sight.fault = error
        }
        if sight.fault != nil {
            file = nil
            hasFailed = true
        }
        return sight
    }

    private mutating func lookAtFiles(_ needs: LogNeeds) throws(LogFailure) {
        let sight = StateSight(statePath: statePath)
        try sight.directories()
        let path = StateFiles.segment(first)
        let status: FileStatus?
        do throws(Errno) { status = try file?.status() } catch { throw LogFailure(path, error) }
        guard let status else { return }
        try sight.file(path, is: status, bytes: file?.goodBytes ?? 0)
        guard needs.isWhole else { return }
        let firsts = (earlier ?? []).map(\.first) + [first]
        earlier?.removeFirst(StateFiles.start(of: firsts, after: needs.snapshot) { $0 })
        for segment in earlier ?? [] {
            try sight.file(
                StateFiles.segment(segment.first), is: segment.status, bytes: segment.bytes)
        }
        if needs.snapshot > 0 { try sight.file(StateFiles.snapshot) }
    }

    private mutating func sync() throws(LogFailure) {
        do throws(AppendFault) {
            try file?.sync()
        } catch {
            throw LogFailure("log", error)
        }
    }
}

/// The log thread with its queue: at most one job is being done and a few wait.
typealias LogThread = Worker<LogJob, LogAnswer>

extension Worker where Job == LogJob, Answer == LogAnswer {
    /// The thread for the segments below `statePath`, which keeps the lock there.
    convenience init(
        statePath: String, lock: HeldLock? = nil, answers: Mailbox<LogAnswer>
    ) throws(Errno) {
        try self.init(
            name: "opsd-log", queueLimitJobs: 16, answers: answers,
            makeState: { LogFile(statePath: statePath, lock: lock) }
        ) { (file: inout LogFile, job: LogJob) in file.perform(job) }
    }
}
