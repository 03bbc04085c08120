// The rows about bans and strikes.

import OpsCore

extension CommandTable {
    static let guardRows: [CommandRow] = [
        CommandRow(
            "check", .read, [.showsState, .heavyIfMany], "Tell whether addresses are banned.",
            also: .watch, [networks],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("banned", "true or false"),
            ] + banEnding + [
                ReplyField("reason", "text"), ReplyField("source", "text"),
                ReplyField("match", "the ban that contains it, or the network in a list"),
                ReplyField("list", "the list that contains it, present only if no ban does"),
                ReplyField("automatic", "true if made by the rules"), ReplyField("created", "time"),
                ReplyField("uid", "user ID that made it"), results,
            ] + enforced, example: "check 203.0.113.9"
        ) { values in .check(values.targets()) },
        CommandRow(
            "hit", .report, .showsState,
            "Count a request from an address, and tell whether to serve it.",
            details:
                "Over the limit: status 429; the first such request of a window is a strike, and "
                + "then each `rate_limit`-th.  Banned: status 403.  All routes of an address share "
                + "one window.",
            [
                address,
                Argument(
                    "route", .report(limitBytes: Bounds.routeBytes), .keyword,
                    "what was requested; shown with the strike"),
            ],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("allowed", "true or false"),
                ReplyField("remaining", "if allowed: hits left in the window"),
                ReplyField("status", "if refused: 429 or 403"),
                ReplyField("retry_after_seconds", "if refused: seconds; null: no end"),
                ReplyField("strikes", "if refused: integer"),
                ReplyField("banned", "if refused: true or false"),
                ReplyField("cut", "true, present only if the route was cut or repaired"),
            ], example: "hit 203.0.113.9 route=/login"
        ) { values throws(Refusal) in
            .hit(
                values.target(),
                route: values.text("route").map { Route($0, isCut: values.isCut) })
        },
        CommandRow(
            "strike", .report, .showsState,
            "Report that an address misbehaved; enough strikes ban it.", also: .watch,
            [
                address,
                Argument(
                    "reason", .report(limitBytes: Bounds.reasonBytes), .keyword,
                    "why, in words for people"), source,
                Argument(
                    "weight", .integer(1...1_000), .keyword,
                    defaultText: "guard.source.NAME.weight, or 1",
                    "how many strikes it counts as"),
                Argument("at", .time, .keyword, "when it happened, if not now"),
                Argument(
                    "place", .place, .keyword,
                    "where the reporter read of it; N grows with every strike of STREAM"),
            ],
            reply: [
                ReplyField("ip", "address or network"),
                ReplyField("strikes", "strikes that count now; 0 after a ban"),
                ReplyField("banned", "true or false"),
            ] + banEnding + [
                ReplyField(
                    "allowed_by_rule",
                    "true, present only if guard.allow contains it or it is never banned"),
                ReplyField(
                    "counted",
                    "false, present only if the strike does not count: it is older than the "
                        + "window, its source bans the address already, or it is repeated"),
                ReplyField(
                    "repeated", "true, present only if its place was counted before"),
                ReplyField("cut", "true, present only if the reason was cut or repaired"),
            ] + enforced, example: "strike 203.0.113.9 reason=\"failed login\" source=sshd"
        ) { values throws(Refusal) in
            .strike(
                values.target(),
                StrikeTerms(
                    reason: values.text("reason"), source: values.text("source"),
                    weight: values.integer("weight"), at: values.time("at"),
                    place: values.place("place"), isCut: values.isCut))
        },
        CommandRow(
            "success", .report, .showsState, "Report a successful request; it clears strikes.",
            details: "Those of its source alone, if that has a section of its own (guard.source); "
                + "else those of all sources that have none.", also: .watch,
            [held, source],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("cleared", "number of strikes"),
            ],
            example: "success 203.0.113.9"
        ) { values in .success(values.target(), source: values.text("source")) },
        CommandRow(
            "clear", .admin, .showsState, "Clear the strikes of an address; a ban stays.", [held],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("cleared", "number of strikes"),
            ],
            example: "clear 203.0.113.9"
        ) { values in .clear(values.target()) },
        CommandRow(
            "ban", .admin, [.showsState, .heavyIfMany],
            "Ban addresses or networks; a ban by the same source is replaced.",
            details: "Each source has a claim of its own on an address, which is banned until the "
                + "last of them has ended.  Refused for what is in guard.allow, loopback, the host's own addresses, its "
                + "gateways, and addresses from which somebody is logged in.",
            [
                networks,
                Argument("ttl", .lifetime, .keyword, defaultText: "guard.ban", "how long"),
                Argument("until", .time, .keyword, "when it ends, instead of ttl"), reason, source,
                Argument(
                    "confirm", .seconds(1...86_400), .keyword,
                    "lift it after this time unless `confirm` keeps it"),
                Argument(
                    "force", .word(["true", "false"]), .keyword, defaultText: "false",
                    "true: even networks broader than IPv4 /8 or IPv6 /32"),
                Argument(
                    "exact", .word(["true", "false"]), .keyword, defaultText: "false",
                    "true: in place of the bans by all sources, longer ones too"),
            ],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("banned", "true"),
            ] + banEnding + [
                ReplyField("reason", "text"), ReplyField("source", "text"),
                ReplyField(
                    "held_by", "another source that bans it for longer, present only if one does"),
                ReplyField("held_until", "if held_by: when that ban ends; null: never"),
                ReplyField(
                    "warning", "present only if it holds a resolver of this host, which is told"),
                ReplyField(
                    "dropped_sources",
                    "if exact: list of the other sources whose bans were dropped"),
                results,
            ] + enforced,
            example: "ban 203.0.113.9 ttl=1h reason=\"abuse\""
        ) { values throws(Refusal) in
            if values.has("ttl") && values.has("until") {
                throw Refusal(.badArgument, "until: cannot be given together with ttl")
            }
            let isExact = values.text("exact") == "true"
            if isExact && values.has("confirm") {
                throw Refusal(
                    .badArgument,
                    "confirm: cannot be given together with exact, which drops the bans of others "
                        + "at once")
            }
            let lifetime = values.lifetime("ttl") ?? values.time("until").map { .until($0) }
            return .ban(
                values.targets(),
                BanTerms(
                    lifetime: lifetime, reason: values.text("reason"),
                    source: values.text("source"),
                    confirmMilliseconds: values.integer("confirm").map { Int64($0) * 1_000 },
                    isForced: values.text("force") == "true",
                    isExact: isExact))
        },
        CommandRow(
            "confirm", .admin, [.showsState, .heavyIfMany],
            "Confirm bans made with `confirm=`, so that they are not lifted.",
            [networks, ofSource],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("banned", "true"),
            ] + banEnding + [ReplyField("reason", "text"), ReplyField("source", "text"), results],
            example: "confirm 203.0.113.0/24"
        ) { values in .confirm(values.targets(), source: values.text("source")) },
        CommandRow(
            "unban", .admin, [.showsState, .heavyIfMany], "Lift bans, and clear the strikes.",
            details: "The bans by all sources, or with `source` the ban by that one alone.",
            [networks, ofSource],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("unbanned", "true"),
                ReplyField("sources", "list of the sources whose bans were lifted"),
                ReplyField(
                    "still_held_by",
                    "the ban, or the network of a list, that still contains it"),
                ReplyField("held_by", "the source of that ban, if it is one of the same network"),
                ReplyField("list", "the name of that list"), results,
            ] + enforced, example: "unban 203.0.113.9"
        ) { values in .unban(values.targets(), source: values.text("source")) },
        CommandRow(
            "bans", .read, [.showsState, .heavy],
            "List the active bans, page by page, in no particular order.",
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
                ReplyField("next", "what to pass as after; null: no more"),
            ], example: "bans limit=10 source=sshd"
        ) { .bans(page($0)) },
        CommandRow(
            "strikes", .read, [.showsState, .heavy],
            "List the addresses with strikes, page by page.", [limit, after],
            reply: [
                ReplyField(
                    "strikes",
                    "list of {ip, strikes, items}; cut is true where only the newest items fitted"
                ),
                ReplyField("next", "what to pass as after; null: no more"),
            ], example: "strikes limit=10"
        ) { .strikes(page($0)) },
        placesRow,
        CommandRow(
            "why", .read, [.showsState, .heavy],
            "Tell everything about an address: bans, strikes, hits, events.", [held],
            reply: [
                ReplyField("ip", "address or network"), ReplyField("banned", "true or false"),
                ReplyField("verdict", "the rule that decides now, in words"),
                ReplyField(
                    "bans",
                    "the bans that contain it by each source, narrowest first, then every list; "
                        + "decides is true in the one that decides"),
                ReplyField("strikes", "strikes that count now"),
                ReplyField(
                    "strike_counts",
                    "list of {source, strikes, bans_at}: strikes that count together; source null: "
                        + "those of all sources without a section in guard.source"),
                ReplyField(
                    "strike_items", "list of {at, expires, weight, reason, source, uid}"),
                ReplyField("hits", "hits in the window"),
                ReplyField("rate_limit", "hits allowed in a window"),
                ReplyField("rate_window_seconds", "seconds"),
                ReplyField("allowed_by", "the entry of guard.allow that contains it, or null"),
                ReplyField("offenses", "how many times in a row the rules have banned it"),
                ReplyField("offenses_until", "when that is forgotten, or null"),
                ReplyField("events", "kept events about it, newest first"),
                ReplyField(
                    "older_events",
                    "true, present only if there may be older ones: `events ip=IP` reads the files"),
                cut,
            ], example: "why 203.0.113.9"
        ) { values in .why(values.target()) },
        CommandRow(
            "guard stats", .read, .showsState,
            "Count bans, strikes, rate windows and list entries.",
            reply: [
                ReplyField("active_bans", "integer"), ReplyField("ips_with_strikes", "integer"),
                ReplyField("total_tracked_ips", "the sum of both"),
                ReplyField("tracked_rates", "addresses with a rate window"),
                ReplyField("max_tracked", "the limit of each table"),
                ReplyField("lists", "number of lists"),
                ReplyField("listed", "networks in all lists"),
                ReplyField("max_listed", "the limit of listed"),
                ReplyField(
                    "dropped", "list of {set, packets, bytes}; present only if bans are enforced"),
                ReplyField(
                    "by_source",
                    "list of {source, strikes, weight, bans} since opsd started: strikes that "
                        + "counted, and bans that they led to; source null: all without a section "
                        + "in guard.source"),
            ]
        ) { _ in .guardStats },
        CommandRow(
            "guard cleanup", .admin, [.showsState, .heavy],
            "Remove ended bans and strikes now instead of in a moment.",
            reply: [ReplyField("removed", "number of bans and struck addresses")]
        ) { _ in .guardCleanup },
    ]

    private static func page(_ values: ArgumentValues) -> PageQuery {
        PageQuery(
            limit: values.integer("limit") ?? 100, after: values.target("after")?.network,
            source: values.text("source"), under: values.target("under"))
    }
}
