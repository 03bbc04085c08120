// The rows about events.

import OpsCore

extension CommandTable {
    static let eventRows: [CommandRow] = [
        CommandRow(
            "events", .read, [.showsState, .heavy], "What happened, newest first.",
            [
                Argument(
                    "limit", .integer(1...Bounds.pageRows), .keyword, standard: "50",
                    "events of a page"),
                Argument(
                    "severity", .word(Severity.allCases.map(\.rawValue)), .keyword,
                    "only these"),
                Argument("after", .id, .keyword, "go on below this id: what `next` said"),
            ],
            reply: [
                ReplyField("total", "kept events that match"),
                ReplyField(
                    "events",
                    "list of {id, event, cpu, ram, disk, details, severity, timestamp, ...}"),
                ReplyField("next", "what to pass as after, or null"),
            ], example: "events limit=10 severity=warning"
        ) { values in
            .events(
                limit: values.integer("limit") ?? 50,
                severity: values.text("severity").flatMap { Severity(rawValue: $0) },
                after: values.id("after"))
        },
        CommandRow(
            "watch", .read, .heavy, "Follow events as they happen: lines of `event {...}`.",
            details: "A watcher that does not read is told how many it lost, and closed.",
            [
                Argument(
                    "topic", .word(Topic.allCases.map(\.rawValue)),
                    .repeated(least: 0, most: Topic.allCases.count), standard: "all",
                    "what to follow"),
                Argument("after", .id, .keyword, "first the kept events above this id"),
            ],
            reply: [ReplyField("watching", "list of topics")], example: "watch guard health"
        ) { values in
            .watch(
                topics: values.words.compactMap { Topic(rawValue: $0) }, after: values.id("after"))
        },
    ]
}
