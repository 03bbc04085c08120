// The rows about the daemon itself.

import OpsCore

extension CommandTable {
    static let daemonRows: [CommandRow] = [
        CommandRow(
            "ping", .read, [], "Check that the daemon answers.", also: .satellites,
            reply: [ReplyField("pong", "true")]
        ) { _ in .ping },
        CommandRow(
            "version", .read, [], "Show the versions of the daemon and of the protocol.",
            also: .satellites,
            reply: [ReplyField("version", "text"), ReplyField("protocol", "integer")]
        ) { _ in .version },
        CommandRow(
            "commands", .read, .heavy,
            "List all commands with their arguments and replies, as data.",
            reply: [ReplyField("commands", "list of objects")]
        ) { _ in .commands },
        CommandRow(
            "config", .admin, [], "Show the configuration in force.",
            details: "Values are written as in the file.",
            reply: [
                "paths", "probe", "health", "guard", "watch", "enforce", "store", "limits",
                "access",
                "events", "gate",
            ].map { ReplyField($0, "object, one member per key") }
                + [ReplyField("slo", "object, one member per objective")]
        ) { _ in .config },
        CommandRow(
            "reload", .admin, [.showsState, .heavy],
            "Read the configuration again; a file with a fault changes nothing.",
            reply: [
                ReplyField("applied", "list of keys whose new values are in force"),
                ReplyField("restart_required", "list of keys whose new values need a restart"),
            ]
        ) { _ in .reload },
        CommandRow(
            "snapshot", .admin, .mayWait, "Write a snapshot; the answer comes when it is durable.",
            reply: [ReplyField("lsn", "the sequence number up to which it holds everything")]
        ) { _ in .snapshot },
        helloRow,
    ]
}
