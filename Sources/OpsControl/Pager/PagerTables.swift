// The table of `pager status`, and what `pager test` says.

import OpsProtocol

extension RowTable {
    static let channels = RowTable(
        member: "channels",
        titles: [
            "CHANNEL", "KIND", "STATE", ">WAITING", "LAST SUCCESS", "UNTIL", "LAST ERROR",
        ],
        nothing: "no channel is configured; see [pager.channel.NAME] in opsd.toml(5)",
        add: Rendering.add(channel:to:))
}

extension Rendering {
    /// A row of `pager status`.
    static func add(channel row: JSONValue, to table: inout Table) {
        table.row(
            Cell(row["name"], .bold), Cell(row["kind"]), channelState(row), .count(row["waiting"]),
            .time(row["last_success"]), .time(row["paused_until"]),
            row["last_error"]?.text.map { Cell($0) } ?? .none)
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
