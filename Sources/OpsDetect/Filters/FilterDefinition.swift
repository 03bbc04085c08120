// A filter as it runs: patterns as PCRE2 takes them, with every tag, include and option resolved.
// It comes from fail2ban's files (Fail2ban/), from a rule of the configuration, or from the library
// (Library/); the engine (FilterRun) cannot tell which.

/// What makes a log line a failure, and whose.
package struct FilterDefinition: Hashable, Sendable {
    /// The name in messages, such as `sshd` or `sshd[mode=aggressive]`.
    package var name: String
    /// Finds the part of a line that the other patterns are matched against (`prefregex`); nil: the
    /// whole line.
    package var prefix: String?
    /// Each match of one of these is a failure (`failregex`).  Groups have fail2ban's names: `ip4`,
    /// `ip6`, `dns`, `fid`, `mlfid`, `user`, `nofail`, `mlfforget`, `mlfgained`, `content`...
    package var failures: [String]
    /// A line that one of these matches is not a failure (`ignoreregex`).
    package var ignored: [String]
    /// Whether each match is a finding, whomever it names or does not: a line is looked for, not an
    /// address.
    package var findsLines = false
    /// How many lines are matched together (`maxlines`).  1...200.
    package var maxLines: Int
    /// How the date is written, in fail2ban's notation (`datepattern`); nil: its default templates.
    package var datePattern: String?
    /// fail2ban's `journalmatch`: any of the groups, all of the fields within one.
    package var journalMatches: [JournalMatch]
    /// What was found in the files and is not honoured, one sentence each.
    package var unsupported: [String]

    /// A filter of these patterns.
    package init(
        name: String, prefix: String? = nil, failures: [String], ignored: [String] = [],
        maxLines: Int = 1, datePattern: String? = nil, journalMatches: [JournalMatch] = [],
        unsupported: [String] = []
    ) {
        self.name = name
        self.prefix = prefix
        self.failures = failures
        self.ignored = ignored
        self.maxLines = maxLines
        self.datePattern = datePattern
        self.journalMatches = journalMatches
        self.unsupported = unsupported
    }
}
