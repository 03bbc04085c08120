// The keys of `[slo.NAME]`.  One table defines the keys of all such sections, as ConfigurationKey
// does for the fixed sections.  Percentages may have four decimals, and are kept exactly, as parts
// per million.

package import OpsCore

/// One key of `[slo.NAME]`.
package struct ObjectiveKey: Sendable {
    /// The key within its section.
    package let name: String
    let shape: Shape
    /// One sentence or two on one line, plain text.
    package let summary: String

    /// Type, bounds and the place in `Objective`.
    enum Shape: Sendable {
        /// Parts per million.
        case percent(ValuePath<Int>, ClosedRange<Int>)
        /// Parts per million; the default depends on the daily error budget.
        case optionalPercent(ValuePath<Int?>, ClosedRange<Int>)
        case milliseconds(ValuePath<Double>)
        case integer(ValuePath<Int>, ClosedRange<Int>)
        /// Whole minutes.
        case minutes(ValuePath<Int64>, ClosedRange<Int64>)
        /// Whole minutes; the default depends on the window.
        case optionalMinutes(ValuePath<Int64?>, ClosedRange<Int64>)
        case flag(ValuePath<Bool>)
        case tiers(ValuePath<[BurnTier]?>)
    }

    typealias ValuePath<Value> = any WritableKeyPath<Objective, Value> & Sendable

    /// The name of the section of all objectives.
    package static let section = "slo"
    /// One or two sentences on one line, plain text.
    package static let sectionSummary =
        "A service level objective; there may be several, each [slo.NAME].  Without any, there is one "
        + "named default."

    private static let month = Objective.longestWindowMinutes

    /// Every key.
    package static let all: [ObjectiveKey] = [
        ObjectiveKey(
            name: "availability", shape: .optionalPercent(\.promisedPPM, 1...999_999),
            summary:
                "The promised share of good events over the window; by default 100 less daily_error_budget_pct."
        ),
        ObjectiveKey(
            name: "latency_p95_ms", shape: .milliseconds(\.latencyP95Milliseconds),
            summary: "95 of 100 events take no longer than this."),
        ObjectiveKey(
            name: "latency_p99_ms", shape: .milliseconds(\.latencyP99Milliseconds),
            summary: "99 of 100 events take no longer than this; not less than latency_p95_ms."),
        ObjectiveKey(
            name: "daily_error_budget_pct", shape: .percent(\.dailyErrorBudgetPPM, 1...1_000_000),
            summary:
                "The allowed share of bad events per day, for slo budget and the gate."
        ),
        ObjectiveKey(
            name: "window", shape: .minutes(\.windowMinutes, 60...month),
            summary: "The period up to now over which these promises are judged."),
        ObjectiveKey(
            name: "min_events", shape: .integer(\.minimumEvents, 1...1_000_000),
            summary: "No alert fires with fewer events than this in its long window."),
        ObjectiveKey(
            name: "min_bad", shape: .integer(\.minimumBad, 1...1_000_000),
            summary:
                "No alert fires with fewer bad events, or slow ones, than this in its long window."),
        ObjectiveKey(
            name: "alerts", shape: .tiers(\.alerts),
            summary:
                "Its burn alerts, named by their long windows; by default all that fit its window."),
        ObjectiveKey(
            name: "no_data", shape: .optionalMinutes(\.noDataMinutes, 1...month),
            summary:
                "Its state is unknown after this long without events; by default a hundredth of its window."
        ),
        ObjectiveKey(
            name: "latency_window", shape: .minutes(\.latencyWindowMinutes, 5...1_440),
            summary:
                "An alert fires when a latency target is missed over this time, and over a sixth of it."
        ),
        ObjectiveKey(
            name: "gate", shape: .flag(\.gates),
            summary: "Whether this objective can close the deploy gate."),
        ObjectiveKey(
            name: "latency_gate", shape: .flag(\.latencyGates),
            summary:
                "Whether its latency alerts can, too: one that fires for gate.close_after closes it."
        ),
    ]

    /// Describes the allowed values: it completes "must be ...".
    package var allowed: String {
        switch shape {
        case .percent(_, let range), .optionalPercent(_, let range):
            "a number from \(Self.percent(range.lowerBound)) to "
                + "\(Self.percent(range.upperBound)), in per cent"
        case .milliseconds: "a number above 0 and up to 86400000, in milliseconds"
        case .integer(_, let range):
            "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .minutes(_, let range), .optionalMinutes(_, let range):
            "a duration of whole minutes from \"\(Self.duration(range.lowerBound))\" to "
                + "\"\(Self.duration(range.upperBound))\""
        case .flag: "either true or false"
        case .tiers:
            "a list with any of "
                + BurnTier.allCases.map(\.name.quoted).joined(separator: ", ")
        }
    }

    /// The value in an objective, as TOML.
    package func text(in objective: Objective) -> String {
        switch shape {
        case .percent(let valuePath, _): Self.percent(objective[keyPath: valuePath])
        case .optionalPercent: Self.percent(objective.availabilityPPM)
        case .milliseconds(let valuePath): Self.decimal(objective[keyPath: valuePath])
        case .integer(let valuePath, _): String(objective[keyPath: valuePath])
        case .minutes(let valuePath, _): Self.duration(objective[keyPath: valuePath]).quoted
        case .optionalMinutes: Self.duration(objective.silenceMinutes).quoted
        case .flag(let valuePath): objective[keyPath: valuePath] ? "true" : "false"
        case .tiers:
            "[" + objective.tiers.map(\.name.quoted).joined(separator: ", ") + "]"
        }
    }

    /// The value in an objective.
    package func value(in objective: Objective) -> ConfigurationValue {
        switch shape {
        case .percent, .optionalPercent, .milliseconds: .number(text(in: objective))
        case .integer(let valuePath, _): .integer(objective[keyPath: valuePath])
        case .minutes(let valuePath, _): .text(Self.duration(objective[keyPath: valuePath]))
        case .optionalMinutes: .text(Self.duration(objective.silenceMinutes))
        case .flag(let valuePath): .flag(objective[keyPath: valuePath])
        case .tiers: .list(objective.tiers.map(\.name))
        }
    }

    private static func duration(_ minutes: Int64) -> String {
        DurationText.text(minutes * 60_000)
    }

    /// Parts per million as per cent, with at least one decimal and no needless zeros.
    static func percent(_ ppm: Int) -> String {
        var digits = String(ppm % 10_000 + 10_000).dropFirst()
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        return "\(ppm / 10_000).\(digits)"
    }

    /// A number without a needless fraction.  `Double.description` parses back to the same number.
    static func decimal(_ value: Double) -> String {
        let whole = Int64(exactly: value)
        return whole.map { String($0) } ?? value.description
    }
}
