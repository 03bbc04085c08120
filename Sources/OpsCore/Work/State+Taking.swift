// Who gets what: handing out, signs of life, outcomes.  All of it is decided from the state, the
// time, and a token that the caller has drawn.

/// Who reports on an item, and how they prove that they have it.
package struct WorkClaim: Hashable, Sendable {
    /// The number of the item.
    package var id: UInt64
    /// From the lease.
    package var token: UInt64

    package init(id: UInt64, token: UInt64) {
        self.id = id
        self.token = token
    }
}

/// What `work failed` says.
package struct WorkFailed: Hashable, Sendable {
    /// How it failed.
    package var failure: WorkFailure
    /// How long the other side wants to wait; nil: it did not say.
    package var retryMilliseconds: Int64?
    /// The other side's words.
    package var error: String

    package init(_ failure: WorkFailure, retryMilliseconds: Int64? = nil, error: String = "") {
        self.failure = failure
        self.retryMilliseconds = retryMilliseconds
        self.error = error
    }
}

extension State {
    /// The item that whoever takes these kinds gets now.
    /// - Parameter onlyAtLeastOnce: the store cannot promise that anything is done at most once.
    package func nextWork(
        of kinds: [String], at now: Moment, onlyAtLeastOnce: Bool = false
    ) -> WorkItem? {
        var best: (item: WorkItem, at: Int64)?
        for kind in kinds {
            if onlyAtLeastOnce && WorkPromise(kind: kind) == .atMostOnce { continue }
            guard let queue = domains.work.queues[kind],
                domains.work.opens(kind, queue) <= now.bootMilliseconds
            else { continue }
            for heap in [queue.urgent, queue.plain] {
                guard let first = heap.first, first.at <= now.bootMilliseconds,
                    let item = domains.work[first.id]
                else { continue }
                if let best, !isBefore(item, first.at, best.item, best.at) { continue }
                best = (item, first.at)
            }
        }
        return best?.item
    }

    private func isBefore(
        _ item: WorkItem, _ at: Int64, _ other: WorkItem, _ otherAt: Int64
    ) -> Bool {
        if item.isUrgent != other.isUrgent { return item.isUrgent }
        return (at, item.id) < (otherAt, other.id)
    }

    /// When the first of these kinds may be taken: milliseconds of boot time; `Int64.max`: not
    /// before something changes.
    package func nextWorkTime(of kinds: [String]) -> Int64 {
        kinds.reduce(.max) { soonest, kind in
            guard let queue = domains.work.queues[kind] else { return soonest }
            return min(soonest, max(queue.earliest, domains.work.opens(kind, queue)))
        }
    }

    /// The change by which an item is handed out.
    package func take(_ item: WorkItem, as lease: WorkLease) -> Change {
        .work(.taken(WorkTaken(id: item.id, lease: lease, number: item.taken &+ 1)))
    }

    /// The item that a token holds.
    package func held(
        _ claim: WorkClaim, by caller: Caller
    ) throws(Refusal) -> WorkItem {
        let item = try known(claim, by: caller)
        if !item.stage.isHeld {
            throw Refusal(
                .refused,
                "item \(item.id) is \(item.stage.name): the lease of this token is over")
        }
        return item
    }

    /// The item whose last lease a token was of.
    private func known(
        _ claim: WorkClaim, by caller: Caller
    ) throws(Refusal) -> WorkItem {
        guard let item = work(claim.id) else {
            throw Refusal(.notFound, "there is no item \(claim.id)")
        }
        guard let lease = item.lease, lease.token == claim.token, lease.uid == caller.uid else {
            throw Refusal(.refused, "item \(item.id): this token does not hold it")
        }
        return item
    }

    /// The point of no return; nil: it has been passed already.
    package func begin(_ item: WorkItem) -> Change? {
        item.stage == .begun ? nil : .work(.begun(id: item.id))
    }

    /// A sign of life: in memory alone.
    package mutating func beat(_ item: WorkItem, progress: String? = nil, at now: Moment) {
        let length = item.lease?.milliseconds ?? WorkBounds.leaseMilliseconds
        domains.work.extendLease(item.id, until: now.bootMilliseconds + length)
        if let progress { domains.work.note(progress, of: item.id) }
    }

    /// The item is done.  That is also taken from whoever had it last and lost its lease, as long
    /// as nobody else has it: it is done all the same.  Said again, it changes nothing.
    package func done(
        _ claim: WorkClaim, receipt: String, by caller: Caller
    ) throws(Refusal) -> (item: WorkItem, change: Change?) {
        let item = try known(claim, by: caller)
        if case .ended(.done, _) = item.stage { return (item, nil) }
        guard item.stage.isOpen else {
            throw Refusal(.refused, "item \(item.id) has ended: \(item.stage.name)")
        }
        let isParked = domains.work.kinds[item.kind]?.parkedSince != nil
        let ending = WorkEnding(
            id: item.id, kind: item.kind, .done, outcome: .done,
            receipt: receipt.cut(toWrittenBytes: WorkBounds.receiptBytes), resumes: isParked)
        return (item, .work(.ended(ending)))
    }

    /// What follows from a failed attempt.
    package func failed(_ item: WorkItem, _ failed: WorkFailed, at now: Moment) -> Change {
        let error = failed.error.cut(toWrittenBytes: WorkBounds.errorBytes)
        let outcome = WorkOutcome(failed.failure)
        switch failed.failure {
        case .permanent, .stale:
            return .work(
                .ended(
                    WorkEnding(
                        id: item.id, kind: item.kind,
                        failed.failure == .permanent ? .failed : .stale, outcome: outcome,
                        error: error)))
        case .limited: return limited(item, failed.retryMilliseconds, error, at: now)
        case .maybeSent where item.promise == .atMostOnce:
            return .work(
                .unsure(
                    WorkDoubt(id: item.id, kind: item.kind, outcome: outcome, error: error)))
        case .neverSent, .maybeSent:
            return retry(item, outcome, error, failed.retryMilliseconds, at: now)
        }
    }

    /// The other side wants it later: the whole kind waits, exactly so long.
    private func limited(
        _ item: WorkItem, _ wanted: Int64?, _ error: String, at now: Moment
    ) -> Change {
        let until = now.bootMilliseconds + (wanted ?? WorkBounds.limitedMilliseconds)
        return .work(
            .retried(
                WorkRetry(
                    id: item.id, kind: item.kind, outcome: .limited, notBefore: until,
                    failures: item.failures,
                    kindFailures: domains.work.kinds[item.kind]?.failures ?? 0,
                    mayRepeat: item.mayRepeat, limitedUntil: until, error: error)))
    }

    /// Once more, later; and not before a minute, where the kind fails again and again.
    private func retry(
        _ item: WorkItem, _ outcome: WorkOutcome, _ error: String, _ wanted: Int64?,
        at now: Moment
    ) -> Change {
        let state = domains.work.kinds[item.kind]
        let failures = item.failures &+ 1
        let kindFailures = (state?.failures ?? 0) &+ 1
        let most = UInt32(WorkBounds.attemptsBeforeParking)
        let parks = failures >= most && kindFailures >= most && state?.parkedSince == nil
        let wait = max(
            wanted ?? 0, parks ? WorkBounds.probeMilliseconds : item.backoff(after: failures))
        return .work(
            .retried(
                WorkRetry(
                    id: item.id, kind: item.kind, outcome: outcome,
                    notBefore: now.bootMilliseconds + wait, failures: failures,
                    kindFailures: kindFailures,
                    mayRepeat: item.mayRepeat || outcome == .maybeSent || outcome == .lost,
                    parks: parks, error: error)))
    }

    /// Who had the item is gone: its connection has ended, or its lease.
    /// - Returns: nil: it has begun, and may still come back.
    package func abandoned(
        _ item: WorkItem, leaseIsOver: Bool, at now: Moment
    ) -> WorkRecord? {
        if item.stage == .leased {
            return .released(
                WorkRelease(
                    id: item.id, notBefore: now.bootMilliseconds,
                    outcome: leaseIsOver ? .lost : .released, mayRepeat: item.mayRepeat))
        }
        guard item.stage == .begun, leaseIsOver else { return nil }
        let error = "who had begun it did not come back"
        if item.promise == .atMostOnce {
            return .unsure(
                WorkDoubt(id: item.id, kind: item.kind, outcome: .lost, error: error))
        }
        guard case .domain(.work(let record)) = retry(item, .lost, error, nil, at: now) else {
            return nil
        }
        return record
    }

    /// Leases that are over, of work that waits for no disk.
    package func dueLeases(at now: Moment, atMost limit: Int) -> [WorkRecord] {
        domains.work.dueRecords(at: now, in: self, atMost: limit, onlyAtLeastOnce: true)
    }

    /// opsd starts: each lease begins anew, for its holder to come back.
    package mutating func resumeLeases(at now: Moment) {
        for item in domains.work.sorted where item.stage.isHeld { beat(item, at: now) }
    }

    /// opsd starts after a crash: what may have been done and said since is in doubt.
    package var doubtAfterCrash: Change? {
        let last = domains.work.lastNumber.id
        if last == 0 { return nil }
        return .work(.doubted(through: last + WorkBounds.skippedAfterCrash))
    }

    /// The numbers of items that were put, moved on or ended since the last call; in memory alone.
    package mutating func takeTouchedWork() -> [UInt64] { domains.work.takeTouched() }

    /// Kinds of which an item has been ready for too long although it may be taken, and for how
    /// long: seconds.
    package func untakenWork(at now: Moment) -> [(kind: String, seconds: Int64)] {
        domains.work.queues.compactMap { kind, queue in
            let since = max(queue.earliest, domains.work.opens(kind, queue))
            let waited = since == .max ? 0 : now.bootMilliseconds - since
            return waited >= WorkBounds.untakenMilliseconds ? (kind, waited / 1_000) : nil
        }.sorted { $0.kind < $1.kind }
    }
}

extension Work {
    /// When items of a kind may be taken: milliseconds of boot time; `Int64.max`: not before
    /// something changes.
    func opens(_ kind: String, _ queue: WorkQueues) -> Int64 {
        guard let state = kinds[kind] else { return 0 }
        if state.isHeld { return .max }
        if state.parkedSince == nil { return state.limitedUntil }
        // One at a time tries whether it works again.
        return queue.held > 0 ? .max : max(state.limitedUntil, state.nextProbe)
    }

    /// What ends by itself now, at most `limit`.
    /// - Parameter onlyAtLeastOnce: the log has no room for more.
    func dueRecords(
        at now: Moment, in state: borrowing State, atMost limit: Int, onlyAtLeastOnce: Bool = false
    ) -> [WorkRecord] {
        let boot = now.bootMilliseconds
        func isMeant(_ item: WorkItem) -> Bool {
            !onlyAtLeastOnce || item.promise == .atLeastOnce
        }
        var records: [WorkRecord] = []
        let isOver = leases.first.map { $0.at <= boot } ?? false
        let over =
            isOver
            ? Set(leases.entries.filter { $0.at <= boot && leaseEnds[$0.id] == $0.at }) : []
        for entry in over.sorted(by: <) {
            guard records.count < limit, let item = self[entry.id], isMeant(item),
                let record = state.abandoned(item, leaseIsOver: true, at: now)
            else { continue }
            records.append(record)
        }
        if onlyAtLeastOnce { return records }
        if hasStrays, let configured {
            for item in sorted where item.stage.isReady && !configured.contains(item.kind) {
                if records.count == limit { return records }
                records.append(
                    .ended(
                        WorkEnding(
                            id: item.id, kind: item.kind, .cancelled,
                            error: "\(item.kind) is not configured any more")))
            }
            return records
        }
        for entry in Set(expiries.entries.filter({ $0.at <= boot })).sorted(by: <) {
            guard records.count < limit, let item = self[entry.id], item.stage.isReady,
                item.deadline == entry.at
            else { continue }
            records.append(.ended(WorkEnding(id: item.id, kind: item.kind, .expired)))
        }
        let old = oldestEnded(atMost: Bounds.expirySlice).prefix { $0.deadline <= boot }
        if records.count < limit, let last = old.last {
            records.append(.forgotten(through: last.endNumber))
        }
        return records
    }
}

extension WorkItem {
    /// How long it waits after this many failures: 2 s, doubled with each, a quarter more or less
    /// by its number, so that those that failed together do not come back together.
    func backoff(after failures: UInt32) -> Int64 {
        let doublings = Int64(min(failures, 16)) - 1
        let plain = min(WorkBounds.backoffMilliseconds << doublings, WorkBounds.backoffMost)
        let hash = (id ^ UInt64(failures) << 32) &* 0x9e37_79b9_7f4a_7c15
        return plain - plain / 4 + Int64(hash >> 32) * (plain / 2) >> 32
    }
}
