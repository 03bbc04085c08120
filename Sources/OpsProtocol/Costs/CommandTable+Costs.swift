// The rows of spending on AI models.

import OpsCore

extension CommandTable {
    /// The row of what was spent.
    package static let costRecord = rows.first { $0.verb == "cost record" }
    static let costReserve = rows.first { $0.verb == "cost reserve" }
    static let costSettle = rows.first { $0.verb == "cost settle" }
    static let costRelease = rows.first { $0.verb == "cost release" }

    private static let model = Argument(
        "model", .model, .keyword, isRequired: true, "the model, as its provider names it")
    private static let usd = Argument(
        "usd", .money, .keyword, isRequired: true, "what it cost, in US dollars")
    private static let key = Argument(
        "key", .text(limitBytes: CostBounds.keyBytes), .keyword,
        "your own name for the call: said again, it counts once")
    private static let id = Argument(
        "id", .number("a reservation, or of a record with a key"), .repeated(least: 0, most: 1),
        defaultText: "the one of this key", "the number from cost reserve or cost record")
    private static let ofKey = Argument(
        "key", .text(limitBytes: CostBounds.keyBytes), .keyword,
        "the key that it was reserved or recorded with, in place of the number")
    private static let exempt = Argument(
        "exempt", .word(["true", "false"]), .keyword, defaultText: "false",
        "count it, and hold it to no cap; for administrators and the users of costs.exempt")
    private static let ofWhich = Argument(
        "model", .model, .repeated(least: 0, most: 1), defaultText: "all models together",
        "one model")

    private static let entryFields = [
        ReplyField("id", "number of the reservation or record"),
        ReplyField("state", "open, recorded, settled, lapsed or released"),
        ReplyField("model", "the model that it counts for"),
        ReplyField("usd", "what it counts with, in dollars"),
        ReplyField("key", "text, present only if it has one"),
        ReplyField("expires", "time: when it lapses, or once it is closed, is forgotten"),
        ReplyField("repeated", "true, present only if it was so before"),
    ]
    private static let verdictFields = [
        ReplyField("decision", "allow, use or deny"),
        ReplyField("use", "the cheaper model, present only if the decision is use"),
        ReplyField("reason", "why, present only if there is something to say"),
    ]

    /// What was spent.
    private static let costReports: [CommandRow] = [
        CommandRow(
            "cost record", .report, .showsState, "Report what a call cost.",
            details: "With a key, or for an earlier minute, it is durable when it is acknowledged; "
                + "else it counts at once, and is logged within a second.  What is finer than a "
                + "millionth of a dollar is rounded up.",
            [
                model, usd, key,
                Argument(
                    "at", .time, .keyword, "when it was spent, if not now: up to an hour ago"),
            ],
            reply: [
                ReplyField("counted", "true"),
                ReplyField("id", "number, present only if it has a key"),
                ReplyField(
                    "model", "present with a key, or as (others) where 1,000 models are known"),
                ReplyField("usd", "dollars, present only if it has a key"),
                ReplyField("key", "text, present only if it has one"),
                ReplyField("expires", "time: how long the key is remembered; only with a key"),
                ReplyField("repeated", "true, present only if it was counted before"),
            ], example: "cost record model=gpt-4o usd=0.0125 key=job-17"
        ) { values throws(Refusal) in .cost(.record(try report(values))) },
        CommandRow(
            "cost reserve", .report, .showsState, "Ask for a call, and hold what it may cost.",
            details:
                "The answer is allow, use with a cheaper model, or deny with a reason.  What is held "
                + "counts for the caps until it is settled or released; when ttl is over it counts "
                + "as spent.  A cheaper model is offered only where tokens are given.  opsctl exits "
                + "with 1 for deny.",
            [
                model,
                Argument(
                    "in", .integer(0...TokenCounts.most), .keyword, "tokens that go in"),
                Argument(
                    "max_out", .integer(0...TokenCounts.most), .keyword,
                    "the most tokens that may come out"),
                Argument(
                    "usd", .money, .keyword, "the most that it may cost, in place of in and max_out"
                ), key,
                Argument(
                    "ttl", .seconds(1...CostBounds.ttlSeconds), .keyword, defaultText: "10m",
                    "how long to hold it"),
                exempt,
            ],
            reply: verdictFields + [
                ReplyField("id", "number of the reservation; null: nothing is held"),
                ReplyField("state", "open; null: nothing is held"),
                ReplyField("model", "the model to call; denied: the one that was asked for"),
                ReplyField("usd", "what is held, in dollars; null: nothing"),
                ReplyField("key", "text, present only if it has one"),
                ReplyField("expires", "time: when it counts as spent; null: nothing is held"),
                ReplyField("repeated", "true, present only if it was held before"),
            ], example: "cost reserve model=gpt-4o in=1200 max_out=800 key=job-17"
        ) { values throws(Refusal) in .cost(.reserve(try request(values))) },
        CommandRow(
            "cost settle", .report, .showsState, "Say what a reserved call has cost.",
            details:
                "Said again with the same amount it changes nothing; another amount is refused.",
            [id, usd, ofKey],
            reply: entryFields, example: "cost settle 17 usd=0.0081"
        ) { values throws(Refusal) in .cost(.settle(try name(values), try amount(values))) },
        CommandRow(
            "cost release", .report, .showsState, "Give back what was held for a call not made.",
            [id, ofKey], reply: entryFields, example: "cost release 17"
        ) { values throws(Refusal) in .cost(.release(try name(values))) },
        CommandRow(
            "cost correct", .admin, .showsState, "Put right what a call has cost.",
            details: "For a reservation that has ended, and for a record with a key.",
            [id, usd, ofKey], reply: entryFields, example: "cost correct 17 usd=0.81"
        ) { values throws(Refusal) in .cost(.correct(try name(values), try amount(values))) },
        CommandRow(
            "cost check", .report, .showsState, "Tell whether a model may be used now.",
            details:
                "Nothing is held: between the answer and a call others may spend.  opsctl exits with "
                + "1 for deny.",
            [model, exempt],
            reply: verdictFields + [ReplyField("model", "the model that was asked for")],
            example: "cost check model=gpt-4o"
        ) { values throws(Refusal) in
            .cost(.check(try modelName(values), isExempt: values.text("exempt") == "true"))
        },
    ]

    /// Spending on AI models.
    static let costRows: [CommandRow] =
        costReports + [
            CommandRow(
                "cost status", .read, [.showsState, .readsObservations, .heavy],
                "Show what was spent in 24 hours, by model, and the caps.",
                reply: [
                    ReplyField("ok", "true"), ReplyField("ts", "time"),
                    ReplyField("period_hours", "24"),
                    ReplyField("total_spent_usd", "dollars"),
                    ReplyField("daily_cap_usd", "dollars; null: no cap"),
                    ReplyField(
                        "global_utilization_pct", "percent, rounded down; null: no daily cap"),
                    ReplyField(
                        "by_model",
                        "object by name of {spent_usd, cap_usd, utilization_pct, reserved_usd, "
                            + "alert_level}"),
                    ReplyField(
                        "alert_level", "OK, WARNING or CRITICAL: the worst of all and of any model"),
                    ReplyField("action", "NONE, ALERT or THROTTLE"),
                    ReplyField("reserved_usd", "dollars that open reservations hold"),
                    ReplyField(
                        "configured_cap_usd",
                        "present only if the daily cap was set by command; so too in by_model"),
                    ReplyField(
                        "cap_at",
                        "time at which the daily cap is reached at the pace of the day so far; "
                            + "null: not in 24 hours"),
                    ReplyField("unknown_price", "list of models without a price"),
                    ReplyField("open", "open reservations"),
                    ReplyField("remembered", "closed reservations and records with keys"),
                    ReplyField("remembered_since", "time of the oldest of them, or null"),
                    ReplyField("cut", "true, present only if a list did not fit as a whole"),
                ]
            ) { _ in .cost(.status) },
            CommandRow(
                "cost days", .read, [.showsState, .readsObservations],
                "Show what each of the last 31 days has cost.",
                details: "A day is one of UTC.",
                [ofWhich],
                reply: [
                    ReplyField("model", "null: all models together"),
                    ReplyField(
                        "days",
                        "list of {day, usd}, newest first; days without cost are left out"),
                ], example: "cost days gpt-4o"
            ) { values in .cost(.days(values.models.first)) },
            CommandRow(
                "cost set-cap", .admin, .showsState,
                "Set the cap of 24 hours, of all or of a model.",
                details: "It stays over restarts and reloads, until usd=configured.",
                [
                    ofWhich,
                    Argument(
                        "usd", .cap, .keyword, isRequired: true,
                        "the cap; none: no cap; configured: the one of the configuration"),
                ],
                reply: [
                    ReplyField("model", "null: the daily cap of all models"),
                    ReplyField("cap_usd", "dollars; null: no cap"),
                    ReplyField("old_cap_usd", "dollars; null: there was none"),
                ], example: "cost set-cap gpt-4o usd=20"
            ) { values throws(Refusal) in
                guard let cap = values.cap("usd") else { throw missing("usd") }
                return .cost(.setCap(values.models.first, cap))
            },
        ]

    private static func missing(_ name: String) -> Refusal {
        Refusal(.badArgument, "\(name): missing")
    }

    private static func modelName(_ values: ArgumentValues) throws(Refusal) -> ModelName {
        guard let model = values.model("model") else { throw missing("model") }
        return model
    }

    private static func amount(_ values: ArgumentValues) throws(Refusal) -> MicroUSD {
        guard let amount = values.money("usd") else { throw missing("usd") }
        return amount
    }

    private static func name(_ values: ArgumentValues) throws(Refusal) -> CostName {
        try CostTerms.name(id: values.ids.first, key: values.text("key"))
    }

    private static func report(_ values: ArgumentValues) throws(Refusal) -> CostReport {
        CostReport(
            model: try modelName(values), amount: try amount(values), key: values.text("key"),
            at: values.time("at"))
    }

    private static func request(_ values: ArgumentValues) throws(Refusal) -> CostRequest {
        CostRequest(
            model: try modelName(values),
            estimate: try CostTerms.estimate(
                values.money("usd"), values.integer("in"), values.integer("max_out")),
            key: values.text("key"),
            ttlSeconds: values.integer("ttl") ?? CostBounds.standardTTLSeconds,
            isExempt: values.text("exempt") == "true")
    }
}

/// What arguments must say together.
enum CostTerms {
    static func name(id: UInt64?, key: String?) throws(Refusal) -> CostName {
        switch (id, key) {
        case (let id?, nil): return .id(id)
        case (nil, let key?): return .key(key)
        case (nil, nil):
            throw Refusal(.badArgument, "id: missing; one of id and key is required")
        case (_?, _?):
            throw Refusal(.badArgument, "key: cannot be given together with the id")
        }
    }

    static func estimate(
        _ amount: MicroUSD?, _ input: Int?, _ output: Int?
    ) throws(Refusal) -> CostEstimate {
        if let amount {
            if input != nil || output != nil {
                throw Refusal(.badArgument, "usd: cannot be given together with in and max_out")
            }
            return .amount(amount)
        }
        guard let input, let output else {
            throw Refusal(.badArgument, "usd: missing; either usd, or both in and max_out")
        }
        return .tokens(TokenCounts(input: UInt64(input), output: UInt64(output)))
    }
}
