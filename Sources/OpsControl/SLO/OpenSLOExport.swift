// Objectives as OpenSLO v1 documents.  The YAML is written by hand: every text is quoted as in
// JSON, which YAML reads.  An objective is two documents: a ratio of good events for the
// availability, a threshold for the latencies.  What OpenSLO cannot express goes into annotations,
// which `slo import` reads back.  Source: github.com/OpenSLO/OpenSLO, "SLO", apiVersion openslo/v1.

import OpsCore
import OpsProtocol

/// Makes OpenSLO documents.
enum OpenSLOExport {
    /// The annotations, and the keys of `[slo.NAME]` that they stand for.
    static let annotations = [
        ("opsd.dev/daily-error-budget-pct", "daily_error_budget_pct"),
        ("opsd.dev/min-events", "min_events"), ("opsd.dev/min-bad", "min_bad"),
        ("opsd.dev/gate", "gate"), ("opsd.dev/latency-gate", "latency_gate"),
    ]

    /// The documents of the `objectives` of a `slo status` reply.
    static func text(_ objectives: [JSONValue]) -> String {
        objectives.map { document($0) }.joined()
    }

    private static func document(_ objective: JSONValue) -> String {
        let name = objective["slo"]?.text ?? "default"
        let targets = objective["targets"]
        let seconds = targets?["window_seconds"]?.integer ?? 2_592_000
        let window = seconds % 86_400 == 0 ? "\(seconds / 86_400)d" : "\(seconds / 60)m"
        let availability = targets?["availability"]?.double ?? 99.9
        var text = head(name, name, targets)
        text += """
              indicator:
                metadata:
                  name: \(quoted(name + "-good"))
                spec:
                  ratioMetric:
                    counter: true
                    good:
            \(source(name, "good"))
                    total:
            \(source(name, "total"))
            \(timeWindow(window))
              objectives:
                - displayName: "good events"
                  target: \(Figures.short(availability / 100, 6))

            """
        text += head(name + "-latency", name, nil)
        text += """
              indicator:
                metadata:
                  name: \(quoted(name + "-latency-ms"))
                spec:
                  thresholdMetric:
            \(source(name, "latency_ms", indent: 10))
            \(timeWindow(window))
              objectives:
            \(latency("95 of 100", targets?["p95_ms"], "0.95"))
            \(latency("99 of 100", targets?["p99_ms"], "0.99"))

            """
        return text
    }

    private static func head(_ name: String, _ service: String, _ targets: JSONValue?) -> String {
        var text = """
            ---
            apiVersion: openslo/v1
            kind: SLO
            metadata:
              name: \(quoted(name))

            """
        if let targets {
            text += "  annotations:\n"
            for (annotation, key) in annotations {
                guard let value = targets[key] else { continue }
                text += "    \(annotation): \(quoted(value.scalar))\n"
            }
        }
        text += """
            spec:
              service: \(quoted(service))
              budgetingMethod: Occurrences

            """
        return text
    }

    private static func timeWindow(_ duration: String) -> String {
        """
          timeWindow:
            - duration: \(duration)
              isRolling: true
        """
    }

    private static func source(_ name: String, _ count: String, indent: Int = 12) -> String {
        let space = String(repeating: " ", count: indent)
        return """
            \(space)metricSource:
            \(space)  type: opsd
            \(space)  spec:
            \(space)    slo: \(quoted(name))
            \(space)    value: \(count)
            """
    }

    private static func latency(_ share: String, _ value: JSONValue?, _ target: String) -> String {
        """
            - displayName: \(quoted(share + " take no longer"))
              op: lte
              value: \(Figures.short(value?.double ?? 0, 3))
              target: \(target)
        """
    }

    private static func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.string(text)
        return json.text
    }
}

extension JSONValue {
    /// A scalar as it is written in the configuration file.
    fileprivate var scalar: String {
        switch self {
        case .bool(let flag): flag ? "true" : "false"
        case .number(let number): Figures.short(number, 4)
        default: plain
        }
    }
}

extension Figures {
    /// At least one and at most `decimals` decimals, without trailing zeros.
    static func short(_ value: Double, _ decimals: Int) -> String {
        var text = decimal(value, decimals)
        while text.hasSuffix("0"), !text.hasSuffix(".0") { text.removeLast() }
        return text
    }
}
