// The rules that come with opswatch: for each program what its failures look like, and where it
// logs.  One row a rule (LibraryRule+All); what a row stands for are sections of the configuration,
// which `opswatch --print-rule NAME` prints (LibraryRule+Text).
//
// What every pattern keeps:
//   1. It is anchored at the beginning of the line, and names the program or the shape of its log
//      up to the address.  Where text that a stranger chose stands before the address, it cannot
//      contain what follows, or the pattern is anchored at the end and all after the address is
//      the program's own.
//   2. It takes a line with its date, and one whose date was cut out: in a file the date is found
//      and cut, in the journal the time is known and nothing is cut.
//   3. One failure is one line, as far as the program lets that be.

package import OpsCore

/// A way in which a program logs.
package struct LibraryForm: Hashable, Sendable {
    /// What is added to the rule's name for the sections of this form; empty for the first.
    package var suffix = ""
    /// Matches of the journal that only the program fits (JournalMatch); empty: files only.
    package var journal: [String] = []
    /// Where it logs by default: paths or globs.
    package var files: [String] = []
    /// What a line is.
    package var format = WatchSource.Format.text
    /// In fail2ban's notation; of a form that is text.
    package var patterns: [String] = []
    /// How the date is written, in fail2ban's notation; nil: its default templates.
    package var datePattern: String?
    /// Fields and their values, the fields of address and time; of a form that is JSON.
    package var when: [String: [String]] = [:]
    /// See `when`.
    package var address: String?
    /// See `when`.
    package var time: String?

    /// The source as the configuration has it: the journal if it is there and the program logs to
    /// it, else files.  Never both, which would read each line twice.
    package func source(hasJournal: Bool) -> WatchSource {
        var source = WatchSource()
        if hasJournal && !journal.isEmpty {
            source.journal = journal
        } else {
            source.files = files
        }
        source.format = format
        return source
    }

    /// The rule as the configuration has it, reading a source and counting as `rule`.
    package func rule(source: String, of rule: String) -> WatchRule {
        var watched = WatchRule()
        watched.sources = [source]
        watched.patterns = patterns
        watched.datePattern = datePattern
        watched.when = when
        watched.address = address
        watched.time = time
        if rule != source { watched.reportAs = rule }
        return watched
    }

    /// The filter of a form that is text; nil: it is JSON.
    package func definition(name: String) -> FilterDefinition? {
        guard address == nil else { return nil }
        return FilterDefinition(
            name: name, failures: patterns.map(RegexTags.expand), datePattern: datePattern)
    }
}

/// A rule of the library.
package struct LibraryRule: Hashable, Sendable {
    /// Its name, which is also that of its source and of its policy (`guard.source.NAME`).
    package let name: String
    /// What is struck, in one sentence.
    package let summary: String
    /// How the program logs; the first is the usual one.
    package let forms: [LibraryForm]
    /// How many failures within `windowMilliseconds` are too many, as fail2ban has it by default.
    package let strikes = 5
    /// See `strikes`.
    package let windowMilliseconds: Int64 = 600_000

    /// The rule with this name; nil: there is none.
    package static func named(_ name: String) -> LibraryRule? { all.first { $0.name == name } }

    /// A row.
    init(_ name: String, _ summary: String, _ forms: [LibraryForm]) {
        self.name = name
        self.summary = summary
        self.forms = forms
    }
}
