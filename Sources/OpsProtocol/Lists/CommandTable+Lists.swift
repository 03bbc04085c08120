// The rows of lists.  `list add` has a fast path in the parser, since a million addresses may come
// through it; requests that the fast path does not accept are parsed by this table.

import OpsCore

extension CommandTable {
    private static let name = Argument("name", .listName, .positional, "the list")
    private static let token = Argument(
        "token", .token, .positional, "the token from list begin, on this connection")
    private static let ending = [
        ReplyField("expires", "time; null: never"),
        ReplyField("ttl_seconds", "seconds left; null: no end"),
        ReplyField("permanent", "true, present only if it has no end"),
    ]

    static let listAdd = listRows.first { $0.verb == "list add" }

    static let listRows: [CommandRow] = [
        CommandRow(
            "list begin", .admin, [], "Begin a list that will replace the list of the same name.",
            details: "One list per connection: another list begin, the end of the connection or "
                + "10 minutes discard it.  Nothing takes effect before list commit.  "
                + "`opsctl list load NAME FILE` does all of this.",
            isPlumbing: true,
            [
                name,
                Argument(
                    "ttl", .lifetime, .keyword, defaultText: "permanent",
                    "how long the list is in effect after its commit"),
            ],
            reply: [
                ReplyField("token", "integer, for list add and list commit"),
                ReplyField("name", "text"),
                ReplyField(
                    "ipv6_prefix", "prefix length of the network that a bare IPv6 address means"),
                ReplyField("room", "networks that still fit"),
                ReplyField("line_bytes", "the longest request, bytes"),
            ], example: "list begin blocklist ttl=2d"
        ) { values throws(Refusal) in
            .list(.begin(name: values.listName(), values.lifetime("ttl") ?? .permanent))
        },
        CommandRow(
            "list add", .admin, .heavyIfMany, "Add networks to the list that was begun.",
            details: "IPv4 before IPv6, each in ascending order, within a request and from one "
                + "request to the next; if the order is wrong, nothing of the request is added.  "
                + "Networks that no list may hold are refused one by one, and the others are added.",
            isPlumbing: true,
            [
                token,
                Argument(
                    "ip", .network, .repeated(least: 1, most: ListBounds.entriesAtOnce),
                    "addresses or networks"),
            ],
            reply: [
                ReplyField("staged", "networks of this request that were added"),
                ReplyField("duplicates", "networks that the one before them contains"),
                ReplyField("total", "networks in the list so far"),
                ReplyField("refused_count", "networks that were refused"),
                ReplyField("refused", "list of {ip, code, message}"),
                ReplyField("cut", "true, present only if a list did not fit as a whole"),
            ], example: "list add 1 192.0.2.0/24,198.51.100.7"
        ) { values throws(Refusal) in
            .list(.add(token: values.token(), values.targets().list))
        },
        CommandRow(
            "list commit", .admin, [.showsState, .mayWait],
            "Replace the list of the same name with the list that was begun.",
            details:
                "The reply is sent once the list is durable; from then on all of it is in effect.",
            isPlumbing: true, [token],
            reply: [
                ReplyField("name", "text"), ReplyField("entries", "networks"),
                ReplyField("replaced", "true if there was a list of this name"),
                ReplyField("added", "networks that the old list did not have"),
                ReplyField("removed", "networks that only the old list had"),
            ] + ending, example: "list commit 1"
        ) { values throws(Refusal) in .list(.commit(token: values.token())) },
        CommandRow(
            "list drop", .admin, .showsState, "Remove a list.", [name],
            reply: [
                ReplyField("name", "text"), ReplyField("dropped", "true"),
                ReplyField("entries", "networks it had"),
            ], example: "list drop blocklist"
        ) { values throws(Refusal) in .list(.drop(name: values.listName())) },
        CommandRow(
            "list show", .read, [.showsState, .heavy],
            "Show all lists, or the networks of one, page by page.",
            [
                Argument(
                    "name", .listName, .repeated(least: 0, most: 1), defaultText: "all, in brief",
                    "the list"),
                Argument(
                    "limit", .integer(1...Bounds.pageRows), .keyword, defaultText: "100",
                    "networks per page"),
                Argument(
                    "after", .network, .keyword,
                    "continue after this one: the `next` of the last page"),
            ],
            reply: [
                ReplyField(
                    "lists",
                    "without a name: list of {name, entries, ipv4, ipv6, expires, ..., committed, uid}"
                ),
                ReplyField("name", "text"), ReplyField("entries", "networks"),
                ReplyField("ipv4", "IPv4 networks"),
                ReplyField("ipv6", "IPv6 networks"),
            ] + ending + [
                ReplyField("committed", "time"), ReplyField("uid", "user ID that committed it"),
                ReplyField("dry_run", "true, present only if it bans nobody at present"),
                ReplyField(
                    "enforced", "whether the kernel has it; present only if bans are enforced"),
                ReplyField("enforce_error", "the kernel's errno, present only if it refused"),
                ReplyField("ips", "its networks, IPv4 before IPv6, each in ascending order"),
                ReplyField("next", "what to pass as after; null: no more"),
            ], example: "list show blocklist limit=10"
        ) { values throws(Refusal) in
            .list(
                .show(
                    name: values.words.first,
                    PageQuery(
                        limit: values.integer("limit") ?? 100,
                        after: values.target("after")?.network)))
        },
    ]
}

extension ArgumentValues {
    /// The list name; the parser has checked that it is present.
    fileprivate func listName() -> String {
        guard let name = text("name") else { preconditionFailure("a name is missing") }
        return name
    }

    fileprivate func token() -> UInt64 {
        guard let token = id("token") else { preconditionFailure("a token is missing") }
        return token
    }
}

extension Targets {
    fileprivate var list: [Target] { [first] + others }
}
