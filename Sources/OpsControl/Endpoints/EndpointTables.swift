// The table of `endpoints`: how each stands, a spark line of its latencies, and its uptime.

import OpsProtocol

extension RowTable {
    static let endpoints = RowTable(
        member: "endpoints",
        titles: [
            "ENDPOINT", "STATE", ">MS", ">24H", ">7D", ">30D", "?>CERT", "LATENCIES", "WHY",
        ],
        nothing: "no endpoint is configured: see [endpoint.NAME] in opsd.toml(5)",
        add: Rendering.add(endpoint:to:))
}

extension Rendering {
    /// Latencies that are shown.
    private static let shown = 20

    /// A row of `endpoints`.
    static func add(endpoint row: JSONValue, to table: inout Table) {
        let recent = (row["latencies"]?.elements ?? []).suffix(shown)
        table.row(
            Cell(row["name"], .bold), stateCell(row["state"]?.text ?? "unknown"),
            .decimal(row["latency_ms"], 0), uptime(row["uptime_24h"]), uptime(row["uptime_7d"]),
            uptime(row["uptime_30d"]), certificate(row["cert_days"]),
            Cell(spark(recent.map(\.double))), Cell(row["reason"]?.text ?? ""))
    }

    private static func stateCell(_ state: String) -> Cell {
        switch state {
        case "up": Cell(state, .green)
        case "slow": Cell(state, .yellow)
        case "down": Cell(state, .alarm)
        default: Cell(state, .dim)
        }
    }

    private static func uptime(_ value: JSONValue?) -> Cell {
        guard let percent = value?.double else { return .none }
        let text = percent == 100 ? "100%" : Figures.decimal(min(percent, 99.99), 2) + "%"
        return Cell(text, percent >= 99.9 ? nil : percent >= 99 ? .yellow : .red)
    }

    private static func certificate(_ value: JSONValue?) -> Cell {
        guard let days = value?.integer else { return .none }
        return Cell("\(days)d", days < 0 ? .alarm : days <= 14 ? .yellow : nil)
    }

    /// The longest of those that are shown is a full block; no answer is a cross.
    private static func spark(_ values: [Double?]) -> String {
        let longest = max(1, values.compactMap(\.self).max() ?? 1)
        let blocks = Figures.spark(values.map { $0.map { $0 * 100 / longest } })
        return String(zip(blocks, values).map { $1 == nil ? "x" : $0 })
    }
}
