// The rows about the kernel's side of bans.

import OpsCore

extension CommandTable {
    private static let differences = [
        ReplyField("elements", "addresses and ranges that the kernel has"),
        ReplyField("missing", "bans that it lacks"),
        ReplyField("extra", "elements without a ban"),
        ReplyField("wrong_end", "elements whose end differs from that of their ban"),
        ReplyField("altered", "true if somebody changed the table, its chain or its rules"),
        ReplyField("examples", "the first few differences"),
    ]

    static let enforceRows: [CommandRow] = [
        CommandRow(
            "enforce verify", .admin, .mayWait,
            "Compare the kernel's sets with the bans, in both directions.",
            details: "Refused if bans are not enforced.",
            reply: [ReplyField("ok", "true: there is no difference")] + differences
        ) { _ in .enforceAudit(repairs: false) },
        CommandRow(
            "enforce repair", .admin, .mayWait,
            "Compare the kernel's sets with the bans, and repair what differs.",
            details: "opsd finds and repairs differences by itself too, within a second.",
            reply: [
                ReplyField("ok", "true: there is no difference now"),
                ReplyField("repaired", "true if something was repaired"),
            ] + differences
        ) { _ in .enforceAudit(repairs: true) },
    ]
}
