// Reading objectives from the file and the environment, and writing them into a file.

import CToml
import OpsCore

/// An environment variable that sets the default of a key of all objectives (S2-04).
package struct ObjectiveVariable: Sendable {
    /// Its name.
    package let name: String
    /// The key that it sets.
    package let key: String
    /// Whether the variable's value is a number of days; the key's value is then a duration.
    let isDays: Bool

    /// Every variable.
    package static let all: [ObjectiveVariable] = [
        .init(name: "SLO_LAT_P95_MS", key: "latency_p95_ms", isDays: false),
        .init(name: "SLO_LAT_P99_MS", key: "latency_p99_ms", isDays: false),
        .init(name: "SLO_ERR_BUDGET_DAILY_PCT", key: "daily_error_budget_pct", isDays: false),
        .init(name: "SLO_WINDOW_DAYS", key: "window", isDays: true),
    ]

    /// The variable as a line of the file; nil if its value is not a number.
    func line(_ value: String) -> String? {
        let isNumber =
            !value.isEmpty && value.utf8.count <= 20
            && value.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 == UInt8(ascii: ".") }
        if !isNumber { return nil }
        return isDays ? "\(key) = \"\(value)d\"\n" : "\(key) = \(value)\n"
    }
}

/// Reads the environment and then `[slo]` into objectives.
struct ObjectiveReader {
    private(set) var objectives: [ObjectiveName: Objective] = [:]
    /// What the environment sets: the defaults of all objectives.
    private var defaults = Objective(.standard)

    /// Reads the table `slo`.
    mutating func read(_ node: TomlNode, _ faults: inout FaultList) {
        guard node.kind == .table else {
            faults.add(node.line, "slo", "\(node.kindText), must be sections: [slo.NAME]")
            return
        }
        for child in node.children {
            guard child.kind == .table else {
                faults.add(
                    child.line, "slo." + child.key.shownAsKey,
                    "a key outside any objective, must be in [slo.NAME]")
                continue
            }
            guard let name = ObjectiveName(child.key) else {
                faults.add(
                    child.line, "slo." + child.key.shownAsKey,
                    "not a name of an objective, must be 1 to \(ObjectiveName.limitBytes) letters, "
                        + "digits, _ and -")
                continue
            }
            if objectives.count >= Objective.limit {
                faults.add(
                    child.line, "slo.\(name)",
                    "too many objectives, must be at most \(Objective.limit)")
                return
            }
            read(child, name, "slo.\(name)", &faults)
        }
    }

    private mutating func read(
        _ node: TomlNode, _ name: ObjectiveName, _ path: String, _ faults: inout FaultList
    ) {
        var objective = defaults
        objective.name = name
        var lines: [String: Int] = [:]
        var hasFaults = false
        for child in node.children {
            guard let key = ObjectiveKey.all.first(where: { $0.name == child.key }) else {
                hasFaults = true
                faults.add(
                    child.line, path + "." + child.key.shownAsKey, Self.unknown(child.key))
                continue
            }
            lines[key.name] = child.line
            do throws(ValueErrors) {
                try key.read(child, into: &objective)
            } catch {
                hasFaults = true
                for fault in error.list {
                    faults.add(fault.line, "\(path).\(key.name)", fault.message)
                }
            }
        }
        // A value equal to its default is dropped, so that it follows the window like one not set.
        objectives[name] = objective.withoutDefaults
        if hasFaults { return }
        for fault in objective.faults() {
            let line = lines[fault.key] ?? lines["window"] ?? node.line
            faults.add(line, "\(path).\(fault.key)", fault.message)
        }
    }

    private static func unknown(_ name: String) -> String {
        let names = ObjectiveKey.all.map(\.name)
        if let near = Suggestion.closest(to: name, among: names) {
            return "unknown key, did you mean \"\(near)\"?"
        }
        return "unknown key, must be one of " + names.joined(separator: ", ")
    }

    /// Reads the variables of the environment; before the file, whose keys override them.
    mutating func read(_ environment: [String: String], _ faults: inout FaultList) {
        for variable in ObjectiveVariable.all {
            guard let value = environment[variable.name] else { continue }
            guard let line = variable.line(value),
                let document = try? TomlDocument(Array(line.utf8)),
                let node = document.root.children.first(where: { _ in true }),
                let key = ObjectiveKey.all.first(where: { $0.name == variable.key })
            else {
                faults.add(
                    0, variable.name, "in the environment: \(value.shown) is not a number")
                continue
            }
            do throws(ValueErrors) {
                try key.read(node, into: &defaults)
            } catch {
                for fault in error.list {
                    faults.add(0, variable.name, "in the environment: \(fault.message)")
                }
            }
        }
    }

    /// Where the file has no objective, there is one with the defaults: what is wrong with that is
    /// wrong with the environment.
    mutating func finish(_ environment: [String: String], _ faults: inout FaultList) {
        if !objectives.isEmpty { return }
        objectives[.standard] = defaults.withoutDefaults
        for fault in defaults.faults() {
            let given = ObjectiveVariable.all.filter { environment[$0.name] != nil }
            let variable = given.first { $0.key == fault.key } ?? given.first
            faults.add(0, variable?.name ?? fault.key, "in the environment: \(fault.message)")
        }
    }

    /// All objectives, by name.
    var all: [Objective] { objectives.values.sorted { $0.name < $1.name } }
}

extension Objective {
    /// The objective with nil in place of values that equal their defaults.
    fileprivate var withoutDefaults: Objective {
        var plain = self
        plain.alerts = nil
        if plain.tiers != tiers { plain.alerts = alerts }
        plain.promisedPPM = nil
        if plain.availabilityPPM != availabilityPPM { plain.promisedPPM = promisedPPM }
        plain.noDataMinutes = nil
        if plain.silenceMinutes != silenceMinutes { plain.noDataMinutes = noDataMinutes }
        return plain
    }

    /// `[slo.NAME]` with all its keys.
    func section(keysCommented: Bool) -> String {
        let mark = keysCommented ? "#" : ""
        var text = "\(mark)[\(ObjectiveKey.section).\(name)]\n"
        for key in ObjectiveKey.all {
            if alerts == nil, key.name == "alerts", !keysCommented { continue }
            if promisedPPM == nil, key.name == "availability", !keysCommented { continue }
            if noDataMinutes == nil, key.name == "no_data", !keysCommented { continue }
            text += "\n# \(key.summary)\n# \(key.allowed.capitalised).\n"
            text += "\(mark)\(key.name) = \(key.text(in: self))\n"
        }
        return text
    }
}
