// From jails to the sections of opsd.toml that say the same (`opswatch import-fail2ban`).
//
// 1. Each enabled jail becomes `[watch.source.NAME]`, `[watch.rule.NAME]` and
//    `[guard.source.NAME]`.  Behind each value stands where it came from; what is not honoured
//    stands above.
// 2. `backend = auto` reads files where one is there; else the journal, if the filter has a match.
//    A match that every local user could fake is written with `_UID=0`.
// 3. A jail with patterns of its own is written with `patterns` where that says all, else with the
//    patterns in the brackets of its filter; where neither does, it is left out, and told.
// 4. The text is valid TOML whatever the names and values are.

import OpsCore

/// Writes sections of opsd.toml.
package enum Fail2banImport {
    /// The name of a section of `opsd.toml`, and what `opsd` allows there.
    static let nameBytes = Bounds.sourceBytes
    static let filterBytes = 8_192
    static let patternBytes = 8_192
    static let dateBytes = 256
    static let patterns = 256
    static let places = 64

    /// The sections for what is enabled of `jails`, with comments for the rest.
    ///
    /// `fileExists` says whether there is a file at a path, or one that fits a glob; `directory` is
    /// where the filters are, and `library` names the rules of the library that are on.
    package static func text(
        _ jails: [JailDefinition], warnings: [String] = [], directory: String = "/etc/fail2ban",
        library: [String] = WatchSettings().library, fileExists: @escaping (String) -> Bool
    ) -> String {
        let enabled = jails.filter { $0.state == .enabled }
        var names = ImportNames()
        let sections = enabled.map { jail in
            JailSections(jail, name: names.take(jail.name), fileExists)
        }
        var text = head(jails, enabled, warnings, directory)
        text += settings(enabled, sections.map(\.name), directory, library)
        for (index, section) in sections.enumerated() {
            text += "\n" + section.text(withPolicy: index < Bounds.sourcePolicies)
        }
        return text
    }

    /// What to set in sections that the configuration has already.  A section may be there only
    /// once, so these are comments.
    private static func settings(
        _ enabled: [JailDefinition], _ names: [String], _ directory: String, _ library: [String]
    ) -> String {
        var text = ""
        var keys: [String] = []
        if directory != "/etc/fail2ban" { keys.append("fail2ban = \(TomlText.string(directory))") }
        // A jail takes the place of the rule that finds the same, which would count twice.
        let filters = enabled.compactMap { (try? FilterSpec($0.filterSpec))?.name }
        let taken = library.filter { names.contains($0) || $0 == "sshd" && filters.contains($0) }
        if !taken.isEmpty {
            let rest = library.filter { !taken.contains($0) }
            keys.append("rules = [\(rest.map(TomlText.string).joined(separator: ", "))]")
        }
        if !keys.isEmpty {
            text += "\n" + TomlText.comment("Set in the section [watch], which is there already:")
            for key in keys { text += "\n" + TomlText.comment("    \(key)") }
            text += "\n"
            if !taken.isEmpty {
                text +=
                    TomlText.comment(
                        "The jails take the place of the library's \(taken.joined(separator: ", ")),"
                            + " which would count the same lines twice.") + "\n"
            }
        }
        if names.isEmpty { return text }
        let tried = names.prefix(Bounds.dryRunSources).map(TomlText.string)
        text += "\n"
        text += TomlText.comment("To compare before anybody is banned, set in the section [guard]:")
        text += "\n" + TomlText.comment("    dry_run_sources = [\(tried.joined(separator: ", "))]")
        return text + "\n"
    }

    /// What concerns all jails.
    private static func head(
        _ jails: [JailDefinition], _ enabled: [JailDefinition], _ warnings: [String],
        _ directory: String
    ) -> String {
        var notes = [
            "From the jails in \(directory) that are enabled: \(enabled.count) of \(jails.count).",
            "opsd drops all packets of a banned address; port, protocol, chain and banaction have "
                + "no effect.",
        ]
        let named = enabled.reduce(0) { $0 + $1.hostNamePatterns }
        if named > 0 {
            notes.append(
                "\(named) \(named == 1 ? "pattern" : "patterns") could match a host name, which "
                    + "opswatch does not look up.")
        }
        if enabled.count > Bounds.sourcePolicies {
            notes.append(
                "opsd counts at most \(Bounds.sourcePolicies) sources by themselves: the jails "
                    + "after those have no [guard.source].")
        }
        notes += warnings
        for jail in jails {
            if case .faulty(let fault) = jail.state {
                notes.append("NOT taken over: the jail \(jail.name): \(fault)")
            }
        }
        return notes.map { TomlText.comment($0) + "\n" }.joined()
    }
}

/// Names of sections: short enough, without control characters, each once.
struct ImportNames {
    private var taken: Set<String> = []

    /// A name for this jail.
    mutating func take(_ name: String) -> String {
        let bytes = name.utf8.map { $0 < 0x20 || $0 == 0x7f ? 0x5f : $0 }
        let clean = String(decoding: bytes, as: UTF8.self)
        var result = clean.isEmpty ? "jail" : clean.cut(toBytes: Fail2banImport.nameBytes)
        if result.isEmpty { result = "jail" }
        var number = 2
        while !taken.insert(result).inserted {
            result = clean.cut(toBytes: Fail2banImport.nameBytes - 6) + "-\(number)"
            number += 1
        }
        return result
    }
}
