// The configuration file of the daemon: reads, checks, compares and shows it.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol

/// Reading and showing the configuration.
enum ConfigurationFile {
    /// Bytes of the largest file read.
    static let limitBytes = 1 << 20

    /// How addresses are written in the file.
    static let notation = NetworkNotation(
        parse: { Network(parsing: $0) }, text: { $0.description })

    /// The variables that set keys.
    private static var environment: [String: String] {
        var values: [String: String] = [:]
        for name in ObjectiveVariable.all.map(\.name) + CostVariable.all.map(\.name) {
            values[name] = Environment.value(name)
        }
        return values.merging(PagerVariable.environment(Environment.value)) { $1 }
    }

    /// Reads and checks a file; the fault's message names every line.
    static func read(_ path: String) throws(StartFault) -> Configuration {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileReader.bytes(path: path, limitBytes: limitBytes + 1)
        } catch {
            throw .configuration("\(path): \(error.text)")
        }
        do throws(ConfigurationFaults) {
            return try Configuration.load(
                bytes, file: path, networks: notation, environment: environment)
        } catch {
            throw .configuration(error.description)
        }
    }

    static func changes(
        from running: Configuration, to fresh: Configuration
    ) -> ConfigurationChanges {
        Configuration.changes(from: running, to: fresh)
    }

    /// For the `reload` event.
    static func reloadSummary(_ applied: [String], _ restart: [String]) -> String {
        if applied.isEmpty && restart.isEmpty { return "nothing has changed" }
        var parts: [String] = []
        if !applied.isEmpty { parts.append("applied: " + applied.joined(separator: ", ")) }
        if applied.contains(where: { $0.hasPrefix("watch.") }) {
            parts.append("opswatch takes watch.* at a reload of its own")
        }
        if applied.contains(where: { $0.hasPrefix("pager.") }) {
            parts.append("opspager takes pager.* at a reload of its own")
        }
        if applied.contains(where: { $0.hasPrefix("endpoint.") || $0.hasPrefix("check.") }) {
            parts.append("opscheck takes endpoint.* and check.* at a reload of its own")
        }
        if !restart.isEmpty {
            parts.append("needs a restart: " + restart.joined(separator: ", "))
        }
        return parts.joined(separator: "; ")
    }
}

extension ConfigurationFile {
    /// The members of the `config` reply: sections of keys, values as the file has them.
    static func json(_ configuration: Configuration) -> String {
        var json = JSONWriter()
        json.object { json in
            for section in ConfigurationSection.all {
                json.key(text: section.name)
                json.object { json in
                    for key in section.keys {
                        json.key(text: key.name)
                        write(key.value(in: configuration, networks: notation), &json)
                    }
                    if section.name == "probe" { writeMounts(configuration.probe, &json) }
                    if section.name == "guard" { writeSources(configuration, &json) }
                    if section.name == "watch" {
                        write(configuration.watch.namedSections(networks: notation), &json)
                    }
                    if section.name == "pager" {
                        write(configuration.pagerNamedSections(networks: notation), &json)
                    }
                    if section.name == "costs" {
                        write(configuration.costNamedSections(networks: notation), &json)
                    }
                }
            }
            write(configuration.endpointNamedSections(networks: notation), &json)
            write([configuration.queueNamedSections(networks: notation)], &json)
            json.key(text: ObjectiveKey.section)
            json.object { json in
                for objective in configuration.objectives {
                    json.key(text: objective.name.description)
                    json.object { json in
                        for key in ObjectiveKey.all {
                            json.key(text: key.name)
                            write(key.value(in: objective), &json)
                        }
                    }
                }
            }
        }
        return String(json.text.dropFirst().dropLast())
    }

    private static func writeSources(
        _ configuration: Configuration, _ json: inout JSONWriter
    ) {
        json.key("source")
        json.object { json in
            for (source, policy) in configuration.guard.sources.sorted(by: { $0.key < $1.key }) {
                json.key(text: source)
                json.object { json in
                    for (name, value) in SourceSection.members(of: policy, networks: notation) {
                        json.key(text: name)
                        write(value, &json)
                    }
                }
            }
        }
    }

    private static func writeMounts(
        _ probe: Configuration.Probe, _ json: inout JSONWriter
    ) {
        json.key("mount")
        json.object { json in
            for (place, limits) in probe.mounts.sorted(by: { $0.key < $1.key }) {
                json.key(text: place)
                json.object { json in
                    for (name, value) in MountSection.members(of: limits) {
                        json.key(text: name)
                        write(value, &json)
                    }
                }
            }
        }
    }

    private static func write(_ tables: [NamedSections], _ json: inout JSONWriter) {
        for table in tables {
            json.key(text: table.table)
            json.object { json in
                for section in table.sections {
                    json.key(text: section.name)
                    json.object { json in
                        for key in section.keys {
                            json.key(text: key.name)
                            write(key.value, &json)
                        }
                    }
                }
            }
        }
    }

    private static func write(_ value: ConfigurationValue, _ json: inout JSONWriter) {
        switch value {
        case .integer(let value): json.integer(value)
        case .number(let text): json.raw(text)
        case .flag(let value): json.bool(value)
        case .text(let value): json.string(value)
        case .list(let values):
            json.array { json in for value in values { json.string(value) } }
        case .table(let members):
            json.object { json in
                for (name, values) in members.sorted(by: { $0.key < $1.key }) {
                    json.key(text: name)
                    write(.list(values), &json)
                }
            }
        }
    }
}
