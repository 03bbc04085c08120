// From the bytes of a file to a Configuration, or to a list of all faults.  One pass finds all
// faults, except that a syntax error hides the others.  The file is read elsewhere.

import CToml
import OpsCore

extension Configuration {
    /// Parses and checks `bytes`; a key that is not in the file has its default.  `file` is the
    /// file name in faults.  At most 100 faults are listed.
    package static func load(
        _ bytes: [UInt8], file: String, networks: NetworkNotation,
        environment: [String: String] = [:]
    ) throws(ConfigurationFaults) -> Configuration {
        var loading = Loading(file: file, networks: networks)
        do throws(TomlError) {
            loading.read(try TomlDocument(bytes).root, environment)
        } catch {
            let twice = TwiceWritten.message(bytes, line: error.line)
            let text = error.isRedefinition ? twice : nil
            loading.faults.add(error.line, "", text ?? error.text)
        }
        let faults = loading.faults.faults
        guard faults.isEmpty else { throw ConfigurationFaults(faults: faults) }
        return loading.configuration
    }
}

/// A table that is there twice, which the parser says in its own words.
private enum TwiceWritten {
    /// Where the header on this line stands before; nil: not a header, or it stands nowhere else.
    static func message(_ bytes: [UInt8], line: Int) -> String? {
        let lines = bytes.split(
            separator: UInt8(ascii: "\n"), maxSplits: max(line, 0), omittingEmptySubsequences: false
        )
        guard line >= 1, line <= lines.count, let header = header(lines[line - 1]),
            let first = lines[..<(line - 1)].firstIndex(where: { Self.header($0) == header })
        else { return nil }
        return "\(header.escaped) is already at line \(first + 1): put the keys there"
    }

    /// `[NAME]` without spaces and comment.
    private static func header(_ line: ArraySlice<UInt8>) -> String? {
        let bytes = line.prefix { $0 != UInt8(ascii: "#") }
            .filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }
        guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension TomlError {
    /// Something is there twice.
    fileprivate var isRedefinition: Bool { message.contains("redefine") }

    /// The parser's message, beginning in lower case.
    fileprivate var text: String {
        let scope = "Error while parsing "
        if message.hasPrefix(scope) {
            return "cannot parse " + String(message.dropFirst(scope.count)).escaped
        }
        return message.prefix(1).lowercased() + String(message.dropFirst()).escaped
    }
}

/// One file on its way to a configuration.
private struct Loading {
    let networks: NetworkNotation
    var configuration = Configuration()
    var faults: FaultList
    /// The line of each valid key, by path.
    var lines: [String: Int] = [:]
    /// The table of sources in `[guard]`, to be read after its keys.
    var sources: TomlNode?
    /// `[watch.source.NAME]` and `[watch.rule.NAME]`.
    var watch = WatchReader()
    /// `[pager.channel.NAME]` and `[pager.route.SEVERITY]`.
    var pager = PagerReader()
    /// `[costs.models.NAME]`.
    var costs = CostReader()
    /// `[endpoint.NAME]`.
    var endpoints = EndpointReader()
    /// `[queue.NAME]`.
    var queues = QueueReader()
    /// Keys with faults: checks across keys ignore them.
    var faulty: Set<String> = []

    init(file: String, networks: NetworkNotation) {
        self.networks = networks
        faults = FaultList(file: file)
        // Policies of rules of the library come after all sections.
        configuration.guard.sources = [:]
    }

    mutating func read(_ root: TomlNode, _ environment: [String: String]) {
        var objectives = ObjectiveReader()
        objectives.read(environment, &faults)
        costs.read(environment, into: &configuration, &faults)
        for node in root.children {
            if node.key == ObjectiveKey.section {
                objectives.read(node, &faults)
                continue
            }
            if node.key == EndpointReader.table {
                endpoints.read(node, networks: networks, into: &configuration, &faults)
                continue
            }
            if node.key == QueueReader.section {
                queues.read(node, networks: networks, into: &configuration, &faults)
                continue
            }
            if let section = ConfigurationSection.all.first(where: { $0.name == node.key }) {
                read(node, section)
            } else if node.kind == .table {
                faults.add(node.line, node.key.shownAsKey, Self.unknownSection(node.key))
            } else {
                faults.add(node.line, node.key.shownAsKey, Self.unknownOutside(node.key))
            }
        }
        if let sources {
            SourceSection.read(sources, networks: networks, into: &configuration, &faults)
        }
        watch.check(configuration.watch, &faults)
        pager.finish(&configuration, environment, &faults)
        costs.finish(&configuration, &faults)
        checkPolicies()
        objectives.finish(environment, &faults)
        configuration.objectives = objectives.all
        endpoints.finish(configuration, &faults)
        checkHealthLevels()
        checkEventBytes()
        checkGate()
    }

    /// `[incidents]` and `[incidents.rules]` in it.
    private mutating func readNested(_ node: TomlNode, in outer: String) -> Bool {
        let name = outer + "." + node.key
        guard let section = ConfigurationSection.all.first(where: { $0.name == name }) else {
            return false
        }
        read(node, section)
        return true
    }

    private mutating func read(_ node: TomlNode, _ section: ConfigurationSection) {
        guard node.kind == .table else {
            let wrong = node.kindText
            faults.add(node.line, section.name, "\(wrong), must be a section: [\(section.name)]")
            return
        }
        let keys = section.keys
        for child in node.children {
            if readNested(child, in: section.name) { continue }
            if section.name == "guard", child.key == "source" {
                sources = child
                continue
            }
            if section.name == "probe", child.key == "mount" {
                MountSection.read(child, into: &configuration.probe, &faults)
                continue
            }
            if section.name == WatchReader.section,
                watch.read(child, networks: networks, into: &configuration.watch, &faults)
            {
                continue
            }
            if section.name == PagerReader.section,
                pager.read(child, networks: networks, into: &configuration, &faults)
            {
                continue
            }
            if section.name == CostReader.section,
                costs.read(child, networks: networks, into: &configuration, &faults)
            {
                continue
            }
            guard let key = keys.first(where: { $0.name == child.key }) else {
                let path = section.name + "." + child.key.shownAsKey
                faults.add(child.line, path, Self.unknownKey(child.key, section, keys))
                continue
            }
            do throws(ValueErrors) {
                try key.read(child, networks: networks, into: &configuration)
                lines[key.path] = child.line
            } catch {
                faulty.insert(key.path)
                for fault in error.list {
                    faults.add(fault.line, key.path, fault.message)
                }
            }
        }
    }

    private static func unknownKey(
        _ name: String, _ section: ConfigurationSection, _ keys: [ConfigurationKey]
    ) -> String {
        if let near = Suggestion.closest(to: name, among: keys.lazy.map(\.name)) {
            return "unknown key, did you mean \"\(near)\"?"
        }
        if let other = ConfigurationKey.all.first(where: { $0.name == name }) {
            return "unknown key, did you mean \"\(name)\" in [\(other.section)]?"
        }
        let names = keys.map(\.name).joined(separator: ", ")
        return "unknown key, must be one of \(names)"
    }

    private static func unknownSection(_ name: String) -> String {
        let names =
            ConfigurationSection.all.map(\.name) + [
                MountSection.name + ".PATH", SourceSection.name + ".NAME",
                WatchReader.sources + ".NAME", WatchReader.rules + ".NAME",
                PagerReader.channels + ".NAME",
                PagerReader.routes + ".SEVERITY", CostReader.models + ".NAME",
                EndpointReader.table + ".NAME", QueueReader.section + ".NAME",
                ObjectiveKey.section + ".NAME",
            ]
        if let near = Suggestion.closest(to: name, among: names) {
            return "unknown section, did you mean [\(near)]?"
        }
        return "unknown section, must be one of " + names.joined(separator: ", ")
    }

    private static func unknownOutside(_ name: String) -> String {
        let near =
            Suggestion.closest(to: name, among: ConfigurationKey.all.lazy.map(\.name)) ?? name
        if let key = ConfigurationKey.all.first(where: { $0.name == near }) {
            return "a key outside any section, did you mean \"\(near)\" in [\(key.section)]?"
        }
        let names = ConfigurationSection.all.map(\.name).joined(separator: ", ")
        return "a key outside any section, must be in one of \(names)"
    }

    /// Rules of the library count by themselves, as sections of `guard.source` do.
    private mutating func checkPolicies() {
        let count = configuration.addLibraryPolicies()
        if count <= Bounds.sourcePolicies { return }
        faults.add(
            lines["watch.rules"] ?? 0, "watch.rules",
            "together with the sections [\(SourceSection.name).NAME], \(count) sources count by"
                + " themselves, must be at most \(Bounds.sourcePolicies)")
    }

    private mutating func checkGate() {
        let gate = configuration.gate
        func check(_ key: String, _ other: String, _ isWrong: Bool, _ message: String) {
            if !isWrong || !faulty.isDisjoint(with: [key, other]) { return }
            faults.add(lines[key] ?? lines[other] ?? 0, key, message)
        }
        check(
            "gate.open_below", "gate.close_above", gate.openBelowPercent > gate.closeAbovePercent,
            "\(gate.openBelowPercent) is above gate.close_above (\(gate.closeAbovePercent)),"
                + " must not be above it")
        check(
            "gate.flag_life", "gate.flag_refresh",
            gate.flagLifeMilliseconds <= gate.flagRefreshMilliseconds,
            "\(DurationText.text(gate.flagLifeMilliseconds).shown) is not longer than"
                + " gate.flag_refresh, must be longer")
    }

    /// A bound on all files of events that leaves no room for one is a mistake.
    private mutating func checkEventBytes() {
        let key = "events.max_bytes"
        let bytes = configuration.events.maxBytes
        if bytes == 0 || bytes >= 1_048_576 || faulty.contains(key) { return }
        faults.add(
            lines[key] ?? 0, key, "\(bytes) is too little, must be 0 or at least 1048576 bytes")
    }

    /// `health.critical` must be above `health.stressed`.
    private mutating func checkHealthLevels() {
        let stressed = "health.stressed"
        let critical = "health.critical"
        let health = configuration.health
        if faulty.isDisjoint(with: [stressed, critical]),
            health.criticalPercent <= health.stressedPercent
        {
            let line = lines[critical] ?? lines[stressed] ?? 0
            faults.add(
                line, critical,
                "\(health.criticalPercent) is not above \(stressed) (\(health.stressedPercent)),"
                    + " must be above it")
        }
    }
}
