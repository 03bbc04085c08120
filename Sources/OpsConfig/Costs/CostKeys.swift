// The keys of `[costs.models.NAME]`.

import OpsCore

extension SectionKey<ModelRules> {
    /// The keys of a model.
    static let all: [SectionKey<ModelRules>] = [
        .init("cap_usd", .money(\.cap), "The most that it may cost in 24 hours."),
        .init(
            "price_in", .money(\.priceInput), "What a million tokens cost that go in, in dollars."),
        .init(
            "price_out", .money(\.priceOutput),
            "What a million tokens cost that come out, in dollars."),
        .init(
            "cheaper", .text(\.cheaperText, .model),
            "The model to use in its place when it may not be used; with a section of its own."),
    ]
}

extension ModelRules {
    fileprivate var cheaperText: String? {
        get { cheaper?.description }
        set { cheaper = newValue.flatMap { ModelName($0) } }
    }
}
