// Arguments and reply fields that several rows share.

import OpsCore

extension CommandTable {
    static let limit = Argument(
        "limit", .integer(1...Bounds.pageRows), .keyword, defaultText: "100", "rows per page")
    static let after = Argument(
        "after", .network, .keyword, "continue after this one: the `next` of the last page")
    static let reason = Argument(
        "reason", .text(limitBytes: Bounds.reasonBytes), .keyword, "why, in words for people")
    static let source = Argument(
        "source", .text(limitBytes: Bounds.sourceBytes), .keyword,
        "the program that reports it; use few different names")
    static let ofSource = Argument(
        "source", .text(limitBytes: Bounds.sourceBytes), .keyword, "only the bans by this source")
    static let address = Argument("ip", .address, .positional, "the address")
    static let held = Argument(
        "ip", .network, .positional, "the address, or its network as `strikes` shows it")
    static let networks = Argument(
        "ip", .network, .repeated(least: 1, most: Bounds.targets), "addresses or networks")
    static let results = ReplyField(
        "results",
        "for several targets: one object each, refusals included; cut is true where texts did not fit"
    )
    static let cut = ReplyField("cut", "true, present only if a list did not fit as a whole")
    static let banEnding = [
        ReplyField("expires", "time; null: never"),
        ReplyField("ttl_seconds", "seconds left; null: no end"),
        ReplyField("permanent", "true, present only if it has no end"),
        ReplyField("dry_run", "true, present only if the ban is recorded but not enforced"),
        ReplyField(
            "unconfirmed", "true, present only if it ends at `expires` unless it is confirmed"),
        ReplyField(
            "confirmed_expires", "if unconfirmed: when it ends once it is confirmed; null: never"),
    ]

    static let enforced = [
        ReplyField("enforced", "whether the kernel enforces it; present only if bans are enforced"),
        ReplyField("enforce_error", "the kernel's errno, present only if it refused"),
    ]
}
