// The rows of lists.  `list add` has a short way through the parser, since a million addresses come
// through it; what the short way does not take goes by this table like anything else.

import OpsCore

extension CommandTable {
    private static let name = Argument("name", .listName, .positional, "the list")
    private static let token = Argument(
        "token", .token, .positional, "what list begin answered, on this connection")
    private static let ending = [
        ReplyField("expires", "time, null: never"),
        ReplyField("ttl_seconds", "seconds left, null: no end"),
        ReplyField("permanent", "true, only where it has no end"),
    ]

    static let listAdd = listRows.first { $0.verb == "list add" }

    static let listRows: [CommandRow] = [
        CommandRow(
            "list begin", .admin, [], "Begin a list that will replace the one of its name.",
            details: "One list a connection: it forgets the one begun before, and so does the end "
                + "of the connection, or 10 minutes.  Nothing counts before list commit.  "
                + "`opsctl list load NAME FILE` does all of it.",
            isPlumbing: true,
            [
                name,
                Argument(
                    "ttl", .lifetime, .keyword, standard: "permanent",
                    "how long the list holds from its commit on"),
            ],
            reply: [
                ReplyField("token", "integer, for list add and list commit"),
                ReplyField("name", "text"),
                ReplyField("ipv6_prefix", "the network that a bare IPv6 address stands for"),
                ReplyField("room", "networks that fit"),
                ReplyField("line_bytes", "the longest request"),
            ], example: "list begin blocklist ttl=2d"
        ) { values throws(Refusal) in
            .list(.begin(name: values.listName(), values.lifetime("ttl") ?? .permanent))
        },
        CommandRow(
            "list add", .admin, .heavyIfMany, "Add networks to the list under way.",
            details: "IPv4 before IPv6, each in ascending order, within a request and from one to "
                + "the next; out of order, nothing of the request is taken.  What no list may have "
                + "is refused one by one, and the others are taken.",
            isPlumbing: true,
            [
                token,
                Argument(
                    "ip", .network, .repeated(least: 1, most: ListBounds.entriesAtOnce),
                    "addresses or networks"),
            ],
            reply: [
                ReplyField("staged", "networks of this request that were taken"),
                ReplyField("duplicates", "that the one before them holds"),
                ReplyField("total", "networks of the list so far"),
                ReplyField("refused_count", "networks that were refused"),
                ReplyField("refused", "list of {ip, code, message}"),
                ReplyField("cut", "true, only where a list had no room for all"),
            ], example: "list add 1 192.0.2.0/24,198.51.100.7"
        ) { values throws(Refusal) in
            .list(.add(token: values.token(), values.targets().list))
        },
        CommandRow(
            "list commit", .admin, [.showsState, .mayWait],
            "Put the list under way in the place of the one of its name.",
            details: "Answers when the list is durable; it counts from then on, as a whole.",
            isPlumbing: true, [token],
            reply: [
                ReplyField("name", "text"), ReplyField("entries", "networks"),
                ReplyField("replaced", "true where there was a list of this name"),
                ReplyField("added", "networks that the one before did not have"),
                ReplyField("removed", "networks that only the one before had"),
            ] + ending, example: "list commit 1"
        ) { values throws(Refusal) in .list(.commit(token: values.token())) },
        CommandRow(
            "list drop", .admin, .showsState, "Drop a list.", [name],
            reply: [
                ReplyField("name", "text"), ReplyField("dropped", "true"),
                ReplyField("entries", "networks it had"),
            ], example: "list drop blocklist"
        ) { values throws(Refusal) in .list(.drop(name: values.listName())) },
        CommandRow(
            "list show", .read, [.showsState, .heavy],
            "The lists, or the networks of one, a page at a time.",
            [
                Argument(
                    "name", .listName, .repeated(least: 0, most: 1), standard: "all, in brief",
                    "the list"),
                Argument(
                    "limit", .integer(1...Bounds.pageRows), .keyword, standard: "100",
                    "networks of a page"),
                Argument("after", .network, .keyword, "go on behind this one: what `next` said"),
            ],
            reply: [
                ReplyField(
                    "lists",
                    "without a name: list of {name, entries, ipv4, ipv6, expires, ..., committed, uid}"
                ),
                ReplyField("name", "text"), ReplyField("entries", "networks"),
                ReplyField("ipv4", "networks of this family"),
                ReplyField("ipv6", "networks of this family"),
            ] + ending + [
                ReplyField("committed", "time"), ReplyField("uid", "who committed it"),
                ReplyField("dry_run", "true, only where it holds nobody at present"),
                ReplyField("enforced", "whether the kernel has it; only where bans are enforced"),
                ReplyField("enforce_error", "the kernel's errno, only where it refused"),
                ReplyField("ips", "networks, IPv4 before IPv6, each ascending"),
                ReplyField("next", "what to pass as after, or null"),
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
    /// The parser has seen that it is there.
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
