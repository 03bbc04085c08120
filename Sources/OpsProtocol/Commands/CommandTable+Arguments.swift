// Arguments and reply fields that several rows share.

import OpsCore

extension CommandTable {
    static let limit = Argument(
        "limit", .integer(1...Bounds.pageRows), .keyword, standard: "100", "rows of a page")
    static let after = Argument(
        "after", .network, .keyword, "go on behind this one: what `next` said")
    static let reason = Argument(
        "reason", .text(limitBytes: Bounds.reasonBytes), .keyword, "why, for people")
    static let source = Argument(
        "source", .text(limitBytes: Bounds.sourceBytes), .keyword,
        "which program says so; few different ones")
    static let address = Argument("ip", .address, .positional, "the address")
    static let held = Argument(
        "ip", .network, .positional, "the address, or the network that `strikes` shows for it")
    static let networks = Argument(
        "ip", .network, .repeated(least: 1, most: Bounds.targets), "addresses or networks")
    static let results = ReplyField(
        "results",
        "several targets: one object each, refusals among them; cut is true where texts had no room"
    )
    static let cut = ReplyField("cut", "true, only where a list had no room for all")
    static let banEnding = [
        ReplyField("expires", "time, null: never"),
        ReplyField("ttl_seconds", "seconds left, null: no end"),
        ReplyField("permanent", "true, only where it has no end"),
        ReplyField("dry_run", "true, only where the ban is recorded and not enforced"),
        ReplyField("unconfirmed", "true, only where it ends then unless somebody confirms it"),
        ReplyField("confirmed_expires", "unconfirmed: when it ends once confirmed; null: never"),
    ]

    static let enforced = [
        ReplyField("enforced", "whether the kernel does so; only where bans are enforced"),
        ReplyField("enforce_error", "the kernel's errno, only where it refused"),
    ]
}
