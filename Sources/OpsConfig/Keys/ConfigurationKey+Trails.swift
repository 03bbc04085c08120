// The keys of `[events]` and `[trails]`: what happened, and the files in the log directory.

private let hours: Int64 = 3_600_000
private let days: Int64 = 24 * hours

extension ConfigurationKey {
    static let events = rows(
        "events",
        [
            .init(
                "tail", .integer(\.events.tail, 10...100_000), .restart,
                "The number of events kept in memory; the events command reads the files beyond them."
            ),
            .init(
                "retention", .duration(\.events.retentionMilliseconds, 0 * hours...3_650 * days),
                .applied,
                "Rotated files of events older than this are removed.  0s: they stay, up to max_bytes."
            ),
            .init(
                "rotate_bytes",
                .integer(\.events.rotateBytes, 65_536...1_099_511_627_776, unit: "bytes"),
                .applied, "The size at which events.ndjson is rotated."),
            .init(
                "max_bytes",
                .integer(\.events.maxBytes, 0...1_099_511_627_776, unit: "bytes"),
                .applied,
                "What events.ndjson and its rotated files may have together, at least 1 MiB: then"
                    + " the oldest is removed.  0: no bound."),
            .init(
                "compliance_link", .flag(\.events.complianceLink), .applied,
                "Whether a link compliance_hooks.ndjson leads to events.ndjson."),
        ])

    static let trails = rows(
        "trails",
        [
            .init(
                "compress_after",
                .duration(\.trails.compressAfterMilliseconds, 0 * hours...3_650 * days), .applied,
                "Rotated files older than this are compressed.  0s: never."),
            .init(
                "delete_after",
                .duration(\.trails.deleteAfterMilliseconds, 0 * hours...3_650 * days), .applied,
                "Rotated files older than this, but for those of events, are removed.  0s: never."),
        ])
}
