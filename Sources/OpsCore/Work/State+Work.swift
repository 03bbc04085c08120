// Work, as the rest of the state asks for it.
//
// The rules, numbered as their tests:
//  W1. There is one open item for each kind and key.  A newer one supersedes it until it has begun.
//  W2. Items exist only for kinds that are configured.  What finds no room gives no change: whoever
//      wants it asks again.  The last `keptForUrgent` places are for urgent ones.
//  W3. Urgent items go first, then the one that is ready longest.  A kind that is held, parked or
//      limited is passed over.
//  W4. A lease ends with the connection that took it, unless it has begun; then it lasts for its
//      time, as it does after a restart of opsd.
//  W5. What may have been done is done again where the promise is "at least once", and marked; it
//      is unsure where the promise is "at most once".
//  W6. An item is acknowledged once: by the token of its lease.
//  W7. Nothing is dropped before its time; a kind that fails is parked, and one item a minute tries
//      it again.

extension State {
    /// The changes that put these items.  Drafts for which there is no room, whose kind is not
    /// configured, whose texts are too long, or whose like has begun, give none.
    package func put(_ drafts: [WorkDraft], at now: Moment) -> [Change] {
        var changes: [Change] = []
        var next = domains.work.lastNumber.id
        var open = domains.work.openCount
        /// Of this call, by kind and key.
        var fresh: [WorkKey: UInt64] = [:]
        for draft in drafts where domains.work.takes(draft) {
            let key = WorkKey(kind: draft.kind, key: draft.key)
            var earlier = fresh[key]
            if earlier == nil, let item = openWork(kind: draft.kind, key: draft.key) {
                if !item.stage.isSupersedable { continue }
                earlier = item.id
            }
            let room = WorkBounds.open - (draft.isUrgent ? 0 : WorkBounds.keptForUrgent)
            if earlier == nil {
                if open >= room { continue }
                open += 1
            }
            next += 1
            fresh[key] = next
            changes.append(
                .work(.put(WorkPut(id: next, draft, at: now, supersedes: earlier ?? 0))))
        }
        return changes
    }

    /// The open item of a kind and key.
    package func openWork(kind: String, key: String) -> WorkItem? {
        domains.work.byKey[WorkKey(kind: kind, key: key)].flatMap { domains.work[$0] }
    }

    /// The item with a number; nil: there was none, or it is forgotten.
    package func work(_ id: UInt64) -> WorkItem? { domains.work[id] }

    /// The change that ends an item which has not begun.
    /// - Parameter end: `.cancelled` or `.superseded`.
    /// - Returns: nil: it has begun, or it is not open.
    package func cancelWork(_ id: UInt64, as end: WorkEnd, reason: String) -> Change? {
        guard let item = work(id), item.stage.isSupersedable else { return nil }
        return .work(
            .ended(
                WorkEnding(
                    id: id, kind: item.kind, end, outcome: item.stage == .leased ? .released : nil,
                    error: reason.cut(toWrittenBytes: WorkBounds.errorBytes))))
    }

    /// The kinds that the configuration has; what waits of others is cancelled.
    package var workKinds: Set<String> {
        get { domains.work.configured ?? [] }
        set { domains.work.adopt(newValue) }
    }

    /// All kinds that are configured or have a past, by name, with what waits.
    package var workKindStates: [String: WorkKindState] {
        var states = domains.work.kinds
        let names = workKinds.union(domains.work.queues.keys)
        for kind in names where states[kind] == nil { states[kind] = WorkKindState(kind) }
        for (kind, queue) in domains.work.queues {
            states[kind]?.waiting = queue.ready
            states[kind]?.inFlight = queue.held
        }
        return states
    }

    /// Items that are not ended.
    package var openWorkCount: Int { domains.work.openCount }
}

extension Work {
    /// Whether a draft is within the bounds, and its kind configured.
    func takes(_ draft: WorkDraft) -> Bool {
        configured?.contains(draft.kind) ?? false
            && (1...WorkBounds.kindBytes).contains(draft.kind.utf8.count)
            && (1...WorkBounds.keyBytes).contains(draft.key.utf8.count)
            && draft.payload.utf8.count <= WorkBounds.payloadBytes
            && Bounds.deadlineMilliseconds.contains(draft.expires)
            && Bounds.deadlineMilliseconds.contains(draft.notBefore)
    }
}

extension WorkStage {
    /// A newer item may stand for it, and a command may cancel it.
    var isSupersedable: Bool { isReady || self == .leased }
}
