// Replies about objectives and the gate, for the tests that look at all replies.

@testable import OpsCore
@testable import OpsProtocol

let api = ObjectiveName("api") ?? .standard

/// With figures, or without any.
func budget(known: Bool) -> BudgetReport {
    var report = BudgetReport(
        objective: Objective(api), ts: noon, counts: Counts(), p95Milliseconds: nil,
        p99Milliseconds: nil, burnPercent: nil)
    if known {
        report.counts = Counts(good: 992, bad: 8, overP95: 20, overP99: 1)
        report.p95Milliseconds = 750.5
        report.p99Milliseconds = 1_150.2
        report.burnPercent = 20
        report.isUnknown = false
    }
    report.promises = [
        PromiseView(
            .availability, known ? .ok : .unknown, allowedPercent: 1,
            brokenPercent: known ? 0.8 : nil, windowSeconds: 2_592_000),
        PromiseView(
            .dailyErrors, known ? .ok : .unknown, allowedPercent: 1,
            brokenPercent: known ? 0.2 : nil, windowSeconds: 86_400),
        PromiseView(
            .p95, known ? .ok : .unknown, allowedPercent: 5, brokenPercent: known ? 2 : nil,
            windowSeconds: 2_592_000),
        PromiseView(
            .p99, known ? .ok : .unknown, allowedPercent: 1, brokenPercent: known ? 0.1 : nil,
            windowSeconds: 2_592_000),
    ]
    return report
}

/// An objective that keeps none of its promises.
func brokenBudget() -> BudgetReport {
    var report = budget(known: true)
    report.burnPercent = 250
    report.promises = [
        PromiseView(
            .availability, .broken, allowedPercent: 1, brokenPercent: 2.5,
            windowSeconds: 2_592_000),
        PromiseView(
            .dailyErrors, .firing, allowedPercent: 1, brokenPercent: 2.5, windowSeconds: 86_400),
        PromiseView(
            .p95, .firing, allowedPercent: 5, brokenPercent: 40, windowSeconds: 2_592_000,
            since: noon - 300),
        PromiseView(
            .p99, .broken, allowedPercent: 1, brokenPercent: 3, windowSeconds: 2_592_000),
    ]
    return report
}

func gateView(_ word: GateWord = .closed, reason: String = "why") -> GateView {
    GateView(
        word: word, reason: reason, objective: api, since: noon, burnPercent: 250.5,
        override: GateView.OverrideView(
            isClosed: false, since: noon, expires: noon + 60, ttlSeconds: 60, reason: reason,
            uid: 7),
        parts: [
            GateView.Part(name: api, word: word, since: noon, turns: nil, burnPercent: 250.5)
        ])
}

func serviceReport(known: Bool) -> ServiceReport {
    let reading = TierReading(
        tier: .hour, factor: 14.4, burnLong: known ? 20.5 : nil, burnShort: nil, holds: nil)
    var latency = LatencyFigures()
    if known {
        latency.measured = 1_000
        latency.counts = budget(known: true).counts
        latency.p50 = 12.5
        latency.p95 = 750.5
    }
    var figures = budget(known: known)
    // An alert that fires is its promise's.
    if known {
        figures.promises[0].state = .firing
        figures.promises[0].since = noon
    }
    return ServiceReport(
        budget: figures, windowSeconds: 2_592_000,
        counts: budget(known: known).counts, latency: latency, budgetLeftPercent: known ? 20 : nil,
        budgetLeftMinutes: known ? 8.64 : nil,
        exhaustedInSeconds: known ? 86_400 : nil,
        alerts: [
            AlertView(
                reading: reading, state: known ? .firing : .unknown, since: known ? noon : nil,
                peakBurn: known ? 31.25 : nil)
        ], baseline: nil, lastEvent: known ? noon : nil,
        hourly: [nil, known ? 0.5 : nil], bytes: 4_096)
}

/// An objective that keeps none of its promises.
func brokenReport() -> ServiceReport {
    var report = serviceReport(known: true)
    report.budget = brokenBudget()
    report.alerts = []
    return report
}

func serviceReplies(_ text: String) -> [(verb: String, reply: Reply, absent: Set<String>)] {
    let budgetFields: Set<String> = [
        "slo", "ok", "ts", "period_days", "p95_ms", "p99_ms", "error_rate",
        "remaining_budget_pct", "burn_rate_pct", "burn_alert", "slo_targets", "state",
        "indicator", "promises",
    ]
    return [
        ("slo observe", .service(.counted(1)), []), ("slo add", .service(.counted(100)), []),
        ("slo budget", .service(.budgets([budget(known: true)])), ["results"]),
        ("slo budget", .service(.budgets([budget(known: false)])), ["results"]),
        (
            "slo budget", .service(.budgets([budget(known: true), budget(known: false)])),
            budgetFields
        ),
        (
            "slo status",
            .service(
                .status(
                    [serviceReport(known: true), serviceReport(known: false)],
                    gateView(reason: text))),
            ["cut"]
        ),
        ("slo rebaseline", .service(.rebaselined(budget(known: true))), []),
        ("gate status", .service(.gateStatus(gateView(reason: text))), []),
        ("gate check", .service(.gateCheck(gateView(.open, reason: text))), []),
        ("gate override", .service(.gateOverridden(isClosed: false, expires: noon)), []),
        ("gate override", .service(.gateOverrideEnded), []),
    ]
}
