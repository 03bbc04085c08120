// One queue as it was reported last, with what its verdicts need.  All times are milliseconds of
// boot time: setting the wall clock moves none of them.

/// A number that only grows at whoever counts it, until that starts anew.
package struct QueueCounter: Hashable, Sendable {
    /// As it was reported last.
    package var reported: UInt64
    /// All that was counted, over resets.
    package var total: UInt64

    /// The first report: what was counted before is taken as it is.
    package init(_ value: UInt64) { (reported, total) = (value, value) }

    /// As a file has it.
    package init(reported: UInt64, total: UInt64) {
        self.reported = reported
        self.total = total
    }

    /// Takes a report: a smaller value than before is that of a counter which began again at 0.
    mutating func take(_ value: UInt64) {
        let more = value >= reported ? value - reported : value
        reported = value
        total = total.addingReportingOverflow(more).overflow ? .max : total + more
    }
}

/// Both totals at one time.
package struct QueuePoint: Hashable, Sendable {
    /// When, milliseconds of boot time.
    package var at: Int64
    /// nil: not reported by then.
    package var processed: UInt64?
    /// nil: not reported by then.
    package var failed: UInt64?

    package init(at: Int64, processed: UInt64?, failed: UInt64?) {
        self.at = at
        self.processed = processed
        self.failed = failed
    }
}

/// What is said of a queue, or of one promise of it.
package enum QueueState: String, Hashable, Sendable, CaseIterable {
    case good, bad, unknown
}

/// The promises of a queue; the raw value is the member of replies.
package enum QueuePromise: String, Hashable, Sendable, CaseIterable {
    case stuck, depth, failed, rate
}

/// How a promise stands.
package struct QueueVerdict: Hashable, Sendable {
    /// What is told.
    package var state: QueueState
    /// What the newest reports say in its place; nil: the same.
    package var other: QueueState?
    /// Since when they do, milliseconds of boot time.
    package var otherSince: Int64

    /// Nothing is known yet.
    package init() { (state, other, otherSince) = (.unknown, nil, 0) }

    /// As a file has it.
    package init(_ state: QueueState, other: QueueState?, since: Int64) {
        self.state = state
        self.other = other
        otherSince = since
    }

    /// Takes what a report says.  A verdict turns when two reports in a row, and all of at least
    /// `QueueBounds.step`, say the same; from `unknown` to `good` at once.
    /// - Parameter isSure: what is bad has lasted already, and counts at once.
    /// - Returns: whether it has turned.
    mutating func take(_ said: QueueState, isSure: Bool, at now: Int64) -> Bool {
        if said == state {
            other = nil
            return false
        }
        if said != other { (other, otherSince) = (said, now) }
        let isAtOnce = (state == .unknown && said == .good) || (isSure && said == .bad)
        if !isAtOnce && now - otherSince < QueueBounds.step { return false }
        (state, other) = (said, nil)
        return true
    }
}

/// A queue.
package struct Queue: Entity {
    /// Its name.
    package let id: QueueName
    /// Who reported it first.
    package var uid: UInt32
    /// How many wait.
    package var depth: UInt64
    /// When the one was put in that has waited longest; nil: not reported.
    package var head: Int64?
    /// nil: never reported.
    package var processed: QueueCounter?
    /// nil: never reported.
    package var failed: QueueCounter?
    /// When it was reported last.
    package var reported: Int64
    /// When a report of it was last logged.
    package var stored: Int64
    /// When something was last seen to be taken from it, or it was seen empty.
    package var progress: Int64
    /// Since when each report has had something that waits; nil: nothing waits.
    package var busy: Int64?
    /// Nobody has reported it for too long.
    package var isSilent = false
    /// Earlier totals, the oldest first; the first is the base of paces and shares.
    package var points: [QueuePoint]
    /// By promise.
    package var verdicts: [QueuePromise: QueueVerdict] = [:]
    /// It never ends by itself.
    package var deadline = Ban.never
    /// Members that a newer version wrote.
    package var unknown = ""

    /// A queue of which nothing is known, but that somebody has just named it.
    package init(id: QueueName, uid: UInt32, at now: Int64) {
        self.id = id
        self.uid = uid
        depth = 0
        reported = now
        stored = now
        progress = now
        points = []
    }

    /// A verdict.
    package subscript(promise: QueuePromise) -> QueueVerdict {
        get { verdicts[promise] ?? QueueVerdict() }
        set { verdicts[promise] = newValue == QueueVerdict() ? nil : newValue }
    }

    /// What is told of it as a whole.
    package var state: QueueState {
        if isSilent { return .unknown }
        let states = QueuePromise.allCases.map { self[$0].state }
        if states.contains(.bad) { return .bad }
        return states.contains(.good) ? .good : .unknown
    }

    /// Moves every time to another boot: they are as long ago as the wall clock says.
    mutating func rebase(_ rebase: Rebase) {
        head = head.map { rebase.movedBack($0) }
        reported = rebase.movedBack(reported)
        stored = rebase.movedBack(stored)
        progress = rebase.movedBack(progress)
        busy = busy.map { rebase.movedBack($0) }
        points = points.map { point in
            var moved = point
            moved.at = rebase.movedBack(point.at)
            return moved
        }
        verdicts = verdicts.mapValues { verdict in
            var moved = verdict
            if verdict.other != nil { moved.otherSince = rebase.movedBack(verdict.otherSince) }
            return moved
        }
    }
}
