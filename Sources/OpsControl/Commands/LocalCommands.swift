// The options and commands of opsctl itself, which are not in the command table.  Tests compare
// help, completions and the manual page with this list.

/// An option of opsctl itself.
struct LocalOption: Hashable, Sendable {
    /// The option's name, with its dashes.
    let name: String
    /// What the help calls the option's value; nil if it takes none.
    let placeholder: String?
    /// One phrase.
    let summary: String

    var synopsis: String { placeholder.map { "\(name) \($0)" } ?? name }
}

/// A command that opsctl carries out itself, mostly with requests of the table.
struct LocalCommand: Hashable, Sendable {
    /// One or two words.
    let name: String
    /// The help topic that lists the command.
    let topic: String
    /// The name and the arguments.
    let synopsis: String
    /// One sentence.
    let summary: String
    /// More text for the help; may be empty.
    let details: String
    /// The words that completions offer as its argument; if empty, they offer files.
    let words: [String]
    /// Options that only this command takes.
    var options: [LocalOption] = []
}

/// The options and commands of opsctl itself.
enum LocalCommands {
    /// The topic of the commands that concern opsctl alone.
    static let topic = (name: "opsctl", summary: "opsctl itself")

    /// Options that every command takes.
    static let options = [
        LocalOption(name: "--socket", placeholder: "PATH", summary: "the daemon's socket"),
        LocalOption(
            name: "--json", placeholder: nil, summary: "print the reply object, fit for a terminal"),
        LocalOption(
            name: "--no-pager", placeholder: nil, summary: "no pager, even on a terminal"),
        LocalOption(
            name: "--no-color", placeholder: nil, summary: "no colours, even on a terminal"),
        LocalOption(
            name: "--timeout", placeholder: "TIME",
            summary: "how long to wait for an answer (default 10s)"),
        LocalOption(
            name: "--help", placeholder: nil, summary: "print this help, or that of a command"),
        LocalOption(name: "--version", placeholder: nil, summary: "print opsctl's version"),
    ]

    /// opsctl's own options that only this command of the table takes.
    static func options(of verb: String) -> [LocalOption] {
        switch verb {
        case "status":
            [
                LocalOption(name: "--watch", placeholder: nil, summary: "refresh until Ctrl-C"),
                LocalOption(
                    name: "--interval", placeholder: "TIME",
                    summary: "with --watch: how often (default 2s)"),
            ]
        case "bans":
            [
                LocalOption(
                    name: "--sort", placeholder: "ORDER",
                    summary: "by \(BanOrder.names) (default address)")
            ]
        case "health":
            [
                LocalOption(
                    name: "--nagios", placeholder: nil,
                    summary: "one line and exit status 0, 1, 2 or 3, as a Nagios check")
            ]
        case "events":
            [
                LocalOption(
                    name: "--all", placeholder: nil,
                    summary: "all events in the files too, however many; without it, the newest")
            ]
        case "slo budget":
            [
                LocalOption(
                    name: "--flat", placeholder: nil,
                    summary: "ok, burn_alert and remaining_budget_pct of one objective, as JSON")
            ]
        case "unban":
            [
                LocalOption(
                    name: "--under", placeholder: "CIDR",
                    summary: "without addresses: all bans inside this network"),
                LocalOption(name: "--all", placeholder: nil, summary: "every ban there is"),
                LocalOption(
                    name: "--yes", placeholder: nil, summary: "lift them without asking"),
            ]
        default: []
        }
    }

    /// What opsctl does with this command of the table besides; empty: nothing.
    static func details(of verb: String) -> String {
        switch verb {
        case "bans":
            """
            --sort expires shows those first that end first, --sort made the oldest first.  opsctl
            sorts, so it fetches and holds all bans before it shows the first: about 300 bytes each.

            """
        case "slo budget":
            """
            --flat prints one object for scripts: of the named objective, of default, or of the first.
            An objective without data is fine there: ok is true, burn_alert is OK, 100 % is left.

            """
        case "slo status":
            """
            Exit status 1: an objective is firing.

            """
        case "unban":
            """
            Without addresses it lifts the bans that --under, --source or both select, or with --all
            every ban.  It counts them and asks first; where there is no terminal it needs --yes.
            Bans that have ended meanwhile are not failures.  Exit status 1: the answer was no.

            """
        default: ""
        }
    }

    /// All commands of opsctl itself, in the order of the help.
    static let commands = [
        LocalCommand(
            name: "import", topic: "guard", synopsis: "import FILE|-",
            summary: "Ban and strike the addresses in an ip_bans.json file.",
            details: """
                The file is {"bans": {IP: STAMP}, "strikes": {IP: [STAMP, ...]}}.  The stamp of a \
                ban is when it ends, null: never; the stamp of a strike is when it happened.  Stamps \
                are seconds since 1970 or ISO 8601 times, in UTC unless they name a zone.  Refused \
                entries are reported with their line; bans that have ended are counted and are not \
                a failure.  Strikes count as they do live: enough of them ban.
                """, words: []),
        LocalCommand(
            name: "export", topic: "guard", synopsis: "export [FILE]",
            summary: "Write the bans and strikes as an ip_bans.json file.",
            details: """
                Sorted by address; stamps are seconds since 1970.  A strike of weight 3 is written \
                three times.  A permanent ban is written as null, which opsctl import understands \
                and other readers may not; standard error says how many there are.  Bans made as a \
                dry run are left out.  A file is replaced as a whole.
                """, words: []),
        LocalCommand(
            name: "list load", topic: "lists",
            synopsis: "list load NAME FILE|- [--ttl TTL] [--strict] [--verbose]",
            summary: "Replace the list NAME with the addresses in a file.",
            details: """
                One address or network per line; # and ; begin a comment.  The new list takes \
                effect as a whole, at one moment, and until then the old one holds.  Lines that are \
                not an address, or that no list may hold, are reported with their numbers, the first \
                \(RefusedLines.reportLimit) of them, and the rest is loaded.  A file without any address \
                changes nothing: a failed download lifts no ban.
                """, words: [],
            options: [
                LocalOption(
                    name: "--ttl", placeholder: "TTL",
                    summary: "how long the list holds unless it is loaded again (default permanent)"
                ),
                LocalOption(
                    name: "--strict", placeholder: nil,
                    summary: "change nothing if any line is refused"),
                LocalOption(
                    name: "--verbose", placeholder: nil, summary: "report every refused line"),
            ]),
        LocalCommand(
            name: "slo export", topic: "slo", synopsis: "slo export [NAME...]",
            summary: "Print the objectives as OpenSLO v1 documents.",
            details: """
                YAML, two documents for each objective: a ratio for the availability, a threshold \
                for the latencies.  What OpenSLO cannot express is in annotations; alerts, \
                no_data and latency_window are left out, and standard error says so.
                """, words: []),
        LocalCommand(
            name: "slo import", topic: "slo", synopsis: "slo import FILE|-",
            summary: "Print opsd.toml sections for the SLOs in an OpenSLO v1 file.",
            details: """
                YAML or JSON.  What opsd cannot express is reported on standard error.  YAML \
                anchors, aliases and tags are refused.  The daemon is not asked: add the output to \
                its configuration and reload it.
                """, words: []),
        LocalCommand(
            name: "audit verify", topic: "audit",
            synopsis: "audit verify [--anchor SEQ:HASH]... [--dir DIR]",
            summary: "Verify the chain of events.ndjson and its rotated files.",
            details: """
                It names the first block that does not fit, and says what an anchor covers and what \
                nothing outside this host vouches for.  An anchor is a head of the chain that was \
                kept elsewhere: pages end with one.  Compressed files are read too.  Exit status 1: \
                something does not fit.
                """, words: [],
            options: [
                LocalOption(
                    name: "--anchor", placeholder: "SEQ:HASH",
                    summary: "a head that was kept elsewhere; may be given again"),
                LocalOption(
                    name: "--dir", placeholder: "DIR",
                    summary: "the directory of the files (default: opsd is asked)"),
            ]),
        LocalCommand(
            name: "completions", topic: topic.name, synopsis: "completions bash|zsh|fish",
            summary: "Print completions for a shell.", details: "",
            words: ["bash", "zsh", "fish"]),
        LocalCommand(
            name: "help", topic: topic.name, synopsis: "help [TOPIC|COMMAND]",
            summary: "Print the first page of help, or the help for a topic or a command.",
            details: "", words: []),
    ]

    /// The command of this name.
    static func command(_ name: String) -> LocalCommand? { commands.first { $0.name == name } }
}
