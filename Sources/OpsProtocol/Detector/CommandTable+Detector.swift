// The rows of the log detector: what opswatch tells, and what people ask.

import OpsCore

extension CommandTable {
    private static let ownName = Argument(
        "name", .text(limitBytes: DetectorBounds.nameBytes), .positional, "the name in the tables")
    private static let detail = Argument(
        "detail", .report(limitBytes: DetectorBounds.textBytes), .keyword,
        "more, in words for people")
    private static let noted = ReplyField("noted", "true")
    private static let pageArguments = [
        limit,
        Argument(
            "after", .text(limitBytes: DetectorBounds.nameBytes), .keyword,
            "continue after this one: the `next` of the last page"),
    ]
    private static let pageNext = ReplyField("next", "what to pass as after; null: no more")
    private static let stale =
        "stale if opswatch has not told of it for "
        + "\(DetectorBounds.staleNanoseconds / 1_000_000_000) s; then last_state is what it said"

    private static func count(_ name: String, _ summary: String) -> Argument {
        Argument(
            name, .integer(0...DetectorBounds.count), .keyword, defaultText: "0", summary)
    }

    static let detectorRows: [CommandRow] = [
        CommandRow(
            "detector sources", .read, .heavy,
            "List the logs that opswatch reads.",
            details:
                "opswatch tells every 10 s. UNREAD and LOST are bytes (lag_bytes, lost_bytes). A log "
                + "that it has not told of for "
                + "\(DetectorBounds.keptNanoseconds / 60_000_000_000) minutes is no longer listed.",
            pageArguments,
            reply: [
                ReplyField(
                    "sources",
                    "list of {name, state, kind, path, lines, matches, last_line, last_match, "
                        + "lag_bytes, lost_bytes, detail, age_seconds}, by name; state is one of "
                        + states(SourceReport.State.allCases.map(\.rawValue)) + ", \(stale)"),
                pageNext,
            ], example: "detector sources limit=10"
        ) { .detector(.sources(query($0))) },
        CommandRow(
            "detector rules", .read, .heavy,
            "List its rules, what they find and cost.",
            details:
                "opswatch tells every 10 s. LINES are lines that a rule looked at (looked), IGNORED "
                + "those that it let off, LIMIT those given up at a limit (limit_reached); CPU is its "
                + "share of one core, SHARE how many of 100 lines it looks at, and WHAT says why "
                + "matches were not reported, or why it failed.",
            pageArguments,
            reply: [
                ReplyField(
                    "rules",
                    "list of {name, state, looked, matched, strikes, ignored, limit_reached, cpu_us, "
                        + "cpu_percent, share, detail, age_seconds}, by name; state is one of "
                        + states(RuleReport.State.allCases.map(\.rawValue)) + ", \(stale)"),
                pageNext,
            ], example: "detector rules limit=10"
        ) { .detector(.rules(query($0))) },
        CommandRow(
            "detector source", .watch, [], "Tell how a log is read.",
            details: "Counts are totals since opswatch started.", isPlumbing: true,
            [
                ownName,
                Argument(
                    "state", .word(SourceReport.State.allCases.map(\.rawValue)), .keyword,
                    isRequired: true, "how it stands; required; gone: forget it"),
                Argument(
                    "kind", .word(SourceReport.Kind.allCases.map(\.rawValue)), .keyword,
                    defaultText: "file", "what is read"),
                Argument(
                    "path", .report(limitBytes: DetectorBounds.textBytes), .keyword,
                    "the path of the file"),
                count("lines", "lines read"), count("matches", "lines that a rule found"),
                Argument("last_line", .time, .keyword, "when the last line came"),
                Argument("last_match", .time, .keyword, "when something was found last"),
                count("lag_bytes", "bytes that are not read yet"),
                count("lost_bytes", "bytes that were lost before they were read"), detail,
            ], reply: [noted],
            example: "detector source auth state=reading path=/var/log/auth.log lines=120 matches=3"
        ) { values throws(Refusal) in .detector(.source(try source(values))) },
        CommandRow(
            "detector rule", .watch, [], "Tell how a rule does.",
            details: "Counts are totals since opswatch started.", isPlumbing: true,
            [
                ownName,
                Argument(
                    "state", .word(RuleReport.State.allCases.map(\.rawValue)), .keyword,
                    isRequired: true, "how it stands; required; gone: forget it"),
                count("looked", "lines looked at"), count("matched", "lines that it found"),
                count("strikes", "strikes reported"), count("ignored", "lines that it ignores"),
                count("limit_reached", "lines given up at a limit of the matching"),
                count("cpu_us", "CPU time used, microseconds"),
                Argument(
                    "share", .integer(0...100), .keyword, defaultText: "100",
                    "how many of 100 lines it looks at"), detail,
            ], reply: [noted],
            example: "detector rule sshd state=active looked=120 matched=3 strikes=3 cpu_us=900"
        ) { values throws(Refusal) in .detector(.rule(try rule(values))) },
        CommandRow(
            "detector event", .watch, .showsState, "Tell what has happened; it becomes an event.",
            details:
                "At most \(DetectorBounds.eventsPerMinute) of one kind and source in a minute are "
                + "told, and \(DetectorBounds.allEventsPerMinute) of all; how many more there were "
                + "is told with the next.", isPlumbing: true,
            [
                Argument(
                    "kind", .word(DetectorEvent.kinds.map(\.rawValue)), .positional, "what"),
                Argument(
                    "source", .text(limitBytes: DetectorBounds.nameBytes), .keyword,
                    isRequired: true, "the source or rule that it is about; required"), detail,
            ],
            reply: [
                ReplyField("told", "whether the event was made"),
                ReplyField("untold", "how many of its kind and source wait to be told"),
            ], example: "detector event source_silent source=nginx detail=\"no line for 2 h\""
        ) { values throws(Refusal) in
            guard let kind = values.text("kind").flatMap({ EventKind(rawValue: $0) }),
                let source = values.text("source")
            else { throw Refusal(.badArgument, "source: missing") }
            return .detector(
                .event(DetectorEvent(kind, source: source, detail: values.text("detail"))))
        },
    ]

    private static func states(_ words: [String]) -> String {
        words.filter { $0 != "gone" }.joined(separator: ", ")
    }

    private static func query(_ values: ArgumentValues) -> DetectorQuery {
        DetectorQuery(limit: values.integer("limit") ?? 100, after: values.text("after"))
    }

    private static func source(_ values: ArgumentValues) throws(Refusal) -> SourceReport {
        guard let name = values.text("name"),
            let state = values.text("state").flatMap({ SourceReport.State(rawValue: $0) })
        else { throw Refusal(.badArgument, "state: missing") }
        var report = SourceReport(name, state)
        report.kind = values.text("kind").flatMap { SourceReport.Kind(rawValue: $0) } ?? .file
        report.path = values.text("path")
        report.lines = values.integer("lines") ?? 0
        report.matches = values.integer("matches") ?? 0
        report.lastLine = values.time("last_line")
        report.lastMatch = values.time("last_match")
        report.lagBytes = values.integer("lag_bytes") ?? 0
        report.lostBytes = values.integer("lost_bytes") ?? 0
        report.detail = values.text("detail")
        return report
    }

    private static func rule(_ values: ArgumentValues) throws(Refusal) -> RuleReport {
        guard let name = values.text("name"),
            let state = values.text("state").flatMap({ RuleReport.State(rawValue: $0) })
        else { throw Refusal(.badArgument, "state: missing") }
        var report = RuleReport(name, state)
        report.looked = values.integer("looked") ?? 0
        report.matched = values.integer("matched") ?? 0
        report.strikes = values.integer("strikes") ?? 0
        report.ignored = values.integer("ignored") ?? 0
        report.limitReached = values.integer("limit_reached") ?? 0
        report.cpuMicroseconds = values.integer("cpu_us") ?? 0
        report.share = values.integer("share") ?? 100
        report.detail = values.text("detail")
        return report
    }
}
