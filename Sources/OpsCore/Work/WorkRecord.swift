// What may happen to work.  Each record is absolute, and small but for `put`: applied again, in
// order, it changes nothing.  What an event tells is in the record.

/// An item as it is put.
package struct WorkPut: Hashable, Sendable {
    /// The number of the item.
    package var id: UInt64
    /// Its kind.
    package var kind: String
    /// What it is about.
    package var key: String
    /// A JSON object.
    package var payload: String
    /// It goes first.
    package var isUrgent: Bool
    /// Wall clock seconds since 1970.
    package var created: Int64
    /// Milliseconds of boot time.
    package var notBefore: Int64
    /// When it is given up, milliseconds of boot time.
    package var expires: Int64
    /// The open item of its kind and key that it stands for from now on; 0: none.
    package var supersedes: UInt64

    /// A draft with its number.
    package init(id: UInt64, _ draft: WorkDraft, at now: Moment, supersedes: UInt64) {
        self.init(
            id: id, kind: draft.kind, key: draft.key, payload: draft.payload,
            isUrgent: draft.isUrgent, created: now.wall / 1_000_000_000,
            notBefore: max(draft.notBefore, now.bootMilliseconds), expires: draft.expires,
            supersedes: supersedes)
    }

    package init(
        id: UInt64, kind: String, key: String, payload: String, isUrgent: Bool, created: Int64,
        notBefore: Int64, expires: Int64, supersedes: UInt64
    ) {
        self.id = id
        self.kind = kind
        self.key = key
        self.payload = payload
        self.isUrgent = isUrgent
        self.created = created
        self.notBefore = notBefore
        self.expires = expires
        self.supersedes = supersedes
    }
}

/// Somebody took an item.
package struct WorkTaken: Hashable, Sendable {
    /// The number of the item.
    package var id: UInt64
    /// Who has it now.
    package var lease: WorkLease
    /// The number of the attempt.
    package var number: UInt32

    package init(id: UInt64, lease: WorkLease, number: UInt32) {
        self.id = id
        self.lease = lease
        self.number = number
    }
}

/// An item may be taken again, and nothing has failed.
package struct WorkRelease: Hashable, Sendable {
    /// The number of the item.
    package var id: UInt64
    /// Milliseconds of boot time.
    package var notBefore: Int64
    /// What became of the attempt under way; nil: there is none, or it is over.
    package var outcome: WorkOutcome?
    /// It may have been done before.
    package var mayRepeat: Bool

    package init(id: UInt64, notBefore: Int64, outcome: WorkOutcome?, mayRepeat: Bool) {
        self.id = id
        self.notBefore = notBefore
        self.outcome = outcome
        self.mayRepeat = mayRepeat
    }
}

/// An attempt failed, and there will be another.
package struct WorkRetry: Hashable, Sendable {
    /// The number of the item.
    package var id: UInt64
    /// Its kind.
    package var kind: String
    /// What became of the attempt under way.
    package var outcome: WorkOutcome
    /// Milliseconds of boot time.
    package var notBefore: Int64
    /// Of the item, with this one.
    package var failures: UInt32
    /// Of the kind since its last success, with this one.
    package var kindFailures: UInt32
    /// It may have been done before.
    package var mayRepeat: Bool
    /// Until then the kind takes nothing: milliseconds of boot time; 0: that is not so.
    package var limitedUntil: Int64
    /// The kind is parked by this.
    package var parks: Bool
    /// The other side's words.
    package var error: String

    package init(
        id: UInt64, kind: String, outcome: WorkOutcome, notBefore: Int64, failures: UInt32,
        kindFailures: UInt32, mayRepeat: Bool, limitedUntil: Int64 = 0, parks: Bool = false,
        error: String
    ) {
        self.id = id
        self.kind = kind
        self.outcome = outcome
        self.notBefore = notBefore
        self.failures = failures
        self.kindFailures = kindFailures
        self.mayRepeat = mayRepeat
        self.limitedUntil = limitedUntil
        self.parks = parks
        self.error = error
    }
}

/// An item ended.
package struct WorkEnding: Hashable, Sendable {
    /// The number of the item.
    package var id: UInt64
    /// Its kind.
    package var kind: String
    /// How.
    package var end: WorkEnd
    /// What became of the attempt under way; nil: there is none.
    package var outcome: WorkOutcome?
    /// Who ended it by command; nil: nobody did.
    package var uid: UInt32?
    /// What the other side gave for it.
    package var receipt: String
    /// The provider's words, or the reason of whoever ended it.
    package var error: String
    /// Its kind was parked, and is so no more.
    package var resumes: Bool

    package init(
        id: UInt64, kind: String, _ end: WorkEnd, outcome: WorkOutcome? = nil, uid: UInt32? = nil,
        receipt: String = "", error: String = "", resumes: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.end = end
        self.outcome = outcome
        self.uid = uid
        self.receipt = receipt
        self.error = error
        self.resumes = resumes
    }
}

/// It is not known whether an item was done.
package struct WorkDoubt: Hashable, Sendable {
    /// The number of the item.
    package var id: UInt64
    /// Its kind.
    package var kind: String
    /// What became of the attempt under way.
    package var outcome: WorkOutcome
    /// The other side's words.
    package var error: String

    package init(id: UInt64, kind: String, outcome: WorkOutcome, error: String) {
        self.id = id
        self.kind = kind
        self.outcome = outcome
        self.error = error
    }
}

/// A kind is held, or goes on, by command.
package struct WorkKindChange: Hashable, Sendable {
    /// Its kind.
    package var kind: String
    /// false: it is neither held nor parked nor limited from now on.
    package var isHeld: Bool
    /// Who said so.
    package var uid: UInt32

    package init(_ kind: String, isHeld: Bool, uid: UInt32) {
        self.kind = kind
        self.isHeld = isHeld
        self.uid = uid
    }
}

/// What may happen to work.
package enum WorkRecord: Hashable, Sendable {
    case put(WorkPut)
    case taken(WorkTaken)
    case begun(id: UInt64)
    case released(WorkRelease)
    case retried(WorkRetry)
    case ended(WorkEnding)
    case unsure(WorkDoubt)
    case kind(WorkKindChange)
    /// After a crash: whatever was open up to this number may have been done, where more than once
    /// is allowed; and numbers up to this one may have been given to items that are lost.
    case doubted(through: UInt64)
    /// Ended items are forgotten, up to this one in the order in which they ended.
    case forgotten(through: UInt64)
}

extension Change {
    /// A record of work.
    package static func work(_ record: WorkRecord) -> Change { .domain(.work(record)) }
}

/// An entry of a snapshot.
package enum WorkEntry: Hashable, Sendable {
    case last(WorkLastNumber)
    case kind(WorkKindState)
    case item(WorkItem)
}
