// Requests for events that are not in memory any more.  They wait for the thread that reads files,
// one at a time, and for the files to have what the tail lacks: an event is in the tail at once,
// and in its file a moment later.

import OpsCore
import OpsProtocol

/// Searches in files of events that wait, and the one under way.
struct ReadDesk {
    /// How many may wait.
    static let limit = 16
    /// How long a search waits for the files to have all that the tail lacks; nanoseconds.
    static let patience: Int64 = 1_000_000_000
    /// How long it may wait in line, where those before it hang; nanoseconds.
    static let lineLimit: Int64 = 20_000_000_000

    /// A session's search.
    struct Entry {
        let slot: Int
        let session: Session
        let search: EventSearch
        /// Nanoseconds of boot time.
        let begun: Int64
    }

    fileprivate var line: [Entry] = []
    /// nil: the thread has nothing to do.
    fileprivate(set) var running: (entry: Entry, ticket: UInt64, cancellation: Cancellation)?
    fileprivate var ticket: UInt64 = 0
    /// When the one under way began; nanoseconds of boot time.
    fileprivate(set) var runningSince: Int64 = 0

    fileprivate var isFull: Bool { line.count == Self.limit }

    /// Some wait.
    var isWaiting: Bool { !line.isEmpty }

    /// The session of a slot waits no longer.
    mutating func remove(_ slot: Int) {
        line.removeAll { $0.slot == slot }
        if let running, running.entry.slot == slot { running.cancellation.cancel() }
    }
}

extension Engine {
    /// A request for events that are in files.
    func begin(_ search: EventSearch, _ slot: Int, _ session: Session) throws(Refusal) {
        guard let host, host.readsEventFiles else {
            return send(
                .events(search.pageOfTail), session, isGated: true, acknowledges: false)
        }
        if reads.isFull {
            throw Refusal(
                .busy, "\(ReadDesk.limit) requests for older events wait already",
                hint: "try again in a moment")
        }
        reads.line.append(
            ReadDesk.Entry(slot: slot, session: session, search: search, begun: now.boot))
        hasReads = true
        begin(.events, slot, session)
    }

    /// The next search for the thread, if it has none; `unwritten`: the first event that is told
    /// and not in its file.
    func nextRead(unwritten: UInt64?) -> EventReadJob? {
        guard reads.running == nil, let entry = reads.line.first else { return nil }
        let first = min(outbox.firstID ?? .max, unwritten ?? .max)
        if first <= entry.search.floor && now.boot - entry.begun < ReadDesk.patience { return nil }
        reads.line.removeFirst()
        reads.ticket += 1
        let cancellation = Cancellation()
        reads.running = (entry, reads.ticket, cancellation)
        reads.runningSince = now.boot
        return EventReadJob(
            ticket: reads.ticket, search: entry.search, cancellation: cancellation)
    }

    /// Whether the search under way takes longer than this, nanoseconds.
    func isReading(longerThan limit: Int64) -> Bool {
        reads.running != nil && now.boot - reads.runningSince >= limit
    }

    /// Refuses searches that have waited too long: the thread hangs, and cannot be given up.
    func refuseStaleReads() {
        while let entry = reads.line.first, now.boot - entry.begun >= ReadDesk.lineLimit {
            reads.line.removeFirst()
            endWait(.events, of: entry.slot, .failure(Self.diskHangs))
        }
    }

    private static let diskHangs = Refusal(
        .busy,
        "the files of events cannot be read now: the disk of the log directory does not answer",
        hint: "try again later")

    /// The thread has done a search, or did not take it: then `page` is nil.
    func finishRead(_ ticket: UInt64, _ page: EventPage?) {
        guard let running = reads.running, running.ticket == ticket else { return }
        reads.running = nil
        guard session(running.entry.slot) === running.entry.session,
            !running.cancellation.isCancelled
        else { return }
        let outcome: Result<Reply, Refusal> =
            page.map { .success(.events($0)) } ?? .failure(Self.diskHangs)
        endWait(.events, of: running.entry.slot, outcome, isGated: true)
    }
}
