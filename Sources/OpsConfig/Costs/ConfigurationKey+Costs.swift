// The keys of `[costs]`.

import OpsCore

extension ConfigurationKey {
    static let costs = rows(
        "costs",
        [
            .init(
                "daily_cap_usd", .cap(\.costs.dailyCap), .applied,
                "The most that all models may cost in any 24 hours; cost set-cap overrides it."),
            .init(
                "alert", .integer(\.costs.alertPercent, 10...99, unit: "percent"), .applied,
                "From this share of a cap on it is a WARNING; at all of it, CRITICAL."),
            .init(
                "exempt", .users(\.costsExempt, limit: 64), .applied,
                "Users who may say exempt=true, as administrators may: such calls are counted and never denied."
            ),
        ])
}
