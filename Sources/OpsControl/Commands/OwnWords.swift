// What opsctl understands beyond the command table: its options and its own commands.  The usage,
// the completions and the manual page are held to this list.

/// An option of opsctl's own.
package struct OwnOption: Hashable, Sendable {
    /// With its dashes.
    package let name: String
    /// What its value is called; nil: it takes none.
    package let placeholder: String?
    package let summary: String

    var synopsis: String { placeholder.map { "\(name) \($0)" } ?? name }
}

/// A command that opsctl carries out itself, with requests of the table.
package struct OwnCommand: Hashable, Sendable {
    package let name: String
    package let synopsis: String
    package let summary: String
    package let details: String
    /// The words it takes, for completions; empty: a file.
    package let words: [String]
    package var options: [OwnOption] = []
}

/// opsctl's own words.
package enum OwnWords {
    /// Understood with every command.
    package static let options = [
        OwnOption(name: "--socket", placeholder: "PATH", summary: "the daemon's socket"),
        OwnOption(name: "--json", placeholder: nil, summary: "print the reply object as it came"),
        OwnOption(name: "--no-color", placeholder: nil, summary: "no colours on a terminal either"),
        OwnOption(
            name: "--timeout", placeholder: "TIME", summary: "how long to wait for an answer (10s)"),
        OwnOption(name: "--help", placeholder: nil, summary: "print help, also of one command"),
        OwnOption(name: "--version", placeholder: nil, summary: "print opsctl's version"),
    ]

    /// Understood with one command of the table.
    package static func options(of verb: String) -> [OwnOption] {
        switch verb {
        case "status":
            [
                OwnOption(name: "--watch", placeholder: nil, summary: "refresh until Ctrl-C"),
                OwnOption(
                    name: "--interval", placeholder: "TIME", summary: "with --watch: how often (2s)"
                ),
            ]
        case "health":
            [
                OwnOption(
                    name: "--nagios", placeholder: nil,
                    summary: "one line and exit 0, 1, 2 or 3, as a Nagios check")
            ]
        default: []
        }
    }

    /// Not in the command table.
    package static let commands = [
        OwnCommand(
            name: "import", synopsis: "import FILE|-",
            summary: "Ban and strike what an ip_bans.json holds.",
            details: """
                The file is {"bans": {IP: STAMP}, "strikes": {IP: [STAMP, ...]}}.  A ban's stamp is \
                when it ends, null: never; a stamp is seconds since 1970 or an ISO 8601 time, UTC \
                where it names no zone.  What is refused is named with its line; what has ended is \
                counted and is no failure.  Strikes count as they do live: enough of them ban.
                """, words: []),
        OwnCommand(
            name: "export", synopsis: "export [FILE]",
            summary: "Write bans and strikes as an ip_bans.json.",
            details: """
                Sorted by address, stamps in seconds since 1970; a strike of weight 3 stands three \
                times.  A permanent ban is null, which import understands and other readers may \
                not; standard error says how many there are.  A file is replaced as a whole.
                """, words: []),
        OwnCommand(
            name: "list load", synopsis: "list load NAME FILE|- [--ttl TTL] [--strict] [--verbose]",
            summary: "Put a file of addresses in the place of the list NAME.",
            details: """
                One address or network a line; # and ; begin a comment.  The list counts as a whole \
                from one moment on, and until then the one before does.  Lines that are no address, \
                or that no list may have, are named with their numbers, the first \
                \(RefusedLines.told) of them, and the others are taken.  A file without any address \
                changes nothing: a download that failed lifts no ban.
                """, words: [],
            options: [
                OwnOption(
                    name: "--ttl", placeholder: "TTL",
                    summary: "how long the list holds, unless it is loaded again (no end)"),
                OwnOption(
                    name: "--strict", placeholder: nil,
                    summary: "change nothing where any line is refused"),
                OwnOption(
                    name: "--verbose", placeholder: nil, summary: "name every refused line"),
            ]),
        OwnCommand(
            name: "slo export", synopsis: "slo export [NAME...]",
            summary: "Print the objectives as OpenSLO v1.",
            details: """
                YAML, two documents an objective: a ratio for the availability, a threshold for the \
                latencies.  What OpenSLO has no word for is in annotations; alerts and no_data are \
                left out, and standard error says so.
                """, words: []),
        OwnCommand(
            name: "slo import", synopsis: "slo import FILE|-",
            summary: "Print sections of opsd.toml for the SLOs of an OpenSLO v1 file.",
            details: """
                YAML or JSON.  What opsd has no word for is named on standard error.  Anchors, \
                aliases and tags of YAML are refused.  The daemon is not asked: put what is printed \
                into its configuration and reload it.
                """, words: []),
        OwnCommand(
            name: "completions", synopsis: "completions bash|zsh|fish",
            summary: "Print completions for a shell.", details: "",
            words: ["bash", "zsh", "fish"]),
        OwnCommand(
            name: "help", synopsis: "help [COMMAND]", summary: "Print this, or help of a command.",
            details: "", words: []),
    ]

    /// An own command by its name.
    static func command(_ name: String) -> OwnCommand? { commands.first { $0.name == name } }
}
