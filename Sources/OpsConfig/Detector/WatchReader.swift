// Reading `[watch.source.NAME]` and `[watch.rule.NAME]`, and the checks across them: what each rule
// looks at must be there, and one thing must say what it looks for.

import CToml
import OpsCore

/// Reads the named sections of `[watch]`.
struct WatchReader {
    /// The fixed section.
    static let section = "watch"
    /// The table of sources.
    static let sources = "watch.source"
    /// The table of rules.
    static let rules = "watch.rule"
    /// The most sources, and the most rules.
    static let limit = 256

    private var sourceReader = SectionReader(
        table: Self.sources, word: "source", limit: Self.limit, name: .source,
        unknown: Self.unknown)
    private var ruleReader = SectionReader(
        table: Self.rules, word: "rule", limit: Self.limit, name: .source,
        unknown: Self.unknown)

    /// Reads the table `source` or `rule` of `[watch]`.
    /// - Returns: false: it is neither.
    mutating func read(
        _ node: TomlNode, networks: NetworkNotation, into settings: inout WatchSettings,
        _ faults: inout FaultList
    ) -> Bool {
        switch node.key {
        case "source":
            sourceReader.read(
                node, SectionKey<WatchSource>.all, networks, { _ in WatchSource() },
                &settings.sources, &faults)
        case "rule":
            ruleReader.read(
                node, SectionKey<WatchRule>.all, networks, { _ in WatchRule() }, &settings.rules,
                &faults)
        default: return false
        }
        return true
    }

    /// What fail2ban calls a key.
    private static let fail2banNames = [
        "failregex": "patterns", "ignoreregex": "ignored", "datepattern": "date_pattern",
        "ignoreip": "ignored_networks", "logpath": "files", "journalmatch": "journal",
        "logencoding": "encoding", "logtimezone": "zone",
    ]
    /// Keys that belong to the policy of a source, as they are and as fail2ban calls them.
    private static let policyNames = [
        "strikes": "strikes", "window": "window", "ban": "ban", "ban_factor": "ban_factor",
        "ban_max": "ban_max", "dry_run": "dry_run", "allow": "allow",
        "maxretry": "strikes", "findtime": "window", "bantime": "ban",
    ]

    @Sendable private static func unknown(
        _ key: String, _ names: [String], in section: String
    ) -> String {
        if let own = fail2banNames[key], names.contains(own) {
            return "unknown key, did you mean \"\(own)\"?"
        }
        if let own = policyNames[key] {
            return "unknown key, did you mean \"\(own)\" in"
                + " [\(SourceSection.name).\(section.shownAsKey)]?"
        }
        return SectionReader.unknown(key, names, in: section)
    }
}

extension WatchReader {
    private static let dockerFiles =
        ": docker's are files = [\"/var/lib/docker/containers/*/*-json.log\"]"

    /// Checks what involves several keys or sections.
    func check(_ settings: WatchSettings, _ faults: inout FaultList) {
        for (name, source) in settings.sources.sorted(by: { $0.key < $1.key }) {
            guard let places = sourceReader.places[name], !places.isFaulty else { continue }
            let path = "\(Self.sources).\(name.shownAsKey)"
            // Together with a rule of that name, what is said of the rule is enough.
            if settings.library.contains(name), settings.rules[name] == nil {
                faults.add(
                    places.line, path,
                    "the name of a rule of the library that is on (watch.rules), must be another;"
                        + " it would not change what that rule reads")
            }
            if source.files.isEmpty && source.journal.isEmpty {
                faults.add(
                    places.line, path,
                    "reads nothing, must have files or journal"
                        + (source.format == .docker ? Self.dockerFiles : ""))
            } else if !source.files.isEmpty && !source.journal.isEmpty {
                faults.add(
                    places.keys["journal"] ?? places.line, "\(path).journal",
                    "cannot be set together with files: make it a source of its own")
            } else if let glob = source.files.first(where: Self.crossesDirectories) {
                faults.add(
                    places.keys["files"] ?? places.line, "\(path).files",
                    "\"\(glob)\" has **, which is not known: a * stays within a directory;"
                        + " expected a path for each depth, such as /a/*.log and /a/*/*.log")
            }
        }
        for (name, rule) in settings.rules.sorted(by: { $0.key < $1.key }) {
            guard let places = ruleReader.places[name] else { continue }
            let path = "\(Self.rules).\(name.shownAsKey)"
            if settings.library.contains(name) {
                faults.add(
                    places.line, path,
                    "the name of a rule of the library that is on, must be another, or be taken out"
                        + " of watch.rules")
            }
            if places.isFaulty { continue }
            checkSources(rule, settings, places, path, &faults)
            checkSubject(rule, settings, places, path, &faults)
        }
    }

    /// Whether a path has a part `**`.
    private static func crossesDirectories(_ path: String) -> Bool {
        path.split(separator: "/").contains { $0 == "**" }
    }

    /// What it looks at is there.
    private func checkSources(
        _ rule: WatchRule, _ settings: WatchSettings, _ places: SectionPlaces, _ path: String,
        _ faults: inout FaultList
    ) {
        let line = places.keys["sources"] ?? places.line
        if rule.sources.isEmpty {
            faults.add(
                line, "\(path).sources", "looks at nothing, must name a source or several")
        }
        for name in rule.sources {
            guard let place = settings.sources.index(forKey: name),
                settings.sources[place].key.utf8.elementsEqual(name.utf8)
            else {
                let near = Suggestion.closest(to: name, among: settings.sources.keys.sorted())
                faults.add(
                    line, "\(path).sources",
                    "there is no [\(Self.sources).\(name.shownAsKey)]"
                        + (near.map { ", did you mean \($0.quoted)?" } ?? ""))
                continue
            }
            let readsFields =
                rule.address != nil || rule.action == .incident && !rule.when.isEmpty
            if readsFields && settings.sources[place].value.format == .text {
                let key = rule.address != nil ? "address" : "when"
                faults.add(
                    places.keys[key] ?? line, "\(path).\(key)",
                    "\(name.shown) has lines of text, must have format \"json\" or \"docker\"")
            }
        }
    }

    /// One thing says what it looks for, and no key is without effect.
    private func checkSubject(
        _ rule: WatchRule, _ settings: WatchSettings, _ places: SectionPlaces, _ path: String,
        _ faults: inout FaultList
    ) {
        if let line = places.keys["pattern"], places.keys["patterns"] != nil {
            faults.add(line, "\(path).pattern", "cannot be set together with patterns")
        }
        let isIncident = rule.action == .incident
        let subjects = [
            ("filter", rule.filter != nil), ("patterns", !rule.patterns.isEmpty),
            ("address", rule.address != nil),
            ("when", isIncident && rule.address == nil && !rule.when.isEmpty),
        ].filter(\.1).map(\.0)
        if subjects.isEmpty {
            faults.add(
                places.line, path,
                "looks for nothing, must have one of filter, pattern, patterns, address"
                    + (isIncident ? ", when" : ""))
        } else if subjects.count > 1 {
            faults.add(
                places.keys[subjects[1]] ?? places.keys["pattern"] ?? places.line, path,
                "has \(subjects.joined(separator: " and ")), must have one of them")
        }
        let idle = [("time", rule.time != nil), ("when", !rule.when.isEmpty)].filter(\.1)
        for (key, _) in idle where rule.address == nil && !(isIncident && !rule.when.isEmpty) {
            faults.add(
                places.keys[key] ?? places.line, "\(path).\(key)", "has no effect without address")
        }
        if rule.action != .strike, let line = places.keys["weight"] {
            faults.add(
                line, "\(path).weight",
                "has no effect where action is \"\(rule.action.rawValue)\"")
        }
        if !isIncident, let line = places.keys["severity"] {
            faults.add(
                line, "\(path).severity",
                "has no effect where action is not \"incident\"")
        }
    }
}
