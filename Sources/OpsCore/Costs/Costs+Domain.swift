// Spending as a domain: its records applied, what a snapshot takes of it, what ends by itself.

extension Costs: Domain {
    /// Applies what a request about one call comes to, as its record.
    mutating func apply(_ call: CostCall) {
        if call.effect == .none { return }
        if call.effect == .counted { add(call.delta) }
        put(call.view.entry)
    }

    /// Applies a record; what is counted and what is forgotten make no event.
    package mutating func apply(_ record: CostRecord, at instant: Instant) -> EventDraft? {
        switch record {
        case .reserved(let entry): put(entry)
        case .closed(let entry, let delta):
            add(delta)
            put(entry)
        case .corrected(let correction):
            add(correction.delta)
            put(correction.entry)
            return correction.event
        case .spent(let delta): add(delta)
        case .forgotten(let mark): entries.forget(through: mark)
        case .capSet(let change):
            switch change.choice {
            case .amount(let cap): caps[change.model] = .some(cap)
            case .none: caps[change.model] = .some(nil)
            case .configured: caps[change.model] = nil
            }
            return EventDraft(
                .costCapSet, .warning, change.summary, uid: change.uid,
                subject: CostSubject.of(change.model))
        case .alerted(let alert): return apply(alert)
        case .modelDropped(let name): models[name] = nil
        }
        return nil
    }

    private mutating func apply(_ alert: CostAlert) -> EventDraft? {
        if let model = alert.model {
            models[model, default: ModelSpend(model)].alerted = alert.level
        } else {
            total.alerted = alert.level
        }
        let (kind, severity): (EventKind, Severity) =
            switch alert.level {
            case .fine: (.costFine, .info)
            case .warning: (.costWarning, .warning)
            case .critical: (.costCritical, .critical)
            }
        return EventDraft(
            kind, severity, alert.details, subject: CostSubject.of(alert.model))
    }

    /// Takes each model with the part that its name falls into, whole and with its number, and each
    /// entry with the part of its own number: replay passes over what they have counted.  Taken at
    /// the beginning, all of it would be held at once.
    package func image(_ portion: SnapshotPortion, at now: Moment) -> CostImage? {
        guard case .part(let part) = portion, !isEmpty else { return nil }
        let models = models.values.filter { $0.name.place(among: State.snapshotParts) == part }
        let entries = entries.shards[part]
        if part > 0 && models.isEmpty && entries.isEmpty { return nil }
        return CostImage(
            summary: part == 0 ? .summary(lastID: lastID, total.alerted) : nil,
            caps: part == 0 ? caps : [:], models: models, entries: entries)
    }

    /// An older opsd would carry the lines along, older and older.
    package var minReader: Int { isEmpty ? 1 : 4 }

    /// Minutes are the service clock's, which moves by itself; ends of entries are boot time.
    package mutating func rebase(_ rebase: Rebase, at instant: Instant) { entries.rebase(rebase) }

    /// Makes what is derived anew.
    package mutating func recoveryEnded() { rebuild() }

    /// When the first reservation lapses, or the first closed entry is forgotten.
    package var nextDeadline: Int64 { entries.nextDeadline }

    /// Lets reservations lapse, and forgets closed entries whose time is over or for which there is
    /// no room.
    package func due(
        at now: Moment, in state: borrowing State, atMost limit: Int
    ) -> [Change] {
        let minute = state.serviceMinute(at: now)
        var numbers: [ModelName: UInt64] = [:]
        // The last change is what is forgotten.
        let lapsed = entries.lapsed(at: now.bootMilliseconds, atMost: max(1, limit - 1))
        var changes = lapsed.map { entry in
            let number = numbers[entry.model] ?? nextNumber(entry.model)
            numbers[entry.model] = number + 1
            return Change.cost(
                .closed(
                    entry.closed(.lapsed, entry.amount, in: minute, at: now),
                    SpendDelta(
                        model: entry.model, number: number, minute: minute, amount: entry.amount)))
        }
        let excess = closedCount + changes.count - CostBounds.closed
        if let mark = entries.mark(forgetting: excess)
            ?? entries.mark(forgetting: limit - changes.count, dueAt: now.bootMilliseconds)
        {
            changes.append(.cost(.forgotten(mark)))
        }
        return changes
    }

    /// Restores part of a snapshot.
    package mutating func restore(_ part: CostPart) {
        switch part {
        case .summary(let lastID, let level):
            self.lastID = max(self.lastID, lastID)
            total.alerted = level
        case .cap(let model, let cap): caps[model] = .some(cap)
        case .model(let name, let number, let level):
            var model = ModelSpend(name)
            model.number = number
            model.alerted = level
            models[name] = model
        case .minutes(let name, let entries): models[name]?.restore(minutes: entries)
        case .hours(let name, let entries): models[name]?.restore(hours: entries)
        case .entry(let entry):
            lastID = max(lastID, entry.id)
            entries.restore(entry)
        }
    }
}

extension CostEntry {
    /// The entry as it is when it is closed, or when it was and changes.
    func closed(
        _ state: CostState, _ amount: MicroUSD, in minute: Int64, at now: Moment
    ) -> CostEntry {
        var entry = self
        entry.amount = amount
        if self.state == .open {
            entry.deadline = now.bootMilliseconds + CostBounds.closedMilliseconds
        }
        entry.state = state
        entry.minute = minute
        return entry
    }
}

extension CostCorrection {
    fileprivate var event: EventDraft {
        EventDraft(
            .costCorrected, .warning,
            "\(entry.model): number \(entry.id) cost \(entry.amount) USD, not \(was) USD", uid: uid,
            subject: CostSubject.of(entry.model))
    }
}

/// Some of the spending of a snapshot.
package struct CostImage: DomainImage {
    fileprivate let summary: CostPart?
    fileprivate let caps: [ModelName?: MicroUSD?]
    fileprivate let models: [ModelSpend]
    fileprivate let entries: [UInt64: CostEntry]

    /// The summary and the caps, then each model before its parts, then entries.
    package func forEachEntry<Failure: Error>(
        _ body: (DomainEntry) throws(Failure) -> Void
    ) throws(Failure) {
        if let summary { try body(.cost(summary)) }
        if let daily = caps[nil] { try body(.cost(.cap(nil, daily))) }
        for name in caps.keys.compactMap(\.self).sorted() {
            if let cap = caps[name] { try body(.cost(.cap(name, cap))) }
        }
        for model in models.sorted(by: { $0.name < $1.name }) {
            for part in model.parts { try body(.cost(part)) }
        }
        for entry in entries.values.sorted(by: { $0.id < $1.id }) { try body(.cost(.entry(entry))) }
    }
}
