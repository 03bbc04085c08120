// The table of `pager status`, and what `pager test` says.

import OpsProtocol

extension Rendering {
    /// `pager status`.
    static func channels(_ reply: JSONValue, _ sheet: inout Sheet) {
        let rows = reply["channels"]?.elements ?? []
        if rows.isEmpty {
            return sheet.line(
                "no channel is configured; see [pager.channel.NAME] in opsd.toml(5)")
        }
        var table = Table(
            "CHANNEL", "KIND", "STATE", ">WAITING", "LAST SUCCESS", "UNTIL", "LAST ERROR")
        for row in rows {
            table.row(
                Cell(row["name"], .bold), Cell(row["kind"]), channelState(row),
                .count(row["waiting"]), .time(row["last_success"]), .time(row["paused_until"]),
                row["last_error"]?.text.map { Cell($0) } ?? .none)
        }
        table.write(to: &sheet)
    }

    private static func channelState(_ row: JSONValue) -> Cell {
        let state = row["state"]?.text ?? "unknown"
        switch state {
        case "ok": return Cell(state, .green)
        case "unused": return Cell(state)
        case "limited", "held": return Cell(state, .yellow)
        case "unknown": return Cell(state, .alarm)
        default: return Cell(state, .red)
        }
    }

    /// `pager test`.
    static func pagerTest(_ reply: JSONValue, _ sheet: inout Sheet) {
        let item = reply["item"]?.plain ?? "-"
        sheet.line(
            "\(reply["channel"]?.plain ?? "-"): asked for; opsctl work why \(item) tells what became"
                + " of it")
    }
}
