// What is told of a queue in words: events when a verdict turns, incidents while it is bad.

extension QueuePromise {
    /// By which rule it is an incident.
    var rule: IncidentRule {
        switch self {
        case .stuck: .queueStuck
        case .depth: .queueDeep
        case .failed: .queueFailing
        case .rate: .queueSlow
        }
    }

    /// What a queue is that does not keep it.
    package var word: String {
        switch self {
        case .stuck: "stuck"
        case .depth: "deep"
        case .failed: "failing"
        case .rate: "slow"
        }
    }
}

extension Queue {
    /// The event of a report; nil: nothing has turned that anybody must know.
    func event(_ turned: [QueuePromise], wasSilent: Bool, known: Queue?) -> EventDraft? {
        let bad = turned.filter { self[$0].state == .bad }
        if !bad.isEmpty {
            let isCritical = bad.contains { $0.rule.severity == .critical }
            return EventDraft(
                .queueBad, isCritical ? .critical : .warning,
                "queue \(id) \(bad.map(\.word).joined(separator: ", ")): \(figures(at: reported))",
                subject: .queue(QueueSubject(id)))
        }
        if wasSilent {
            return EventDraft(
                .queueBack, .info, "queue \(id) is reported again: \(figures(at: reported))",
                subject: .queue(QueueSubject(id)))
        }
        let well = turned.filter { promise in
            self[promise].state == .good && known?.wasBad(promise) == true
        }
        if well.isEmpty { return nil }
        return EventDraft(
            .queueWell, .info,
            "queue \(id) no longer \(well.map(\.word).joined(separator: ", ")): "
                + figures(at: reported), subject: .queue(QueueSubject(id)))
    }

    private func wasBad(_ promise: QueuePromise) -> Bool { self[promise].state == .bad }

    /// The event of its silence.
    func silenceEvent(after milliseconds: Int64) -> EventDraft {
        EventDraft(
            .queueSilent, .warning,
            "queue \(id) silent: nobody has reported it for \(milliseconds / 1_000) s",
            subject: .queue(QueueSubject(id)))
    }

    /// What is wrong with it in the eyes of the rules, and what cannot be told.
    func conditions(_ rules: QueueRules, at now: Int64) -> [IncidentCondition] {
        var conditions: [IncidentCondition] = []
        for promise in QueuePromise.allCases {
            let state = self[promise].state
            if isSilent || state == .unknown {
                conditions.append(.unknown(promise.rule, thing: id.description))
            } else if state == .bad {
                conditions.append(
                    IncidentCondition(
                        promise.rule, thing: id.description, "queue \(id) \(promise.word)",
                        details: figures(at: now)))
            }
        }
        if isSilent {
            conditions.append(
                IncidentCondition(
                    .queueSilent, thing: id.description, "queue \(id) silent",
                    details: "nobody has reported it for \((now - reported) / 1_000) s"))
        }
        return conditions
    }

    /// `61 waiting, the oldest for 125 s; 3 a minute; 2 % failed; none taken for 600 s`
    private func figures(at now: Int64) -> String {
        var text = "\(depth) waiting"
        if let head { text += ", the oldest for \(max(0, now - head) / 1_000) s" }
        if let recent {
            text += "; \(tenths(recent.perMinute)) a minute"
            if let share = recent.failedShare(sample: 1) { text += "; \(tenths(share)) % failed" }
        }
        if depth > 0, now - progress >= 60_000 {
            text += "; none taken for \((now - progress) / 1_000) s"
        }
        return text
    }
}

/// With at most one decimal; `value` is in 0...2^64.
private func tenths(_ value: Double) -> String {
    let scaled = UInt64(min(value * 10, 0x1p60) + 0.5)
    return scaled % 10 == 0 ? "\(scaled / 10)" : "\(scaled / 10).\(scaled % 10)"
}
