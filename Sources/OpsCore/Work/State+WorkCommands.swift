// What people ask of work: looking, and the few things that may be done by hand.

extension State {
    func decide(
        _ command: WorkCommand, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        switch command {
        case .take(let take):
            try allow(take.kinds, for: caller)
            return Decision(nil, effect: .work(command))
        case .begun, .beat, .done, .failed: return Decision(nil, effect: .work(command))
        case .list(let query): return Decision(.work(.page(page(query))))
        case .show(let id): return Decision(.work(.item(view(try find(id)))))
        case .why(let id):
            let item = try find(id)
            return Decision(.work(.why(view(item), why(item, at: now))))
        case .cancel(let id, let reason): return try cancel(try find(id), reason, caller)
        case .retry(let id): return try again(try find(id), at: now)
        case .hold(let kind): return try change(kind, isHeld: true, caller)
        case .resume(let kind): return try change(kind, isHeld: false, caller)
        }
    }

    /// A satellite takes its own kinds alone.
    private func allow(_ kinds: [String], for caller: Caller) throws(Refusal) {
        if caller.roles.meets(.admin) { return }
        for kind in kinds where WorkPromise(kind: kind) != .atLeastOnce {
            throw Refusal(
                .forbidden, "\(caller.roles.names) takes page/CHANNEL, and not \(kind)")
        }
    }

    private func find(_ id: UInt64) throws(Refusal) -> WorkItem {
        if let item = work(id) { return item }
        throw Refusal(
            .notFound, "there is no item \(id)",
            hint: id != 0 && id <= domains.work.lastNumber.id
                ? "it ended long ago, and is forgotten" : "`work list` names them")
    }

    // MARK: Views

    func view(_ item: WorkItem) -> WorkView {
        var view = WorkView(item: item)
        if case .ready(let notBefore) = item.stage { view.notBefore = expires(notBefore) }
        if item.stage.isOpen { view.expires = expires(item.deadline) }
        if item.stage.isHeld {
            view.leaseUntil = domains.work.leaseEnds[item.id].flatMap { expires($0) }
            view.progress = domains.work.progress[item.id]
        }
        return view
    }

    func view(_ state: WorkKindState) -> WorkKindView {
        let boot = domains.work.kinds[state.id]
        return WorkKindView(
            state: state,
            limitedUntil: (boot?.limitedUntil).flatMap { $0 == 0 ? nil : expires($0) },
            nextProbe: state.parkedSince == nil ? nil : expires(state.nextProbe))
    }

    private func page(_ query: WorkQuery) -> WorkPage {
        var found: [WorkItem] = []
        for shard in domains.work.shards {
            for item in shard.values where query.holds(item) { found.append(item) }
        }
        found.sort { $0.id > $1.id }
        let rows = found.prefix(query.limit)
        return WorkPage(
            kinds: workKindStates.values.sorted { $0.id < $1.id }.map { view($0) },
            items: rows.map { view($0) }, next: found.count > rows.count ? rows.last?.id : nil)
    }

    /// What an item waits for, or how it ended, in a sentence.
    private func why(_ item: WorkItem, at now: Moment) -> String {
        switch item.stage {
        case .ended(let end, _): return "it has ended: \(end.rawValue)"
        case .unsure:
            return "it is not known whether it was done; look, then `work retry \(item.id)` if it "
                + "was not, or `work cancel \(item.id)` if it was"
        case .leased: return "user \(item.lease?.uid ?? 0) has taken it, and has not begun"
        case .begun: return "user \(item.lease?.uid ?? 0) is doing it"
        case .ready(let notBefore):
            if let state = domains.work.kinds[item.kind] {
                if state.isHeld { return "\(item.kind) is held: `work resume \(item.kind)`" }
                if state.parkedSince != nil {
                    return "\(item.kind) is parked since it failed too often; one item a minute "
                        + "tries it again"
                }
                if state.limitedUntil > now.bootMilliseconds {
                    let left = Self.seconds(state.limitedUntil - now.bootMilliseconds)
                    return "\(item.kind) wants nothing for \(left) s"
                }
            }
            let left = Self.seconds(notBefore - now.bootMilliseconds)
            return left > 0
                ? "it is tried again in \(left) s" : "it waits for somebody to take it"
        }
    }

    // MARK: By hand

    private func cancel(
        _ item: WorkItem, _ reason: String?, _ caller: Caller
    ) throws(Refusal) -> Decision {
        guard item.stage.isOpen else { throw over(item) }
        if item.stage == .begun {
            throw Refusal(
                .refused, "item \(item.id) has begun: it cannot be taken back",
                hint: "it ends by itself, or with its lease")
        }
        let ending = WorkEnding(
            id: item.id, kind: item.kind, .cancelled,
            outcome: item.stage == .leased ? .released : nil, uid: caller.uid,
            error: (reason ?? "cancelled by command").cut(toWrittenBytes: WorkBounds.errorBytes))
        return Decision(
            .work(.stage(id: item.id, WorkEnd.cancelled.rawValue, retrySeconds: nil)),
            .one(.work(.ended(ending))))
    }

    private func again(_ item: WorkItem, at now: Moment) throws(Refusal) -> Decision {
        guard item.stage.isOpen else { throw over(item) }
        if item.stage.isHeld {
            throw Refusal(
                .refused, "item \(item.id) is \(item.stage.name): somebody has it",
                hint: "it is ready again when its lease ends")
        }
        let isUnsure = !item.stage.isReady
        let release = WorkRelease(
            id: item.id, notBefore: now.bootMilliseconds, outcome: nil,
            mayRepeat: item.mayRepeat || isUnsure)
        return Decision(
            .work(.stage(id: item.id, "ready", retrySeconds: 0)),
            .one(.work(.released(release))))
    }

    private func over(_ item: WorkItem) -> Refusal {
        Refusal(.refused, "item \(item.id) has ended: \(item.stage.name)")
    }

    private func change(
        _ kind: String, isHeld: Bool, _ caller: Caller
    ) throws(Refusal) -> Decision {
        let states = workKindStates
        guard var state = states[kind] else {
            throw Refusal(
                .notFound, "there is no work of the kind \(kind)",
                hint: states.isEmpty
                    ? "the configuration has none"
                    : "there are " + states.keys.sorted().prefix(10).joined(separator: ", "))
        }
        state.isHeld = isHeld
        if !isHeld {
            state.parkedSince = nil
            state.limitedUntil = 0
            state.failures = 0
        }
        var view = view(state)
        if !isHeld { view.limitedUntil = nil }
        return Decision(
            .work(.kind(view)),
            .one(.work(.kind(WorkKindChange(kind, isHeld: isHeld, uid: caller.uid)))))
    }
}

extension WorkQuery {
    func holds(_ item: WorkItem) -> Bool {
        if let kind, item.kind != kind { return false }
        if let after, item.id >= after { return false }
        return switch stages {
        case .all: true
        case .open: item.stage.isOpen
        case .ended: !item.stage.isOpen
        case .ready, .leased, .begun, .unsure: item.stage.name == stages.rawValue
        }
    }
}
