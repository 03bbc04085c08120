// What the configuration comes to: sources, each with what it reads, and rules, each with what it
// looks for.  The filters of fail2ban and the rules of the library are looked up here, once; files
// are read through closures, so that a test needs none.

import OpsConfig
import OpsCore
import OpsDetect

/// Why a configuration cannot run.
struct PlanFault: Error, Hashable, Sendable {
    /// What is wrong, and where.
    var message: String

    init(_ message: String) { self.message = message }
}

/// Reading the files that a plan needs.
struct PlanFiles {
    /// The bytes of a regular file; nil: there is none, or it cannot be read.
    var read: (String) -> [UInt8]?
    /// The names in a directory.
    var list: (String) -> [String]
    /// Whether there is a journal.
    var hasJournal: Bool
    /// The host's own zone.
    var zone: LogZone
}

/// A source as it is read.
struct PlannedSource: Sendable {
    var name: String
    var files: [String]
    /// Any of these, all fields of each.
    var journal: [JournalMatch]
    var format: WatchSource.Format
    var encoding: TextEncoding
    var zone: SourceZone
    /// It is called silent after this long without a line, in milliseconds; 0: never.
    var expectEveryMilliseconds: Int64

    /// Whether it reads the journal, and no files.
    var isJournal: Bool { !journal.isEmpty }
}

/// Sources, rules, and which rule reads which source.
struct WatchPlan: Sendable {
    private(set) var sources: [PlannedSource] = []
    private(set) var rules: [PlannedRule] = []
    /// For each rule the sources that it reads.
    private(set) var readings: [[Int]] = []
    /// What should be known, one sentence each: what is not honoured, what was chosen.
    private(set) var notes: [String] = []
    /// The most CPU time that a rule may take, in percent of a core.
    let cpuSharePercent: Int

    /// Lines that are older are history, and no incident now: a day, so that what was written while
    /// opswatch was stopped is told.
    private static let incidentWindowMilliseconds: Int64 = 86_400_000

    /// Makes the plan of a configuration.
    init(_ configuration: Configuration, _ files: PlanFiles) throws(PlanFault) {
        let settings = configuration.watch
        cpuSharePercent = settings.cpuSharePercent
        var expanded = settings
        for name in settings.library { try expand(name, into: &expanded, files) }
        var numbers: [String: Int] = [:]
        for (name, source) in expanded.sources.sorted(by: { $0.key < $1.key }) {
            let isUsed = expanded.rules.values.contains { $0.sources.contains(name) }
            if !isUsed {
                notes.append("watch.source.\(name): no rule reads it; its lines are counted")
            }
            numbers[name] = sources.count
            sources.append(try planned(name, source, files))
        }
        for (name, rule) in expanded.rules.sorted(by: { $0.key < $1.key }) {
            notePolicy(name, rule, configuration.guard)
            var reads: [Int] = []
            for source in rule.sources {
                guard let number = numbers[source] else {
                    throw PlanFault(
                        "watch.rule.\(name).sources: there is no [watch.source.\(source)]")
                }
                reads.append(number)
            }
            let isJournal = reads.allSatisfy { sources[$0].isJournal }
            rules.append(planned(name, rule, isJournal, configuration, files))
            readings.append(reads)
        }
        noteStrangers(configuration.guard)
    }

    /// By itself a rule counts only where a section says so.
    private mutating func notePolicy(_ name: String, _ rule: WatchRule, _ guarding: GuardRules) {
        let source = rule.reportAs ?? name
        guard rule.action == .strike, guarding.sources[source] == nil,
            !guarding.dryRunSources.contains(source)
        else { return }
        notes.append(
            "watch.rule.\(name): there is no [guard.source.\(source)], so its strikes count together"
                + " with those of all sources without one: \(guarding.strikes) within"
                + " \(DurationText.text(guarding.windowMilliseconds)) ban")
    }

    /// A policy under a name that no rule reports as may be a slip of the pen.
    private mutating func noteStrangers(_ guarding: GuardRules) {
        let known = Set(rules.map(\.reportAs))
        for name in guarding.sources.keys.sorted() where !known.contains(name) {
            notes.append(
                "guard.source.\(name): no rule reports as this source; it counts what other programs"
                    + " report")
        }
    }

    /// Adds what a rule of the library stands for.
    private mutating func expand(
        _ name: String, into settings: inout WatchSettings, _ files: PlanFiles
    ) throws(PlanFault) {
        guard let rule = LibraryRule.named(name) else {
            throw PlanFault("watch.rules: there is no rule \(name.quoted) in the library")
        }
        for form in rule.forms {
            let section = rule.name + form.suffix
            if settings.rules[section] != nil || settings.sources[section] != nil {
                let table = settings.rules[section] != nil ? "rule" : "source"
                throw PlanFault(
                    "watch.\(table).\(section): the name of a section of the library's rule \(name),"
                        + " which is on (watch.rules), must be another")
            }
            let source = form.source(hasJournal: files.hasJournal)
            settings.sources[section] = source
            settings.rules[section] = form.rule(source: section, of: rule.name)
        }
    }

    private mutating func planned(
        _ name: String, _ source: WatchSource, _ files: PlanFiles
    ) throws(PlanFault) -> PlannedSource {
        var matches: [JournalMatch] = []
        for text in source.journal {
            let match = JournalMatch(fields: text.split(separator: " ").map(String.init))
            if !match.isTrusted {
                notes.append(
                    "watch.source.\(name).journal: any local user can log as \(text.quoted);"
                        + " _UID=0 is asked for too")
            }
            // The journal is read narrowed to what is trusted (JournalSelection).
            matches.append(match)
        }
        let zone = source.zoneMinutes.map { LogZone(minutes: $0) } ?? files.zone
        return PlannedSource(
            name: name, files: source.files, journal: matches, format: source.format,
            encoding: source.encoding == "latin-1" ? .latin1 : .utf8,
            zone: SourceZone(zone: zone, minutes: source.zoneMinutes),
            expectEveryMilliseconds: source.expectEveryMilliseconds)
    }

    private mutating func planned(
        _ name: String, _ rule: WatchRule, _ isJournal: Bool, _ configuration: Configuration,
        _ files: PlanFiles
    ) -> PlannedRule {
        let reportAs = rule.reportAs ?? name
        let policy = configuration.guard.policy(of: reportAs)
        let isIncident = rule.action == .incident
        let detection: PlannedRule.Detection
        if rule.address != nil || isIncident && !rule.when.isEmpty {
            // The weight is counted once, by what reports.
            var fields = rule
            fields.weight = nil
            detection = .json(fields)
        } else {
            do throws(PlanFault) {
                var definition = try Self.definition(
                    name, rule, isJournal, configuration.watch, files)
                definition.findsLines = isIncident
                // A source says itself what it reads of the journal: what the filter would read
                // does not matter.
                for what in definition.unsupported where !what.hasPrefix("journalmatch") {
                    notes.append("watch.rule.\(name): \(what)")
                }
                detection = .filter(definition)
            } catch {
                detection = .unusable(error)
            }
        }
        return PlannedRule(
            name: name, filter: rule.filter, detection: detection, action: rule.action,
            severity: rule.severity, weight: isIncident ? 1 : rule.weight ?? policy.weight,
            reportAs: reportAs,
            windowMilliseconds: isIncident
                ? Self.incidentWindowMilliseconds : policy.windowMilliseconds,
            ignored: rule.ignoredNetworks,
            reportsPrivate: configuration.watch.strikePrivate)
    }

    /// The filter of a rule that looks for patterns.
    static func definition(
        _ name: String, _ rule: WatchRule, _ isJournal: Bool, _ settings: WatchSettings,
        _ files: PlanFiles
    ) throws(PlanFault) -> FilterDefinition {
        var definition: FilterDefinition
        if let filter = rule.filter {
            let directory = Fail2banDirectory(
                path: settings.fail2ban, read: files.read, list: files.list)
            do throws(Fail2banFault) {
                definition = try directory.filter(
                    filter, overrides: isJournal ? ["logtype": "journal"] : [:])
            } catch {
                throw PlanFault("watch.rule.\(name).filter: \(error)")
            }
        } else {
            definition = FilterDefinition(name: name, failures: [])
        }
        definition.failures += rule.patterns.map(RegexTags.expand)
        definition.ignored += rule.ignored.map(RegexTags.expand)
        if let pattern = rule.datePattern { definition.datePattern = pattern }
        guard !definition.failures.isEmpty else {
            throw PlanFault("watch.rule.\(name): no pattern is in it")
        }
        return definition
    }

    /// Rules and sources, in one line.
    var summary: String {
        let names = rules.map(\.name)
        if names.isEmpty { return "no rule is on; see [watch] in the configuration" }
        let read = sources.map { $0.isJournal ? "\($0.name) (journal)" : $0.name }
        return "rules \(Self.listed(names)); reads \(Self.listed(read))"
    }

    private static func listed(_ names: [String]) -> String {
        let shown = names.prefix(8).joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }

    /// Findings of so long ago are reported too.
    mutating func reachBack(_ milliseconds: Int64) {
        for number in rules.indices { rules[number].windowMilliseconds = milliseconds }
    }

    /// Makes the rules run: for each rule and each source that it reads one run, with one tally for
    /// each rule.  Every pattern is compiled here.  A rule that cannot be used has no run, and its
    /// tally says why: it must not keep the others from running.
    func runs(seed: UInt64) -> (runs: [RuleRun], tallies: [RuleTally]) {
        var runs: [RuleRun] = []
        var tallies: [RuleTally] = []
        for (number, rule) in rules.enumerated() {
            let tally = RuleTally(
                share: FilterShare(percent: cpuSharePercent, seed: seed &+ UInt64(number) &* 2))
            tallies.append(tally)
            do throws(PlanFault) {
                var own: [RuleRun] = []
                for source in readings[number] {
                    own.append(
                        try RuleRun(
                            rule, source: source, zone: sources[source].zone, tally: tally))
                }
                runs += own
            } catch {
                tally.fault = error
            }
        }
        return (runs, tallies)
    }
}
