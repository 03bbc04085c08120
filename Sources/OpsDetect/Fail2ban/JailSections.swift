// One jail as sections of opsd.toml.

import OpsCore

/// The sections of one jail.
struct JailSections {
    private let jail: JailDefinition
    let name: String
    private let fileExists: (String) -> Bool

    init(_ jail: JailDefinition, name: String, _ fileExists: @escaping (String) -> Bool) {
        self.jail = jail
        self.name = name
        self.fileExists = fileExists
    }

    /// The sections; what is not honoured stands first.
    func text(withPolicy: Bool) -> String {
        var notes: [String] = []
        let source = source(&notes)
        let rule = rule(&notes)
        // What the chosen source makes pointless to say is not said.
        let told = (jail.definition?.journalMatches ?? []).map(FilterOptions.warning(of:))
        notes += jail.unsupported.filter {
            source.isJournal
                ? !$0.isAbout("logpath") && !told.contains($0) : !$0.isAbout("journalmatch")
        }
        if jail.logPaths.contains(where: { $0.path.hasSuffix("/fail2ban.log") }) {
            notes.append(
                "it reads fail2ban's own log, which ends with fail2ban: this section is of use only "
                    + "while both run.  Longer bans of those who come again are ban_factor, ban_max"
            )
        }
        var text = TomlText.comment("jail \(jail.name)") + "\n"
        for note in notes { text += TomlText.comment("  \(note)") + "\n" }
        guard let sourceText = source.text, let rule else {
            return text + TomlText.comment("  The jail is left out.") + "\n"
        }
        let key = TomlText.key(name)
        text += "[watch.source.\(key)]\n\(sourceText)\n[watch.rule.\(key)]\n\(rule)"
        if withPolicy { text += "\n[guard.source.\(key)]\n\(policy())" }
        return text
    }

    private func line(_ key: String, _ value: String, from origin: String, _ also: String = "")
        -> String
    {
        var comment = "  # \(origin), \(jail.origins[origin] ?? "default")"
        if !also.isEmpty { comment += ": \(also)" }
        return "\(key) = \(value)\(clean(comment))\n"
    }

    private func clean(_ comment: String) -> String {
        String(
            decoding: comment.utf8.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }, as: UTF8.self)
    }

    // MARK: Where lines come from

    private func source(_ notes: inout [String]) -> (text: String?, isJournal: Bool) {
        let files = usableFiles(&notes)
        let matches = jail.definition?.journalMatches ?? []
        switch jail.backend {
        case .systemd: return (journal(matches, &notes), true)
        case .files: break
        case .auto where !matches.isEmpty && !files.contains(where: fileExists):
            let paths = files.isEmpty ? "no file is named" : "\(files[0]) is not there"
            notes.append(
                "backend = auto: \(paths), so the journal is read; fail2ban would read nothing")
            return (journal(matches, &notes), true)
        case .auto: break
        }
        if files.isEmpty {
            notes.append("it has no file to read (logpath), and no match of the journal")
            return (nil, false)
        }
        if !files.contains(where: fileExists) {
            notes.append("none of its files is there; each is read as soon as it appears")
        }
        var text = line("files", TomlText.list(files), from: "logpath")
        if jail.encoding != "utf-8" {
            text += line("encoding", TomlText.string(jail.encoding), from: "logencoding")
        }
        if let minutes = jail.zoneMinutes {
            if abs(minutes) <= 14 * 60 {
                text += line("zone", TomlText.string(Self.zone(minutes)), from: "logtimezone")
            } else {
                notes.append("logtimezone: is more than 14 hours from UTC, the host's is taken")
            }
        }
        return (text, false)
    }

    private func usableFiles(_ notes: inout [String]) -> [String] {
        var files: [String] = []
        for path in jail.logPaths.map(\.path) where !files.contains(path) {
            let isUsable =
                path.utf8.count <= 1_024 && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            if isUsable && files.count < Fail2banImport.places {
                files.append(path)
            } else {
                notes.append("logpath \"\(path.shortened)\": left out, too long or too many")
            }
        }
        return files
    }

    private func journal(_ matches: [JournalMatch], _ notes: inout [String]) -> String? {
        var texts: [String] = []
        for match in matches {
            let text = match.narrowedToTrusted.text
            // Only spaces separate fields here.
            let isUsable =
                text.utf8.count <= 256 && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
                && !match.fields.contains { $0.utf8.contains(0x20) }
            guard isUsable, texts.count < Fail2banImport.places else {
                notes.append("journalmatch \"\(text.shortened)\": left out, too long or too many")
                continue
            }
            if !match.isTrusted {
                notes.append(
                    "journalmatch \"\(match.text.shortened)\": _UID=0 is added, because every "
                        + "local user could write such entries")
            }
            if !texts.contains(text) { texts.append(text) }
        }
        if matches.isEmpty {
            notes.append(
                "journalmatch: none is set, so fail2ban reads the whole journal; here only what "
                    + "root's processes write: name the unit (_SYSTEMD_UNIT=)")
            texts = ["_UID=0"]
        }
        if texts.isEmpty { return nil }
        return line("journal", TomlText.list(texts), from: "journalmatch")
    }

    private static func zone(_ minutes: Int) -> String {
        if minutes == 0 { return "UTC" }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let size = abs(minutes)
        return (minutes < 0 ? "-" : "+") + two(size / 60) + ":" + two(size % 60)
    }

    // MARK: What is looked for

    private func rule(_ notes: inout [String]) -> String? {
        var text = "sources = [\(TomlText.string(name))]\n"
        if !jail.overridesFilter, Self.isFilter(jail.filterSpec) {
            text += line("filter", TomlText.string(jail.filterSpec), from: "filter")
        } else if let patterns = patterns() {
            text += patterns
        } else if let spec = jail.equivalentSpec, Self.isFilter(spec) {
            text += line(
                "filter", TomlText.string(spec), from: "filter", "with what the jail sets itself")
        } else {
            notes.append(
                "its own patterns cannot be written as a rule: put them into filter.d/NAME.local")
            return nil
        }
        if !jail.ignored.isEmpty {
            let networks = jail.ignored.map { network in
                var bytes: [UInt8] = []
                network.write(to: &bytes)
                return String(decoding: bytes, as: UTF8.self)
            }
            text += line("ignored_networks", TomlText.list(networks), from: "ignoreip")
        }
        return text
    }

    /// Whether opsd.toml takes this as a filter: its name is that of a file in filter.d.
    private static func isFilter(_ spec: String) -> Bool {
        let name = spec.utf8.prefix { $0 != 0x5b }
        return spec.utf8.count <= Fail2banImport.filterBytes && !name.isEmpty
            && name.first != 0x2e && name.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != 0x2f }
            && spec.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 || $0 == 0x0a }
            && (name.count == spec.utf8.count || spec.utf8.last == 0x5d)
    }

    /// The patterns by themselves; nil: they are not all that makes the filter.
    private func patterns() -> String? {
        guard let definition = jail.definition, definition.prefix == nil, definition.maxLines == 1
        else { return nil }
        let all = jail.patterns + jail.ignoredPatterns
        guard !jail.patterns.isEmpty, jail.patterns.count <= Fail2banImport.patterns,
            jail.ignoredPatterns.count <= Fail2banImport.patterns,
            all.allSatisfy({ $0.utf8.count <= Fail2banImport.patternBytes && !$0.utf8.contains(0) })
        else { return nil }
        var text = line("patterns", TomlText.list(jail.patterns), from: "failregex")
        if !jail.ignoredPatterns.isEmpty {
            text += line("ignored", TomlText.list(jail.ignoredPatterns), from: "ignoreregex")
        }
        if let date = definition.datePattern {
            guard (1...Fail2banImport.dateBytes).contains(date.utf8.count),
                date.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
            else { return nil }
            text += line("date_pattern", TomlText.string(date), from: "datepattern")
        }
        return text
    }

    // MARK: What follows

    private func policy() -> String {
        let times: ClosedRange<Int64> = 1_000...Bounds.lifetimeMilliseconds
        func bounded(_ time: Int64) -> Int64 {
            min(max(time, times.lowerBound), times.upperBound)
        }
        func note(_ time: Int64) -> String {
            times.contains(time) ? "" : "the nearest that opsd allows"
        }
        let strikes = min(max(jail.maxRetry, 1), 1_000)
        var text = line(
            "strikes", String(strikes), from: "maxretry",
            strikes == jail.maxRetry ? "" : "the nearest that opsd allows")
        text += line(
            "window", Self.quoted(bounded(jail.findTime)), from: "findtime", note(jail.findTime))
        let ban = jail.banTime.map(bounded) ?? times.upperBound
        text += line(
            "ban", Self.quoted(ban), from: "bantime",
            jail.banTime.map(note) ?? "for good; this is the longest that opsd has")
        if let growth = jail.growth {
            text += line("ban_factor", "2", from: "bantime.increment")
            let maximum = max(ban, growth.maximum.map(bounded) ?? times.upperBound)
            text += line("ban_max", Self.quoted(maximum), from: "bantime.maxtime")
        }
        return text
    }

    private static func quoted(_ time: Int64) -> String {
        TomlText.string(DurationText.text(time))
    }
}

extension String {
    /// Whether a sentence about a key is about this one.
    fileprivate func isAbout(_ key: StaticString) -> Bool { configBytes[...].has(key, at: 0) }
}
