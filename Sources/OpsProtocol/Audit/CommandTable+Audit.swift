// The rows about the chain of events.ndjson.

import OpsCore

extension CommandTable {
    static let auditRows: [CommandRow] = [
        CommandRow(
            "audit status", .read, [], "Show the head of the chain of events.ndjson.",
            details:
                "Who keeps seq and hash elsewhere can prove later that nothing before them was "
                + "changed: opsctl audit verify --anchor SEQ:HASH. What is durable is also in "
                + "snapshots and at the end of each page.",
            reply: [
                ReplyField("directory", "text: where the files are"),
                ReplyField("file", "text: the one that is written"),
                ReplyField("seq", "integer: the newest chain line; null: none is written yet"),
                ReplyField("hash", "text: its hash"),
                ReplyField("short", "text: the first 12 digits of it"),
                ReplyField("through", "integer: the id of the newest event in the chain"),
                ReplyField("durable_seq", "integer: the newest chain line that is on the disk"),
                ReplyField("durable_hash", "text: its hash"),
                ReplyField(
                    "lost_lines", "integer: events that never got into the file, since opsd started"
                ),
                ReplyField("since", "time: when this opsd wrote its first chain line"),
                ReplyField("fault", "text: what is wrong with the files; null: nothing"),
            ], example: "audit status"
        ) { _ in .auditStatus }
    ]
}
