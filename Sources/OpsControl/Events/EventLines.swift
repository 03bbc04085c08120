// Events: a table for a page, one line each for `watch`, in the same columns.

import OpsProtocol

extension Rendering {
    static func add(event row: JSONValue, to table: inout Table) {
        let severity = row["severity"]?.text
        table.row(
            Cell(row["id"]), .time(row["timestamp"]),
            Cell(severity ?? "-", severityPaint(severity)), Cell(row["event"]), Cell(about(row)))
    }

    /// One line of `watch`.
    static func event(_ row: JSONValue, _ sheet: inout Sheet) {
        if let lost = row["lost"]?.integer, let before = row["before"]?.integer {
            return sheet.line(
                "up to \(Figures.count(lost)) events before \(before) are not in memory any more: "
                    + "opsctl events --after \(before)", .yellow)
        }
        if let lost = row["lost"]?.integer {
            return sheet.line(
                "\(Figures.count(lost)) events lost: this watcher reads too slowly", .red)
        }
        let severity = row["severity"]?.text ?? "-"
        sheet.add(.time(row["timestamp"]))
        sheet.add("  ")
        sheet.add(Cell(severity, severityPaint(severity)))
        sheet.space(10 - Columns.width(severity))
        let name = Cell(row["event"], .bold)
        sheet.add(name)
        sheet.space(max(1, 16 - name.width))
        let text = about(row)
        if let columns = sheet.view.columns {
            sheet.add(Columns.cut(text, to: max(20, columns - 48)))
        } else {
            sheet.add(text)
        }
        sheet.endLine()
    }

    private static func severityPaint(_ severity: String?) -> Paint? {
        switch severity {
        case "info": nil
        case "warning": .yellow
        default: .red
        }
    }

    /// The address, the details, and the reason unless the details end with it.
    private static func about(_ row: JSONValue) -> String {
        var parts: [String] = []
        let details = row["details"]?.text ?? ""
        if let address = row["ip"]?.text, !details.contains(address) { parts.append(address) }
        if !details.isEmpty { parts.append(details) }
        if let reason = row["reason"]?.text, !reason.isEmpty, !details.hasSuffix(reason) {
            parts.append("(\(reason))")
        }
        return parts.joined(separator: " ")
    }
}
