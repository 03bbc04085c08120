// The rows about the kernel's side of bans.

import OpsCore

extension CommandTable {
    private static let differences = [
        ReplyField("elements", "addresses and ranges that the kernel has"),
        ReplyField("missing", "bans it lacks"),
        ReplyField("extra", "elements that no ban asked for"),
        ReplyField("wrong_end", "elements that end at another time"),
        ReplyField("altered", "whether table, chain or rules are not as they were made"),
        ReplyField("examples", "the first few differences"),
    ]

    static let enforceRows: [CommandRow] = [
        CommandRow(
            "enforce verify", .admin, .mayWait,
            "Compare the kernel's sets with the bans, both ways.",
            details: "Refused where bans are not enforced.",
            reply: [ReplyField("ok", "nothing differs")] + differences
        ) { _ in .enforceAudit(repairs: false) },
        CommandRow(
            "enforce repair", .admin, .mayWait, "Compare, and put right what differs.",
            details: "What is wrong is found and put right by itself as well, within a second.",
            reply: [
                ReplyField("ok", "nothing differs now"),
                ReplyField("repaired", "whether something was put right"),
            ] + differences
        ) { _ in .enforceAudit(repairs: true) },
    ]
}
