// Forecasts as text for people.

import OpsProtocol

extension Rendering {
    /// `forecast`.
    static func forecasts(_ reply: JSONValue, _ sheet: inout Sheet) {
        let rows = reply["forecasts"]?.elements ?? []
        if rows.isEmpty { return sheet.line("nothing is measured yet") }
        var table = Table(
            ">USED", ">A DAY, 24H", "FULL IN", ">A DAY, 7D", "FULL IN", ">ERROR", "WHAT")
        for row in rows {
            let unknown = row["unknown"]?.text
            table.row(
                .percent(row["used_pct"], Paint.space),
                unknown == nil ? pace(row["bytes_per_day_24h"]) : Cell("unknown", .yellow),
                unknown == nil ? left(row["full_in_seconds_24h"]) : .none,
                unknown == nil ? pace(row["bytes_per_day_7d"]) : .none,
                unknown == nil ? left(row["full_in_seconds_7d"]) : .none,
                .bytes(row["error_bytes"]), Cell(row["what"], .bold))
        }
        table.flush(to: &sheet)
        for row in rows {
            guard let why = row["unknown"]?.text else { continue }
            sheet.line(Cell(row["what"], .bold), Cell("  unknown: \(why)", .yellow))
        }
    }

    private static func pace(_ value: JSONValue?) -> Cell {
        guard let bytes = value?.double else { return .none }
        return Cell((bytes > 0 ? "+" : "") + Figures.bytes(bytes))
    }

    private static func left(_ value: JSONValue?) -> Cell {
        guard let seconds = value?.integer else { return Cell("never", .dim) }
        let paint: Paint? = seconds <= 86_400 ? .red : seconds <= 7 * 86_400 ? .yellow : nil
        return Cell(Figures.span(seconds: seconds), paint)
    }
}
