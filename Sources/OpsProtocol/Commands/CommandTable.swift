// The command table: the one place where a command is declared.  The parser, authorisation, opsctl's
// words, help, completions, docs/commands.md and the manual page all come out of it.

import OpsCore

/// All commands.
package enum CommandTable {
    /// In the order of the manual.
    package static let rows: [CommandRow] =
        daemonRows + hostRows + guardRows + enforceRows + listRows + serviceRows + gateRows
        + eventRows

    /// The row of a verb.
    package static func row(_ verb: String) -> CommandRow? { byVerb[verb] }

    private static let byVerb = Dictionary(rows.map { ($0.verb, $0) }) { first, _ in first }

    static let ping = row("ping")
    static let check = row("check")
    static let hit = row("hit")
    static let strike = row("strike")
    static let ban = row("ban")
    static let unban = row("unban")

    private static let limit = Argument(
        "limit", .integer(1...Bounds.pageRows), .keyword, standard: "100", "rows of a page")
    private static let after = Argument(
        "after", .network, .keyword, "go on behind this one: what `next` said")
    private static let reason = Argument(
        "reason", .text(limitBytes: Bounds.reasonBytes), .keyword, "why, for people")
    private static let source = Argument(
        "source", .text(limitBytes: Bounds.sourceBytes), .keyword,
        "which program says so; few different ones")
    private static let address = Argument("ip", .address, .positional, "the address")
    private static let held = Argument(
        "ip", .network, .positional, "the address, or the network that `strikes` shows for it")
    private static let networks = Argument(
        "ip", .network, .repeated(least: 1, most: Bounds.targets), "addresses or networks")
    private static let results = ReplyField(
        "results",
        "several targets: one object each, refusals among them; cut is true where texts had no room"
    )
    private static let cut = ReplyField("cut", "true, only where a list had no room for all")
    private static let ending = [
        ReplyField("expires", "time, null: never"),
        ReplyField("ttl_seconds", "seconds left, null: no end"),
        ReplyField("permanent", "true, only where it has no end"),
        ReplyField("dry_run", "true, only where the ban is recorded and not enforced"),
        ReplyField("unconfirmed", "true, only where it ends then unless somebody confirms it"),
        ReplyField("confirmed_expires", "unconfirmed: when it ends once confirmed; null: never"),
    ]

    private static let enforced = [
        ReplyField("enforced", "whether the kernel does so; only where bans are enforced"),
        ReplyField("enforce_error", "the kernel's errno, only where it refused"),
    ]

    // MARK: The daemon

    private static let daemonRows: [CommandRow] = [
        CommandRow(
            "ping", .read, [], "Ask whether the daemon answers.",
            reply: [ReplyField("pong", "true")]
        ) { _ in .ping },
        CommandRow(
            "version", .read, [], "The daemon's version.",
            reply: [ReplyField("version", "text"), ReplyField("protocol", "integer")]
        ) { _ in .version },
        CommandRow(
            "commands", .read, .heavy, "All commands with their arguments and replies, as data.",
            reply: [ReplyField("commands", "list of objects")]
        ) { _ in .commands },
        CommandRow(
            "config", .admin, [], "The configuration in force.",
            details: "Values are written as in the file.",
            reply: [
                "paths", "probe", "health", "guard", "enforce", "store", "limits", "access",
                "events", "gate",
            ].map { ReplyField($0, "object, a member a key") }
                + [ReplyField("slo", "object, a member an objective")]
        ) { _ in .config },
        CommandRow(
            "reload", .admin, [.showsState, .heavy],
            "Read the configuration again, as a whole or not at all.",
            reply: [
                ReplyField("applied", "list of keys that count now"),
                ReplyField("restart_required", "list of keys that wait for a restart"),
            ]
        ) { _ in .reload },
        CommandRow(
            "snapshot", .admin, .mayWait, "Write a snapshot; answers when it is durable.",
            reply: [ReplyField("lsn", "the sequence number it holds")]
        ) { _ in .snapshot },
    ]

    // MARK: The host

    private static let hostRows: [CommandRow] = [
        CommandRow(
            "status", .read, [], "The host, the guard and the daemon on one screen.",
            reply: [
                ReplyField("status", "HEALTHY, STRESSED or CRITICAL"),
                ReplyField("ok", "false: an issue, or a component that does not work"),
                ReplyField("issues", "list of {level, code, message}"),
                ReplyField("uptime_seconds", "of the daemon"), ReplyField("host", "its name"),
                ReplyField("host_uptime_seconds", "of the host"),
                ReplyField("age_seconds", "of the sample"),
                ReplyField("metrics", "object: cpu, mem, disk (per cent), ..."),
                ReplyField("scope", "object: host, container or cgroup, with its limits"),
                ReplyField("guard", "object, as guard stats"),
                ReplyField("store", "object: lsn, durable_lsn, degraded, ..."),
                ReplyField("own", "object: rss_bytes, cpu_seconds, loop_lag_ms, turn_max_ms, ..."),
                ReplyField("enforcement", "none, or how bans are enforced"),
                ReplyField("last_event_id", "integer"), cut,
            ]
        ) { _ in .status },
        CommandRow(
            "health", .read, [], "The five components and the host's issues.",
            reply: [
                ReplyField("ok", "true or false"),
                ReplyField("status", "HEALTHY, STRESSED or CRITICAL"),
                ReplyField("word", "healthy, warning or degraded, of the same sample"),
                ReplyField("components", "list of {name, ok, detail}"),
                ReplyField("issues", "list of {level, code, message}"), cut,
            ]
        ) { _ in .health },
        CommandRow(
            "metrics", .read, [], "The latest sample, whole.",
            reply: [
                ReplyField("ts", "time of the sample"), ReplyField("ok", "no issue"),
                ReplyField("age_seconds", "of the sample"),
                ReplyField(
                    "metrics",
                    "object: cpu, mem, mem_available_mb, disk, disk_free_gb, process_count"),
                ReplyField("issues", "list of {level, code, message}"),
                ReplyField("scope", "object"), ReplyField("cpu", "object, per cent"),
                ReplyField("cores", "list"), ReplyField("load", "object"),
                ReplyField("memory", "object, bytes"), ReplyField("swap", "object, bytes"),
                ReplyField("pressure", "object, per cent; empty where the kernel has none"),
                ReplyField("disks", "list, I/O"), ReplyField("network", "list, interfaces"),
                ReplyField("mounts", "list"), ReplyField("running", "tasks"),
                ReplyField("blocked", "tasks"), ReplyField("host_uptime_seconds", "seconds"),
                cut,
            ]
        ) { _ in .metrics },
        CommandRow(
            "metrics history", .read, .heavy, "Samples over time, oldest first.",
            details: "Seconds are kept for an hour, minutes for 30 days.",
            [
                Argument(
                    "hours", .integer(1...8_760), .keyword, standard: "24", "how far back"),
                Argument(
                    "step", .seconds(1...86_400), .keyword,
                    "from one point to the next; by itself the finest that fits a page"),
                Argument("after", .time, .keyword, "go on behind this time: what `next` said"),
            ],
            reply: [
                ReplyField("period_hours", "integer"), ReplyField("data_points", "integer"),
                ReplyField("step_seconds", "integer"),
                ReplyField("metrics", "list of {timestamp, cpu, ram, disk, ...}"),
                ReplyField("next", "what to pass as after, or null"),
            ], example: "metrics history hours=1 step=1m"
        ) {
            .metricsHistory(
                hours: $0.integer("hours") ?? 24, stepSeconds: $0.integer("step"),
                after: $0.time("after").map { $0 / 1_000 })
        },
        CommandRow(
            "processes", .read, .heavy, "The processes that use most CPU and most memory.",
            [Argument("top", .integer(1...100), .keyword, standard: "10", "entries of a list")],
            reply: [
                ReplyField("status", "success"), ReplyField("timestamp", "time of the scan"),
                ReplyField(
                    "by_cpu", "list of {pid, name, cpu_percent, memory_percent, memory_mb}"),
                ReplyField("by_memory", "the same"), ReplyField("total", "processes"), cut,
            ], example: "processes top=5"
        ) { .processes(top: $0.integer("top") ?? 10) },
        CommandRow(
            "disks", .read, .heavy, "Every real mount.",
            reply: [
                ReplyField("status", "success"), ReplyField("timestamp", "time"),
                ReplyField(
                    "partitions",
                    "list of {device, mountpoint, fstype, total_gb, used_gb, free_gb, percent, stale}"
                ),
                ReplyField("total", "partitions"), cut,
            ]
        ) { _ in .disks },
        CommandRow(
            "stats system", .read, [], "The host's statistics in one object.",
            reply: [
                ReplyField("status", "healthy, warning or degraded"),
                ReplyField("timestamp", "time of the sample"), ReplyField("system", "object"),
                ReplyField("cpu", "object"), ReplyField("memory", "object, GB"),
                ReplyField("disk", "object, GB, of /"),
                ReplyField("network", "object, counters since boot"),
                ReplyField("processes", "object"),
            ]
        ) { _ in .systemStats },
    ]

    // MARK: The guard

    private static let guardRows: [CommandRow] = [
        CommandRow(
            "check", .read, [.showsState, .heavyIfMany], "Whether addresses are banned.",
            [networks],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("banned", "true or false"),
            ] + ending + [
                ReplyField("reason", "text"), ReplyField("source", "text"),
                ReplyField("match", "the ban that holds it, or the network in a list"),
                ReplyField("list", "the list that holds it, only where no ban does"),
                ReplyField("automatic", "made by the rules"), ReplyField("created", "time"),
                ReplyField("uid", "who made it"), results,
            ] + enforced, example: "check 203.0.113.9"
        ) { values in .check(values.targets()) },
        CommandRow(
            "hit", .report, .showsState,
            "Count a request of an address, and say whether to serve it.",
            details: "Over the limit is 429 and one strike; banned is 403.  All routes of an "
                + "address share its window.",
            [
                address,
                Argument(
                    "route", .text(limitBytes: Bounds.routeBytes), .keyword,
                    "what was asked for; shown with the strike"),
            ],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("allowed", "true or false"),
                ReplyField("remaining", "admitted: hits that still fit"),
                ReplyField("status", "refused: 429 or 403"),
                ReplyField("retry_after_seconds", "refused: seconds, null: no end"),
                ReplyField("strikes", "refused: integer"), ReplyField("banned", "refused: flag"),
            ], example: "hit 203.0.113.9 route=/login"
        ) { values throws(Refusal) in
            .hit(values.target(), route: values.text("route"))
        },
        CommandRow(
            "strike", .report, .showsState,
            "Report that an address misbehaved; enough strikes ban it.",
            [
                address, reason, source,
                Argument(
                    "weight", .integer(1...1_000), .keyword, standard: "1", "how many it counts"),
                Argument("at", .time, .keyword, "when it happened, if not now"),
            ],
            reply: [
                ReplyField("ip", "address or network"),
                ReplyField("strikes", "that count now; 0 behind a ban"),
                ReplyField("banned", "true or false"),
            ] + ending + [
                ReplyField(
                    "allowed_by_rule",
                    "true, only where guard.allow holds it, or it is never banned")
            ] + enforced, example: "strike 203.0.113.9 reason=\"failed login\" source=sshd"
        ) { values throws(Refusal) in
            .strike(
                values.target(),
                StrikeTerms(
                    reason: values.text("reason"), source: values.text("source"),
                    weight: values.integer("weight") ?? 1, at: values.time("at")))
        },
        CommandRow(
            "success", .report, .showsState, "Report a successful request: it clears strikes.",
            [held],
            reply: [ReplyField("ip", "address or network"), ReplyField("cleared", "strikes")],
            example: "success 203.0.113.9"
        ) { values in .success(values.target()) },
        CommandRow(
            "clear", .admin, .showsState, "Clear the strikes of an address; a ban stays.", [held],
            reply: [ReplyField("ip", "address or network"), ReplyField("cleared", "strikes")],
            example: "clear 203.0.113.9"
        ) { values in .clear(values.target()) },
        CommandRow(
            "ban", .admin, [.showsState, .heavyIfMany],
            "Ban addresses or networks; it replaces a ban they have.",
            details: "Refused for what is in guard.allow, loopback, the host's own addresses, its "
                + "gateways, and addresses from which somebody is logged in.",
            [
                networks,
                Argument("ttl", .lifetime, .keyword, standard: "guard.ban", "how long"),
                Argument("until", .time, .keyword, "when it ends, instead of ttl"), reason, source,
                Argument(
                    "confirm", .seconds(1...86_400), .keyword,
                    "lift it after so long unless `confirm` comes"),
                Argument(
                    "force", .word(["true", "false"]), .keyword, standard: "false",
                    "also where it is broader than IPv4 /8 or IPv6 /32"),
            ],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("banned", "true"),
            ] + ending + [ReplyField("reason", "text"), ReplyField("source", "text"), results]
                + enforced,
            example: "ban 203.0.113.9 ttl=1h reason=\"abuse\""
        ) { values throws(Refusal) in
            if values.has("ttl") && values.has("until") {
                throw Refusal(.badArgument, "until: not together with ttl")
            }
            let lifetime = values.lifetime("ttl") ?? values.time("until").map { .until($0) }
            return .ban(
                values.targets(),
                BanTerms(
                    lifetime: lifetime, reason: values.text("reason"),
                    source: values.text("source"),
                    confirmMilliseconds: values.integer("confirm").map { Int64($0) * 1_000 },
                    isForced: values.text("force") == "true"))
        },
        CommandRow(
            "confirm", .admin, [.showsState, .heavyIfMany],
            "Keep bans that were made with `confirm`.", [networks],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("banned", "true"),
            ] + ending + [ReplyField("reason", "text"), ReplyField("source", "text"), results],
            example: "confirm 203.0.113.0/24"
        ) { values in .confirm(values.targets()) },
        CommandRow(
            "unban", .admin, [.showsState, .heavyIfMany], "Lift bans, and clear the strikes.",
            [networks],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("unbanned", "true"),
                ReplyField(
                    "still_held_by", "the wider ban, or the network of a list, that still holds it"),
                ReplyField("list", "the list that is"), results,
            ] + enforced, example: "unban 203.0.113.9"
        ) { values in .unban(values.targets()) },
        CommandRow(
            "bans", .read, [.showsState, .heavy],
            "The active bans, a page at a time, in no particular order.",
            [
                limit, after,
                Argument(
                    "source", .text(limitBytes: Bounds.sourceBytes), .keyword,
                    "only those of this source"),
                Argument("under", .network, .keyword, "only those inside this network"),
            ],
            reply: [
                ReplyField(
                    "bans",
                    "list of {ip, expires, ttl_seconds, reason, source, automatic, created, uid}"),
                ReplyField("next", "what to pass as after, or null"),
            ], example: "bans limit=10 source=sshd"
        ) { .bans(page($0)) },
        CommandRow(
            "strikes", .read, [.showsState, .heavy],
            "The addresses with strikes, a page at a time.", [limit, after],
            reply: [
                ReplyField(
                    "strikes",
                    "list of {ip, strikes, items}; cut is true where only the newest items had room"
                ),
                ReplyField("next", "what to pass as after, or null"),
            ], example: "strikes limit=10"
        ) { .strikes(page($0)) },
        CommandRow(
            "why", .read, [.showsState, .heavy],
            "The whole story of an address: bans, strikes, hits, events.", [held],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("banned", "true or false"),
                ReplyField("verdict", "the rule that decides now, in words"),
                ReplyField(
                    "bans", "every ban that holds it, narrowest first; behind them every list"),
                ReplyField("strikes", "that count now"),
                ReplyField(
                    "strike_items", "list of {at, expires, weight, reason, source, uid}"),
                ReplyField("hits", "in the window"), ReplyField("rate_limit", "hits"),
                ReplyField("rate_window_seconds", "seconds"),
                ReplyField("allowed_by", "the entry of guard.allow, or null"),
                ReplyField("offenses", "how often in a row the rules banned it"),
                ReplyField("offenses_until", "when that is forgotten, or null"),
                ReplyField("events", "kept events about it, newest first"), cut,
            ], example: "why 203.0.113.9"
        ) { values in .why(values.target()) },
        CommandRow(
            "guard stats", .read, .showsState, "How much the guard holds.",
            reply: [
                ReplyField("active_bans", "integer"), ReplyField("ips_with_strikes", "integer"),
                ReplyField("total_tracked_ips", "the two together"),
                ReplyField("tracked_rates", "addresses with a rate window"),
                ReplyField("max_tracked", "the bound of each table"),
                ReplyField("lists", "integer"), ReplyField("listed", "networks in all lists"),
                ReplyField("max_listed", "the bound of those"),
                ReplyField("dropped", "list of {set, packets, bytes}, where bans are enforced"),
            ]
        ) { _ in .guardStats },
        CommandRow(
            "guard cleanup", .admin, [.showsState, .heavy],
            "Drop what has ended now instead of in a moment.",
            reply: [ReplyField("removed", "bans and struck addresses")]
        ) { _ in .guardCleanup },
    ]

    private static func page(_ values: ArgumentValues) -> PageQuery {
        PageQuery(
            limit: values.integer("limit") ?? 100, after: values.target("after")?.network,
            source: values.text("source"), under: values.target("under"))
    }

    // MARK: Events

    private static let eventRows: [CommandRow] = [
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
