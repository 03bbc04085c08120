// The keys of `[watch.source.NAME]` and `[watch.rule.NAME]`.

import OpsCore

extension SectionKey<WatchSource> {
    /// The keys of a source.
    static let all: [SectionKey<WatchSource>] = [
        .init(
            "files", .texts(\.files, .path, limit: 64),
            "The files that it reads; new matches of a glob are read as they appear."),
        .init(
            "journal", .texts(\.journal, .journal, limit: 64),
            "What it reads of the journal, in place of files: entries that fit one of these, with all of its fields."
        ),
        .init(
            "format", .word(\.formatWord, WatchSource.Format.allCases.map(\.rawValue)),
            "What a line is: text, a JSON object, or one of docker's json-file."),
        .init(
            "encoding", .word(\.encoding, ["utf-8", "latin-1", "ascii"]),
            "The encoding of the text."),
        .init(
            "zone", .zone(\.zoneMinutes),
            "The time zone of dates that do not name one; local: that of the host."),
        .init(
            "expect_every",
            .duration(\.expectEveryMilliseconds, 0...30 * 86_400_000),
            "Without a line for this long the source counts as silent, which is told; 0s: never."),
    ]
}

extension SectionKey<WatchRule> {
    /// The keys of a rule.
    static let all: [SectionKey<WatchRule>] = [
        .init(
            "sources", .texts(\.sources, .source, limit: 64),
            "The sources that it looks at, by their names in [watch.source.NAME]."),
        .init(
            "filter", .text(\.filter, .filter),
            "A filter of fail2ban's (watch.fail2ban), in place of patterns or address."),
        .init(
            "patterns", .texts(\.patterns, .pattern, limit: 256),
            "What lines it looks for, in fail2ban's notation: <HOST> is the address, which a rule for incidents does not need."
        ),
        .init(
            "pattern", .text(\.onlyPattern, .pattern), "The same, if there is only one."),
        .init(
            "ignored", .texts(\.ignored, .pattern, limit: 256),
            "Lines that are not meant, although they fit."),
        .init(
            "date_pattern", .text(\.datePattern, .date),
            "How dates are written, in fail2ban's notation; by default as fail2ban finds them."),
        .init(
            "address", .text(\.address, .field),
            "For JSON lines, in place of patterns: the member with the address."),
        .init(
            "time", .text(\.time, .field),
            "With address: the member with the time; by default it is now."),
        .init(
            "when", .conditions(\.when, limit: 32),
            "For JSON lines, with address or for incidents: the values that members must have, one of each; a value that begins with ~ is a pattern."
        ),
        .init(
            "action", .word(\.actionWord, WatchRule.Action.allCases.map(\.rawValue)),
            "What a match is: a strike; a success, which clears strikes; or an incident, one for the rule, however many lines match."
        ),
        .init(
            "severity", .word(\.severityWord, Severity.allCases.map(\.rawValue)),
            "With action = \"incident\": how bad it is; critical pages at once."),
        .init(
            "weight", .integer(\.weight, 1...1_000),
            "How many strikes a match counts as; by default guard.source.NAME.weight, or 1."),
        .init(
            "source", .text(\.reportAs, .source),
            "The source that its strikes and incidents name (guard.source.NAME says how strikes count); by default the name of the rule."
        ),
        .init(
            "ignored_networks", .networks(\.ignoredNetworks, limit: 1_024),
            "Networks that it does not report."),
    ]
}

extension WatchSource {
    fileprivate var formatWord: String {
        get { format.rawValue }
        set { format = Format(rawValue: newValue) ?? format }
    }
}

extension WatchRule {
    fileprivate var actionWord: String {
        get { action.rawValue }
        set { action = Action(rawValue: newValue) ?? action }
    }

    /// Empty where it says nothing, which is not printed.
    fileprivate var severityWord: String {
        get { action == .incident ? severity.rawValue : "" }
        set { severity = Severity(rawValue: newValue) ?? severity }
    }

    /// `pattern`, which is another way to write `patterns`.
    fileprivate var onlyPattern: String? {
        get { nil }
        set { if let newValue { patterns.append(newValue) } }
    }
}
