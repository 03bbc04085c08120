// What a report makes of a queue.  The rules, numbered as their tests:
//  Q1. A counter that is smaller than before has begun again at 0.  The first report gives no pace.
//  Q2. Paces and shares are those of the last 5 minutes: from the newest report that is as old, or
//      the oldest there is, to this one.
//  Q3. `depth` is good below its limit.
//  Q4. `rate` is good above its limit, and while nothing waits: an empty queue is not slow.  Nor is
//      one in which something has waited for less than a minute.
//  Q5. `failed` is good below its limit, and unknown with fewer than `sample` events.
//  Q6. `stuck`: something waits, and nothing was taken for `stuck`.  Counters show what is taken;
//      where there are none, the age of the oldest does; where there is neither, only a depth that
//      falls, and then `stuck` is never bad.
//  Q7. A verdict turns when reports have agreed for 50 seconds, two at least; `stuck` has lasted
//      already.  From `unknown` to `good` it is at once.

/// What is reported of a queue.
package struct QueueReport: Hashable, Sendable {
    /// Which.
    package var name: QueueName
    /// How many wait.
    package var depth: UInt64
    /// How many were processed, ever; nil: not said.
    package var processed: UInt64?
    /// How many have failed, ever; nil: not said.
    package var failed: UInt64?
    /// How long the oldest has waited; nil: not said.
    package var oldestSeconds: Int?

    package init(
        _ name: QueueName, depth: UInt64, processed: UInt64? = nil, failed: UInt64? = nil,
        oldestSeconds: Int? = nil
    ) {
        self.name = name
        self.depth = depth
        self.processed = processed
        self.failed = failed
        self.oldestSeconds = oldestSeconds
    }
}

extension Queue {
    /// Takes a report.
    /// - Returns: the promises whose verdicts have turned.
    mutating func take(_ report: QueueReport, _ rules: QueueRules, at now: Int64) -> [QueuePromise]
    {
        let before = self
        depth = report.depth
        if let value = report.processed { Self.count(value, &processed) }
        if let value = report.failed { Self.count(value, &failed) }
        busy = depth == 0 ? nil : busy ?? now
        notice(report, since: before, at: now)
        reported = now
        isSilent = false
        addPoint(report, at: now)
        return QueuePromise.allCases.filter { promise in
            let said = judge(promise, rules, at: now)
            return self[promise].take(said, isSure: promise == .stuck, at: now)
        }
    }

    /// Whether a counter is smaller than it was, or new.
    func hasBegunAgain(since before: Queue?) -> Bool {
        func has(_ counter: QueueCounter?, _ before: QueueCounter?) -> Bool {
            guard let counter else { return false }
            return counter.reported < before?.reported ?? .max
        }
        return has(processed, before?.processed) || has(failed, before?.failed)
    }

    private static func count(_ value: UInt64, _ counter: inout QueueCounter?) {
        if counter == nil { counter = QueueCounter(value) } else { counter?.take(value) }
    }

    /// Whether something was taken since the report before.
    private mutating func notice(_ report: QueueReport, since before: Queue, at now: Int64) {
        let oldHead = head
        // Without anything that waits there is none that has waited longest.
        head = depth == 0 ? nil : report.oldestSeconds.map { now - Int64($0) * 1_000 }
        let hasCounted =
            processed?.total != before.processed?.total || failed?.total != before.failed?.total
        var isMoving = depth == 0 || hasCounted || before.depth == 0
        if report.processed == nil {
            isMoving = isMoving || depth < before.depth
            if let head, let oldHead, head > oldHead + QueueBounds.slack {
                isMoving = true
            } else if let oldHead, head != nil, !isMoving {
                // Kept as it was: ages in whole seconds must not creep past the slack.
                head = oldHead
            }
        }
        if isMoving { progress = now }
    }

    /// Keeps a point now and then, and of those that are older than the window only the newest.
    /// A counter that is not in the report is not known.
    private mutating func addPoint(_ report: QueueReport, at now: Int64) {
        if let last = points.last, now - last.at < QueueBounds.step { return }
        while points.count > 1, now - points[1].at >= QueueBounds.window { points.removeFirst() }
        points.append(
            QueuePoint(
                at: now, processed: report.processed == nil ? nil : processed?.total,
                failed: report.failed == nil ? nil : failed?.total))
        if points.count > QueueBounds.points { points.removeFirst() }
    }

    /// The newest point that is as old as the window, or else the oldest.
    private var base: QueuePoint? {
        points.last { reported - $0.at >= QueueBounds.window } ?? points.first
    }

    /// What was processed and failed since a time; nil: not known.
    package var recent: QueueFlow? {
        guard let base, reported - base.at >= QueueBounds.leastSpan, let processed,
            let from = base.processed, points.last?.processed != nil
        else { return nil }
        let failures: UInt64? =
            if let failed { base.failed.map { failed.total - min($0, failed.total) } } else { nil }
        return QueueFlow(
            processed: processed.total - min(from, processed.total), failed: failures,
            milliseconds: reported - base.at)
    }

    private func judge(_ promise: QueuePromise, _ rules: QueueRules, at now: Int64) -> QueueState {
        switch promise {
        case .depth:
            return rules.depth == 0 || depth < UInt64(rules.depth) ? .good : .bad
        case .rate:
            guard let busy, rules.rate > 0 else { return .good }
            guard let recent else { return .unknown }
            return recent.isFaster(than: rules.rate) || now - busy < 60_000 ? .good : .bad
        case .failed:
            if rules.failed == 0 { return .good }
            guard let recent, let share = recent.failedShare(sample: rules.sample) else {
                return .unknown
            }
            return share < Double(rules.failed) ? .good : .bad
        case .stuck:
            if depth == 0 || now - progress < rules.stuckMilliseconds { return .good }
            return points.last?.processed == nil && head == nil ? .unknown : .bad
        }
    }
}

/// What went through a queue in a time.
package struct QueueFlow: Hashable, Sendable {
    /// Jobs.
    package var processed: UInt64
    /// Jobs; nil: not reported.
    package var failed: UInt64?
    /// The time; above 0.
    package var milliseconds: Int64

    /// Processed a minute.
    package var perMinute: Double { Double(processed) * 60_000 / Double(milliseconds) }

    /// Whether more are processed a minute.
    func isFaster(than limit: Int) -> Bool {
        // Exact: neither side exceeds 2^64 times a day of milliseconds.
        UInt128(processed) * 60_000 > UInt128(limit) * UInt128(milliseconds)
    }

    /// The share that failed, per cent; nil: too few to tell, or not reported.
    package func failedShare(sample: Int) -> Double? {
        guard let failed else { return nil }
        let all = Double(processed) + Double(failed)
        return all >= Double(max(1, sample)) ? Double(failed) * 100 / all : nil
    }
}
