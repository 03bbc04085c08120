// Work as text for people: the table of `work list`, and the story of one item.

import OpsProtocol

extension RowTable {
    static let work = RowTable(
        member: "items",
        titles: [">ID", "KIND", "KEY", "STAGE", ">TRIES", "CREATED", "ERROR"],
        nothing: "nothing is to be done", add: Rendering.add(work:to:))
}

extension Rendering {
    /// A row of `work list`.
    static func add(work row: JSONValue, to table: inout Table) {
        table.row(
            Cell(row["id"]), Cell(row["kind"], .yellow), Cell(row["key"]), stage(row),
            Cell(row["taken"]), .time(row["created"]),
            row["error"]?.text.map { Cell($0) } ?? .none)
    }

    private static func stage(_ row: JSONValue) -> Cell {
        let stage = row["stage"]?.text ?? "unknown"
        switch stage {
        case "done": return Cell(stage, .green)
        case "failed", "expired", "unsure": return Cell(stage, .red)
        case "cancelled", "superseded", "stale": return Cell(stage, .dim)
        default: return Cell(stage)
        }
    }

    /// `work why`: one item, and every attempt.
    static func workWhy(_ reply: JSONValue, _ sheet: inout Sheet) {
        let kind = reply["kind"]?.plain ?? "-"
        let key = reply["key"]?.plain ?? "-"
        sheet.line(
            Cell("item \(reply["id"]?.plain ?? "-"): ", .bold), Cell("\(kind) \(key): "),
            stage(reply))
        if let why = reply["why"]?.text { sheet.line(why) }
        if reply["may_repeat"]?.bool == true {
            sheet.line("it may have been done before, and says so")
        }
        if let receipt = reply["receipt"]?.text { sheet.line("receipt: \(receipt)") }
        if let error = reply["error"]?.text { sheet.line("error: \(error)") }
        if let progress = reply["progress"]?.text { sheet.line("progress: \(progress)") }
        let attempts = reply["attempts"]?.elements ?? []
        if attempts.isEmpty { return sheet.line("nobody has taken it") }
        var table = Table(">TRY", "TAKEN", "ENDED", "OUTCOME", "ERROR")
        for attempt in attempts {
            let outcome = attempt["outcome"]?.text
            table.row(
                Cell(attempt["number"]), .time(attempt["taken"]), .time(attempt["ended"]),
                Cell(outcome ?? "under way", outcome == "done" ? .green : nil),
                attempt["error"]?.text.map { Cell($0) } ?? .none)
        }
        table.write(to: &sheet)
    }

    /// `work show`: the same, and what is to be done.
    static func workShow(_ reply: JSONValue, _ sheet: inout Sheet) {
        workWhy(reply, &sheet)
        guard let payload = reply["payload"], !payload.members.isEmpty else { return }
        sheet.line("what is to be done:")
        general(payload, &sheet)
    }

    /// `work hold` and `work resume`.
    static func workKind(_ reply: JSONValue, _ sheet: inout Sheet) {
        let kind = reply["kind"]?.plain ?? "-"
        let waiting = Figures.count(reply["waiting"]?.integer ?? 0)
        let isHeld = reply["held"]?.bool == true
        sheet.line("\(kind): \(isHeld ? "held" : "handed out"); \(waiting) items wait")
    }
}
