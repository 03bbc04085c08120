// Work as a domain: its records applied, what a snapshot takes, what ends by itself.

extension Work: Domain {
    /// Applies a record.  What happened before to an item that is not there, or has ended, is over.
    package mutating func apply(_ record: WorkRecord, at instant: Instant) -> EventDraft? {
        let moment = instant.stamp.moment
        let wall = moment.wall / 1_000_000_000
        switch record {
        case .put(let put):
            note(put, at: instant)
            return nil
        case .taken(let taken): note(taken, at: moment)
        case .begun(let id):
            guard let item = self[id], item.stage.isOpen else { return nil }
            update(id) { item in
                item.stage = .begun
                if let last = item.attempts.indices.last { item.attempts[last].begun = wall }
            }
            renewLease(of: item, at: moment)
        case .released(let release):
            guard self[release.id]?.stage.isOpen ?? false else { return nil }
            update(release.id) { item in
                if let outcome = release.outcome { item.close(outcome, at: wall) }
                item.stage = .ready(notBefore: release.notBefore)
                item.mayRepeat = release.mayRepeat
            }
        case .retried(let retry): return note(retry, wall)
        case .ended(let ending): return note(ending, at: instant)
        case .unsure(let doubt):
            if self[doubt.id]?.stage.isOpen ?? false {
                update(doubt.id) { item in
                    item.close(doubt.outcome, at: wall, error: doubt.error)
                    item.stage = .unsure(since: wall)
                    item.error = doubt.error
                }
            }
            return doubt.event
        case .kind(let change): return note(change, wall)
        case .doubted(let last):
            for item in sorted
            where item.id <= last && item.isInDoubtAfterCrash {
                update(item.id) { $0.mayRepeat = true }
            }
            skip(through: last)
        case .forgotten(let number): forget(through: number)
        }
        return nil
    }

    private mutating func note(_ put: WorkPut, at instant: Instant) {
        // What was put once may be forgotten by now.
        if put.id <= lastNumber.id { return }
        // What stands for an item that may have been done repeats it.
        let mayRepeat = self[put.supersedes]?.mayRepeat ?? false
        if put.supersedes > 0 {
            end(put.supersedes, .superseded, at: instant) { item in
                item.error = "item \(put.id) stands for it"
            }
        }
        var item = WorkItem(
            id: put.id, kind: put.kind, key: put.key, payload: put.payload,
            isUrgent: put.isUrgent, created: put.created, deadline: put.expires,
            stage: .ready(notBefore: put.notBefore))
        item.mayRepeat = mayRepeat
        insert(item)
    }

    private mutating func note(_ taken: WorkTaken, at moment: Moment) {
        guard let item = self[taken.id], item.stage.isOpen else { return }
        update(taken.id) { item in
            item.begin(
                WorkAttempt(
                    number: taken.number, uid: taken.lease.uid,
                    taken: moment.wall / 1_000_000_000))
            item.taken = taken.number
            item.stage = .leased
            item.lease = taken.lease
        }
        if kinds[item.kind]?.parkedSince != nil {
            kinds[item.kind]?.nextProbe = moment.bootMilliseconds + WorkBounds.probeMilliseconds
        }
        extendLease(taken.id, until: moment.bootMilliseconds + taken.lease.milliseconds)
    }

    private mutating func renewLease(of item: WorkItem, at moment: Moment) {
        extendLease(
            item.id,
            until: moment.bootMilliseconds
                + (item.lease?.milliseconds ?? WorkBounds.leaseMilliseconds))
    }

    private mutating func note(_ retry: WorkRetry, _ wall: Int64) -> EventDraft? {
        if self[retry.id]?.stage.isOpen ?? false {
            update(retry.id) { item in
                item.close(retry.outcome, at: wall, error: retry.error)
                item.stage = .ready(notBefore: retry.notBefore)
                item.failures = retry.failures
                item.mayRepeat = retry.mayRepeat
                item.error = retry.error
            }
        }
        var state = kinds[retry.kind] ?? WorkKindState(retry.kind)
        state.failures = retry.kindFailures
        state.lastFailure = wall
        state.lastError = retry.error
        state.limitedUntil = max(state.limitedUntil, retry.limitedUntil)
        if retry.parks && state.parkedSince == nil {
            state.parkedSince = wall
            state.nextProbe = retry.notBefore
        }
        kinds[retry.kind] = state
        return retry.event
    }

    private mutating func note(_ ending: WorkEnding, at instant: Instant) -> EventDraft? {
        let wall = instant.stamp.moment.wall / 1_000_000_000
        end(ending.id, ending.end, at: instant) { item in
            if let outcome = ending.outcome {
                item.close(outcome, at: wall, error: ending.error)
            }
            item.receipt = ending.receipt
            if !ending.error.isEmpty { item.error = ending.error }
        }
        switch ending.outcome {
        case .done:
            var state = kinds[ending.kind] ?? WorkKindState(ending.kind)
            state.lastSuccess = wall
            state.failures = 0
            state.parkedSince = nil
            kinds[ending.kind] = state
        case .permanent:
            kinds[ending.kind, default: WorkKindState(ending.kind)].lastFailure = wall
            kinds[ending.kind]?.lastError = ending.error
        default: break
        }
        return ending.event
    }

    private mutating func note(_ change: WorkKindChange, _ wall: Int64) -> EventDraft? {
        var state = kinds[change.kind] ?? WorkKindState(change.kind)
        state.isHeld = change.isHeld
        if !change.isHeld {
            state.parkedSince = nil
            state.limitedUntil = 0
            state.failures = 0
        }
        kinds[change.kind] = state
        return change.event
    }

    /// Puts back what a snapshot held.
    mutating func restore(_ entry: WorkEntry) {
        switch entry {
        case .last(let last): restore(last)
        case .kind(let state): kinds[state.id] = state
        case .item(let item): insert(item)
        }
    }

    /// All of it at the beginning.
    package func image(_ portion: SnapshotPortion, at now: Moment) -> WorkImage? {
        if portion != .beginning || lastNumber.id == 0 && kinds.isEmpty { return nil }
        return WorkImage(last: lastNumber, kinds: kinds, shards: shards)
    }

    /// An older opsd would carry the lines along, and do the work again.
    package var minReader: Int { lastNumber.id == 0 && kinds.isEmpty ? 1 : 4 }

    /// Moves what goes by time.
    package mutating func rebase(_ rebase: Rebase, at instant: Instant) { self.rebase(rebase) }

    /// Whoever wants to know what there is looks at all of it.
    package mutating func recoveryEnded() { forgetTouched() }

    /// When a lease ends, an item is given up, or an ended one is forgotten.
    package var nextDeadline: Int64 {
        if hasStrays { return 0 }
        return min(
            leases.first?.at ?? .max, expiries.first?.at ?? .max, oldestEnded?.deadline ?? .max)
    }

    /// Ends leases, gives up what was not done in its time, forgets what has ended long ago.
    package func due(
        at now: Moment, in state: borrowing State, atMost limit: Int
    ) -> [Change] {
        dueRecords(at: now, in: state, atMost: limit).map { .work($0) }
    }
}

/// The work of a snapshot, as it was when that began.
package struct WorkImage: DomainImage {
    fileprivate let last: WorkLastNumber
    fileprivate let kinds: [String: WorkKindState]
    fileprivate let shards: [[UInt64: WorkItem]]

    /// Hands over the kinds by name, the open items by number, and the others as they ended.
    package func forEachEntry<Failure: Error>(
        _ body: (DomainEntry) throws(Failure) -> Void
    ) throws(Failure) {
        try body(.work(.last(last)))
        for state in kinds.values.sorted(by: { $0.id < $1.id }) { try body(.work(.kind(state))) }
        for item in shards.flatMap({ $0.values }).sorted(by: {
            ($0.endNumber, $0.id) < ($1.endNumber, $1.id)
        }) {
            try body(.work(.item(item)))
        }
    }
}

extension WorkItem {
    /// Whether it may have been done before a crash took back that it was taken: replies about it
    /// do not wait for the disk.
    package var isInDoubtAfterCrash: Bool {
        promise == .atLeastOnce && stage.isOpen && !mayRepeat
    }
}
