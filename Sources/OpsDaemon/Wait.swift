// Sessions that wait: their request was taken, and its reply can be made only later.  There is one `Wait`,
// one way to begin and one way to end it, so that whoever waits is answered once, whatever it waited for.
//
//  - Nothing is read from a session that waits, but its peer's end is noticed: then it waits no longer,
//    and what was held for it is free.  What it had sent behind the request is still read and served.
//  - What has ended in a turn is answered in that turn, by `serveWaits`, before the log is submitted.
//  - A stop ends every wait at once, but for those that the stop itself brings to their end: see
//    `Wait.endsWithStop`.

import OpsCore
import OpsProtocol

/// What a session waits for.
enum Wait: Hashable {
    /// Its turn among the heavy requests.
    case turn
    /// The snapshot under way.
    case snapshot
    /// The comparison with the kernel.
    case audit
    /// The list that it has committed, until all of it is in the log.
    case list
    /// A change of the state that lets its request be answered, or the end of its time.
    case change

    /// Whether a stop brings it to its end by itself: it serves those in line, writes a list that is
    /// committed, and takes a snapshot.
    var endsWithStop: Bool {
        switch self {
        case .turn, .snapshot, .list: true
        case .audit, .change: false
        }
    }
}

/// A request that is decided again after each change, until it can be answered or its time is over.
struct Retry {
    /// Nanoseconds of boot time.
    var deadline: Int64
    /// The answer at the end of its time.
    var otherwise: Reply
    /// What the request comes to now; nil: nothing yet.
    var decide: (State, Moment) -> Decision?
}

/// A wait that has ended, and what is to be told.
struct EndedWait {
    var slot: Int
    /// The slot may be another's by the time it is told.
    var session: Session
    var outcome: Result<Reply, Refusal>
    /// The reply tells of a change of its own.
    var acknowledges: Bool
}

/// Those who wait for a change of the state.
struct Retries {
    /// How many are tried in a turn.
    static let perTurn = 64

    private(set) var bySlot: [Int: Retry] = [:]
    /// Who is tried next.
    private var line = SlotQueue()
    /// How many of the line have not been tried since the last change.
    private var untried = 0
    private var sequence: UInt64 = 0
    /// When the first of them is over; nanoseconds of boot time.
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
        guard let gone = bySlot.removeValue(forKey: slot) else { return }
        line.remove(slot)
        untried = min(untried, line.count)
        if gone.deadline == due { due = bySlot.values.map(\.deadline).min() ?? .max }
    }

    /// The next to be tried, now that the newest change is `sequence`; they go to the end of the line.
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

    /// Those whose time is over.
    mutating func over(at boot: Int64) -> [Int] {
        if boot < due { return [] }
        return bySlot.filter { $0.value.deadline <= boot }.keys.sorted()
    }
}

extension Engine {
    /// A session's reply is to come later.
    func begin(_ wait: Wait, _ slot: Int, _ session: Session) {
        session.begin(wait)
        waiting.insert(slot)
    }

    /// A request that cannot be answered yet: it is tried again after each change of the state.
    func begin(_ retry: Retry, _ slot: Int, _ session: Session) {
        begin(.change, slot, session)
        retries.insert(retry, slot)
    }

    /// What these sessions waited for has come: they are answered by the end of this turn.
    func end(_ wait: Wait, _ outcome: Result<Reply, Refusal>) {
        for slot in waiting.slots where session(slot)?.wait == wait { endWait(of: slot, outcome) }
    }

    /// The same for one session; `acknowledges`: the reply tells of a change of its own.
    func endWait(of slot: Int, _ outcome: Result<Reply, Refusal>, acknowledges: Bool = false) {
        guard let session = session(slot) else { return }
        endedWaits.append(
            EndedWait(
                slot: slot, session: session, outcome: outcome, acknowledges: acknowledges))
    }

    /// The peer of a session has gone: whatever it waits for comes too late.  False: it does not wait.
    func stopWaiting(_ slot: Int) -> Bool {
        guard let session = session(slot), let wait = session.wait, wait != .turn else {
            return false
        }
        release(slot, session)
        return true
    }

    /// Answers those whose wait has ended, and tries again what may be answered now; true when some
    /// are still to be tried.
    func serveWaits() -> Bool {
        if !retries.isEmpty { serveRetries() }
        if !endedWaits.isEmpty {
            for ended in endedWaits where ended.session.wait != nil { tell(ended) }
            endedWaits.removeAll(keepingCapacity: true)
        }
        return retries.hasMore
    }

    private func tell(_ ended: EndedWait) {
        let session = ended.session
        switch ended.outcome {
        case .success(let reply):
            send(
                reply, session, isGated: ended.acknowledges, acknowledges: ended.acknowledges)
        case .failure(let refusal): refuse(refusal, session, isGated: ended.acknowledges)
        }
        release(ended.slot, session)
    }

    private func serveRetries() {
        for slot in retries.next(log.sequence) {
            guard let retry = retries[slot], let decision = ask({ retry.decide($0, now) }) else {
                continue
            }
            commit(decision.changes)
            guard let reply = decision.reply else {
                preconditionFailure("a decision without a reply")
            }
            endWait(of: slot, .success(reply), acknowledges: !decision.changes.isEmpty)
        }
        for slot in retries.over(at: now.boot) {
            guard let retry = retries[slot] else { continue }
            // Where it was answered just now, that stands.
            endWait(of: slot, .success(retry.otherwise))
        }
    }

    /// A stop has begun: nobody waits for what will not come.
    func endWaits() {
        for slot in waiting.slots {
            guard let session = session(slot), let wait = session.wait, !wait.endsWithStop else {
                continue
            }
            if let retry = retries[slot] {
                endWait(of: slot, .success(retry.otherwise))
            } else {
                endWait(of: slot, .failure(Self.isStopping))
            }
        }
    }

    /// What a request is answered when opsd stops before it can be carried out.
    static let isStopping = Refusal(.busy, "opsd is stopping", hint: "try again when it is back")

    private func release(_ slot: Int, _ session: Session) {
        session.endWait()
        waiting.remove(slot)
        retries.remove(slot)
        if session.output.held > 0 { held.insert(slot) }
        unserved.append(slot)
        touched.insert(slot)
    }
}
