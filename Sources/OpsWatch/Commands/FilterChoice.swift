// What a word of the command line means to `--test` and `lint`.  In this order:
//
//   1. a pattern, if `<HOST>` or the like is in it;
//   2. a filter of fail2ban's, if it is `filter.d/NAME`, has options in brackets, or `--fail2ban`
//      says where filters are;
//   3. a rule of the configuration;
//   4. a rule of the library;
//   5. a filter of fail2ban's.

import OpsConfig
import OpsCore
import OpsDetect
import OpsLinux

/// What was named on the command line, ready to be tried.
struct FilterChoice {
    /// One way in which it finds; a program may log in several.
    struct Form {
        /// What it is called where there are several.
        var name: String
        var detection: PlannedRule.Detection
        /// Its patterns as they were written; empty: fields of a JSON object.
        var patterns: [String]
    }

    /// What it is, for the first line of a report.
    var description: String
    var forms: [Form]
    /// What a line of its source is.
    var format = WatchSource.Format.text
    var encoding = TextEncoding.utf8
    /// Minutes east of UTC, where its source says them.
    var zoneMinutes: Int?
    /// What should be known, one sentence each.
    var notes: [String] = []

    init(description: String, forms: [Form]) {
        self.description = description
        self.forms = forms
    }
}

extension FilterChoice {
    /// The folder of filters, which makes a word the name of one.
    static let folder = "filter.d/"

    /// Whether a word is a pattern, and not the name of something.
    static func isPattern(_ word: String) -> Bool {
        word.contains("<") || word.contains("(?P")
    }

    /// What a word means.
    init(_ word: String, _ options: WatchOptions, journal isJournal: Bool) throws(WatchFault) {
        if Self.isPattern(word) {
            let definition = FilterDefinition(
                name: "the pattern", failures: [RegexTags.expand(word)])
            self.init(
                description: "the pattern",
                forms: [Form(name: "", detection: .filter(definition), patterns: [word])])
            return
        }
        let isFail2ban =
            options.fail2ban != nil || word.hasPrefix(Self.folder) || word.contains("[")
        if !isFail2ban {
            if let choice = try Self.own(word, options, isJournal) {
                self = choice
                return
            }
            if let rule = LibraryRule.named(word) {
                self.init(rule)
                return
            }
        }
        let name = word.hasPrefix(Self.folder) ? String(word.dropFirst(Self.folder.count)) : word
        let path = options.fail2ban ?? "/etc/fail2ban"
        let directory = Fail2banDirectory(
            path: path, read: WatchStart.bytes(of:), list: WatchStart.names(in:))
        do throws(Fail2banFault) {
            let definition = try directory.filter(
                name, overrides: isJournal ? ["logtype": "journal"] : [:])
            self.init(
                description: "the filter \(name) of \(path)",
                forms: [
                    Form(
                        name: "", detection: .filter(definition), patterns: definition.failures)
                ])
            notes = Self.notes(of: definition)
        } catch {
            throw WatchFault(
                status: 2,
                message: isFail2ban
                    ? "\(error)"
                    : "\(PlainText.escaped(word)): no pattern, for it has no <HOST>; and no rule of"
                        + " \(options.configurationFile) or of the library, and no filter of"
                        + " \(path), is called so")
        }
    }

    /// A rule of the library, in all forms.
    init(_ rule: LibraryRule) {
        let forms = rule.forms.map { form in
            let name = rule.name + form.suffix
            let detection: PlannedRule.Detection =
                if let definition = form.definition(name: name) {
                    .filter(definition)
                } else {
                    .json(form.rule(source: name, of: rule.name))
                }
            return Form(name: name, detection: detection, patterns: form.patterns)
        }
        self.init(description: "the rule \(rule.name) of the library", forms: forms)
    }

    /// A rule of the configuration; nil: there is none of that name.
    private static func own(
        _ word: String, _ options: WatchOptions, _ isJournal: Bool
    ) throws(WatchFault) -> FilterChoice? {
        guard let configuration = try? WatchStart.configuration(options),
            let rule = configuration.watch.rules[word]
        else { return nil }
        var form = Form(name: word, detection: .json(rule), patterns: rule.patterns)
        var notes: [String] = []
        if rule.address == nil {
            do throws(PlanFault) {
                let definition = try WatchPlan.definition(
                    word, rule, isJournal, configuration.watch, WatchStart.files())
                notes = Self.notes(of: definition)
                form.detection = .filter(definition)
                if rule.filter != nil { form.patterns = definition.failures }
            } catch {
                throw WatchFault(
                    status: 2, message: "\(options.configurationFile): \(error.message)")
            }
        }
        var choice = FilterChoice(
            description: "the rule \(word) of \(options.configurationFile)", forms: [form])
        choice.notes = notes
        if let source = rule.sources.first.flatMap({ configuration.watch.sources[$0] }) {
            choice.format = source.format
            choice.encoding = source.encoding == "latin-1" ? .latin1 : .utf8
            choice.zoneMinutes = source.zoneMinutes
        }
        return choice
    }

    /// A source says itself what it reads of the journal.
    private static func notes(of definition: FilterDefinition) -> [String] {
        definition.unsupported.filter { !$0.hasPrefix("journalmatch") }
    }
}
