// The rows about events.

import OpsCore

extension CommandTable {
    static let eventRows: [CommandRow] = [
        CommandRow(
            "events", .read, [.showsState, .heavy, .mayWait],
            "List what has happened, newest first.",
            details:
                "The newest events are in memory, of each topic some. Older ones are read from "
                + "events.ndjson and its rotated files, 64 MiB for a page at most: a page may "
                + "have fewer rows than limit, or none, and still a next. Compressed files are "
                + "only counted; opsctl reads them after the last page.",
            [
                Argument(
                    "limit", .integer(1...Bounds.pageRows), .keyword, defaultText: "50",
                    "events per page"),
                Argument(
                    "severity", .word(Severity.allCases.map(\.rawValue)), .keyword,
                    "only events of this severity"),
                Argument(
                    "topic", .word(Topic.allCases.map(\.rawValue)), .keyword,
                    "only events of this topic"),
                Argument("event", .eventName, .keyword, "only events of this name"),
                Argument(
                    "ip", .network, .keyword,
                    "only events about addresses in this network, or about networks that hold it"),
                Argument("since", .time, .keyword, "only events from this time on"),
                Argument("until", .time, .keyword, "only events before this time"),
                Argument(
                    "after", .eventPlace, .keyword,
                    "continue with older events: the `next` of the last page"),
            ],
            reply: [
                ReplyField(
                    "total",
                    "number of events that match, on all pages, among those that were looked at"),
                ReplyField("total_complete", "whether that is all there are"),
                ReplyField(
                    "events",
                    "list of {id, event, cpu, ram, disk, details, severity, timestamp, ...}"),
                ReplyField(
                    "next",
                    "what to pass as after: an ID, or a text where files were read; null: no more"),
                ReplyField(
                    "compressed_files",
                    "number of compressed files that were not read, present only if there are any"),
                ReplyField("fault", "what could not be read, present only if something could not"),
            ], example: "events limit=10 severity=warning"
        ) { values in
            .events(
                EventQuery(
                    limit: values.integer("limit") ?? 50,
                    EventFilter(
                        topic: values.text("topic").flatMap { Topic(rawValue: $0) },
                        kind: values.eventName("event"),
                        severity: values.text("severity").flatMap { Severity(rawValue: $0) },
                        network: values.target("ip")?.network, since: values.time("since"),
                        until: values.time("until")),
                    after: values.eventPlace("after")))
        },
        CommandRow(
            "watch", .read, .heavy, "Follow events as they happen, as lines of `event {...}`.",
            details: "A watcher that reads too slowly is told how many events it lost, and is "
                + "disconnected. With after, {\"lost\":N,\"before\":ID} says that at most N "
                + "events before that one are not in memory any more: `events` still has them.",
            [
                Argument(
                    "topic", .word(Topic.allCases.map(\.rawValue)),
                    .repeated(least: 0, most: Topic.allCases.count), defaultText: "all",
                    "what to follow"),
                Argument(
                    "after", .eventMark, .keyword,
                    "begin with the kept events after this one; without RUN, of this run"),
            ],
            reply: [
                ReplyField("watching", "list of topics"),
                ReplyField("run", "which start of opsd this is, for after=RUN:ID"),
            ], example: "watch guard health"
        ) { values in
            .watch(
                topics: values.words.compactMap { Topic(rawValue: $0) },
                after: values.eventMark("after"))
        },
    ]
}
