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
}

/// The outcome of a job.
enum LogAnswer: Sendable {
    case opened
    case wrote(LogBatch)
    case synced(sequence: UInt64)
    /// The log broke; nothing after its last good answer is on the disk for certain.
    case failed(LogFailure)
}

/// Why the log could not be written.
struct LogFailure: Error, Sendable {
    var message: String
    /// The disk is full or fails, which may pass; see `Errno.isOfTheDisk`.
    var isOfTheDisk = false

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
    private var hasFailed = false

    init(statePath: String) {
        self.statePath = statePath
        file = nil
    }

    /// Does one job.
    mutating func perform(_ job: LogJob) -> LogAnswer {
        do throws(LogFailure) {
            switch job {
            case .open(let path, let header, let isDetached):
                if hasFailed && !isDetached {
                    throw LogFailure(message: "log: an earlier write failed")
                }
                try open(path, header)
                hasFailed = false
                return .opened
            case .write(let batch):
                try write(batch)
                return .wrote(batch)
            case .sync(let sequence):
                try sync()
                return .synced(sequence: sequence)
            }
        } catch {
            file = nil
            hasFailed = true
            return .failed(error)
        }
    }

    private mutating func open(_ path: String, _ header: [UInt8]) throws(LogFailure) {
        // Gives reserved room back; if that fails, zeros are left, which read as the clean end.
        if file != nil { try? file?.trim() }
        file = nil
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
        } catch {
            throw LogFailure("log segment \(path)", error)
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
    /// The thread for the segments below `statePath`.
    convenience init(
        statePath: String, answers: Mailbox<LogAnswer>
    ) throws(Errno) {
        try self.init(
            name: "opsd-log", queueLimitJobs: 16, answers: answers,
            makeState: { LogFile(statePath: statePath) }
        ) { (file: inout LogFile, job: LogJob) in file.perform(job) }
    }
}
