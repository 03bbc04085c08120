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
                "paths", "probe", "health", "guard", "watch", "pager", "enforce", "store", "limits",
                "access",
                "events", "incidents", "gate", "costs", "check", "endpoint",
            ].map { ReplyField($0, "object, one member per key") }
                + [
                    ReplyField("queue", "object, one member per queue"),
                    ReplyField("slo", "object, one member per objective"),
                ]
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
            details:
                "With `for`, a snapshot that this older release can read, in a directory of its own: what "
                + "that release cannot hold is left out.  It is written again when opsd stops.",
            [
                Argument(
                    "for", .word(OlderRelease.allCases.map(\.rawValue)), .keyword,
                    "the older release to go back to")
            ],
            reply: [
                ReplyField("lsn", "the sequence number up to which it holds everything"),
                ReplyField("for", "text: the older release; only with for"),
                ReplyField("directory", "text: where it is; only with for"),
                ReplyField(
                    "left_out",
                    "object: how many "
                        + LeftOut.allCases.map(\.rawValue).joined(separator: ", ")
                        + " that release cannot hold; only with for"),
            ]
        ) { values in
            values.text("for").flatMap(OlderRelease.init).map(Command.olderSnapshot) ?? .snapshot
        },
        helloRow,
    ]
}
