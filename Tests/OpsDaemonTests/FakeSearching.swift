// The fake loop's part for files of events: searches wait for the test, or are done before the next
// turn.

import OpsCore

@testable import OpsDaemon

/// Searches that the loop has handed over.
final class FakeSearching {
    /// Where files of events are read; nil: nowhere.
    var path: String?
    /// The first event that is not in its file.
    var firstUnwritten: UInt64?
    /// Searches that are not done.
    fileprivate(set) var jobs: [EventReadJob] = []
    /// They are done before the next turn.
    var isPrompt = true
    /// The thread takes searches.
    var takes = true
    /// A search that hangs can be given up.
    var canGiveUp = true
    /// How often a search was given up.
    fileprivate(set) var givenUp = 0
}

extension FakeLoop {
    var enforcementFault: String? { nil }

    var firstUnwrittenEvent: UInt64? { searching.firstUnwritten }
    var readsEventFiles: Bool { searching.path != nil }

    func submit(_ job: EventReadJob) -> Bool {
        if searching.takes { searching.jobs.append(job) }
        return searching.takes
    }

    func giveUpReading() -> Bool {
        if searching.canGiveUp { searching.givenUp += 1 }
        return searching.canGiveUp
    }

    /// Does the searches, and hands over the answers.
    func completeSearches() {
        let done = searching.jobs
        searching.jobs = []
        for job in done {
            let page = EventFileSearch.page(job.search, path: searching.path ?? "/") {
                job.cancellation.isCancelled
            }
            engine.finishRead(job.ticket, page)
        }
    }
}
