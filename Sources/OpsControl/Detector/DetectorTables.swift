// The tables of `detector sources` and `detector rules`.  What is stale is not shown as fine.

import OpsProtocol

extension RowTable {
    static let sources = RowTable(
        member: "sources",
        titles: [
            "SOURCE", "STATE", ">LINES", ">MATCHES", ">LAST LINE", ">LAST MATCH", ">UNREAD",
            ">LOST", "WHAT",
        ],
        nothing: "opswatch has told of no log; opsctl status shows whether it is there",
        add: Rendering.add(source:to:))
    static let rules = RowTable(
        member: "rules",
        titles: [
            "RULE", "STATE", ">LINES", ">MATCHES", ">STRIKES", ">IGNORED", ">LIMIT", ">CPU",
            ">SHARE", "WHAT",
        ],
        nothing: "opswatch has told of no rule; opsctl status shows whether it is there",
        add: Rendering.add(rule:to:))
}

extension Rendering {
    /// A row of `detector sources`.
    static func add(source row: JSONValue, to table: inout Table) {
        table.row(
            Cell(row["name"], .bold), stateCell(row), .count(row["lines"]), .count(row["matches"]),
            ageCell(row["last_line_seconds"]), ageCell(row["last_match_seconds"]),
            bytesCell(row["lag_bytes"], nil), bytesCell(row["lost_bytes"], .yellow),
            Cell(whatText(row, ["path", "detail"])))
    }

    /// A row of `detector rules`.
    static func add(rule row: JSONValue, to table: inout Table) {
        let limit = row["limit_reached"]?.integer ?? 0
        let share = row["share"]?.integer ?? 100
        table.row(
            Cell(row["name"], .bold), stateCell(row), .count(row["looked"]),
            .count(row["matched"]), .count(row["strikes"]), .count(row["ignored"]),
            .count(row["limit_reached"], limit > 0 ? .yellow : nil),
            row["cpu_percent"]?.double.map { Cell("\(Figures.decimal($0, 2))%") } ?? .none,
            Cell("\(share)%", share < 100 ? .yellow : nil), Cell(whatText(row, ["detail"])))
    }

    private static func stateCell(_ row: JSONValue) -> Cell {
        let state = row["state"]?.text ?? "unknown"
        switch state {
        case "reading", "active": return Cell(state, .green)
        case "waiting", "sampled": return Cell(state, .yellow)
        case "stale":
            let age = row["age_seconds"]?.integer.map { " for \(Figures.span(seconds: $0))" }
            return Cell("stale" + (age ?? ""), .alarm)
        default: return Cell(state, .red)
        }
    }

    private static func ageCell(_ seconds: JSONValue?) -> Cell {
        seconds?.integer.map { Cell("\(Figures.span(seconds: $0)) ago") } ?? .none
    }

    private static func bytesCell(_ value: JSONValue?, _ paint: Paint?) -> Cell {
        guard let bytes = value?.double, bytes > 0 else { return .none }
        return Cell(Figures.bytes(bytes), paint)
    }

    /// The texts that are there; with what was told last where that is old.
    private static func whatText(_ row: JSONValue, _ members: [String]) -> String {
        var texts = members.compactMap { row[$0]?.text }
        if let last = row["last_state"]?.text { texts.append("was \(last)") }
        return texts.joined(separator: "; ")
    }
}
