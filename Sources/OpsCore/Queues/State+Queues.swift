// Queues in the state: who may report what, what is logged and told, who is silent.  The rules of
// room, numbered as their tests:
//  R1. A queue of the configuration always has room: if need be, the one without a section goes
//      that was reported longest ago.
//  R2. One without a section takes the place of one that is silent, of the same user where that has
//      its quarter already, or else is refused by the shares of the table.
//  R3. One without a section is forgotten after a day without a report.

extension State {
    /// Queues, for reading.
    package var queues: Queues { domains.queues }

    /// The sections of the configuration.
    package mutating func adopt(_ rules: [QueueName: QueueRules], at now: Moment) {
        domains.queues.adopt(rules, at: now)
    }

    func decide(
        _ command: QueueCommand, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        switch command {
        case .report(let report): try self.report(report, by: caller, at: now)
        case .status(let names): Decision(.queue(.status(try views(names, at: now))))
        }
    }

    private func report(
        _ report: QueueReport, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        let time = now.bootMilliseconds
        let known = domains.queues[report.name]
        var queue = known ?? Queue(id: report.name, uid: caller.uid, at: time)
        let wasSilent = queue.isSilent
        let turned = queue.take(report, domains.queues.rules(of: report.name), at: time)
        let reply = Reply.queue(.noted(queue.id, queue.state))
        // A counter that began again is logged at once: what it counted before could not be told
        // any more from the next report.
        let isDue =
            known == nil || wasSilent || time - queue.stored >= QueueBounds.logged
            || queue.hasBegunAgain(since: known)
        if turned.isEmpty && !isDue { return Decision(reply, telemetry: .queued(queue)) }
        queue.stored = time
        let put = Change.queue(put: queue, queue.event(turned, wasSilent: wasSilent, known: known))
        if known != nil { return Decision(reply, .one(put)) }
        guard let gone = try room(for: report.name, by: caller) else {
            return Decision(reply, .one(put))
        }
        return Decision(reply, .several([.queue(drop: gone), put]))
    }

    /// Which queue makes room for a new one; nil: there is room.
    private func room(for name: QueueName, by caller: Caller) throws(Refusal) -> QueueName? {
        let queues = domains.queues
        let limit = QueueRules.limit
        if queues.rules[name] != nil {
            // Counted with the others already.
            if queues.count <= limit { return nil }
            return queues.stalest { _ in true }
        }
        let share = caller.share
        let bound = share.bound(
            held: queues.count, of: limit, own: queues.unconfigured.count { $0.uid == share.uid })
        guard let bound else { return nil }
        let isQuarter = if case .quarter = bound { true } else { false }
        if let gone = queues.stalest({ $0.isSilent && (!isQuarter || $0.uid == share.uid) }) {
            return gone
        }
        throw bound.refusal(
            "queues", of: limit, full: "there are \(limit) queues already, and none is silent",
            hint: "a queue that nobody reports is forgotten after a day")
    }

    private func views(_ names: [QueueName], at now: Moment) throws(Refusal) -> [QueueView] {
        let queues = domains.queues
        let wanted =
            names.isEmpty ? Set(queues.all.map(\.id)).union(queues.rules.keys).sorted() : names
        var views: [QueueView] = []
        for name in wanted {
            let queue = queues[name]
            if queue == nil && queues.rules[name] == nil {
                throw Refusal(
                    .notFound, "there is no queue \(name)",
                    hint: "`queue status` lists all of them")
            }
            views.append(
                QueueView(
                    name, queues.rules(of: name), isConfigured: queues.rules[name] != nil, queue,
                    reported: queue.map { ($0.reported + clockOffset) / 1_000 },
                    ageSeconds: queue.map { max(0, now.bootMilliseconds - $0.reported) / 1_000 },
                    isSilent: queue?.isSilent ?? isAwaitedTooLong(name, at: now)))
        }
        return views
    }

    /// Whether nobody has reported a queue of the configuration since opsd waits for it.
    private func isAwaitedTooLong(_ name: QueueName, at now: Moment) -> Bool {
        let queues = domains.queues
        guard let since = queues.awaited[name] else { return false }
        return now.bootMilliseconds - since >= queues.rules(of: name).silentMilliseconds
    }

    /// What has fallen silent, and what is forgotten (R3), as changes to apply in this order.
    /// Called once a second.
    package mutating func queueChanges(at now: Moment) -> [Change] {
        let time = now.bootMilliseconds
        if !domains.queues.isTimeToLook(at: time) { return [] }
        let queues = domains.queues
        return queues.all.compactMap { queue -> Change? in
            let age = time - queue.reported
            let waited = time - queues.waitedSince(queue)
            if !queue.isSilent, waited >= queues.rules(of: queue.id).silentMilliseconds {
                var silent = queue
                silent.isSilent = true
                silent.stored = time
                return .queue(put: silent, queue.silenceEvent(after: waited))
            }
            let isForgotten = queues.rules[queue.id] == nil && age >= QueueBounds.forgotten
            return isForgotten ? .queue(drop: queue.id) : nil
        }
    }

    /// What was reported and is not logged yet, as changes: for a stop.
    package mutating func drainQueues() -> [Change] {
        domains.queues.unlogged.map { .queue(put: $0) }
    }

    /// What is wrong with queues, and what cannot be told, in the eyes of the rules.
    package func queueConditions(at now: Moment) -> [IncidentCondition] {
        let queues = domains.queues
        if queues.isEmpty { return [] }
        var conditions: [IncidentCondition] = []
        for queue in queues.all {
            conditions += queue.conditions(queues.rules(of: queue.id), at: now.bootMilliseconds)
        }
        for name in queues.rules.keys.sorted()
        where queues[name] == nil && isAwaitedTooLong(name, at: now) {
            conditions.append(
                IncidentCondition(
                    .queueSilent, thing: name.description, "queue \(name) silent",
                    details: "nobody has reported it since opsd waits for it"))
        }
        return conditions
    }
}

extension Queues {
    /// Those without a section.
    fileprivate var unconfigured: [Queue] { all.filter { rules[$0.id] == nil } }

    /// The one without a section that was reported longest ago, of those that are asked for.
    fileprivate func stalest(_ isAskedFor: (Queue) -> Bool) -> QueueName? {
        unconfigured.filter(isAskedFor).min { ($0.reported, $0.id) < ($1.reported, $1.id) }?.id
    }
}
