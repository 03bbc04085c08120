// What the configuration says of spending; nothing of it is durable.

/// `[costs.models.NAME]`.
package struct ModelRules: Hashable, Sendable {
    /// The most that it may cost in 24 hours; nil: only the daily cap counts.
    package var cap: MicroUSD?
    /// For a million tokens that go in; nil: not known.
    package var priceInput: MicroUSD?
    /// For a million tokens that come out; nil: not known.
    package var priceOutput: MicroUSD?
    /// What to use in its place when it may not be used; nil: nothing.
    package var cheaper: ModelName?

    /// Nothing is known of it.
    package init() {}

    /// What it costs; nil: not known, or not all of it.
    package var price: ModelPrice? {
        guard let priceInput, let priceOutput else { return nil }
        return ModelPrice(input: priceInput, output: priceOutput)
    }
}

/// `[costs]` and its models.
package struct CostRules: Hashable, Sendable {
    /// The most models that the configuration names.
    package static let modelLimit = 256
    /// The daily cap where nothing is configured (S2-24).
    package static let standardCap = MicroUSD(25 * MicroUSD.perDollar)

    /// The most that all models may cost in 24 hours; nil: no cap.
    package var dailyCap: MicroUSD? = CostRules.standardCap
    /// From this share of a cap on it is an alert, per cent (S2-25).
    package var alertPercent = 90
    /// By name.
    package var models: [ModelName: ModelRules] = [:]
    /// Who may say `exempt=true`, besides administrators.
    package var exemptUsers: Set<UInt32> = []

    /// The defaults.
    package init() {}
}

/// How near spending is to a cap (S2-25).
package enum CostLevel: UInt8, Hashable, Sendable, CaseIterable, Comparable {
    case fine, warning, critical

    /// As in S2-22.
    package var name: String {
        switch self {
        case .fine: "OK"
        case .warning: "WARNING"
        case .critical: "CRITICAL"
        }
    }

    /// What is done about it.
    package var action: String {
        switch self {
        case .fine: "NONE"
        case .warning: "ALERT"
        case .critical: "THROTTLE"
        }
    }

    /// The level of what was spent; both thresholds belong to the level that they begin.
    package init(_ spent: MicroUSD, of cap: MicroUSD?, alertPercent: Int, criticalPercent: Int) {
        guard let cap else {
            self = .fine
            return
        }
        let parts = Int128(spent.micros) * 100
        if parts >= Int128(cap.micros) * Int128(criticalPercent) {
            self = .critical
        } else if parts >= Int128(cap.micros) * Int128(alertPercent) {
            self = .warning
        } else {
            self = .fine
        }
    }

    /// By how bad they are.
    package static func < (one: CostLevel, other: CostLevel) -> Bool {
        one.rawValue < other.rawValue
    }
}
