// The rows of work: what its doers say, and what people ask.

import OpsCore

extension CommandTable {
    private static let pager = RoleSet(.pager)
    private static let item = Argument("id", .item, .positional, "the number of the item")
    private static let token = Argument(
        "token", .leaseToken, .keyword, "the token from work take; required")
    private static let kind = Argument(
        "kind", .text(limitBytes: WorkBounds.kindBytes), .positional, "such as page/mail")
    private static let stageFields = [
        ReplyField("id", "integer"),
        ReplyField(
            "stage",
            "ready, leased, begun, unsure, done, failed, expired, cancelled, superseded or stale"),
        ReplyField(
            "retry_seconds", "present only if it is ready: how long until it may be taken"),
    ]
    private static let itemFields = [
        ReplyField("id", "integer"), ReplyField("kind", "text"), ReplyField("key", "text"),
        ReplyField("stage", "as of work done"),
        ReplyField("urgent", "whether it goes first"), ReplyField("created", "time"),
        ReplyField("ended", "time; null: it is open"),
        ReplyField("not_before", "time from which it may be taken; null: it does not wait"),
        ReplyField("expires", "time at which it is given up; null: it has ended"),
        ReplyField("lease_until", "time at which its lease ends; null: nobody has it"),
        ReplyField("progress", "what its holder said last; null: nothing"),
        ReplyField("taken", "how often it was taken"),
        ReplyField("failures", "attempts that failed"),
        ReplyField("may_repeat", "whether it may have been done before"),
        ReplyField("receipt", "what the other side gave for it; null: nothing"),
        ReplyField("error", "the newest error in the other side's words; null: none"),
    ]
    private static let attempts = ReplyField(
        "attempts",
        "list of {number, uid, taken, begun, ended, outcome, error}, the newest "
            + "\(WorkBounds.attempts), the oldest first; outcome is one of "
            + WorkOutcome.allCases.map(\.rawValue).joined(separator: ", ")
            + "; null: it is under way")
    private static let kindFields = [
        ReplyField("kind", "text"), ReplyField("waiting", "items that wait to be taken"),
        ReplyField("in_flight", "items that somebody has"), ReplyField("held", "by command"),
        ReplyField("parked_since", "time since which it fails; null: it does not"),
        ReplyField("next_probe", "time at which one item tries it again; null: not parked"),
        ReplyField("limited_until", "time until which it takes nothing; null: it does"),
        ReplyField("last_success", "time; null: none"),
        ReplyField("last_failure", "time; null: none"),
        ReplyField("last_error", "the other side's words; null: none"),
    ]

    static let workRows: [CommandRow] = [
        CommandRow(
            "work list", .read, [.showsState, .heavy], "List what is to be done outside.",
            details: "The newest first: what waits, what somebody does, and what ended in the last "
                + "7 days (\(WorkBounds.ended) items at most).",
            [
                limit,
                Argument(
                    "after", .item, .keyword, "continue below this one: the `next` of the last page"
                ),
                Argument(
                    "stage", .word(WorkQuery.Stages.allCases.map(\.rawValue)), .keyword,
                    defaultText: "all", "only items that stand so"),
                Argument(
                    "kind", .text(limitBytes: WorkBounds.kindBytes), .keyword,
                    "only those of this kind"),
            ],
            reply: [
                ReplyField(
                    "kinds",
                    "list of {" + kindFields.map(\.name).joined(separator: ", ")
                        + "}, as of work hold"),
                ReplyField(
                    "items",
                    "list of {" + itemFields.map(\.name).joined(separator: ", ")
                        + "}, as of work show"),
                ReplyField("next", "what to pass as after; null: no more"),
            ], example: "work list stage=open limit=10"
        ) { values in
            .work(
                .list(
                    WorkQuery(
                        limit: values.integer("limit") ?? 100, after: values.id("after"),
                        stages: values.text("stage").flatMap { WorkQuery.Stages(rawValue: $0) }
                            ?? .all, kind: values.text("kind"))))
        },
        CommandRow(
            "work show", .read, .showsState, "Show one item, with what is to be done.", [item],
            reply: itemFields + [
                attempts, ReplyField("payload", "object: what is to be done; null: it has ended"),
            ], example: "work show 12"
        ) { .work(.show($0.item)) },
        CommandRow(
            "work why", .read, .showsState, "Say why an item is where it is: every attempt.",
            [item], reply: itemFields + [attempts, ReplyField("why", "text")],
            example: "work why 12"
        ) { .work(.why($0.item)) },
        CommandRow(
            "work cancel", .admin, .showsState, "Cancel an item that has not begun.",
            [item, reason], reply: stageFields, example: "work cancel 12 reason=\"already known\""
        ) { .work(.cancel($0.item, reason: $0.text("reason"))) },
        CommandRow(
            "work retry", .admin, .showsState, "Have an item tried again now.",
            details: "Also one that is unsure, once somebody has looked: it was not done.", [item],
            reply: stageFields, example: "work retry 12"
        ) { .work(.retry($0.item)) },
        CommandRow(
            "work hold", .admin, .showsState, "Hand out nothing of a kind.",
            details: "What somebody has is not taken from them.", [kind], reply: kindFields,
            example: "work hold page/mail"
        ) { .work(.hold(kind: $0.kind)) },
        CommandRow(
            "work resume", .admin, .showsState, "Hand out a kind again, held or parked.", [kind],
            reply: kindFields, example: "work resume page/mail"
        ) { .work(.resume(kind: $0.kind)) },
        CommandRow(
            "work take", .pager, .mayWait, "Take an item to do it.",
            details: "The lease ends with this connection, or after `lease` without a sign of "
                + "life.  Items of page/CHANNEL are done at least once: these replies do not wait for the "
                + "disk.  All others are done at most once: a reply with durable=false means that "
                + "nothing may be done.  opspager takes page/CHANNEL alone.",
            isPlumbing: true,
            [
                Argument(
                    "kind", .text(limitBytes: WorkBounds.kindBytes),
                    .repeated(least: 1, most: WorkBounds.kindsAtOnce), "the kinds"),
                Argument(
                    "wait", .seconds(0...300), .keyword, defaultText: "0",
                    "how long to wait where there is nothing"),
                Argument(
                    "lease", .seconds(1...86_400), .keyword,
                    defaultText: "\(WorkBounds.leaseMilliseconds / 1_000)",
                    "how long it is kept without a sign of life"),
            ],
            reply: [
                ReplyField(
                    "item",
                    "{id, kind, key, token, payload, attempt, may_repeat, created, lease_seconds}; "
                        + "null: nothing came in time")
            ], example: "work take page/mail,page/tg wait=30s lease=60s"
        ) { values in
            .work(
                .take(
                    WorkTake(
                        values.words,
                        waitMilliseconds: Int64(values.integer("wait") ?? 0) * 1_000,
                        leaseMilliseconds: values.integer("lease").map { Int64($0) * 1_000 }
                            ?? WorkBounds.leaseMilliseconds)))
        },
        CommandRow(
            "work begun", .pager, [], "Say that an item is past the point of no return.",
            isPlumbing: true, [item, token], reply: stageFields,
            example: "work begun 12 token=9f8e7d6c5b4a3921"
        ) { values throws(Refusal) in .work(.begun(try values.claim())) },
        CommandRow(
            "work beat", .pager, [], "Say that an item is still being done.",
            details: "Its lease begins anew; after a restart of opsd, this is how it is kept.",
            isPlumbing: true,
            [
                item, token,
                Argument(
                    "progress", .report(limitBytes: WorkBounds.progressBytes), .keyword,
                    "a few words for people"),
            ], reply: stageFields, example: "work beat 12 token=9f8e7d6c5b4a3921"
        ) { values throws(Refusal) in
            .work(.beat(try values.claim(), progress: values.text("progress")))
        },
        CommandRow(
            "work done", .pager, [], "Say that an item is done.",
            details: "Said again with the same token, it changes nothing.", isPlumbing: true,
            [
                item, token,
                Argument(
                    "receipt", .report(limitBytes: WorkBounds.receiptBytes), .keyword,
                    "what the other side gave for it"),
            ], reply: stageFields,
            example: "work done 12 token=9f8e7d6c5b4a3921 receipt=\"<12@db1>\""
        ) { values throws(Refusal) in
            .work(.done(try values.claim(), receipt: values.text("receipt") ?? ""))
        },
        CommandRow(
            "work failed", .pager, [], "Say that an attempt has failed.",
            details: "never-sent: nothing has reached anybody.  limited: the other side wants it "
                + "later.  maybe-sent: it may have been done.  permanent: it will never be taken.  "
                + "stale: the world has changed, and nothing was done.", isPlumbing: true,
            [
                item, token,
                Argument(
                    "class", .word(WorkFailure.allCases.map(\.rawValue)), .keyword,
                    "how it failed; required"),
                Argument(
                    "retry_after", .seconds(1...86_400), .keyword,
                    "how long the other side wants to wait"),
                Argument(
                    "error", .report(limitBytes: WorkBounds.errorBytes), .keyword,
                    "the other side's words"),
            ], reply: stageFields,
            example: "work failed 12 token=9f8e7d6c5b4a3921 class=limited retry_after=30s"
        ) { values throws(Refusal) in
            guard let failure = values.text("class").flatMap({ WorkFailure(rawValue: $0) }) else {
                throw Refusal(
                    .badArgument, "class: missing",
                    hint: "one of " + WorkFailure.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return .work(
                .failed(
                    try values.claim(),
                    WorkFailed(
                        failure,
                        retryMilliseconds: values.integer("retry_after").map { Int64($0) * 1_000 },
                        error: values.text("error") ?? "")))
        },
    ]
}

extension ArgumentValues {
    /// The number of the item; the parser has checked that it is present.
    fileprivate var item: UInt64 {
        guard let id = id("id") else { preconditionFailure("the number of an item is missing") }
        return id
    }

    /// The kind; the parser has checked that it is present.
    fileprivate var kind: String {
        guard let kind = text("kind") else { preconditionFailure("a kind is missing") }
        return kind
    }

    fileprivate func claim() throws(Refusal) -> WorkClaim {
        guard let token = id("token") else { throw Refusal(.badArgument, "token: missing") }
        return WorkClaim(id: item, token: token)
    }
}
