// What opsctl says about itself: the first page, a page for each topic, the help of one command.
// All of it comes from the command table and from the list of opsctl's own commands.

import OpsCore
import OpsProtocol

enum HelpText {
    /// A command, as a page of the help lists it.
    struct Entry {
        let name: String
        let synopsis: String
        let summary: String
        /// Left out of the first page.
        let isPlumbing: Bool
    }

    /// A topic with all its commands, those of the daemon first.
    struct Topic {
        let name: String
        let summary: String
        let entries: [Entry]
    }

    /// In the order of the first page.
    static let topics: [Topic] =
        CommandTable.topics.map { topic in
            Topic(
                name: topic.name, summary: topic.summary,
                entries: topic.rows.map(entry) + local(topic.name))
        } + [
            Topic(
                name: LocalCommands.topic.name, summary: LocalCommands.topic.summary,
                entries: local(LocalCommands.topic.name))
        ]

    private static func entry(_ row: CommandRow) -> Entry {
        Entry(
            name: row.verb, synopsis: row.clientSynopsis, summary: row.summary,
            isPlumbing: row.isPlumbing)
    }

    private static func local(_ topic: String) -> [Entry] {
        LocalCommands.commands.filter { $0.topic == topic }.map {
            Entry(name: $0.name, synopsis: $0.synopsis, summary: $0.summary, isPlumbing: false)
        }
    }

    // MARK: Pages

    /// For somebody who typed `opsctl`.
    static let short = """
        Usage: opsctl [--socket PATH] [--json] [--no-color] [--timeout 10s] COMMAND [ARGUMENTS]

        opsctl status           the host, the guard and the daemon on one screen
        opsctl why 203.0.113.9  everything about an address: bans, strikes, events
        opsctl help             all commands

        """

    /// The first page: `opsctl --help`, `opsctl help`.
    static var long: String {
        var text = """
            Usage: opsctl [OPTIONS] COMMAND [ARGUMENTS]

            The client of opsd, the daemon that watches and guards this host.

            opsctl help TOPIC lists the commands of a topic with their arguments;
            opsctl help COMMAND describes one command.


            """
        let shown = topics.map { topic in (topic, topic.entries.filter { !$0.isPlumbing }) }
        let width = shown.flatMap(\.1).map(\.name.count).max() ?? 0
        for (topic, entries) in shown {
            text += "\(topic.name) - \(topic.summary)\n"
            text += columns(entries.map { ($0.name, $0.summary) }, width: width) + "\n"
        }
        text += "Options:\n"
        text += columns(LocalCommands.options.map { ($0.synopsis, $0.summary) })
        text += """

            `--key value` and `key=value` are the same.  `-` in place of an address reads addresses
            from standard input, one per line; # begins a comment.  bans, strikes and events show
            all pages unless --limit is given; with --json that is one object per page, one per
            line.

            The socket is that of --socket, else of OPSD_SOCKET, else \(ControlOptions.defaultSocket).
            NO_COLOR, set to anything but the empty string, has the effect of --no-color.  What is
            longer than the terminal goes through $PAGER, by default less -FRX.

            Exit status: 0 done; 1 the answer is no (check: banned, hit: refused, health: not ok,
            gate check: closed, enforce verify: the kernel differs); 2 usage, or a bad argument;
            3 the daemon cannot be reached; 4 forbidden, refused, not found or too many; 5 busy,
            degraded, internal error, or done but not durable or not enforced; 6 anything else, and
            gate check without data.  Of several answers the worst decides.

            """
        return text
    }

    /// `opsctl help WORDS` and `opsctl WORDS --help`.  The words are looked for as a command, then
    /// as a topic, then as the first word of commands; nil: they are none of these.
    static func page(_ words: [String]) -> String? {
        guard let first = words.first else { return long }
        let topic = words.count == 1 ? topics.first { $0.name == first } : nil
        if let text = command(words) {
            guard let topic else { return text }
            let others = topic.entries.filter { $0.name != first }
            return text + "\nSee also (opsctl help COMMAND):\n\n" + listing(others)
        }
        if let topic { return page(topic) }
        guard words.count == 1 else { return nil }
        let family = topics.flatMap(\.entries).filter { $0.name.hasPrefix(first + " ") }
        if family.isEmpty { return nil }
        // `list` begins all commands of the topic `lists` and no others: it gets the topic's page.
        if let whole = topics.first(where: { $0.entries.map(\.name) == family.map(\.name) }) {
            return page(whole)
        }
        return "Commands that begin with \(first):\n\n" + listing(family) + footer
    }

    private static let footer = "\nopsctl help COMMAND describes one command.\n"

    /// The commands of a topic, plumbing last.
    private static func page(_ topic: Topic) -> String {
        var text = "\(topic.name) - \(topic.summary)\n\n"
        text += listing(topic.entries.filter { !$0.isPlumbing })
        let plumbing = topic.entries.filter(\.isPlumbing)
        if !plumbing.isEmpty {
            text += "\nPlumbing, which other commands use and people seldom need:\n\n"
            text += listing(plumbing)
        }
        return text + footer
    }

    /// The help of one command; nil: the words do not begin with one.
    private static func command(_ words: [String]) -> String? {
        if let (row, _) = RequestLine.row(words) {
            let own = LocalCommands.options(of: row.verb)
            let more = own.isEmpty ? "" : "\n" + columns(own.map { ($0.synopsis, $0.summary) })
            let details = LocalCommands.details(of: row.verb)
            return CommandTable.help(row) + (details.isEmpty ? "" : "\n" + details) + more
        }
        guard
            let own = LocalCommands.command(words.prefix(2).joined(separator: " "))
                ?? words.first.flatMap(LocalCommands.command)
        else { return nil }
        let details = own.details.isEmpty ? "" : own.details + "\n"
        let more =
            own.options.isEmpty
            ? "" : "\n" + columns(own.options.map { ($0.synopsis, $0.summary) })
        return "Usage: opsctl \(own.synopsis)\n\n\(own.summary)\n\(details)\(more)"
    }

    private static func listing(_ entries: [Entry]) -> String {
        entries.map { "  opsctl \($0.synopsis)\n      \($0.summary)\n" }.joined()
    }

    /// Two columns, the second after the longest of the first.
    private static func columns(_ rows: [(String, String)], width: Int? = nil) -> String {
        let width = (width ?? rows.map { $0.0.count }.max() ?? 0) + 2
        return rows.map { name, summary in
            "  " + name + String(repeating: " ", count: width - name.count) + summary + "\n"
        }.joined()
    }

    // MARK: Unknown words

    /// The words do not begin with a command.
    static func unknownCommand(_ words: [String]) -> ClientFault {
        unknown("command", words, topics.flatMap(\.entries).map(\.name))
    }

    /// The words are neither a command nor a topic.
    static func unknownHelpPage(_ words: [String]) -> ClientFault {
        unknown(
            "command or topic", words, topics.flatMap(\.entries).map(\.name) + topics.map(\.name))
    }

    private static func unknown(
        _ kind: String, _ words: [String], _ known: [String]
    ) -> ClientFault {
        let first = words.first ?? ""
        if first.hasPrefix("-") {
            let near = Suggestion.closest(to: first, among: LocalCommands.options.map(\.name))
            return .usage(
                "there is no option '\(first.prefix(40))'",
                hint: near.map { "did you mean \($0)?" } ?? "opsctl --help lists the options")
        }
        let family = known.filter { $0.hasPrefix(first + " ") }
        let both = words.prefix(2).joined(separator: " ")
        let shown = family.isEmpty ? first : both
        let cut = shown.count > 40 ? "\(shown.prefix(40))..." : shown
        return .usage(
            "there is no \(kind) '\(cut)'", hint: hint(first, both, family: family, known))
    }

    /// What may have been meant.
    private static func hint(
        _ first: String, _ both: String, family: [String], _ known: [String]
    ) -> String {
        // Other programs said `stats` and `cleanup` alone.
        let tails = known.filter { $0.hasSuffix(" " + first) }
        if !tails.isEmpty && (both == first || family.isEmpty) {
            return "did you mean \((tails + family).joined(separator: " or "))?"
        }
        if !family.isEmpty {
            if both != first, let near = Suggestion.closest(to: both, among: family) {
                return "did you mean \(near)?"
            }
            if family.count > 4 { return "opsctl help \(first) lists the \(first) commands" }
            return "did you mean \(family.joined(separator: " or "))?"
        }
        if topics.contains(where: { $0.name == first }) {
            return "it is a topic: opsctl help \(first) lists its commands"
        }
        if let near = Suggestion.closest(to: both, among: known)
            ?? Suggestion.closest(to: first, among: known)
        {
            return "did you mean \(near)?"
        }
        return "opsctl help lists all commands"
    }
}
