// Lines to files: each is appended in one write and forced to the disk before it counts as
// delivered.  A disk may hang, so this has a thread of its own; it is there only while there are
// lines.

import OpsCore
import OpsLinux

/// The files of all channels of that kind.
final class FileChannel {
    private struct Job: Sendable {
        var number: UInt64
        var path: String
        var bytes: [UInt8]
    }

    /// How one went.
    struct Answer: Sendable {
        var number: UInt64
        /// nil: it is on the disk.
        var error: String?
        /// A part of it may be in the file.
        var mayBeThere: Bool
    }

    /// Lines that may wait.
    private static let limit = 256

    private let answers: Mailbox<Answer>
    private let worker: Worker<Job, Answer>

    /// Readable while there are answers.
    var descriptorNumber: Int32 { answers.descriptorNumber }

    init() throws(Errno) {
        answers = try Mailbox(capacity: Self.limit * 2)
        worker = try Worker(
            name: "opspager-file", queueLimitJobs: Self.limit, idleMilliseconds: 10_000,
            answers: answers, makeState: { 0 },
            work: { _, job in Self.append(job) })
    }

    /// Hands a line over; false: too many wait already.
    func append(_ bytes: [UInt8], to path: String, number: UInt64) -> Bool {
        worker.submit(Job(number: number, path: path, bytes: bytes)) == .accepted
    }

    /// What has been done.
    func takeAnswers() -> [Answer] { answers.drain() }

    private static func append(_ job: Job) -> Answer {
        var hasBegun = false
        do throws(Errno) {
            let parts = job.path.split(separator: "/")
            let name = parts.last.map(String.init) ?? ""
            let directory = "/" + parts.dropLast().joined(separator: "/")
            let file = try Directory(path: directory).open(
                name, [.append, .create, .nonBlocking], mode: 0o640)
            hasBegun = true
            try file.writeAll(job.bytes.span.bytes)
            try file.sync()
            return Answer(number: job.number, error: nil, mayBeThere: true)
        } catch {
            return Answer(
                number: job.number, error: "\(job.path): \(error)", mayBeThere: hasBegun)
        }
    }
}
