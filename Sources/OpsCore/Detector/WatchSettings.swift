// What the sections `[watch]`, `[watch.source.NAME]` and `[watch.rule.NAME]` decide, as values: no
// file format.  opsd checks them and hands them on to nobody; opswatch reads the same file.

/// The settings of the log detector.
package struct WatchSettings: Hashable, Sendable {
    /// Rules of the library that are on, by name.  At most 64.
    package var library: [String] = ["sshd"]
    /// The directory of fail2ban's configuration, for rules with a `filter`.
    package var fail2ban: String = "/etc/fail2ban"
    /// Whether addresses of private networks (RFC 1918, RFC 6598, link-local, fc00::/7) are struck.
    package var strikePrivate: Bool = false
    /// The most CPU time that one rule may take of a core, in percent; above it the rule looks at
    /// a sample of its lines, and says so.  1...100.
    package var cpuSharePercent: Int = 5
    /// What is read, by name.  At most 256.
    package var sources: [String: WatchSource] = [:]
    /// What is looked for, by name.  At most 256.
    package var rules: [String: WatchRule] = [:]

    /// The defaults: the rule of the library for sshd.
    package init() {}

    /// Whether anything is looked for.
    package var isOn: Bool { !library.isEmpty || !rules.isEmpty }
}

/// One log, or several that are alike (`[watch.source.NAME]`).
package struct WatchSource: Hashable, Sendable {
    /// What one line is.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// Text.
        case text
        /// A JSON object a line: rules look at its fields, patterns at its text.
        case json
        /// docker's json-file: the text is in `log`, the time in `time`.
        case docker
    }

    /// Absolute paths, or globs of them; new matches are read as they appear.  At most 64.
    package var files: [String] = []
    /// Matches of the journal, each `FIELD=value` or several of them separated by spaces, all of
    /// which must hold; an entry that fits one of the matches is read.  At most 64.
    package var journal: [String] = []
    /// What one line is.
    package var format: Format = .text
    /// The encoding of text that is not UTF-8: `utf-8`, `latin-1` or `ascii`.
    package var encoding: String = "utf-8"
    /// Minutes east of UTC, for dates without a zone; nil: the host's own zone.
    package var zoneMinutes: Int?
    /// A source without a line for this long is called silent; 0: never.
    package var expectEveryMilliseconds: Int64 = 0

    /// Nothing is read.
    package init() {}
}

/// What is looked for, and what follows (`[watch.rule.NAME]`).
package struct WatchRule: Hashable, Sendable {
    /// What a match does.
    package enum Action: String, Hashable, Sendable, CaseIterable {
        /// The address gets a strike.
        case strike
        /// The strikes of the address are cleared.
        case success
        /// An incident is raised, one for the rule; the line need not name anybody.
        case incident
    }

    /// Which sources it reads, by name.  At least one.
    package var sources: [String] = []
    /// A filter of fail2ban's with its options, such as `sshd[mode=aggressive]`; nil: `patterns`
    /// or `address` say it.
    package var filter: String?
    /// Patterns in fail2ban's notation (`<HOST>`, `<F-USER>...`), any of which is a match.
    package var patterns: [String] = []
    /// Patterns of lines that are not matches.
    package var ignored: [String] = []
    /// How the date is written, in fail2ban's notation; nil: its default templates.
    package var datePattern: String?
    /// For JSON lines: the path of the field with the address, such as `request.client_ip`.
    package var address: String?
    /// For JSON lines: the path of the field with the time; nil: now.
    package var time: String?
    /// For JSON lines: fields by path, each with the values of which it must have one.  A value
    /// that begins with `~` is a pattern.
    package var when: [String: [String]] = [:]
    /// What a match does.
    package var action: Action = .strike
    /// How bad the incident is that a match raises.
    package var severity: Severity = .warning
    /// How many strikes a match is; nil: as `[guard.source]` says.  1...1000.
    package var weight: Int?
    /// The `source` that its strikes name, and by whose `[guard.source]` they count; nil: the
    /// rule's own name.
    package var reportAs: String?
    /// Networks that it never reports.  At most 1,024.
    package var ignoredNetworks: [Network] = []

    /// Nothing is looked for.
    package init() {}
}
