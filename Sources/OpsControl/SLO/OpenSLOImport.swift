// OpenSLO v1 documents as sections of opsd.toml, with notes on what opsd cannot express.
// Objectives are configuration, which only an administrator changes: the sections are printed, to
// be added there by hand.

import OpsCore
import OpsProtocol

/// Turns OpenSLO documents into `[slo.NAME]`.
struct OpenSLOImport {
    /// A section that is being built.
    private struct Section {
        var name: String
        var service: String?
        /// Keys with their values as TOML.
        var keys: [(key: String, value: String)] = []

        mutating func set(_ key: String, _ value: String) {
            keys.removeAll { $0.key == key }
            keys.append((key, value))
        }
    }

    private var sections: [Section] = []
    /// Notes on what opsd cannot express, each with the name of its document.
    private(set) var notes: [String] = []

    /// Reads all documents.
    init(_ documents: [JSONValue]) {
        var latencies: [Section] = []
        for (index, document) in documents.enumerated() {
            let place = document.at("metadata.name")?.text ?? "document \(index + 1)"
            guard let kind = document["kind"]?.text else {
                notes.append("\(place): not an OpenSLO document, it has no kind")
                continue
            }
            guard document["apiVersion"]?.text == "openslo/v1" else {
                notes.append("\(place): only apiVersion openslo/v1 is read")
                continue
            }
            guard kind == "SLO" else {
                notes.append("\(place): \(kind) has no counterpart, ignored")
                continue
            }
            if let section = read(document, place, &latencies) { sections.append(section) }
        }
        merge(latencies)
    }

    /// Whether no SLO was found.
    var isEmpty: Bool { sections.isEmpty }

    /// The sections as TOML text.
    var text: String {
        sections.map { section in
            "[slo.\(section.name)]\n"
                + section.keys.map { "\($0.key) = \($0.value)\n" }.joined()
        }.joined(separator: "\n")
    }

    private mutating func read(
        _ document: JSONValue, _ place: String, _ latencies: inout [Section]
    ) -> Section? {
        guard let name = ObjectiveName(place) else {
            notes.append(
                "\(place): not a name for an objective, ignored: expected 1 to "
                    + "\(ObjectiveName.limitBytes) letters, digits, _ and -")
            return nil
        }
        guard let spec = document["spec"] else {
            notes.append("\(place): no spec, ignored")
            return nil
        }
        var section = Section(name: name.description, service: spec["service"]?.text)
        readWindow(spec, place, &section)
        readAnnotations(document, &section)
        if let method = spec["budgetingMethod"]?.text, method != "Occurrences" {
            notes.append("\(place): budgetingMethod \(method): opsd counts events (Occurrences)")
        }
        if spec["alertPolicies"] != nil {
            notes.append("\(place): alertPolicies: opsd has its own four burn alerts")
        }
        let objectives = spec["objectives"]?.elements ?? []
        if spec.at("indicator.spec.thresholdMetric") != nil || objectives.contains(where: isLatency)
        {
            readLatencies(objectives, place, &section)
            latencies.append(section)
            return nil
        }
        if spec["indicatorRef"] != nil {
            notes.append("\(place): indicatorRef: read as a ratio of good events")
        }
        readTarget(objectives, place, &section)
        notes.append("\(place): its metric source is not read; report events with slo observe")
        return section
    }

    private func isLatency(_ objective: JSONValue) -> Bool { objective["value"] != nil }

    private mutating func readTarget(
        _ objectives: [JSONValue], _ place: String, _ section: inout Section
    ) {
        guard let first = objectives.first, let target = Self.percent(first) else {
            return notes.append("\(place): no target: availability keeps its default")
        }
        section.set("availability", Self.decimal(target))
        if objectives.count > 1 {
            notes.append("\(place): \(objectives.count) objectives: only the first is used")
        }
    }

    private mutating func readLatencies(
        _ objectives: [JSONValue], _ place: String, _ section: inout Section
    ) {
        for objective in objectives {
            guard let value = objective["value"]?.double, let target = Self.percent(objective),
                let op = objective["op"]?.text, op == "lte" || op == "lt", value > 0
            else {
                notes.append(
                    "\(place): an objective that is not an upper bound of a latency is ignored")
                continue
            }
            switch target {
            case 95: section.set("latency_p95_ms", Self.decimal(value))
            case 99: section.set("latency_p99_ms", Self.decimal(value))
            default:
                notes.append(
                    "\(place): a latency for \(Self.decimal(target)) of 100: opsd has 95 and 99")
            }
        }
        notes.append("\(place): latencies are read as milliseconds")
    }

    /// The target in percent.
    private static func percent(_ objective: JSONValue) -> Double? {
        let percent = objective["targetPercent"]?.double
        let value = percent ?? objective["target"]?.double.map { $0 * 100 }
        guard let value, value > 0, value < 100 else { return nil }
        // Rounds to four decimals, the most that a key may have.
        return Double(Int64(value * 10_000 + 0.5)) / 10_000
    }

    private static func decimal(_ value: Double) -> String { Figures.short(value, 4) }

    private mutating func readWindow(
        _ spec: JSONValue, _ place: String, _ section: inout Section
    ) {
        guard let window = spec["timeWindow"]?.elements.first ?? spec["timeWindow"] else { return }
        let duration = window["duration"]?.text ?? ""
        if window["isRolling"]?.bool == false || window["calendar"] != nil {
            notes.append("\(place): a calendar window: the windows of opsd are rolling")
        }
        let digits = duration.prefix { $0.isASCII && $0.isNumber }
        let unit = duration.dropFirst(digits.count)
        let minutes: [String: Int] = ["m": 1, "h": 60, "d": 1_440, "w": 10_080]
        guard let number = Int(digits), let factor = minutes[String(unit)], number < 1 << 20,
            case let length = number * factor, length >= 60,
            length <= Objective.longestWindowMinutes
        else {
            return notes.append(
                "\(place): a window of \(duration.isEmpty ? "no duration" : duration): expected "
                    + "1h to 30d; window keeps its default")
        }
        section.set(
            "window", length % 1_440 == 0 ? "\"\(length / 1_440)d\"" : "\"\(length)m\"")
    }

    private func readAnnotations(_ document: JSONValue, _ section: inout Section) {
        let written = document["metadata"]?["annotations"]
        for (annotation, key) in OpenSLOExport.annotations {
            guard let value = written?[annotation]?.plain, !value.isEmpty,
                value.utf8.allSatisfy({ $0 &- 0x30 < 10 || $0 == 0x2e })
                    || value == "true" || value == "false"
            else { continue }
            section.set(key, value)
        }
    }

    /// Adds latencies to the objective of their service if there is exactly one; otherwise they
    /// stand alone.
    private mutating func merge(_ latencies: [Section]) {
        for latency in latencies {
            let places = sections.indices.filter {
                sections[$0].service != nil && sections[$0].service == latency.service
            }
            guard places.count == 1, let place = places.first else {
                sections.append(latency)
                continue
            }
            for (key, value) in latency.keys where key.hasPrefix("latency") {
                sections[place].set(key, value)
            }
        }
    }
}
