// Work and its doers: who gets what, and whose replies wait for the disk.
//
// Work that is done at least once waits for no disk: an item can be handed out in the turn that put
// it, and its replies go out at once, while the disk hangs, fails or is full.  What a crash then
// takes back is done again, and marked.  Work that is done at most once is the other way about: a
// reply about it waits for the log, and while the store is degraded nothing of it begins.

import OpsCore

extension Engine {
    /// Carries out what a doer of work says.
    func perform(_ command: WorkCommand, _ slot: Int, _ session: Session) throws(Refusal) {
        switch command {
        case .take(let take):
            work.asked(take.kinds, among: ask { $0.workKinds }, at: now.boot)
            let wait = take.waitMilliseconds * 1_000_000
            work.append(WorkDesk.Taker(take: take, deadline: now.boot + wait), slot)
            begin(.work, slot, session)
        case .begun(let claim):
            let item = try ask { (state: inout State) throws(Refusal) in
                try state.held(claim, by: session.caller)
            }
            if item.promise == .atMostOnce && log.isDegraded {
                throw Refusal(
                    .degraded,
                    "item \(item.id) must not begin: the store cannot remember that it has",
                    hint: "`health` shows the state of the store")
            }
            try report(item, ask { $0.begin(item) }, session)
        case .beat(let claim, let progress):
            let item = try ask { (state: inout State) throws(Refusal) in
                try state.held(claim, by: session.caller)
            }
            update { $0.beat(item, progress: progress, at: now) }
            try report(item, nil, session)
        case .done(let claim, let receipt):
            let (item, change) = try ask { (state: inout State) throws(Refusal) in
                try state.done(claim, receipt: receipt, by: session.caller)
            }
            try report(item, change, session)
        case .failed(let claim, let failed):
            let item = try ask { (state: inout State) throws(Refusal) in
                try state.held(claim, by: session.caller)
            }
            try report(item, ask { $0.failed(item, failed, at: now) }, session)
        case .list, .show, .why, .cancel, .retry, .hold, .resume:
            preconditionFailure("decided by the state alone")
        }
    }

    /// Commits the change, and says how the item stands.
    private func report(
        _ item: WorkItem, _ change: Change?, _ session: Session
    ) throws(Refusal) {
        let isGated = isGated(item)
        if isGated && change != nil && log.isFull { throw Self.logIsFull }
        if let change { commit(change) }
        let stage = ask { $0.work(item.id) }?.stage ?? item.stage
        var retry: Int64?
        if case .ready(let notBefore) = stage {
            retry = max(0, notBefore - now.bootMilliseconds + 999) / 1_000
        }
        send(
            .work(.stage(id: item.id, stage.name, retrySeconds: retry)), session, isGated: isGated,
            acknowledges: isGated && change != nil)
    }

    /// Whether replies about an item wait for the log.  At a stop they all do: the next start must
    /// find what was said after the last event.
    private func isGated(_ item: WorkItem) -> Bool {
        item.promise == .atMostOnce || isStopping
    }

    /// Hands out what there is to those who wait, by turns; true when more can be handed out.  The
    /// last thing of a turn before the log: what was put in this turn is handed out in it.
    func serveTakers() -> Bool {
        if isStopping { return false }
        if work.hasOrphans { releaseOrphans() }
        if work.isEmpty || !work.isDue(log.sequence, at: now.boot) { return false }
        let isMore = handOut() || sendAway()
        if isMore { work.look() } else { setTakersDue() }
        return isMore
    }

    /// Hands out what there is, at most `WorkBounds.perTurn`; true when there may be more.
    private func handOut() -> Bool {
        // Those for whose kinds there is something.
        var isServed = work.groups.map { $0.count > 0 && nextWork($0.kinds) != nil }
        var left = WorkBounds.perTurn
        var next = work.first
        while let slot = next, isServed.contains(true) {
            next = work.next(after: slot)
            guard let taker = work.takers[slot], isServed[taker.group],
                let session = session(slot)
            else { continue }
            if left == 0 { return true }
            if let item = take(taker, slot, session) {
                left -= 1
                answerTaker(item, slot, session)
            } else {
                isServed[taker.group] = false
            }
        }
        return false
    }

    /// Answers those who have waited for long enough, at most `WorkBounds.perTurn`; true when there
    /// are more.
    private func sendAway() -> Bool {
        for _ in 0..<WorkBounds.perTurn {
            guard let slot = work.overdue(at: now.boot) else { return false }
            if let session = session(slot) {
                answerTaker(nil, slot, session)
            } else {
                work.remove(slot)
            }
        }
        return work.overdue(at: now.boot) != nil
    }

    private func nextWork(_ kinds: [String]) -> WorkItem? {
        let isUnsafe = log.isDegraded || log.isFull
        return ask { $0.nextWork(of: kinds, at: now, onlyAtLeastOnce: isUnsafe) }
    }

    /// Takes the next item for one who waits.
    private func take(_ taker: WorkDesk.Taker, _ slot: Int, _ session: Session) -> WorkItem? {
        guard let item = nextWork(taker.take.kinds) else { return nil }
        let lease = WorkLease(
            token: drawToken(), uid: session.caller.uid,
            milliseconds: taker.take.leaseMilliseconds)
        commit(ask { $0.take(item, as: lease) })
        work.note(item.id, lease.token, slot)
        work.prune(slot) { id, token in isHeld(id, by: token) }
        return ask { $0.work(item.id) }
    }

    private func isHeld(_ id: UInt64, by token: UInt64) -> Bool {
        ask { $0.work(id) }.map { $0.stage.isHeld && $0.lease?.token == token } ?? false
    }

    private func answerTaker(_ item: WorkItem?, _ slot: Int, _ session: Session) {
        let isGated = item.map(isGated) ?? false
        send(.work(.taken(item)), session, isGated: isGated, acknowledges: isGated)
        release(slot, session)
    }

    /// When the takers must be looked at again, if nothing changes.
    private func setTakersDue() {
        var due = work.firstDeadline
        for group in work.groups where group.count > 0 {
            let next = ask { $0.nextWorkTime(of: group.kinds) }
            // What may be taken by now could not be handed out: its time comes with a change.
            if next > now.bootMilliseconds && next < .max { due = min(due, next * 1_000_000) }
        }
        work.wait(until: due)
    }

    /// A connection that had items has ended: what has not begun is ready again, and the holder of
    /// what has may come back for one lease.
    private func releaseOrphans() {
        for (id, token) in work.takeOrphans() where isHeld(id, by: token) {
            guard let item = ask({ $0.work(id) }) else { continue }
            if let record = ask({ $0.abandoned(item, leaseIsOver: false, at: now) }) {
                commit(.work(record))
            } else {
                update { $0.beat(item, at: now) }
            }
        }
    }

    /// opsd has started: whoever has an item may come back for one lease; and after a crash, what
    /// waits for no disk may have been done.
    func resumeWork(wasStopped: Bool) {
        if !wasStopped {
            if let doubt = ask({ $0.doubtAfterCrash }) { commit(doubt) }
            update { $0.doubtPages() }
        }
        update { $0.resumeLeases(at: now) }
    }

    /// While the log is full: ends the leases of work that waits for no disk.
    func expireLeases() {
        for record in ask({ $0.dueLeases(at: now, atMost: WorkBounds.perTurn) }) {
            commit(.work(record))
        }
    }

    /// What `health` says of work; nil: there is none, and no kind of it.
    var workComponent: ComponentReport? {
        if state.workKinds.isEmpty && state.openWorkCount == 0 { return nil }
        let untaken = ask({ $0.untakenWork(at: now) }).first { kind, _ in
            let limit = WorkBounds.untakenMilliseconds * 1_000_000
            return work.unasked(kind, at: now.boot).map { $0 >= limit } ?? true
        }
        guard let (kind, seconds) = untaken else {
            return ComponentReport("work", true, "\(state.openWorkCount) items open")
        }
        let doer = kind.hasPrefix("page/") ? ": see systemctl status opspager" : ""
        return ComponentReport(
            "work", false,
            "nobody takes \(kind), of which an item has been ready for \(seconds) s\(doer)")
    }
}
