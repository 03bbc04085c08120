// The requests about spending.

/// A reservation, or a record with a key, as callers name it.
package enum CostName: Hashable, Sendable {
    case id(UInt64)
    case key(String)
}

/// What a call is said to cost.
package enum CostEstimate: Hashable, Sendable {
    case amount(MicroUSD)
    /// By the price of the model.
    case tokens(TokenCounts)
}

/// What was spent.
package struct CostReport: Hashable, Sendable {
    /// The model that was called.
    package var model: ModelName
    /// What it cost.
    package var amount: MicroUSD
    /// The caller's own name for it; nil: none.
    package var key: String?
    /// Wall clock milliseconds since 1970; nil: now.
    package var at: Int64?

    package init(model: ModelName, amount: MicroUSD, key: String? = nil, at: Int64? = nil) {
        self.model = model
        self.amount = amount
        self.key = key
        self.at = at
    }
}

/// What is to be spent.
package struct CostRequest: Hashable, Sendable {
    /// The model that is to be called.
    package var model: ModelName
    /// What it may cost at most.
    package var estimate: CostEstimate
    /// The caller's own name for it; nil: none.
    package var key: String?
    /// How long it is held.
    package var ttlSeconds: Int
    /// It is not to be held to any cap.
    package var isExempt: Bool

    package init(
        model: ModelName, estimate: CostEstimate, key: String? = nil,
        ttlSeconds: Int = CostBounds.standardTTLSeconds, isExempt: Bool = false
    ) {
        self.model = model
        self.estimate = estimate
        self.key = key
        self.ttlSeconds = ttlSeconds
        self.isExempt = isExempt
    }
}

/// One request about spending.
package enum CostCommand: Hashable, Sendable {
    case record(CostReport)
    case reserve(CostRequest)
    case settle(CostName, MicroUSD)
    case release(CostName)
    case correct(CostName, MicroUSD)
    case check(ModelName, isExempt: Bool)
    case status
    /// nil: all models together.
    case days(ModelName?)
    /// nil: the daily cap.
    case setCap(ModelName?, CapChange.Choice)
}
