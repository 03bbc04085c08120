// One jail, read in fail2ban's order: first whether it is enabled, its backend and its filter; then
// the filter, whose options the jail may refer to as `known/...`; then all other keys; and the
// filter once more, which may refer to the keys of the jail.

import OpsCore

/// A jail while it is read.
struct JailReading {
    let directory: Fail2banDirectory
    let reader: IniReader
    var settings: IniSettings
    let name: String
    /// Read it as if it were enabled.
    let force: Bool

    /// The texts of keys, with `True`, `False` and plain numbers where the key has such a type.
    private var texts: [String: String] = [:]
    private var unsupported: [String] = []

    /// Keys of a jail that fail2ban knows.
    static let keys = [
        "enabled", "backend", "maxretry", "maxmatches", "findtime", "bantime",
        "bantime.increment", "bantime.factor", "bantime.formula", "bantime.multipliers",
        "bantime.maxtime", "bantime.rndtime", "bantime.overalljails", "ignorecommand",
        "ignoreself", "ignoreip", "ignorecache", "filter", "logtimezone", "logencoding", "logpath",
        "action", "usedns", "prefregex", "ignoreregex", "failregex", "maxlines", "datepattern",
        "journalmatch",
    ]
    private static let flags: Set<String> = [
        "enabled", "bantime.increment", "bantime.overalljails", "ignoreself",
    ]
    private static let numbers: Set<String> = ["maxretry", "maxmatches", "maxlines"]
    /// Keys that opsd does not honour: a fault in one does not stop the jail.
    private static let unused: Set<String> = [
        "action", "maxmatches", "bantime.formula", "bantime.rndtime", "bantime.overalljails",
        "ignorecommand", "ignorecache", "usedns",
    ]
    private static let defaults = [
        "enabled": "False", "backend": "auto", "filter": "", "action": "",
    ]

    init(
        directory: Fail2banDirectory, reader: IniReader, settings: IniSettings, name: String,
        force: Bool
    ) {
        self.directory = directory
        self.reader = reader
        self.settings = settings
        self.name = name
        self.force = force
    }

    /// The jail; what is wrong with it is its state.
    consuming func jail() -> JailDefinition {
        do throws(Fail2banFault) {
            try read(["enabled"])
            guard force || texts["enabled"] == "True" else {
                return JailDefinition(name: name, state: .disabled)
            }
            return try enabled()
        } catch {
            return JailDefinition(name: name, state: .faulty(error))
        }
    }

    private mutating func enabled() throws(Fail2banFault) -> JailDefinition {
        var jail = JailDefinition(name: name, state: .enabled)
        try read(["backend", "filter"])
        jail.filterSpec = texts["filter"] ?? ""
        let filter = try openFilter(jail.filterSpec)
        try read(Self.keys)
        var jailTexts = OrderedTexts()
        for key in FilterReading.keys { jailTexts[key] = texts[key] }
        var options = FilterOptions(
            filter: OrderedTexts(), jail: jailTexts, fault: { [self] in fault($0, $1) })
        if let filter {
            try filter.reading.readOptions(jail: texts, all: false)
            options.filter = try filter.reading.combined()
        }
        let title = jail.filterSpec.isEmpty ? name : jail.filterSpec
        let definition = try options.definition(title, warnings: filter?.warnings ?? [])
        guard !definition.failures.isEmpty else {
            throw fault("filter", "has no pattern (failregex), and so finds nothing")
        }
        jail.definition = definition
        jail.patterns = options.lines("failregex")
        jail.ignoredPatterns = options.lines("ignoreregex")
        jail.hostNamePatterns =
            (jail.patterns + [options.filter["prefregex"] ?? ""])
            .filter(RegexTags.takesHostNames).count
        jail.overridesFilter = jailTexts.names.contains { $0 != "usedns" }
        jail.equivalentSpec = equivalentSpec(jail, filter?.spec, jailTexts)
        jail.unsupported = definition.unsupported
        try fill(&jail)
        return jail
    }

    /// Reads keys into `texts`.
    private mutating func read(_ keys: [String]) throws(Fail2banFault) {
        for key in keys {
            let value: String?
            do throws(Fail2banFault) {
                value = try settings.value(name, key)
            } catch {
                guard Self.unused.contains(key) else { throw error }
                unsupported.append("\(key): cannot be read: \(error.message)")
                texts[key] = Self.defaults[key]
                continue
            }
            guard let text = value ?? Self.defaults[key] else { continue }
            texts[key] = try typed(key, text)
        }
    }

    private func typed(_ key: String, _ text: String) throws(Fail2banFault) -> String? {
        if Self.flags.contains(key) {
            return ["1", "on", "true", "yes"].contains(text.asciiLowered) ? "True" : "False"
        }
        guard Self.numbers.contains(key) else { return text }
        if let number = Int(text.trimmed) { return String(number) }
        if Self.unused.contains(key) || text.isEmpty { return nil }
        throw fault(key, "\"\(text.shortened)\" is not a whole number")
    }

    /// Opens the filter, and makes its options known to the jail.
    private mutating func openFilter(
        _ text: String
    ) throws(Fail2banFault) -> (reading: FilterReading, spec: FilterSpec, warnings: [String])? {
        if text.isEmpty { return nil }
        let spec: FilterSpec
        do throws(FilterSpecFault) {
            spec = try FilterSpec(text)
        } catch {
            throw fault("filter", error.message)
        }
        let opened: (reading: FilterReading, warnings: [String])
        do throws(Fail2banFault) {
            opened = try directory.reading(of: spec, reader)
        } catch {
            // A filter that is not there is a fault of the jail that names it.
            guard error.line == 0, error.section == nil else { throw error }
            throw fault("filter", "\(error.message) (\(error.file))")
        }
        opened.reading.setLogType(logType)
        let first = texts.filter { ["enabled", "backend", "filter"].contains($0.key) }
        try opened.reading.readOptions(jail: first, all: true)
        let combined = try opened.reading.combined()
        for option in combined.names where !option.configBytes[...].has("known/", at: 0) {
            settings.set(name, "known/" + option, combined[option] ?? "")
        }
        return (opened.reading, spec, opened.warnings)
    }

    /// The type of its lines, by its backend; `auto` are files.
    private var logType: String {
        texts["backend"]?.configBytes[...].has("systemd", at: 0) ?? false ? "journal" : "file"
    }

    /// A fault of a key of this jail, at its place.
    func fault(_ key: String, _ message: String) -> Fail2banFault {
        let place = settings.raw(name, key)
        return Fail2banFault(
            file: place?.file ?? settings.path, line: place?.line ?? 0, section: name, key: key,
            message)
    }

    /// A spec that has in its brackets what the jail sets itself, if it says the same.
    private func equivalentSpec(
        _ jail: JailDefinition, _ spec: FilterSpec?, _ own: OrderedTexts
    ) -> String? {
        guard var spec else { return nil }
        if !jail.overridesFilter { return jail.filterSpec }
        for key in own.names where key != "usedns" && spec.options[key] == nil {
            spec.options[key] = own[key] ?? ""
        }
        guard let text = spec.text,
            var same = try? directory.filter(text, overrides: ["logtype": logType])
        else { return nil }
        same.name = jail.definition?.name ?? ""
        same.unsupported = jail.definition?.unsupported ?? []
        return same == jail.definition ? text : nil
    }

    /// The keys that are not part of the filter.
    private func fill(_ jail: inout JailDefinition) throws(Fail2banFault) {
        var notes = unsupported
        jail.backend = try backend(&notes)
        jail.logPaths = jail.backend == .systemd ? [] : try logPaths(&notes)
        if let text = texts["maxretry"], let count = Int(text) { jail.maxRetry = count }
        jail.findTime = try time("findtime") ?? jail.findTime
        if let ban = try time("bantime") { jail.banTime = ban < 0 ? nil : ban }
        jail.growth = try growth(&notes)
        jail.ignored = ignored(&notes)
        jail.encoding = encoding(&notes)
        jail.zoneMinutes = try zone()
        notes += ignoredCommands() + otherActions()
        jail.unsupported += notes
        for key in Self.keys {
            if let place = settings.raw(name, key), place.line > 0 {
                jail.origins[key] = "\(place.file):\(place.line)"
            }
        }
    }

    /// The text of a key; nil: it is not set, or empty.
    func text(_ key: String) -> String? {
        texts[key].flatMap { $0.isEmpty ? nil : $0 }
    }

    func time(_ key: String) throws(Fail2banFault) -> Int64? {
        guard let text = text(key) else { return nil }
        guard let time = DurationExpression.milliseconds(text) else {
            throw fault(
                key, "\"\(text.shortened)\" is not a time, expected one such as 600, 10m or 1d 6h")
        }
        return time
    }
}
