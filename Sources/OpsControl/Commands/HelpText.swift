// What opsctl says about itself.

import OpsCore
import OpsProtocol

enum HelpText {
    /// For somebody who typed `opsctl`.
    static let short = """
        Usage: opsctl [--socket PATH] [--json] [--no-color] [--timeout 10s] COMMAND [ARGUMENTS]

        opsctl status           the host, the guard and the daemon on one screen
        opsctl why 203.0.113.9  the whole story of an address
        opsctl --help           all commands

        """

    /// `opsctl --help`.
    static var long: String {
        var text = """
            Usage: opsctl [OPTIONS] COMMAND [ARGUMENTS]

            Asks opsd, the daemon that keeps this host in hand.

            Commands of the daemon:
            \(CommandTable.overview)

            Commands of opsctl:

            """
        text += listed(OwnWords.commands.map { ($0.synopsis, $0.summary) })
        text += "\nOptions:\n"
        text += listed(OwnWords.options.map { ($0.synopsis, $0.summary) })
        text += """

            `--key value` and `key=value` are the same.  `-` for an address reads addresses from
            standard input, one a line; # begins a comment.  bans, strikes and events walk all pages
            unless --limit is given; with --json that is one object a page, a line each.

            The socket is --socket, else OPSD_SOCKET, else \(ControlOptions.defaultSocket).
            NO_COLOR, set to anything but nothing, is --no-color.

            Exit: 0 done; 1 the answer is no (check: banned, hit: refused, health: not ok, gate check:
            closed, enforce verify: the kernel differs); 2 usage or a bad argument; 3 the daemon
            cannot be reached; 4 forbidden, refused, not found or too many; 5 busy, degraded,
            internal, or done but not durable or not enforced; 6 anything else, and gate check
            without data. Of several answers the worst decides.

            """
        return text
    }

    /// `opsctl COMMAND --help`; nil: there is no such command.
    static func of(_ words: [String]) -> String? {
        guard let first = words.first else { return long }
        if let (row, _) = RequestLine.row(words) {
            let own = OwnWords.options(of: row.verb)
            let more = own.isEmpty ? "" : "\n" + listed(own.map { ($0.synopsis, $0.summary) })
            return CommandTable.help(row) + more
        }
        if let own = OwnWords.command(words.prefix(2).joined(separator: " "))
            ?? OwnWords.command(first)
        {
            return help(own)
        }
        let family = CommandTable.rows.filter { $0.verb.hasPrefix(first + " ") }
        let own = OwnWords.commands.filter { $0.name.hasPrefix(first + " ") }
        if family.isEmpty { return nil }
        return (own.map(help) + family.map(CommandTable.help)).joined(separator: "\n")
    }

    private static func help(_ own: OwnCommand) -> String {
        let details = own.details.isEmpty ? "" : own.details + "\n"
        let more =
            own.options.isEmpty
            ? "" : "\n" + listed(own.options.map { ($0.synopsis, $0.summary) })
        return "Usage: opsctl \(own.synopsis)\n\n\(own.summary)\n\(details)\(more)"
    }

    /// Why the words are no command, with the nearest that is one.
    static func noCommand(_ words: [String]) -> ClientFault {
        let first = words.first ?? ""
        let known = CommandTable.rows.map(\.verb) + OwnWords.commands.map(\.name)
        let family = known.filter { $0.hasPrefix(first + " ") }
        let near =
            family.isEmpty ? Suggestion.closest(to: first, among: known).map { [$0] } ?? [] : family
        let shown = first.count > 40 ? "\(first.prefix(40))..." : first
        return .usage(
            "there is no command '\(shown)'",
            hint: near.isEmpty
                ? "opsctl --help lists them" : "did you mean \(near.joined(separator: " or "))?")
    }

    private static func listed(_ rows: [(String, String)]) -> String {
        let width = (rows.map { $0.0.count }.max() ?? 0) + 2
        return rows.map { name, summary in
            "  " + name + String(repeating: " ", count: width - name.count) + summary + "\n"
        }.joined()
    }
}
