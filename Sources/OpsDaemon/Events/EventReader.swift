// The thread that reads files of events: on demand, one search at a time, and it ends when nobody
// has asked for half a second.  The loop keeps the searches that wait (`ReadDesk`).

import OpsCore
import OpsLinux
import Synchronization

/// Whether a search is still wanted: the loop says so, the thread asks.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    func cancel() { flag.store(true, ordering: .relaxed) }
}

/// A search on its way to the thread.
struct EventReadJob: Sendable {
    var ticket: UInt64
    var search: EventSearch
    var cancellation: Cancellation
}

/// What it found.
struct EventReadAnswer: Sendable {
    var ticket: UInt64
    var page: EventPage
}

/// The thread as the loop sees it.
struct EventReader: ~Copyable {
    /// How long the thread waits for more before it ends.
    private static let idleMilliseconds: Int32 = 500
    /// A search that takes longer than this hangs on its disk: another thread does the next.
    static let patience: Int64 = 10_000_000_000

    private let worker: Worker<EventReadJob, EventReadAnswer>
    private let answers: Mailbox<EventReadAnswer>

    init(logPath: String) throws(Errno) {
        let answers = try Mailbox<EventReadAnswer>(capacity: 4)
        worker = try Worker(
            name: "opsd-reader", queueLimitJobs: 1, idleMilliseconds: Self.idleMilliseconds,
            abandonedLimit: 1, givesWay: true, answers: answers, makeState: {}
        ) { (_: inout Void, job: EventReadJob) in
            EventReadAnswer(
                ticket: job.ticket,
                page: EventFileSearch.page(job.search, path: logPath) {
                    job.cancellation.isCancelled
                })
        }
        self.answers = answers
    }

    var descriptorNumber: Int32 { answers.descriptorNumber }

    /// Hands over a search; false: the thread does not take it.
    func submit(_ job: EventReadJob) -> Bool { worker.submit(job) == .accepted }

    /// The answers since the last time.
    func collect() -> [EventReadAnswer] { answers.drain() }

    /// Gives up a search that hangs.
    func giveUp() -> Bool { worker.abandon() }
}
