// Answers about spending.

/// Whether a call may be made.
package struct CostVerdict: Hashable, Sendable {
    /// The answer in a word.
    package enum Decision: Hashable, Sendable {
        case allow
        /// This model in place of the one that was named.
        case use(ModelName)
        case deny
    }

    /// The answer.
    package var decision: Decision
    /// Why, for people; nil: there is nothing to say.
    package var reason: String?

    package init(_ decision: Decision, _ reason: String? = nil) {
        self.decision = decision
        self.reason = reason
    }
}

/// A reservation or a record as replies show it.
package struct CostView: Hashable, Sendable {
    /// As it is now.
    package var entry: CostEntry
    /// Wall clock seconds since 1970: when it lapses, or once it is closed, when it is forgotten.
    package var expires: Int64
    /// It was so before this request.
    package var isRepeated: Bool

    package init(entry: CostEntry, expires: Int64, isRepeated: Bool) {
        self.entry = entry
        self.expires = expires
        self.isRepeated = isRepeated
    }
}

/// One model, or all of them, in `cost status`.
package struct CostFigures: Hashable, Sendable {
    /// In the last 24 hours.
    package var spent: MicroUSD
    /// What open reservations hold.
    package var reserved: MicroUSD
    /// In force; nil: none.
    package var cap: MicroUSD?
    /// What the configuration says, where another is in force; nil: the same.
    package var configured: MicroUSD??
    /// How near it is to the cap.
    package var level: CostLevel

    /// Of the cap, tenths of a per cent, rounded down, so that none looks like more than it is;
    /// nil: there is no cap.
    package var utilization: Int64? {
        guard let cap else { return nil }
        if cap == .zero { return 1_000 }
        return Int64(clamping: Int128(spent.micros) * 1_000 / Int128(cap.micros))
    }
}

/// `cost status` (S2-22).
package struct CostStatus: Hashable, Sendable {
    /// Wall clock seconds since 1970.
    package var ts: Int64
    /// All models together.
    package var total: CostFigures
    /// By name, in order.
    package var models: [(name: ModelName, figures: CostFigures)]
    /// The worst of all.
    package var level: CostLevel
    /// When the daily cap will be reached at the pace of the day so far, wall clock seconds since
    /// 1970; nil: not in the next 24 hours, or there is no cap.
    package var capAt: Int64?
    /// Models without a price, among those of the list.
    package var unpriced: [ModelName]
    /// Reservations that are open.
    package var open: Int
    /// Closed reservations and records with keys that are remembered.
    package var remembered: Int
    /// How far back they reach, wall clock seconds since 1970; nil: there are none.
    package var rememberedSince: Int64?

    /// Equal member by member.
    package static func == (one: CostStatus, other: CostStatus) -> Bool {
        one.ts == other.ts && one.total == other.total && one.level == other.level
            && one.capAt == other.capAt && one.unpriced == other.unpriced && one.open == other.open
            && one.remembered == other.remembered && one.rememberedSince == other.rememberedSince
            && one.models.elementsEqual(other.models) { $0 == $1 }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(ts)
        hasher.combine(total)
    }
}

/// What one day cost.
package struct CostDay: Hashable, Sendable {
    /// Midnight UTC, wall clock seconds since 1970.
    package var day: Int64
    /// What it came to.
    package var amount: MicroUSD
}

/// One answer about spending.
package enum CostReply: Hashable, Sendable {
    /// Counted with others of this second.
    case counted(ModelName, MicroUSD)
    case recorded(CostView)
    case reserved(CostVerdict, CostView)
    /// Nothing is held; the model that was asked for.
    case denied(CostVerdict, ModelName)
    case closed(CostView)
    case checked(CostVerdict, ModelName)
    case status(CostStatus)
    case days(ModelName?, [CostDay])
    case capSet(ModelName?, old: MicroUSD?, new: MicroUSD?)
}
