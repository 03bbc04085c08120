// The rows about the daemon itself.

import OpsCore

extension CommandTable {
    static let daemonRows: [CommandRow] = [
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
}
