// Which filter a word of the command line means: a pattern, a filter of fail2ban's, a rule of the
// library.

import OpsDetect
import OpsLinux

/// A filter that was named on the command line.
struct FilterChoice {
    /// What it is, for the first line of a report.
    var description: String
    var definition: FilterDefinition
}

extension FilterChoice {
    /// Whether a word is a pattern, and not the name of something.
    static func isPattern(_ word: String) -> Bool {
        word.contains("<") || word.contains("(?P")
    }

    /// What a word means, in the words of `opswatch --test`.
    init(_ word: String, _ options: WatchOptions, journal isJournal: Bool) throws(WatchFault) {
        if Self.isPattern(word) {
            let definition = FilterDefinition(
                name: "the pattern", failures: [RegexTags.expand(word)])
            self.init(description: "the pattern", definition: definition)
            return
        }
        let path = options.fail2ban ?? "/etc/fail2ban"
        let directory = Fail2banDirectory(
            path: path, read: WatchStart.bytes(of:), list: WatchStart.names(in:))
        do throws(Fail2banFault) {
            let definition = try directory.filter(
                word, overrides: isJournal ? ["logtype": "journal"] : [:])
            self.init(
                description: "the filter \(word) of \(path)", definition: definition)
        } catch {
            guard let rule = LibraryRule.named(word),
                let form = rule.forms.first(where: { $0.address == nil }),
                let definition = form.definition(name: word)
            else { throw WatchFault(status: 2, message: "\(error)") }
            self.init(description: "the rule \(word) of the library", definition: definition)
        }
    }
}
