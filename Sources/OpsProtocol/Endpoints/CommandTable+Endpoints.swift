// The rows of endpoints: what opscheck tells, and what people ask.

import OpsCore

extension CommandTable {
    private static let endpointName = Argument(
        "name", .text(limitBytes: EndpointSettings.nameBytes), .positional,
        "the endpoint, as it is named in the configuration")

    static let endpointRows: [CommandRow] = [
        CommandRow(
            "endpoints", .read, [.showsState, .heavy, .readsObservations],
            "List endpoints: how they stand, latency, uptime.",
            details:
                "opscheck tells of each after every check.  Uptime is the share of checks that did "
                + "not find it down; slow is up.",
            [
                Argument(
                    "name", .text(limitBytes: EndpointSettings.nameBytes),
                    .repeated(least: 0, most: 1), defaultText: "all", "one endpoint"),
                limit,
                Argument(
                    "after", .text(limitBytes: EndpointSettings.nameBytes), .keyword,
                    "continue after this one: the `next` of the last page"),
            ],
            reply: [
                ReplyField(
                    "endpoints",
                    "list of {name, url, state, since, checked, latency_ms, reason, cert_days, "
                        + "uptime_24h, uptime_7d, uptime_30d, latencies, slo}, by name; state is one "
                        + "of " + EndpointState.allCases.map(\.rawValue).joined(separator: ", ")
                        + "; latencies are the last \(EndpointBounds.recent), null where there was "
                        + "no answer"),
                ReplyField("next", "what to pass as after; null: no more"),
            ], example: "endpoints limit=10"
        ) { values in
            .endpoint(
                .list(
                    EndpointQuery(
                        limit: values.integer("limit") ?? 100, after: values.text("after"),
                        name: values.words.first)))
        },
        CommandRow(
            "endpoint report", .check, [], "Tell what a check of an endpoint has found.",
            details:
                "It is acknowledged at once; a new state is logged within a second.  Where the "
                + "endpoint names an objective, the check counts as an event of it: good unless it "
                + "is down.",
            isPlumbing: true,
            [
                endpointName,
                Argument(
                    "state", .word(EndpointState.allCases.map(\.rawValue)), .keyword,
                    isRequired: true, "what was found; required"),
                Argument("latency_ms", .milliseconds, .keyword, "how long the answer took"),
                Argument(
                    "reason", .report(limitBytes: EndpointBounds.reasonBytes), .keyword,
                    "why it is not up, in words for people"),
                Argument(
                    "cert_days", .integer(-100_000...100_000), .keyword,
                    "days that are left of its certificate"),
            ],
            reply: [ReplyField("counted", "true")],
            example: "endpoint report api state=up latency_ms=12.5 cert_days=60"
        ) { values throws(Refusal) in
            guard let name = values.text("name"),
                let state = values.text("state").flatMap({ EndpointState(rawValue: $0) })
            else { throw Refusal(.badArgument, "state: missing") }
            return .endpoint(
                .report(
                    EndpointReport(
                        name, state, latencyMilliseconds: values.milliseconds("latency_ms"),
                        reason: values.text("reason"),
                        certificateDays: values.integer("cert_days").map { Int64($0) })))
        },
    ]
}
