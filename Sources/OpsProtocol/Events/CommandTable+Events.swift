// The rows about events.

import OpsCore

extension CommandTable {
    static let eventRows: [CommandRow] = [
        CommandRow(
            "events", .read, [.showsState, .heavy], "List what has happened, newest first.",
            [
                Argument(
                    "limit", .integer(1...Bounds.pageRows), .keyword, defaultText: "50",
                    "events per page"),
                Argument(
                    "severity", .word(Severity.allCases.map(\.rawValue)), .keyword,
                    "only events of this severity"),
                Argument(
                    "after", .id, .keyword,
                    "continue with older events than this ID: the `next` of the last page"),
            ],
            reply: [
                ReplyField("total", "number of kept events that match"),
                ReplyField(
                    "events",
                    "list of {id, event, cpu, ram, disk, details, severity, timestamp, ...}"),
                ReplyField("next", "what to pass as after; null: no more"),
            ], example: "events limit=10 severity=warning"
        ) { values in
            .events(
                limit: values.integer("limit") ?? 50,
                severity: values.text("severity").flatMap { Severity(rawValue: $0) },
                after: values.id("after"))
        },
        CommandRow(
            "watch", .read, .heavy, "Follow events as they happen, as lines of `event {...}`.",
            details: "A watcher that reads too slowly is told how many events it lost, and is "
                + "disconnected.",
            [
                Argument(
                    "topic", .word(Topic.allCases.map(\.rawValue)),
                    .repeated(least: 0, most: Topic.allCases.count), defaultText: "all",
                    "what to follow"),
                Argument("after", .id, .keyword, "begin with the kept events after this ID"),
            ],
            reply: [ReplyField("watching", "list of topics")], example: "watch guard health"
        ) { values in
            .watch(
                topics: values.words.compactMap { Topic(rawValue: $0) }, after: values.id("after"))
        },
    ]
}
