// Incidents and silences as text for people: a table, the story of one incident, a summary.  A line
// has 80 columns where the texts allow it.

import OpsProtocol

extension RowTable {
    static let incidents = RowTable(
        member: "incidents",
        titles: [">ID", "SEVERITY", "STATE", ">COUNT", "LAST", "SOURCE", "MESSAGE"],
        add: Rendering.add(incident:to:))
}

extension Rendering {
    /// Columns of a source in a table; longer ones are cut.
    private static let sourceColumns = 16

    /// A row of `incidents`.
    static func add(incident row: JSONValue, to table: inout Table) {
        table.row(
            Cell(row["id"]), severityCell(row["severity"]), stageCell(row), .count(row["count"]),
            Cell(brief(row["updated"])), sourceCell(row), Cell(row["message"]))
    }

    private static func sourceCell(_ row: JSONValue) -> Cell {
        Cell(Columns.cut(Cell(row["source"]).text, to: sourceColumns))
    }

    private static func severityCell(_ severity: JSONValue?) -> Cell {
        switch severity?.text {
        case "critical": Cell("CRITICAL", .alarm)
        case "warning": Cell("WARNING", .yellow)
        case "info": Cell("INFO")
        default: .none
        }
    }

    private static func stageCell(_ row: JSONValue) -> Cell {
        let stage = row["stage"]?.text
        if stage != "resolved", row["silenced"]?.integer != nil { return Cell("silenced", .dim) }
        return switch stage {
        case "open": Cell("open", .red)
        case "acknowledged": Cell("acked", .yellow)
        case "resolved": Cell("resolved", .green)
        default: .none
        }
    }

    /// `11-29 02:00`: the minute of a time, without its year.
    private static func brief(_ time: JSONValue?) -> String {
        guard let text = time?.text, text.utf8.count >= 16 else { return "-" }
        let minute = Array(text.unicodeScalars)[5..<16].map { $0 == "T" ? " " : $0 }
        return String(String.UnicodeScalarView(minute))
    }

    /// `incident raise`.
    static func raised(_ reply: JSONValue, _ sheet: inout Sheet) {
        let count = Figures.count(reply["count"]?.integer ?? 1)
        let words =
            switch reply["outcome"]?.text {
            case "opened": "opened"
            case "worse": "worse than before, and told again"
            case "again": "told again, raised \(count) times"
            default: "counted, raised \(count) times"
            }
        let flood = reply["flood"]?.bool == true ? ", one of a flood" : ""
        let silence = reply["silenced"]?.integer.map { ", silenced by silence \($0)" } ?? ""
        sheet.line(
            Cell("incident "), Cell(reply["id"], .bold), Cell(" "),
            Cell(reply["fingerprint"], .dim), Cell(": "), Cell(words + flood + silence))
    }

    /// `incident ack`, `incident resolve`.
    static func incidentLine(_ reply: JSONValue, _ sheet: inout Sheet) {
        sheet.line(
            Cell("incident "), Cell(reply["id"], .bold), Cell(": "), stageCell(reply), Cell(", "),
            severityCell(reply["severity"]), Cell(" "), Cell(reply["source"]), Cell(": "),
            Cell(reply["message"]))
    }

    /// `incident note`.
    static func incidentNoted(_ reply: JSONValue, _ sheet: inout Sheet) {
        sheet.line("incident \(reply["id"]?.plain ?? "-"): note \(reply["note"]?.plain ?? "-")")
    }

    /// `incident show`.
    static func incident(_ reply: JSONValue, _ sheet: inout Sheet) {
        sheet.line(
            Cell("incident "), Cell(reply["id"], .bold), Cell("  "),
            severityCell(reply["severity"]), Cell("  "), stageCell(reply))
        sheet.field("message", Cell(reply["message"], .bold))
        sheet.field("source", Cell(reply["source"]))
        sheet.field("fingerprint", Cell(reply["fingerprint"]))
        if reply["keyed"]?.bool == true { sheet.field("key", Cell(reply["key"])) }
        if let rule = reply["rule"]?.text { sheet.field("rule", Cell(rule)) }
        let now = sheet.view.nowMilliseconds
        for (title, member) in [
            ("opened", "opened"), ("last raised", "updated"), ("resolved", "resolved"),
        ] {
            guard let time = reply[member]?.text else { continue }
            sheet.field(
                title, Cell(Figures.time(time)),
                Cell(Figures.relative(time, now: now) ?? "", .dim))
        }
        let isOnce = reply["count"]?.integer == 1
        sheet.field(
            "raised", isOnce ? Cell("once") : .count(reply["count"]), Cell(isOnce ? "" : "times"))
        if let silence = reply["silenced"]?.integer {
            sheet.field("silenced", Cell("by silence \(silence)", .yellow))
        }
        for (index, line) in lines(reply["details"]).enumerated() {
            sheet.field(index == 0 ? "details" : "", Cell(line))
        }
        for link in reply["links"]?.elements ?? [] { sheet.field("link", Cell(link)) }
        timeline(reply, &sheet)
        pages(reply["pages"]?.elements ?? [], &sheet)
        guard let evidence = reply["evidence"], evidence["text"] != nil else { return }
        sheet.endLine()
        sheet.line("the host at \(Figures.time(evidence["time"]?.text ?? ""))", .dim)
        for line in lines(evidence["text"]) { sheet.line("  \(line)") }
    }

    /// Steps and notes, by their times.
    private static func timeline(_ reply: JSONValue, _ sheet: inout Sheet) {
        var rows: [(time: String, what: String, row: JSONValue)] = []
        for step in reply["steps"]?.elements ?? [] {
            rows.append((step["time"]?.text ?? "", step["what"]?.text ?? "-", step))
        }
        for note in reply["notes"]?.elements ?? [] {
            rows.append((note["time"]?.text ?? "", "note", note))
        }
        if rows.isEmpty { return }
        let order = rows.indices.sorted { (rows[$0].time, $0) < (rows[$1].time, $1) }
        sheet.endLine()
        var table = Table("TIME", "WHAT", "BY", "")
        for index in order {
            let row = rows[index].row
            table.row(
                Cell(Figures.time(rows[index].time)), Cell(rows[index].what),
                row["uid"]?.integer.map { Cell(sheet.view.users.name($0)) } ?? Cell("opsd", .dim),
                Cell(row["text"]?.text ?? ""))
        }
        table.flush(to: &sheet)
    }

    private static func pages(_ pages: [JSONValue], _ sheet: inout Sheet) {
        if pages.isEmpty { return }
        sheet.endLine()
        var table = Table("TIME", "CHANNEL", "REASON", ">NUMBER", ">WORK", "END")
        for page in pages {
            let end = page["end"]?.text
            table.row(
                .time(page["time"]), Cell(page["channel"]), Cell(page["reason"]),
                Cell(page["number"]), Cell(page["work"]),
                Cell(end ?? "under way", end == "sent" || end == "digest" ? .green : .yellow))
        }
        table.flush(to: &sheet)
    }

    private static func lines(_ value: JSONValue?) -> [String] {
        guard let text = value?.text, !text.isEmpty else { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// `incident summary`.
    static func incidentSummary(_ reply: JSONValue, _ sheet: inout Sheet) {
        guard let summary = reply["summary"] else { return }
        func count(_ name: String) -> String { Figures.count(summary[name]?.integer ?? 0) }
        sheet.line(
            Cell(count("total_incidents"), .bold),
            Cell(" incidents in \(summary["hours"]?.plain ?? "-") hours, "),
            Cell("\(count("unique_fingerprints")) different"))
        sheet.field("raised", Cell("\(count("raises")) times, \(count("suppressed")) only counted"))
        sheet.field(
            "severity",
            Cell(
                "\(count("critical")) critical, \(count("warning")) warning, "
                    + "\(count("info")) info"))
        sheet.field(
            "state",
            Cell(
                "\(count("open")) open, \(count("acknowledged")) acknowledged, "
                    + "\(count("resolved")) resolved"))
        let groups = summary["by_fingerprint"]?.elements ?? []
        if groups.isEmpty { return }
        sheet.endLine()
        var table = Table(">COUNT", "SEVERITY", "STATE", ">ID", "SOURCE", "MESSAGE")
        for group in groups {
            table.row(
                .count(group["count"]), severityCell(group["severity"]), stageCell(group),
                Cell(group["incident"]), sourceCell(group), Cell(group["message"]))
        }
        table.flush(to: &sheet)
    }

    /// `silence add`, `silence end`.
    static func silence(_ reply: JSONValue, _ sheet: inout Sheet) {
        sheet.line(
            Cell("silence "), Cell(reply["id"], .bold), Cell(": "), Cell(scope(reply)),
            Cell(", until \(Figures.time(reply["expires"]?.text ?? "-"))"),
            Cell(", holds \(reply["holds"]?.plain ?? "0") incidents"),
            Cell(", silenced \(reply["silenced"]?.plain ?? "0") raises"))
    }

    /// `silence list`.
    static func silences(_ reply: JSONValue, _ sheet: inout Sheet) {
        let rows = reply["silences"]?.elements ?? []
        if rows.isEmpty { return sheet.line("no silences") }
        var table = Table(">ID", "SILENCES", ">LEFT", ">HOLDS", ">RAISES", "BY", "REASON")
        for row in rows {
            table.row(
                Cell(row["id"]), Cell(scope(row)), left(row), .count(row["holds"]),
                .count(row["silenced"]), maker(row, sheet.view.users), Cell(row["reason"]))
        }
        table.flush(to: &sheet)
    }

    private static func scope(_ row: JSONValue) -> String {
        var words: [String] = []
        if let severity = row["severity"]?.text { words.append("\(severity) and below") }
        if let source = row["source"]?.text { words.append("source \(source)") }
        if let fingerprint = row["fingerprint"]?.text { words.append(fingerprint) }
        return words.joined(separator: ", ")
    }
}
