// What a service promises: numbers with their units, no file format.  Shares are parts per million,
// so that 99.95 % is exact.

/// One `[slo.NAME]` of the configuration.
package struct Objective: Hashable, Sendable {
    /// The longest window, minutes: 30 days.
    package static let longestWindowMinutes: Int64 = 43_200
    /// The most objectives.
    package static let limit = 256
    /// Parts per million in a whole.
    package static let million = 1_000_000.0

    /// `NAME` of `[slo.NAME]`.
    package var name: ObjectiveName
    /// The share of good events promised by `availability`, parts per million; nil: what
    /// `dailyErrorBudgetPPM` leaves, so that there is one promise about errors and not two.
    package var promisedPPM: Int?
    /// 95 of 100 latencies are not above it, milliseconds.
    package var latencyP95Milliseconds = 800.0
    /// 99 of 100 latencies are not above it, milliseconds.
    package var latencyP99Milliseconds = 1_200.0
    /// The share of bad events that a day may have, parts per million (S2).
    package var dailyErrorBudgetPPM = 10_000
    /// The window that all this is promised for, minutes.  1 h ... 30 d.
    package var windowMinutes = longestWindowMinutes
    /// Fewer events than this in its long window, and no burn alert fires.
    package var minimumEvents = 20
    /// The same for bad events.
    package var minimumBad = 3
    /// Its burn alerts, by the names of their long windows; nil: all that fit the window.
    package var alerts: [BurnTier]?
    /// After this many minutes without an event it is `unknown`; nil: a hundredth of the window,
    /// the time in which a service just as bad as allowed spends a hundredth of its budget.
    package var noDataMinutes: Int64?
    /// Whether this objective can close the deploy gate.
    package var gates = true
    /// The time in which a missed latency target is an alert, minutes.  5 min ... 1 d.
    package var latencyWindowMinutes: Int64 = 30
    /// Whether such an alert can close the deploy gate.
    package var latencyGates = false

    package init(_ name: ObjectiveName) { self.name = name }

    /// The share of good events in force over the window, parts per million.  1...999_999.
    package var availabilityPPM: Int {
        get { promisedPPM ?? min(999_999, max(1, 1_000_000 - dailyErrorBudgetPPM)) }
        set { promisedPPM = newValue }
    }

    /// The share of bad events that the objective allows, 0...1.
    package var allowedBad: Double { (Self.million - Double(availabilityPPM)) / Self.million }

    /// The highest possible burn rate: every event is bad.
    package var highestBurn: Double { 1 / allowedBad }

    /// The burn alerts in force, the shortest window first.
    package var tiers: [BurnTier] {
        let wanted =
            alerts
            ?? BurnTier.allCases.filter {
                // Whoever did not set the target is not to mend it.
                (promisedPPM == nil ? $0.misfit(in: self) : $0.fault(in: self)) == nil
            }
        return BurnTier.allCases.filter { wanted.contains($0) }
    }

    /// After this many minutes without an event it is `unknown`.
    package var silenceMinutes: Int64 { noDataMinutes ?? max(1, windowMinutes / 100) }

    /// How many times faster than allowed the budget went; nil: there were no events.
    package func burn(_ counts: Counts) -> Double? {
        counts.total == 0 ? nil : Double(counts.bad) / Double(counts.total) / allowedBad
    }

    /// The share of bad events as a percentage of what a day may have; nil: no events.
    package func dailyBurnPercent(_ counts: Counts) -> Double? {
        if counts.total == 0 { return nil }
        let share = Double(counts.bad) * Self.million / Double(counts.total)
        return share / Double(dailyErrorBudgetPPM) * 100
    }
}

/// How far the daily error budget is spent, in a word (S2-05, X-08).
package enum BurnBand: String, Hashable, Sendable, CaseIterable {
    case ok = "OK"
    case watch = "WATCH"
    case warning = "WARNING"
    case critical = "CRITICAL"
    /// No data: nothing can be said.
    case unknown = "UNKNOWN"

    /// OK < 100 <= WATCH < 150 <= WARNING <= 200 < CRITICAL, per cent of the daily budget.
    package init(_ percent: Double?) {
        guard let percent else {
            self = .unknown
            return
        }
        if percent > 200 {
            self = .critical
        } else if percent >= 150 {
            self = .warning
        } else if percent >= 100 {
            self = .watch
        } else {
            self = .ok
        }
    }
}

/// A burn alert of the multi-window, multi-burn-rate method.  Source: Google, The Site Reliability
/// Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts", and the table that follows it.
package enum BurnTier: UInt8, Hashable, Sendable, CaseIterable {
    case hour, sixHours, day, threeDays

    /// The name of its long window, as in the configuration.
    package var name: String {
        switch self {
        case .hour: "1h"
        case .sixHours: "6h"
        case .day: "1d"
        case .threeDays: "3d"
        }
    }

    /// The alert whose long window has this name; nil: none.
    package init?(name: String) {
        guard let tier = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = tier
    }

    /// The long window, minutes.
    package var longMinutes: Int64 {
        switch self {
        case .hour: 60
        case .sixHours: 360
        case .day: 1_440
        case .threeDays: 4_320
        }
    }

    /// The short window, a twelfth of the long one, minutes.
    package var shortMinutes: Int64 { self == .hour ? 5 : longMinutes / 12 }

    /// Somebody is to be woken; otherwise it can wait for the working day.
    package var isPage: Bool { self == .hour || self == .sixHours }

    /// The factor for a window of 30 days.
    private var monthlyFactor: Double {
        switch self {
        case .hour: 14.4
        case .sixHours: 6
        case .day: 3
        case .threeDays: 1
        }
    }

    /// The burn above which it fires.  It grows with the objective's window, so that the alert
    /// always stands for the same share of the budget, spent within the long window.
    package func factor(windowMinutes: Int64) -> Double {
        monthlyFactor * Double(windowMinutes) / Double(Objective.longestWindowMinutes)
    }

    /// Why an objective cannot have this alert.
    package enum Misfit: Hashable, Sendable {
        /// Its long window is longer than the objective's.
        case windowTooShort
        /// It would fire although the budget lasts.
        case withinBudget(factor: Double)
        /// Even if all fails, the budget does not burn so fast.
        case neverReached(factor: Double)
    }

    /// Why it does not fit the objective's window, if so; `misfit` looks at the target as well.
    package func fault(in objective: Objective) -> Misfit? {
        if longMinutes > objective.windowMinutes { return .windowTooShort }
        let factor = factor(windowMinutes: objective.windowMinutes)
        return factor < 1 ? .withinBudget(factor: factor) : nil
    }

    /// Why the objective cannot have this alert, if so.
    package func misfit(in objective: Objective) -> Misfit? {
        if let fault = fault(in: objective) { return fault }
        let factor = factor(windowMinutes: objective.windowMinutes)
        return objective.highestBurn > factor ? nil : .neverReached(factor: factor)
    }
}

/// `[gate]`.
package struct GateRules: Hashable, Sendable {
    /// Burn of the daily budget above which the gate closes, per cent.
    package var closeAbovePercent = 200
    /// How long it must last.
    package var closeAfterMilliseconds: Int64 = 7_200_000
    /// Burn below which it opens again, per cent.
    package var openBelowPercent = 200
    /// How long the burn must stay below before the gate opens.
    package var openAfterMilliseconds: Int64 = 7_200_000
    /// What the gate says where nothing can be said, for want of data or of objectives.
    package var unknown = GateWord.unknown
    /// How often the flag file is written again while the gate is closed.
    package var flagRefreshMilliseconds: Int64 = 60_000
    /// For how long a flag file counts without being refreshed.
    package var flagLifeMilliseconds: Int64 = 300_000

    /// The defaults of the configuration.
    package init() {}
}
