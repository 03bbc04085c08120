// The rows of queues.

import OpsCore

extension CommandTable {
    private static let count = 0...QueueBounds.count
    private static let promises = QueuePromise.allCases.map(\.rawValue).joined(separator: ", ")

    /// Queues.
    static let queueRows: [CommandRow] = [
        CommandRow(
            "queue report", .report, [], "Tell how a queue stands.",
            details:
                "Counters are those of whoever counts: they only grow, and a smaller value than "
                + "before is that of a counter that began again at 0.  It is acknowledged at once; "
                + "a verdict that turns is logged at once, and the rest once a minute.",
            [
                Argument(
                    "name", .queue, .positional,
                    "the queue; one that the configuration does not name has the defaults"),
                Argument(
                    "depth", .integer(count), .keyword, isRequired: true,
                    "how many wait; required"),
                Argument("processed", .integer(count), .keyword, "how many were processed, ever"),
                Argument("failed", .integer(count), .keyword, "how many have failed, ever"),
                Argument(
                    "oldest_seconds", .seconds(0...QueueBounds.oldestSeconds), .keyword,
                    "how long the oldest has waited"),
            ],
            reply: [
                ReplyField("queue", "its name"), ReplyField("state", "good, bad or unknown"),
            ], example: "queue report mail depth=3 processed=81250 failed=17"
        ) { values throws(Refusal) in
            guard let depth = values.integer("depth") else {
                throw Refusal(.badArgument, "depth: missing; it is how many wait")
            }
            guard let name = values.queues.first else { preconditionFailure("a queue is missing") }
            return .queue(
                .report(
                    QueueReport(
                        name, depth: UInt64(depth),
                        processed: values.integer("processed").map { UInt64($0) },
                        failed: values.integer("failed").map { UInt64($0) },
                        oldestSeconds: values.integer("oldest_seconds"))))
        },
        CommandRow(
            "queue status", .read, [.showsState, .heavy],
            "Show queues and whether they keep their promises.",
            details: "opsctl exits with 1 if one of them is bad.",
            [
                Argument(
                    "name", .queue, .repeated(least: 0, most: QueueRules.limit),
                    defaultText: "all", "queues")
            ],
            reply: [
                ReplyField(
                    "queues",
                    "list of {queue, state, silent, configured, depth, oldest_seconds, "
                        + "processed_per_minute, failed_pct, processed_total, failed_total, reported, "
                        + "age_seconds, verdicts, limits}, by name; verdicts has good, bad or unknown "
                        + "for each of \(promises); paces and shares are those of the last 5 minutes"
                ),
                ReplyField("cut", "true, present only if the list did not fit as a whole"),
            ], example: "queue status mail"
        ) { values in .queue(.status(values.queues)) },
    ]
}
