// The rows of incidents and silences.

import OpsCore

extension CommandTable {
    private static let named = Argument(
        "incident", .incident, .positional, "the incident, by its ID or its fingerprint")
    private static let noteText = Argument(
        "note", .text(limitBytes: IncidentBounds.noteBytes), .keyword, "a note for whoever looks")
    private static let sourcePattern = Argument(
        "source", .text(limitBytes: IncidentBounds.sourceBytes), .keyword,
        "only of this source; * and ? match any characters, and any one")

    /// The members of an incident wherever it is listed.
    private static let incidentFields = [
        ReplyField("id", "integer"),
        ReplyField("severity", "info, warning or critical: the highest so far"),
        ReplyField("source", "text"), ReplyField("message", "text"),
        ReplyField("fingerprint", "12 hexadecimal digits"),
        ReplyField("stage", "open, acknowledged or resolved"),
        ReplyField("opened", "time of the first raise"),
        ReplyField("updated", "time of the newest raise"),
        ReplyField("resolved", "time; null: it is not over"),
        ReplyField("count", "how often it was raised"),
        ReplyField("silenced", "the silence that keeps it from being told; null: none"),
        ReplyField("flood", "true, present only if it stands for several"),
    ]

    static let incidentRows: [CommandRow] =
        raiseRows + [
            CommandRow(
                "incident show", .read, [.showsState, .heavy],
                "Show an incident with its timeline, notes, pages and evidence.", [named],
                reply: incidentFields + [
                    ReplyField("key", "what tells it apart, with its source"),
                    ReplyField("keyed", "true, present only if the key was given"),
                    ReplyField("newest_severity", "the severity of the newest raise"),
                    ReplyField("details", "text"), ReplyField("links", "list of texts"),
                    ReplyField("rule", "the rule that raised it; null: a program or a person did"),
                    ReplyField("uid", "who raised it first"),
                    ReplyField("window", "how often it was told"),
                    ReplyField("repeats", "raises of this window that were only counted"),
                    ReplyField("steps", "list of {time, what, uid, text}, the oldest first"),
                    ReplyField("pages", "list of {time, channel, reason, number, end, work}"),
                    ReplyField("notes", "list of {number, time, uid, text}"),
                    ReplyField("evidence", "the host as it was then: {time, text}; null: none"),
                ], example: "incident show 17"
            ) { .incident(.show($0.incident())) },
            CommandRow(
                "incident summary", .read, [.showsState, .heavy],
                "Sum up the incidents of the last hours.",
                details:
                    "An incident counts if it was raised or resolved in this time.  opsd keeps the "
                    + "summary of 24 hours in `incident_summary.json` in the log directory.",
                [
                    Argument(
                        "hours", .integer(1...720), .keyword, defaultText: "24", "how far back")
                ],
                reply: [
                    ReplyField("ok", "true"),
                    ReplyField(
                        "summary",
                        "{total_incidents, unique_fingerprints, raises, suppressed, open, "
                            + "acknowledged, resolved, critical, warning, info, hours, generated, "
                            + "by_source, by_fingerprint}"),
                ], example: "incident summary"
            ) { .incident(.summary(hours: $0.integer("hours") ?? 24)) },
            CommandRow(
                "incidents", .read, [.showsState, .heavy],
                "List incidents, the newest first, page by page.",
                [
                    limit,
                    Argument(
                        "after", .number("an incident"), .keyword,
                        "continue after this one: the `next` of the last page"),
                    Argument(
                        "state", .word(IncidentQuery.Stages.allCases.map(\.rawValue)), .keyword,
                        defaultText: "active", "only those in this state; active: not resolved"),
                    Argument("severity", .severity, .keyword, "only of this severity"),
                    sourcePattern,
                    Argument("since", .time, .keyword, "only raised or resolved since then"),
                ],
                reply: [
                    ReplyField(
                        "incidents", "list of incidents, as `incident show` without what is long"),
                    ReplyField("total", "incidents that match, on all pages"),
                    ReplyField("next", "what to pass as after; null: no more"),
                ], example: "incidents severity=critical"
            ) { values in
                let stages = values.text("state").flatMap { IncidentQuery.Stages(rawValue: $0) }
                return .incident(
                    .list(
                        IncidentQuery(
                            limit: values.integer("limit") ?? 100, after: values.id("after"),
                            stages: stages ?? .active, severity: values.severity("severity"),
                            source: values.text("source"),
                            since: values.time("since").map { $0 / 1_000 })))
            },
        ] + silenceRows

    private static let raiseRows: [CommandRow] = [
        CommandRow(
            "incident raise", .report, .showsState,
            "Say that something is wrong; repeats are counted, and told once.",
            details:
                "Raises of one source with the same key, or the same first "
                + "\(IncidentBounds.fingerprintCodePoints) characters of msg, are one incident until "
                + "it is resolved.  A repeat within `incidents.dedup` is counted and not told; a more "
                + "severe one always is.  A long msg is cut; links are separated by spaces.",
            also: .satellites,
            [
                Argument("severity", .severity, .keyword, "how bad it is; it must be given"),
                Argument(
                    "source", .text(limitBytes: IncidentBounds.sourceBytes), .keyword,
                    "the program that says so; it must be given"),
                Argument(
                    "msg", .report(limitBytes: longest), .keyword,
                    "what is wrong, in a line; it must be given"),
                Argument(
                    "key", .text(limitBytes: IncidentBounds.keyBytes), .keyword,
                    "what tells it apart, instead of the beginning of msg"),
                Argument("details", .report(limitBytes: longest), .keyword, "more words"),
                Argument(
                    "links", .report(limitBytes: longest), .keyword,
                    "up to \(IncidentBounds.links) addresses of pages that help"),
                Argument(
                    "count", .integer(1...Int(IncidentBounds.countLimit)), .keyword,
                    "how many times it happened, where who raises it gathers; 1 by default"),
            ],
            reply: [
                ReplyField("id", "the incident"), ReplyField("fingerprint", "of the incident"),
                ReplyField("new", "whether it was opened by this"),
                ReplyField("suppressed", "whether this was only counted"),
                ReplyField("outcome", "opened, repeated, worse or again"),
                ReplyField("count", "how often it was raised"),
                ReplyField("severity", "the highest so far"),
                ReplyField("stage", "open or acknowledged"),
                ReplyField("silenced", "the silence that keeps it from being told; null: none"),
                ReplyField("flood", "true, present only if it counted in one for several"),
            ],
            example:
                "incident raise severity=CRITICAL source=healthcheck msg=\"Database connection lost\""
        ) { values throws(Refusal) in .incident(.raise(try terms(values))) },
        CommandRow(
            "incident ack", .admin, .showsState,
            "Take an incident on: it is silent until it is worse or resolved.", [named, noteText],
            reply: incidentFields, example: "incident ack 17 note=\"on it\""
        ) { .incident(.acknowledge($0.incident(), note: $0.text("note"))) },
        CommandRow(
            "incident resolve", .admin, .showsState,
            "End an incident; raised again, it is a new one.", [named, noteText],
            reply: incidentFields, example: "incident resolve c75893c52574"
        ) { .incident(.resolve($0.incident(), note: $0.text("note"))) },
        CommandRow(
            "incident note", .admin, .showsState, "Add a note to an incident.",
            [
                named,
                Argument(
                    "text", .text(limitBytes: IncidentBounds.noteBytes), .positional, "the note"),
            ],
            reply: [
                ReplyField("id", "the incident"), ReplyField("note", "the number of the note"),
            ], example: "incident note 17 \"disk ordered\""
        ) { .incident(.note($0.incident(), text: $0.text("text") ?? "")) },
    ]

    /// As long as a line may be by default.
    private static let longest = 64 << 10

    private static func terms(_ values: ArgumentValues) throws(Refusal) -> RaiseTerms {
        guard let severity = values.severity("severity") else { throw missing("severity") }
        guard let source = values.text("source") else { throw missing("source") }
        guard let message = values.text("msg") else { throw missing("msg") }
        var terms = RaiseTerms(
            severity, source: source, message: message, key: values.text("key"),
            details: values.text("details") ?? "",
            links: (values.text("links") ?? "").split(separator: " ").map(String.init))
        terms.count = UInt64(clamping: values.integer("count") ?? 1)
        return terms
    }

    private static func missing(_ name: String) -> Refusal {
        Refusal(
            .badArgument, "\(name): missing",
            hint: "usage: incident raise severity=SEVERITY source=TEXT msg=TEXT")
    }

    private static let silenceFields = [
        ReplyField("id", "integer"),
        ReplyField("severity", "incidents of this severity and below; null: of all"),
        ReplyField("source", "text, where * and ? are patterns; null: all"),
        ReplyField("fingerprint", "of one incident; null: all"),
        ReplyField("reason", "text"), ReplyField("uid", "who added it"),
        ReplyField("created", "time"), ReplyField("expires", "time"),
        ReplyField("ttl_seconds", "seconds left"),
        ReplyField("silenced", "raises that were not told because of it"),
        ReplyField("holds", "incidents that it keeps from being told now"),
    ]

    private static let silenceRows: [CommandRow] = [
        CommandRow(
            "silence add", .admin, [.showsState, .heavy],
            "Keep incidents from being told for a time.",
            details:
                "They are counted and listed all the same.  A silence of a severity holds incidents that are no worse.  Nothing silences a "
                + "critical incident of source \(Silence.neverSilenced).",
            [
                Argument("severity", .severity, .keyword, "of this severity and below"),
                sourcePattern,
                Argument(
                    "fingerprint", .text(limitBytes: 12), .keyword,
                    "only the incident with this fingerprint"),
                Argument(
                    "ttl", .seconds(1...2_592_000), .keyword, defaultText: "1h",
                    "how long, at most 30d"),
                Argument(
                    "reason", .text(limitBytes: IncidentBounds.silenceReasonBytes), .keyword,
                    "why; it must be given"),
            ],
            reply: silenceFields,
            example: "silence add source=backup* ttl=2h reason=\"disks are being replaced\""
        ) { values throws(Refusal) in
            guard let reason = values.text("reason") else {
                throw Refusal(
                    .badArgument, "reason: missing", hint: "say why nobody should be told")
            }
            return .incident(
                .silence(
                    SilenceTerms(
                        severity: values.severity("severity"), source: values.text("source"),
                        fingerprint: values.text("fingerprint"), reason: reason,
                        milliseconds: Int64(values.integer("ttl") ?? 3_600) * 1_000)))
        },
        CommandRow(
            "silence list", .read, [.showsState, .heavy], "List the silences.",
            reply: [ReplyField("silences", "list of silences, as `silence add` shows one")]
        ) { _ in .incident(.silences) },
        CommandRow(
            "silence end", .admin, [.showsState, .heavy],
            "End a silence: what it still holds is told.",
            [Argument("silence", .number("a silence"), .positional, "the silence")],
            reply: silenceFields, example: "silence end 3"
        ) { .incident(.endSilence($0.id("silence") ?? 0)) },
    ]
}
