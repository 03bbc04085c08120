// The requests about work, and the answers.

/// `work take`.
package struct WorkTake: Hashable, Sendable {
    /// Any of these.
    package var kinds: [String]
    /// How long to wait where there is nothing; 0: not at all.
    package var waitMilliseconds: Int64
    /// How long it is kept without a sign of life.
    package var leaseMilliseconds: Int64

    package init(_ kinds: [String], waitMilliseconds: Int64, leaseMilliseconds: Int64) {
        self.kinds = kinds
        self.waitMilliseconds = waitMilliseconds
        self.leaseMilliseconds = leaseMilliseconds
    }
}

/// Which items `work list` shows.
package struct WorkQuery: Hashable, Sendable {
    /// By stage.
    package enum Stages: String, Hashable, Sendable, CaseIterable {
        case all, open, ready, leased, begun, unsure, ended
    }

    /// 1...1000.
    package var limit: Int
    /// Only items with a lower number.
    package var after: UInt64?
    /// Only items that stand so.
    package var stages: Stages
    /// Only those of this kind.
    package var kind: String?

    package init(
        limit: Int = 100, after: UInt64? = nil, stages: Stages = .all, kind: String? = nil
    ) {
        self.limit = limit
        self.after = after
        self.stages = stages
        self.kind = kind
    }
}

/// One request about work.
package enum WorkCommand: Hashable, Sendable {
    case take(WorkTake)
    case begun(WorkClaim)
    /// `progress`: a few words, shown while somebody has the item.
    case beat(WorkClaim, progress: String?)
    case done(WorkClaim, receipt: String)
    case failed(WorkClaim, WorkFailed)
    case list(WorkQuery)
    case show(UInt64)
    case why(UInt64)
    case cancel(UInt64, reason: String?)
    case retry(UInt64)
    case hold(kind: String)
    case resume(kind: String)
}

/// An item as replies show it.
package struct WorkView: Hashable, Sendable {
    /// As it is kept.
    package var item: WorkItem
    /// Wall clock seconds since 1970: from when it may be taken; nil: it does not wait.
    package var notBefore: Int64?
    /// When it is given up; nil: it has ended.
    package var expires: Int64?
    /// When its lease ends; nil: nobody has it.
    package var leaseUntil: Int64?
    /// What its holder said last; nil: nothing.
    package var progress: String?
}

/// A kind as replies show it.
package struct WorkKindView: Hashable, Sendable {
    /// As it is kept, with what waits.
    package var state: WorkKindState
    /// Wall clock seconds since 1970: until when it takes nothing; nil: it is not limited.
    package var limitedUntil: Int64?
    /// When the next item tries a parked kind; nil: it is not parked.
    package var nextProbe: Int64?
}

/// Items, the newest first, and all kinds.
package struct WorkPage: Hashable, Sendable {
    /// By name.
    package var kinds: [WorkKindView]
    /// The newest first.
    package var items: [WorkView]
    /// What to pass as `after` for the following page; nil: there is none.
    package var next: UInt64?
}

/// One answer about work.
package enum WorkReply: Hashable, Sendable {
    /// nil: nothing came in time.
    case taken(WorkItem?)
    /// The stage of an item now, and how long until it may be taken again, seconds rounded up.
    case stage(id: UInt64, String, retrySeconds: Int64?)
    case page(WorkPage)
    case item(WorkView)
    /// With what it waits for, or how it ended, in words.
    case why(WorkView, String)
    case kind(WorkKindView)
}
