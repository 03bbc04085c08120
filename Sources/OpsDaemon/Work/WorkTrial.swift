// Work at full speed, for Tests/bench: items are put, taken, begun and done inside the engine, turn
// by turn, with a real log.  What a turn decides is written and synced before the next one begins,
// on the same thread: in opsd another thread does that meanwhile.  opsd itself makes no trial.

import OpsConfig
import OpsCore
import OpsLinux

/// A trial that came to nothing, and why.
package struct WorkTrialFault: Error {
    /// What to tell whoever began it.
    package let message: String

    fileprivate init(_ message: String) { self.message = message }
}

/// An engine with a state directory and without sockets, and what is put into it.
package struct WorkTrial: ~Copyable {
    /// The kind of all items: a page of a channel with this name.
    package static let channel = "bench"
    /// How long an item may wait: milliseconds.
    private static let keepMilliseconds: Int64 = 86_400_000

    private let engine: Engine
    private var file: LogFile
    private let directory: StateDirectory
    private let kind: String
    /// Of this trial: its items supersede none of an earlier one.
    private let name: String
    private var made = 0

    /// Begins where the state directory stands; every record is synced.
    package static func begin(in statePath: String) throws(WorkTrialFault) -> WorkTrial {
        do throws(StartFault) { return try WorkTrial(statePath) } catch {
            throw WorkTrialFault(error.message)
        }
    }

    private init(_ statePath: String) throws(StartFault) {
        var configuration = Configuration()
        configuration.store.fsync = .always
        configuration.pager.channels = [PagerChannel(name: Self.channel, kind: .file)]
        let directory = try StateDirectory(path: statePath)
        let (rules, capacity) = (configuration.guard, configuration.events.tail)
        var found = try directory.recover(isForced: false) {
            State(rules: rules, hashKey: (1, 2), eventCapacity: capacity)
        }
        try directory.tidy(after: &found)
        var notes = StartupNotes()
        let now = Self.now
        engine = Start.engine(found, configuration, try Start.currentBoot(), 1, now, &notes)
        self.directory = directory
        file = LogFile(statePath: statePath)
        kind = PagerChannel.workKind(of: Self.channel)
        name = String(engine.drawToken(), radix: 16)
        if case .opened = file.perform(engine.log.first) { engine.log.opened() }
    }

    /// Items that are not ended.
    package var openCount: Int { engine.ask { $0.openWorkCount } }

    /// Puts so many items, and leaves them.
    package mutating func fill(_ count: Int) throws(WorkTrialFault) {
        let goal = openCount + count
        while openCount < goal {
            engine.begin(at: Self.now)
            let before = openCount
            put(min(WorkBounds.perTurn, goal - before))
            try flush()
            if openCount == before {
                throw WorkTrialFault(
                    "\(before) items are open, which is all that there is room for")
            }
        }
    }

    /// Puts, takes, begins and ends at least so many items; returns how many.
    package mutating func run(_ count: Int) throws(WorkTrialFault) -> Int {
        var ended = 0
        while ended < count {
            let now = Self.now
            engine.begin(at: now)
            engine.expire()
            put(WorkBounds.perTurn)
            for _ in 0..<WorkBounds.perTurn {
                guard let item = engine.ask({ $0.nextWork(of: [kind], at: now) }) else {
                    throw WorkTrialFault("there is no item to take")
                }
                try end(item)
                ended += 1
            }
            try flush()
        }
        return ended
    }

    private mutating func put(_ count: Int) {
        let now = engine.now
        let drafts = (made..<made + count).map { number in
            let text = #"{"page":1,"text":""# + "\(number)-"
            return WorkDraft(
                kind: kind, key: "\(name)/\(number)",
                payload: text + String(repeating: "x", count: 510 - text.utf8.count) + "\"}",
                isUrgent: number % 2 == 0, expires: now.bootMilliseconds + Self.keepMilliseconds)
        }
        made += count
        for change in engine.ask({ $0.put(drafts, at: now) }) { engine.commit(change) }
    }

    /// The three steps of whoever takes an item.
    private func end(_ item: WorkItem) throws(WorkTrialFault) {
        let caller = Caller(uid: 7, role: .pager)
        let lease = WorkLease(
            token: engine.drawToken(), uid: caller.uid, milliseconds: WorkBounds.leaseMilliseconds)
        engine.commit(engine.ask { $0.take(item, as: lease) })
        let claim = WorkClaim(id: item.id, token: lease.token)
        do throws(Refusal) {
            let held = try engine.ask { (state: inout State) throws(Refusal) in
                try state.held(claim, by: caller)
            }
            if let begun = engine.ask({ $0.begin(held) }) { engine.commit(begun) }
            let (_, done) = try engine.ask { (state: inout State) throws(Refusal) in
                try state.done(claim, receipt: "message 1001", by: caller)
            }
            if let done { engine.commit(done) }
        } catch { throw WorkTrialFault(error.message) }
    }

    /// Writes and syncs what there is.
    private mutating func flush() throws(WorkTrialFault) {
        while true {
            let jobs = engine.log.nextJobs()
            if jobs.isEmpty { break }
            for job in jobs { try answer(file.perform(job)) }
        }
        engine.outbox.endTurn()
        _ = engine.outbox.removeReady(through: engine.log.safe)
    }

    private func answer(_ answer: LogAnswer) throws(WorkTrialFault) {
        switch answer {
        case .opened: engine.log.opened()
        case .wrote(let batch): engine.log.wrote(batch)
        case .synced(let sequence): engine.log.synced(through: sequence)
        case .looked: break
        case .failed(let failure): throw WorkTrialFault(failure.message)
        }
    }

    private static var now: Moment {
        let (boot, wall) = Clocks.now()
        return Moment(boot: boot, wall: wall)
    }
}
