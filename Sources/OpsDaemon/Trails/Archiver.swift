// Rotated files that are old are compressed by a thread of their own, which exists while there are
// some: a file of 64 MiB takes seconds, and no line of a trail may wait for that.

import OpsConfig
import OpsCore
import OpsLinux
import OpsTrails

/// How old rotated files become: seconds; nil: they stay as they are, or for ever.
struct TrailAges: Hashable, Sendable {
    /// When they are compressed.
    var compress: Int64?
    /// When those of the other trails are removed.
    var delete: Int64?
    /// When those of events are.
    var deleteEvents: Int64?

    /// The age at which files of a trail are removed.
    func delete(_ trail: Trail) -> Int64? { trail == .events ? deleteEvents : delete }
}

extension Configuration {
    /// How old rotated files become.
    var trailAges: TrailAges {
        func seconds(_ milliseconds: Int64) -> Int64? {
            milliseconds == 0 ? nil : milliseconds / 1_000
        }
        return TrailAges(
            compress: seconds(trails.compressAfterMilliseconds),
            delete: seconds(trails.deleteAfterMilliseconds),
            deleteEvents: seconds(events.retentionMilliseconds))
    }
}

/// What the thread is asked: to compress what was last written before `before`, seconds since 1970.
struct ArchiveJob: Hashable, Sendable {
    var before: Int64
}

/// What became of it.
struct ArchiveAnswer: Sendable {
    /// How many files were compressed.
    var count = 0
    /// nil: nothing failed.
    var fault: String?
}

/// The thread as the loop sees it.
struct Archiver: ~Copyable {
    /// Files that are compressed for one job; there is one an hour.
    static let filesPerJob = 64
    private static let idleMilliseconds: Int32 = 500

    private let worker: Worker<ArchiveJob, ArchiveAnswer>
    private let answers: Mailbox<ArchiveAnswer>
    /// What is wrong now; nil: nothing.
    private(set) var fault: String?

    init(logPath: String) throws(Errno) {
        let answers = try Mailbox<ArchiveAnswer>(capacity: 4)
        worker = try Worker(
            name: "opsd-archive", queueLimitJobs: 1, idleMilliseconds: Self.idleMilliseconds,
            givesWay: true, answers: answers, makeState: {}
        ) { (_: inout Void, job: ArchiveJob) in Self.perform(job, logPath: logPath) }
        self.answers = answers
    }

    var descriptorNumber: Int32 { answers.descriptorNumber }

    /// Hands over a job; one that waits already does as well.
    func submit(_ job: ArchiveJob) { _ = worker.submit(job) }

    /// Reads the thread's answers.
    mutating func collect() { for answer in answers.drain() { fault = answer.fault } }

    /// Compresses the oldest files.
    static func perform(_ job: ArchiveJob, logPath: String) -> ArchiveAnswer {
        var answer = ArchiveAnswer()
        do throws(Errno) {
            let directory = try Directory(path: logPath)
            for name in try due(job, in: directory).prefix(filesPerJob) {
                do throws(GzipRefusal) {
                    try GzipFile.replace(name, in: directory)
                    answer.count += 1
                } catch {
                    if answer.fault == nil { answer.fault = "\(logPath)/\(name): \(error)" }
                }
            }
        } catch {
            answer.fault = "\(logPath): \(error)"
        }
        return answer
    }

    /// The plain rotated files that are old enough, oldest first.
    private static func due(
        _ job: ArchiveJob, in directory: borrowing Directory
    ) throws(Errno) -> [String] {
        var files: [(name: String, modified: Int64)] = []
        for name in try directory.names() {
            guard Trail.allCases.contains(where: { $0.isRotated(name) }),
                !RotatedTrail.isCompressed(name), !name.hasSuffix(AtomicFile.suffix),
                let status = try? directory.status(name), status.kind == .regular,
                status.modifiedSeconds < job.before
            else { continue }
            files.append((name, status.modifiedNanoseconds))
        }
        return files.sorted { $0.modified < $1.modified }.map(\.name)
    }
}
