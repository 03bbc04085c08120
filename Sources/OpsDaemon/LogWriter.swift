// The thread that writes the log and does nothing else.  Jobs come one at a time and are answered in
// order; after a failure the file is given up, and every job but a new segment answers that.

import OpsLinux
import OpsStore

/// What the log thread is asked to do.
enum LogJob: Sendable {
    /// Start a segment: header made durable under the segment's name, then used.
    case open(name: String, header: [UInt8])
    case write(LogBatch)
    /// One fdatasync for everything written so far, up to `sequence` (`everysec`).
    case sync(sequence: UInt64)
}

/// What became of it.
enum LogAnswer: Sendable {
    case opened(name: String)
    case wrote(LogBatch)
    case synced(sequence: UInt64)
    /// The log broke; nothing after its last good answer is on the disk for certain.
    case failed(LogFailure)
}

/// Why the log could not be written.
struct LogFailure: Error, Sendable {
    var words: String
    /// Whether the job was to open a segment.
    var isOpening = false
}

/// The log's file, on its thread.
struct LogFile: ~Copyable {
    /// Zeros reserved ahead, so that an append changes no file size: bytes.
    static let reserveBytes: Int64 = 4 << 20

    private let path: String
    private var file: AppendFile?
    private var unsynced = false

    /// `path`: the directory of the segments.
    init(path: String) {
        self.path = path
        file = nil
    }

    /// Does one job.
    mutating func perform(_ job: LogJob) -> LogAnswer {
        do throws(LogFailure) {
            switch job {
            case .open(let name, let header):
                try open(name, header)
                return .opened(name: name)
            case .write(let batch):
                try write(batch)
                return .wrote(batch)
            case .sync(let sequence):
                try sync()
                return .synced(sequence: sequence)
            }
        } catch {
            return .failed(error)
        }
    }

    private mutating func open(_ name: String, _ header: [UInt8]) throws(LogFailure) {
        // What was reserved is given back; a failure leaves zeros, which read as the clean end.
        if file != nil { try? file?.trim() }
        file = nil
        do {
            let directory = try Directory(path: path)
            let temporary = name + ".tmp"
            do throws(Errno) { try directory.remove(temporary) } catch { /* none was left */  }
            var new = try AppendFile(creating: temporary, in: directory)
            try new.append(header.span.bytes)
            try new.sync()
            try directory.rename(temporary, to: name)
            try directory.sync()
            file = consume new
            unsynced = false
        } catch {
            throw LogFailure(words: "log segment \(name): \(error)", isOpening: true)
        }
    }

    private mutating func write(_ batch: LogBatch) throws(LogFailure) {
        do throws(AppendFault) {
            guard file != nil else { throw AppendFault.refused(Errno(9, "pwrite")) }
            let size = Int64(batch.bytes.count)
            if (file?.reservedBytes ?? 0) < size {
                try file?.reserve(max(Self.reserveBytes, size))
            }
            try file?.append(batch.bytes.span.bytes)
            unsynced = true
            if batch.sync { try file?.sync() }
            unsynced = !batch.sync
        } catch {
            file = nil
            throw LogFailure(words: "log: \(error)")
        }
    }

    private mutating func sync() throws(LogFailure) {
        if !unsynced { return }
        do throws(AppendFault) {
            try file?.sync()
            unsynced = false
        } catch {
            file = nil
            throw LogFailure(words: "log: \(error)")
        }
    }
}

/// The log thread with its queue: at most one job is under way and a few wait.
typealias LogThread = Worker<LogJob, LogAnswer>

extension Worker where Job == LogJob, Answer == LogAnswer {
    /// The thread for the segments in `path`.
    convenience init(
        logDirectory path: String, answers: Mailbox<LogAnswer>
    ) throws(Errno) {
        try self.init(
            name: "opsd-log", queueLimitJobs: 16, answers: answers,
            makeState: { LogFile(path: path) }
        ) { (file: inout LogFile, job: LogJob) in file.perform(job) }
    }
}
