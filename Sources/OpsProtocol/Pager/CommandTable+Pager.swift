// The rows of the pager: what opspager tells, and what people ask.

import OpsCore

extension CommandTable {
    private static let channel = Argument(
        "channel", .text(limitBytes: PagerChannel.nameBytes), .positional,
        "the name of [pager.channel.NAME]")
    private static let states = ChannelState.allCases.map(\.rawValue).joined(separator: ", ")

    static let pagerRows: [CommandRow] = [
        CommandRow(
            "pager status", .read, .showsState, "Show how each channel does.",
            details: "A channel is unknown if opspager has told nothing of it for "
                + "\(ChannelBoard.staleNanoseconds / 1_000_000_000) s, and parked if it failed too "
                + "often: then one page a minute tries it, and fallback channels get the others.",
            reply: [
                ReplyField(
                    "channels",
                    "list of {name, kind, state, waiting, in_hand, parked_since, paused_until, "
                        + "last_success, last_error, last_error_at, sent, failed}, by name; state "
                        + "is one of \(states); last_error is in the provider's words")
            ]
        ) { _ in .pager(.status) },
        CommandRow(
            "pager test", .admin, .showsState, "Send a message to one channel.",
            details: "It goes the way of every page; work why ITEM tells what became of it.",
            [channel], reply: [ReplyField("channel", "text"), ReplyField("item", "integer")],
            example: "pager test mail"
        ) { .pager(.test(channel: $0.text("channel") ?? "")) },
        CommandRow(
            "pager report", .pager, [], "Tell how a channel does.",
            details: "Counts are totals since opspager started.", isPlumbing: true,
            [
                channel,
                Argument(
                    "kind", .word(ChannelKind.allCases.map(\.rawValue)), .keyword,
                    "what it is; required"),
                count("sent", "messages that were taken"),
                count("failed", "attempts that failed"), count("in_hand", "pages under way"),
                Argument("last_success", .time, .keyword, "when the last message was taken"),
                Argument(
                    "last_error", .report(limitBytes: ChannelReport.errorBytes), .keyword,
                    "the newest error, in the provider's words"),
                Argument("last_error_at", .time, .keyword, "when that was"),
            ], reply: [ReplyField("noted", "true")],
            example: "pager report mail kind=smtp sent=12 failed=1 last_error=\"421 too busy\""
        ) { values throws(Refusal) in .pager(.report(try report(values))) },
    ]

    private static func count(_ name: String, _ summary: String) -> Argument {
        Argument(
            name, .integer(0...DetectorBounds.count), .keyword, defaultText: "0", summary)
    }

    private static func report(_ values: ArgumentValues) throws(Refusal) -> ChannelReport {
        guard let name = values.text("channel"),
            let kind = values.text("kind").flatMap({ ChannelKind(rawValue: $0) })
        else {
            throw Refusal(
                .badArgument, "kind: missing",
                hint: "one of " + ChannelKind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        var report = ChannelReport(name, kind)
        report.sent = values.integer("sent") ?? 0
        report.failed = values.integer("failed") ?? 0
        report.inHand = values.integer("in_hand") ?? 0
        report.lastSuccess = values.time("last_success").map { $0 / 1_000 }
        report.lastError = values.text("last_error")
        report.lastErrorAt = values.time("last_error_at").map { $0 / 1_000 }
        return report
    }
}
