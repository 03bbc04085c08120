// Sessions that wait: their request was accepted, and its reply can be made only later.  There is
// one `Wait`, one way to begin and one way to end it, so that a session is answered once, whatever
// it waited for.
//
//  - Nothing is read from a session that waits.  Where its wait ends with its peer, the peer's end
//    is noticed: then the wait is over, and what was held for it is freed.  What is still to be
//    done (its turn, its list) is done all the same, and in order; so is what the peer had sent
//    after it, as far as the bound of replies that wait for the log allows.
//  - A wait that has ended in a turn is answered in that turn, by `serveWaits`, before the log is
//    submitted; where hundreds have, the rest in the turns after it.
//  - A stop ends every wait at once, except those that the stop itself brings to their end: see
//    `Wait.endsWithStop`.

import OpsCore
import OpsProtocol

/// What a session waits for.
enum Wait: Hashable {
    /// Its turn among the heavy requests.
    case turn
    /// The snapshot under way.
    case snapshot
    /// The snapshot for an older release.
    case olderSnapshot
    /// The comparison with the kernel.
    case audit
    /// The list that it has committed, until all of it is in the log.
    case list
    /// A change of the state that allows its request to be answered, or the end of its time.
    case change
    /// An item of work.
    case work
    /// Events that are in files.
    case events

    /// Whether the wait ends when the peer disconnects: nothing is left to be done then.
    var endsWithPeer: Bool {
        switch self {
        case .turn, .list: false
        case .snapshot, .olderSnapshot, .audit, .change, .work, .events: true
        }
    }

    /// Whether the shutdown completes what is waited for: it serves the queue of heavy requests,
    /// writes a committed list, and takes a snapshot.
    var endsWithStop: Bool {
        switch self {
        case .turn, .snapshot, .olderSnapshot, .list: true
        case .audit, .change, .work, .events: false
        }
    }
}

/// A request that is decided again after each change, until it can be answered or its time is over.
struct Retry {
    /// Nanoseconds of boot time.
    var deadline: Int64
    /// The answer at the end of its time.
    var otherwise: Reply
    /// Its replies show durable state, and wait for the log.
    var showsState = false
    /// Decides the request now; nil: it cannot be answered yet.
    var decide: (State, Moment) -> Result<Decision, Refusal>?

    init(
        deadline: Int64, otherwise: Reply,
        decide: @escaping (State, Moment) -> Result<Decision, Refusal>?
    ) {
        self.deadline = deadline
        self.otherwise = otherwise
        self.decide = decide
    }

    /// Makes a retry of a command whose decision was to wait; `until`: milliseconds of boot time.
    init(
        _ command: Command, _ row: CommandRow, _ caller: Caller, _ until: Int64, _ otherwise: Reply
    ) {
        self.init(deadline: until * 1_000_000, otherwise: otherwise) { state, now in
            do throws(Refusal) {
                let decision = try state.decide(command, by: caller, at: now)
                if case .wait = decision.effect { return nil }
                return .success(decision)
            } catch {
                return .failure(error)
            }
        }
        showsState = row.traits.contains(.showsState)
    }
}

/// A wait that has ended, and the answer.
struct EndedWait {
    var slot: Int
    /// By the time of the answer another session may have the slot, and this one may wait for
    /// something else.
    var session: Session
    var wait: Wait
    var outcome: Result<Reply, Refusal>
    /// The reply shows durable state, and waits for the log.
    var isGated: Bool
    /// The reply acknowledges a change.
    var acknowledges: Bool
}

/// The sessions that wait for a change of the state.
struct Retries {
    /// How many are tried in a turn.
    static let perTurn = 64

    private(set) var bySlot: [Int: Retry] = [:]
    /// In the order in which they are tried.
    private var line = SlotLine()
    /// How many at the front of the line have not been tried since the last change.
    private var untried = 0
    private var sequence: UInt64 = 0
    /// When the first of the requests times out, or earlier; nanoseconds of boot time.
    private(set) var due = Int64.max

    var isEmpty: Bool { bySlot.isEmpty }
    /// Some are still to be tried.
    var hasMore: Bool { untried > 0 }

    subscript(slot: Int) -> Retry? { bySlot[slot] }

    mutating func insert(_ retry: Retry, _ slot: Int) {
        bySlot[slot] = retry
        line.append(slot)
        due = min(due, retry.deadline)
    }

    mutating func remove(_ slot: Int) {
        if bySlot.removeValue(forKey: slot) == nil { return }
        line.remove(slot)
        untried = min(untried, line.count)
        // A search for the next deadline each time would be one search for each that waits.
        if bySlot.isEmpty { due = .max }
    }

    /// Returns the slots to be tried next, now that the newest change is `sequence`, and moves them
    /// to the end of the line.
    mutating func next(_ sequence: UInt64) -> [Int] {
        if sequence != self.sequence {
            self.sequence = sequence
            untried = line.count
        }
        var slots: [Int] = []
        while untried > 0, slots.count < Self.perTurn, let slot = line.popFirst() {
            untried -= 1
            slots.append(slot)
            line.append(slot)
        }
        return slots
    }

    /// Returns the slots of requests whose time is over, each once.
    mutating func timedOut(at boot: Int64) -> [Int] {
        if boot < due { return [] }
        due = .max
        var slots: [Int] = []
        for (slot, retry) in bySlot {
            if retry.deadline <= boot { slots.append(slot) } else { due = min(due, retry.deadline) }
        }
        slots.sort()
        return slots
    }
}

extension Engine {
    /// A session's reply is to come later.
    func begin(_ wait: Wait, _ slot: Int, _ session: Session) {
        session.begin(wait)
        waiting.insert(slot)
        if isStopping && !wait.endsWithStop { endAtStop(slot, wait) }
    }

    /// A request that cannot be answered yet: it is tried again after each change of the state.
    func begin(_ retry: Retry, _ slot: Int, _ session: Session) {
        retries.insert(retry, slot)
        begin(.change, slot, session)
    }

    /// What these sessions waited for has happened: they are answered by the end of this turn.
    func end(_ wait: Wait, _ outcome: Result<Reply, Refusal>) {
        for slot in waiting.slots where session(slot)?.wait == wait {
            endWait(wait, of: slot, outcome)
        }
    }

    /// Ends the wait of one session; `acknowledges`: the reply acknowledges a change.
    func endWait(
        _ wait: Wait, of slot: Int, _ outcome: Result<Reply, Refusal>, isGated: Bool = false,
        acknowledges: Bool = false
    ) {
        guard let session = session(slot) else { return }
        endedWaits.append(
            EndedWait(
                slot: slot, session: session, wait: wait, outcome: outcome,
                isGated: isGated || acknowledges, acknowledges: acknowledges))
    }

    /// The peer of a session is gone: ends its wait without an answer.
    /// - Returns: false where it does not wait, or where its wait goes on without the peer.
    func stopWaiting(_ slot: Int) -> Bool {
        guard let session = session(slot), let wait = session.wait, wait.endsWithPeer else {
            return false
        }
        release(slot, session)
        return true
    }

    /// Answers sessions whose wait has ended, and retries requests that may be answered now; true
    /// when some are still to be tried.
    func serveWaits() -> Bool {
        if !retries.isEmpty { serveRetries() }
        if !endedWaits.isEmpty {
            // Thousands may wait for one thing: those that are left are answered in the next turn.
            let count = min(endedWaits.count, SessionBounds.answersPerTurn)
            for ended in endedWaits[..<count]
            where ended.session.wait == ended.wait && session(ended.slot) === ended.session {
                answer(ended)
            }
            endedWaits.removeFirst(count)
        }
        return retries.hasMore && !log.isFull
    }

    private func answer(_ ended: EndedWait) {
        let session = ended.session
        switch ended.outcome {
        case .success(let reply):
            send(reply, session, isGated: ended.isGated, acknowledges: ended.acknowledges)
        case .failure(let refusal): refuse(refusal, session, isGated: ended.isGated)
        }
        release(ended.slot, session)
    }

    private func serveRetries() {
        // While the log is full nothing may change; all requests are tried when there is room
        // again.
        for slot in log.isFull ? [] : retries.next(log.sequence) {
            guard let retry = retries[slot], let outcome = ask({ retry.decide($0, now) }) else {
                continue
            }
            switch outcome {
            case .success(let decision):
                commit(decision.changes)
                guard let reply = decision.reply else {
                    preconditionFailure("a request that has waited is decided without a reply")
                }
                endWait(
                    .change, of: slot, .success(reply), isGated: retry.showsState,
                    acknowledges: !decision.changes.isEmpty)
            case .failure(let refusal):
                endWait(.change, of: slot, .failure(refusal), isGated: retry.showsState)
            }
        }
        for slot in retries.timedOut(at: now.boot) {
            guard let retry = retries[slot] else { continue }
            // If it was answered just now, that answer stands.
            endWait(.change, of: slot, .success(retry.otherwise), isGated: retry.showsState)
        }
    }

    /// A stop has begun: ends the waits for what will not come any more.
    func endWaits() {
        isStopping = true
        for slot in waiting.slots {
            guard let wait = session(slot)?.wait, !wait.endsWithStop else { continue }
            endAtStop(slot, wait)
        }
    }

    private func endAtStop(_ slot: Int, _ wait: Wait) {
        if let retry = retries[slot] {
            endWait(wait, of: slot, .success(retry.otherwise))
        } else if wait == .work {
            endWait(wait, of: slot, .success(.work(.taken(nil))))
        } else {
            endWait(wait, of: slot, .failure(Self.stopRefusal))
        }
    }

    /// The reply to a request that is not carried out because opsd stops.
    static let stopRefusal = Refusal(.busy, "opsd is stopping", hint: "try again when it is back")

    /// A session waits no longer.
    func release(_ slot: Int, _ session: Session) {
        session.endWait()
        waiting.remove(slot)
        retries.remove(slot)
        work.remove(slot)
        reads.remove(slot)
        if session.output.held > 0 { held.insert(slot) }
        unserved.append(slot)
        touched.insert(slot)
    }
}
