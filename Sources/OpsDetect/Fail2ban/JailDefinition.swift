// A jail of fail2ban's as values: what of it opsd honours, and in words what it does not.

package import OpsCore

/// One section of `jail.conf` with all that overrides it.
package struct JailDefinition: Hashable, Sendable {
    /// Whether it runs.
    package enum State: Hashable, Sendable {
        /// `enabled = true`, and everything in it can be read.
        case enabled
        /// `enabled = false`.
        case disabled
        /// Enabled, and it cannot run: why.
        case faulty(Fail2banFault)
    }

    /// Where its lines come from.
    package enum Backend: String, Hashable, Sendable {
        /// Files where there are any; fail2ban never takes the journal by itself.
        case auto
        /// The journal.
        case systemd
        /// Files, however they are watched.
        case files
    }

    /// A file or a glob of `logpath`.
    package struct LogPath: Hashable, Sendable {
        /// The path, its wildcards as they are.
        package var path: String
        /// ` tail` stood behind it: what is there at the start is not read.
        package var fromEnd: Bool
    }

    /// How bans grow (`bantime.increment`).
    package struct Growth: Hashable, Sendable {
        /// The longest ban, milliseconds; nil: none is set.
        package var maximum: Int64?
    }

    /// The name of the section.
    package var name: String
    /// Whether it runs, and why not.
    package var state: State
    /// The filter with its options as the jail names it; empty: it has none.
    package var filterSpec: String = ""
    /// The filter as it runs, with the jail's own patterns; nil unless it is enabled.
    package var definition: FilterDefinition?
    /// A spec for `Fail2banDirectory.filter` that gives the same definition; nil: there is none.
    package var equivalentSpec: String?
    /// Whether the jail itself sets patterns, dates, lines or matches of the journal.
    package var overridesFilter = false
    /// All patterns as they were written, with their tags.
    package var patterns: [String] = []
    /// All patterns of lines that are not failures, likewise.
    package var ignoredPatterns: [String] = []
    /// The files.
    package var logPaths: [LogPath] = []
    /// Where lines come from.
    package var backend: Backend = .auto
    /// Failures that lead to a ban.
    package var maxRetry = 3
    /// Within how long, milliseconds.
    package var findTime: Int64 = 600_000
    /// How long a ban lasts, milliseconds; nil: for good.
    package var banTime: Int64? = 600_000
    /// How bans grow; nil: they do not.
    package var growth: Growth?
    /// Whom it never bans.
    package var ignored: [Network] = []
    /// The encoding of its files, as `[watch.source]` names it.
    package var encoding = "utf-8"
    /// Minutes east of UTC of dates without a zone; nil: the host's.
    package var zoneMinutes: Int?
    /// Patterns that could name a host, of which opsd looks up none.
    package var hostNamePatterns = 0
    /// What is set and not honoured, one sentence each.
    package var unsupported: [String] = []
    /// Where a key was set: `file:line`.
    package var origins: [String: String] = [:]

    /// A jail of which no more is known.
    init(name: String, state: State) {
        self.name = name
        self.state = state
    }
}

/// All jails of a directory.
package struct JailList: Sendable {
    /// In the order of the files.
    package var jails: [JailDefinition]
    /// What was found in the files as a whole, one sentence each.
    package var warnings: [String]
}

extension Fail2banDirectory {
    /// Every jail, in the order of the files; `state` says whether it is enabled, and why not.
    ///
    /// Throws where the files as a whole cannot be read; a fault of one jail is its state.
    package func jails() throws(Fail2banFault) -> [JailDefinition] { try jailList().jails }

    /// The same, with what was found in the files as a whole.  `all`: as if each were enabled.
    package func jailList(all: Bool = false) throws(Fail2banFault) -> JailList {
        let reader = reader()
        guard var settings = try reader.settings(path + "/jail") else {
            throw Fail2banFault(
                file: path + "/jail.conf",
                "is not there, expected this file, jail.local, or files in jail.d")
        }
        let warnings = reader.warnings
        // Names that fail2ban gives to every section.
        settings.setDefault("fail2ban_version", "1.0.2")
        settings.setDefault("fail2ban_confpath", path)
        var jails: [JailDefinition] = []
        for name in settings.names where name != "INCLUDES" && !name.isKnownSection {
            let reading = JailReading(
                directory: self, reader: reader, settings: settings, name: name, force: all)
            jails.append(reading.jail())
        }
        return JailList(jails: jails, warnings: warnings)
    }
}

extension String {
    fileprivate var isKnownSection: Bool { configBytes[...].has("KNOWN/", at: 0) }
}
