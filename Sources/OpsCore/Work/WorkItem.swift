// One thing to be done outside: what, for whom, how far it has come, and every attempt at it.
//
//     ready -> leased -> begun -> ended        from leased or begun also: ready (later), unsure
//
// An item is never handed out twice at a time: a lease is a token of 64 random bits, and whoever
// reports on the item names it.

/// How an item ended.  The raw value is on disk and in replies.
package enum WorkEnd: String, Hashable, Sendable, CaseIterable {
    case done
    /// It will never be done: whoever is to do it said so.
    case failed
    /// It was not done in its time.
    case expired
    /// By command, or because its kind is not configured any more.
    case cancelled
    /// A newer item of its kind and key stands for it.
    case superseded
    /// The world was not any more what it was when this was decided; nothing was done.
    case stale
}

/// How an item stands.
package enum WorkStage: Hashable, Sendable {
    /// It may be taken, from this time on: milliseconds of boot time.
    case ready(notBefore: Int64)
    /// Somebody has taken it, and has not begun.
    case leased
    /// Past the point of no return.
    case begun
    /// It is not known whether it was done, and it must not be done twice.  Since when: wall clock
    /// seconds since 1970.
    case unsure(since: Int64)
    /// When: wall clock seconds since 1970.
    case ended(WorkEnd, at: Int64)

    /// It has not ended.
    package var isOpen: Bool { if case .ended = self { false } else { true } }
    /// It waits to be taken.
    package var isReady: Bool { if case .ready = self { true } else { false } }
    /// Somebody has it.
    package var isHeld: Bool { self == .leased || self == .begun }

    /// For replies: the stage, or how it ended.
    package var name: String {
        switch self {
        case .ready: "ready"
        case .leased: "leased"
        case .begun: "begun"
        case .unsure: "unsure"
        case .ended(let end, _): end.rawValue
        }
    }
}

/// Why an attempt failed, in the words of `work failed`.
package enum WorkFailure: String, Hashable, Sendable, CaseIterable {
    /// Nothing has reached anybody.
    case neverSent = "never-sent"
    /// The other side wants it later.
    case limited
    /// It may have been done: the answer is missing.
    case maybeSent = "maybe-sent"
    /// The other side will never take it.
    case permanent
    /// The world has changed; nothing was done.
    case stale
}

/// How an attempt ended.  The raw value is on disk and in replies.
package enum WorkOutcome: String, Hashable, Sendable, CaseIterable {
    case done
    case neverSent = "never-sent"
    case limited
    case maybeSent = "maybe-sent"
    case permanent
    case stale
    /// Who had taken it was gone before anything had begun.
    case released
    /// Who had begun it did not come back.
    case lost

    /// The outcome of an attempt that failed so.
    package init(_ failure: WorkFailure) {
        self =
            switch failure {
            case .neverSent: .neverSent
            case .limited: .limited
            case .maybeSent: .maybeSent
            case .permanent: .permanent
            case .stale: .stale
            }
    }
}

/// One attempt at an item.
package struct WorkAttempt: Hashable, Sendable {
    /// Counts from 1.
    package var number: UInt32
    /// Who took it.
    package var uid: UInt32
    /// Wall clock seconds since 1970: when it was taken, begun and over.
    package var taken: Int64
    /// The same; nil: it has not.
    package var begun: Int64?
    /// The same; nil: it has not.
    package var ended: Int64?
    /// nil: it is under way.
    package var outcome: WorkOutcome?
    /// The provider's words; at most `WorkBounds.errorBytes`.
    package var error = ""

    package init(number: UInt32, uid: UInt32, taken: Int64) {
        self.number = number
        self.uid = uid
        self.taken = taken
    }
}

/// Who has an item, or had it last.
package struct WorkLease: Hashable, Sendable {
    /// Whoever reports names it.
    package var token: UInt64
    /// The user whose connections may.
    package var uid: UInt32
    /// How long it lasts without a sign of life.
    package var milliseconds: Int64

    package init(token: UInt64, uid: UInt32, milliseconds: Int64) {
        self.token = token
        self.uid = uid
        self.milliseconds = milliseconds
    }
}

/// One thing to be done outside.
package struct WorkItem: Entity {
    /// Counts up; never used again.
    package var id: UInt64
    /// What is done, and where it goes.
    package var kind: String
    /// What it is about.
    package var key: String
    /// A JSON object; empty once it has ended.
    package var payload: String
    /// It goes first.
    package var isUrgent: Bool
    /// Wall clock seconds since 1970.
    package var created: Int64
    /// When it is given up, or, once it has ended, forgotten: milliseconds of boot time.
    package var deadline: Int64
    /// How it stands.
    package var stage: WorkStage
    /// The newest, the oldest first; at most `WorkBounds.attempts`.
    package var attempts: [WorkAttempt] = []
    /// How often it was taken.
    package var taken: UInt32 = 0
    /// Attempts that failed.
    package var failures: UInt32 = 0
    /// It may have been done before: whoever does it says so.
    package var mayRepeat = false
    /// Who has it, or had it last.
    package var lease: WorkLease?
    /// What the other side gave for it.
    package var receipt = ""
    /// The newest error.
    package var error = ""
    /// Counts the items in the order in which they ended; 0: it is open.
    package var endNumber: UInt64 = 0
    /// Members of a newer version.
    package var unknown = ""

    package init(
        id: UInt64, kind: String, key: String, payload: String, isUrgent: Bool, created: Int64,
        deadline: Int64, stage: WorkStage
    ) {
        self.id = id
        self.kind = kind
        self.key = key
        self.payload = payload
        self.isUrgent = isUrgent
        self.created = created
        self.deadline = deadline
        self.stage = stage
    }

    /// What is promised of it.
    package var promise: WorkPromise { WorkPromise(kind: kind) }
}

extension WorkItem {
    /// Another attempt begins.  One that has this number already is put in its place.
    mutating func begin(_ attempt: WorkAttempt) {
        if attempts.last?.number == attempt.number { attempts.removeLast() }
        if attempts.count >= WorkBounds.attempts {
            attempts.removeFirst(attempts.count - WorkBounds.attempts + 1)
        }
        attempts.append(attempt)
    }

    /// The attempt under way is over.
    mutating func close(_ outcome: WorkOutcome, at wall: Int64, error: String = "") {
        guard let last = attempts.indices.last, attempts[last].outcome == nil else { return }
        attempts[last].outcome = outcome
        attempts[last].ended = wall
        attempts[last].error = error
    }
}
