// The rows of objectives and of the deploy gate.

import OpsCore

extension CommandTable {
    static let observe = rows.first { $0.verb == "slo observe" }

    private static let name = Argument(
        "name", .objective, .positional, "the objective, as it is named in the configuration")
    private static let names = Argument(
        "name", .objective, .repeated(least: 0, most: Objective.limit), defaultText: "all",
        "objectives")
    private static let at = Argument(
        "at", .time, .keyword, "when it happened, if not now: up to an hour ago")
    private static let why = Argument(
        "reason", .text(limitBytes: Bounds.reasonBytes), .keyword, isRequired: true,
        "why, in words for people; required, except with to=auto")
    private static let counted = ReplyField("counted", "events")

    private static let budgetFields = [
        ReplyField("slo", "name of the objective"),
        ReplyField("ok", "false: no data, something fires, or the window's budget is spent"),
        ReplyField("ts", "time"), ReplyField("period_days", "days in the window"),
        ReplyField("p95_ms", "of the window, within 1 %, one decimal; null: no latencies"),
        ReplyField("p99_ms", "the same"),
        ReplyField("error_rate", "percent of the window's events; null: no events"),
        ReplyField("remaining_budget_pct", "100 minus burn_rate_pct; below 0: overspent"),
        ReplyField(
            "burn_rate_pct", "bad events of 24 hours, percent of the daily budget; null: no events"
        ),
        ReplyField("burn_alert", "OK, WATCH, WARNING, CRITICAL, or UNKNOWN without data"),
        ReplyField("slo_targets", "object: p95_ms, p99_ms, daily_error_budget_pct, availability"),
        ReplyField("state", "ok, broken, firing or unknown: the worst of the promises"),
        ReplyField("indicator", "green, yellow, red or grey"),
        ReplyField(
            "promises",
            "list of {promise, state, allowed_pct, broken_pct, left_pct, window_seconds, since}: "
                + "availability, daily_errors, p95, p99"),
    ]

    private static let gateFields = [
        ReplyField("gate", "open, closed or unknown"), ReplyField("reason", "text"),
        ReplyField("slo", "the objective that decides, or null"),
        ReplyField("since", "time, or null"), ReplyField("burn_rate_pct", "percent, or null"),
        ReplyField(
            "override", "null, or object: gate, since, expires, ttl_seconds, reason, uid"),
    ]

    /// Objectives.
    static let serviceRows: [CommandRow] = [
        CommandRow(
            "slo observe", .report, [], "Report one event of a service.",
            details: "It counts as bad with ok=false or a status of 500 or more, else as good.  It "
                + "is acknowledged at once and logged within a second.",
            [
                name,
                Argument("latency_ms", .milliseconds, .keyword, "how long it took"),
                Argument("ok", .word(["true", "false"]), .keyword, "whether it went well"),
                Argument("status", .integer(100...599), .keyword, "its HTTP status, instead of ok"),
                at,
            ], reply: [counted], example: "slo observe api latency_ms=12.5 status=200"
        ) { values throws(Refusal) in
            try observation(values)
        },
        CommandRow(
            "slo add", .report, [], "Report many events of a service at once.",
            [
                name, Argument("good", .integer(0...1_000_000), .keyword, "good events"),
                Argument("bad", .integer(0...1_000_000), .keyword, "bad events"),
                Argument(
                    "latencies", .latencies, .keyword,
                    "how long they took; no more of them than events"), at,
            ], reply: [counted], example: "slo add api good=98 bad=2 latencies=12.5:90,40:9,1900"
        ) { values throws(Refusal) in
            let (good, bad) = (values.integer("good") ?? 0, values.integer("bad") ?? 0)
            if good + bad == 0 {
                throw Refusal(.badArgument, "good: nothing to add; good or bad must be above 0")
            }
            return .service(
                .observeMany(
                    values.objective(),
                    ObservationBatch(
                        good: UInt64(good), bad: UInt64(bad), latencies: values.latencies),
                    at: values.time("at")))
        },
        CommandRow(
            "slo budget", .read, [.showsState, .heavy, .readsObservations],
            "Show how much of the error budget is left.",
            [names],
            reply: budgetFields + [
                ReplyField("results", "without a name, or with several: one object each instead")
            ], example: "slo budget api"
        ) { values in .service(.budget(values.objectives)) },
        CommandRow(
            "slo status", .read, [.showsState, .heavy, .readsObservations],
            "Show objectives with their percentiles, budgets and alerts.",
            [
                names,
                Argument(
                    "window", .seconds(60...2_592_000), .keyword, defaultText: "the objective's",
                    "the time that counts and percentiles cover; whole minutes"),
            ],
            reply: [
                ReplyField(
                    "objectives",
                    "list of {slo, ok, state, indicator, promises, availability, p50_ms, p95_ms, "
                        + "p99_ms, budget_left_pct, budget_left_minutes, exhausted_in_seconds, alerts, "
                        + "hourly_burn, targets, ...}"),
                ReplyField("gate", "object, as gate check"),
                ReplyField("cut", "true, present only if a list did not fit as a whole"),
            ], example: "slo status api window=1h"
        ) { values in
            .service(.status(values.objectives, windowSeconds: values.integer("window")))
        },
        CommandRow(
            "slo rebaseline", .admin, [.showsState, .readsObservations],
            "Start counting afresh; the old figures are kept in the event.",
            details:
                "If this objective closed the gate, it opens as far as this one is concerned.  "
                + "The reply has the new figures.",
            [
                Argument(
                    "name", .objective, .repeated(least: 0, most: 1),
                    defaultText: "the only objective, or default", "the objective"),
                Argument(
                    "reason", .text(limitBytes: Bounds.reasonBytes), .keyword,
                    "why, in words for people"),
            ],
            reply: budgetFields, example: "slo rebaseline api reason=\"new database\""
        ) { values in
            .service(.rebaseline(values.objectives.first, reason: values.text("reason") ?? ""))
        },
    ]

    /// The deploy gate.
    static let gateRows: [CommandRow] = [
        CommandRow(
            "gate status", .read, [.showsState, .readsObservations],
            "Show the deploy gate, and the part of each objective in it.",
            reply: gateFields + [
                ReplyField(
                    "parts", "list of {slo, gate, since, turns, burn_rate_pct}")
            ]
        ) { _ in .service(.gateStatus) },
        CommandRow(
            "gate check", .read, [.showsState, .readsObservations],
            "Tell whether to deploy; for scripts.",
            details:
                "opsctl exits with 0 for open, 1 for closed, 6 for unknown, which gate.unknown "
                + "may take for open or closed.",
            reply: gateFields
        ) { _ in .service(.gateCheck) },
        CommandRow(
            "gate override", .admin, .showsState, "Open or close the gate by hand, for a time.",
            [
                Argument(
                    "to", .word(["open", "closed", "auto"]), .keyword, defaultText: "open",
                    "the new state; auto ends an override"),
                Argument(
                    "ttl", .seconds(1...2_592_000), .keyword, isRequired: true,
                    "for how long; required, except with to=auto"),
                why,
            ],
            reply: [
                ReplyField("gate", "open, closed or auto"),
                ReplyField("expires", "time; null: the override has ended"),
            ], example: "gate override ttl=30m reason=\"hotfix of the cause\""
        ) { values throws(Refusal) in
            let word = GateWord(rawValue: values.text("to") ?? "open")
            return .service(
                .gateOverride(
                    word, milliseconds: values.integer("ttl").map { Int64($0) * 1_000 },
                    reason: word == nil ? values.text("reason") ?? "" : try reason(values)))
        },
    ]

    private static func observation(_ values: ArgumentValues) throws(Refusal) -> Command {
        if values.has("ok") && values.has("status") {
            throw Refusal(.badArgument, "status: cannot be given together with ok")
        }
        if !values.has("ok") && !values.has("status") && !values.has("latency_ms") {
            throw Refusal(
                .badArgument, "latency_ms: missing; one of latency_ms, ok and status is required")
        }
        let isGood = values.text("ok") != "false" && values.integer("status") ?? 200 < 500
        return .service(
            .observe(
                values.objective(),
                Observation(latencyMilliseconds: values.milliseconds("latency_ms"), isGood: isGood),
                at: values.time("at")))
    }

    private static func reason(_ values: ArgumentValues) throws(Refusal) -> String {
        guard let reason = values.text("reason") else {
            throw Refusal(.badArgument, "reason: missing; it is kept with the event")
        }
        return reason
    }
}

extension ArgumentValues {
    /// The only objective; the parser has checked that it is present.
    fileprivate func objective() -> ObjectiveName {
        guard let name = objective("name") else {
            preconditionFailure("an objective is missing")
        }
        return name
    }

    fileprivate var objectives: [ObjectiveName] {
        repeated.compactMap { value in
            if case .objective(let name) = value { name } else { nil }
        }
    }

    fileprivate var latencies: [ObservationBatch.Latency] {
        latencies("latencies") ?? []
    }
}
