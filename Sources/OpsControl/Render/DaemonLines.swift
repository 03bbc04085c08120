// What the daemon says about itself: version, configuration, commands, reload, snapshot, health.

import OpsCore
import OpsProtocol

extension Rendering {
    static func pong(_ reply: JSONValue, _ sheet: inout Sheet) {
        if reply["pong"]?.bool == true { sheet.line("pong") } else { general(reply, &sheet) }
    }

    static func version(_ reply: JSONValue, _ sheet: inout Sheet) {
        sheet.line("opsd \(reply["version"]?.text ?? "-")")
        sheet.line("protocol \(reply["protocol"]?.plain ?? "-")")
    }

    static func snapshot(_ reply: JSONValue, _ sheet: inout Sheet) {
        guard let release = reply["for"]?.text else {
            return sheet.line("snapshot written, durable through \(reply["lsn"]?.plain ?? "-")")
        }
        sheet.line("written for opsd \(release): \(reply["directory"]?.text ?? "-")/snapshot.jsonl")
        var isWhole = true
        for member in reply["left_out"]?.members ?? [] {
            guard let count = member.value.integer, count > 0 else { continue }
            isWhole = false
            let kind = LeftOut(rawValue: member.name)
            let what = kind?.explained(plural: count != 1) ?? member.name
            sheet.line(Cell("left out: ", .yellow), Cell("\(Figures.count(count)) \(what)"))
        }
        if isWhole { sheet.line("nothing was left out") }
        sheet.line(
            "opsd writes it again when it stops; docs/operations.md, \"Go back to an older version\","
                + " has the steps")
    }

    static func reload(_ reply: JSONValue, _ sheet: inout Sheet) {
        let applied = reply["applied"]?.elements ?? []
        let waiting = reply["restart_required"]?.elements ?? []
        if applied.isEmpty && waiting.isEmpty { sheet.line("nothing has changed") }
        for key in applied { sheet.line(Cell("applied: ", .dim), Cell(key)) }
        for key in waiting { sheet.line(Cell("needs a restart: ", .yellow), Cell(key)) }
        // opswatch reads the file by itself.
        let isWatched = { (key: JSONValue) in
            ["watch.", "guard.source."].contains { key.text?.hasPrefix($0) == true }
        }
        if applied.contains(where: isWatched) {
            sheet.line(
                Cell("for opswatch: ", .yellow),
                Cell("systemctl reload opswatch, which reads the file by itself"))
        }
    }

    static func commands(_ reply: JSONValue, _ sheet: inout Sheet) {
        var table = Table("COMMAND", "ROLE", "WHAT IT DOES")
        for row in reply["commands"]?.elements ?? [] {
            table.row(Cell(row["verb"], .bold), Cell(row["role"]), Cell(row["summary"]))
        }
        table.write(to: &sheet)
    }

    static func health(_ reply: JSONValue, _ sheet: inout Sheet) {
        let status = reply["status"]?.text
        let isOK = reply["ok"]?.bool == true
        sheet.line(
            Cell(status ?? "UNKNOWN", statusPaint(status)), Cell("  "),
            Cell(isOK ? "ok" : "not ok", isOK ? .green : .red))
        var table = Table("COMPONENT", "STATE", "DETAIL")
        for component in reply["components"]?.elements ?? [] {
            let works = component["ok"]?.bool == true
            table.row(
                Cell(component["name"]), Cell(works ? "ok" : "FAILED", works ? .green : .alarm),
                Cell(component["detail"]))
        }
        table.write(to: &sheet)
        for finding in reply["issues"]?.elements ?? [] {
            let level = finding["level"]?.text ?? "issue"
            sheet.line(
                Cell(level, level == "warning" ? .yellow : .red), Cell(": "),
                Cell(finding["message"]), Cell(" (\(finding["code"]?.text ?? "-"))", .dim))
        }
    }
}

extension LeftOut {
    /// In words, after a number.
    fileprivate func explained(plural: Bool) -> String {
        let ending = plural ? "s" : ""
        return switch self {
        case .claims: "claim\(ending) beside another ban of the same network"
        case .strikes: "strike\(ending) counted only with those of the same source"
        case .places: "place\(ending) of reporters in their logs"
        case .events: "event\(ending) of later kinds"
        case .alerts: "alert\(ending) of latency targets"
        case .incidents: "incident\(ending)"
        case .notes: "note\(ending) on incidents"
        case .silences: "silence\(ending)"
        case .trends: "trend\(ending) of file systems, memory and swap"
        case .queues: "queue\(ending) with what was counted"
        case .costs: "model\(ending) with what was spent on them"
        case .reservations: "reservation\(ending) and records of spending with keys"
        case .endpoints: "endpoint\(ending) with the uptime of 90 days"
        case .work: "page\(ending) not delivered yet, or other open work"
        }
    }
}
