// `status`: one screen of at most 24 lines and 80 columns.  What is wrong stands first and in
// colour; a missing figure is a dash, never a zero.

import OpsProtocol

extension Rendering {
    /// Issues shown; the rest is only counted, so that everything fits on one screen.
    private static let issuesShown = 3

    static func status(_ reply: JSONValue, _ sheet: inout Sheet) {
        sheet.cutsLines = true
        defer { sheet.cutsLines = false }
        head(reply, &sheet)
        sheet.endLine()
        gauges(reply, &sheet)
        sheet.endLine()
        findings(reply, &sheet)
        guardLines(reply, &sheet)
        serviceLines(reply, &sheet)
        sheet.endLine()
        daemonLines(reply, &sheet)
    }

    static func statusPaint(_ status: String?) -> Paint {
        switch status {
        case "HEALTHY": .green
        case "STRESSED": .yellow
        default: .alarm
        }
    }

    private static func head(_ reply: JSONValue, _ sheet: inout Sheet) {
        let status = reply["status"]?.text
        sheet.add(Cell(status ?? "UNKNOWN", statusPaint(status)))
        sheet.add("  ")
        sheet.add(Cell(reply["host"]?.text.map { Columns.cut($0, to: 24) } ?? "-", .bold))
        if let up = reply["host_uptime_seconds"]?.integer {
            sheet.add("  up \(Figures.span(seconds: up))")
        }
        if let kind = reply.at("scope.kind")?.text, kind != "host" {
            sheet.add("  in a \(Columns.cut(kind, to: 12))", .yellow)
        }
        // S3-22: fresh, getting old, stale.
        if let age = reply["age_seconds"]?.double {
            sheet.add("  ")
            let paint: Paint = age <= 5 ? .dim : age <= 30 ? .yellow : .red
            sheet.add("sample \(Figures.decimal(age)) s old", paint)
        } else {
            sheet.add("  no sample yet", .yellow)
        }
        sheet.endLine()
    }

    private static func gauges(_ reply: JSONValue, _ sheet: inout Sheet) {
        let metrics = reply["metrics"] ?? .null
        let stolen = ["iowait", "steal"].compactMap { name in
            metrics[name]?.double.flatMap { $0 >= 1 ? "\(name) \(Figures.percent($0))" : nil }
        }
        gauge("cpu", metrics["cpu"], Paint.cpu, stolen.joined(separator: ", "), &sheet)

        var memory: [String] = []
        if let free = metrics["mem_available_mb"]?.double {
            memory.append("\(Figures.bytes(free * 1_048_576)) available")
        }
        if let swap = metrics["swap"]?.double, swap > 0 {
            memory.append("swap \(Figures.percent(swap))")
        }
        gauge("memory", metrics["mem"], Paint.space, memory.joined(separator: ", "), &sheet)

        let free = metrics["disk_free_gb"]?.double.map { "\(Figures.decimal($0, 1)) GiB free on /" }
        gauge("disk", metrics["disk"], Paint.space, free ?? "", &sheet)

        var load = ["load1", "load5", "load15"].map {
            metrics[$0]?.double.map { Figures.decimal($0, 2) } ?? "-"
        }.joined(separator: " ")
        if let count = metrics["cpu_count"]?.integer, count > 0 {
            load += " on \(count) CPU\(count == 1 ? "" : "s")"
        }
        if let count = metrics["process_count"]?.integer {
            load += ", \(Figures.count(count)) processes"
        }
        sheet.field("load", Cell(load))
    }

    private static func gauge(
        _ name: String, _ value: JSONValue?, _ paint: (Double) -> Paint, _ more: String,
        _ sheet: inout Sheet
    ) {
        let percent = value?.double
        let figure = percent.map(Figures.percent) ?? "-"
        let pad = String(repeating: " ", count: max(0, 6 - figure.count))
        let paint = percent.map(paint)
        sheet.field(
            name, Cell(Figures.bar(percent ?? 0, 20), paint), Cell(pad + figure, paint),
            Cell(more.isEmpty ? "" : " " + more))
    }

    /// Issues and warnings, or nothing.
    static func findings(_ reply: JSONValue, _ sheet: inout Sheet) {
        let all = reply["issues"]?.elements ?? []
        for finding in all.prefix(issuesShown) {
            let level = finding["level"]?.text ?? "issue"
            let message = finding["message"]?.text ?? finding["code"]?.text ?? "-"
            let columns = (sheet.view.columns ?? 4_096) - 12
            sheet.field(
                level, Cell(Columns.cut(message, to: max(20, columns)), findingPaint(level)))
        }
        if all.count > issuesShown {
            sheet.field("", Cell("and \(all.count - issuesShown) more: opsctl health", .dim))
        }
        if all.isEmpty { sheet.field("issues", Cell("none", .green)) }
    }

    private static func findingPaint(_ level: String) -> Paint {
        level == "warning" ? .yellow : .red
    }

    private static func guardLines(_ reply: JSONValue, _ sheet: inout Sheet) {
        let stats = reply["guard"] ?? .null
        let bans = stats["active_bans"]?.integer ?? 0
        let struck = stats["ips_with_strikes"]?.integer ?? 0
        let enforcement = reply["enforcement"]?.text
        sheet.field(
            "bans", .count(stats["active_bans"], bans > 0 ? .yellow : nil),
            enforcementCell(enforcement ?? "none"))
        sheet.field("strikes", .count(stats["ips_with_strikes"], struck > 0 ? .orange : nil))
        listLine(stats, &sheet)
        let totals = (stats["by_source"]?.elements ?? []).map { row in
            let bans = row["bans"]?.integer ?? 0
            return
                "\(row["source"]?.text ?? "others") \(Figures.count(row["strikes"]?.integer ?? 0))"
                + (bans > 0 ? " (\(Figures.count(bans)) banned)" : "")
        }
        if !totals.isEmpty {
            sheet.field("struck", Cell(totals.joined(separator: ", ")))
        }
    }

    /// The programs around opsd, on one line.
    private static func satellites(_ reply: JSONValue, _ sheet: inout Sheet) {
        let rows = reply["satellites"]?.elements ?? []
        if rows.isEmpty { return }
        let cells = rows.prefix(satellitesShown).map { row in
            let name = row["name"]?.text ?? "-"
            if row["silent"]?.bool == true { return Cell("\(name) SILENT", .alarm) }
            if row["connections"]?.integer ?? 0 == 0 { return Cell("\(name) away", .yellow) }
            return Cell("\(name) \(Columns.cut(row["version"]?.text ?? "", to: 8))")
        }
        sheet.field("with", cells: cells)
    }

    /// Satellites that fit the line.
    private static let satellitesShown = 3

    private static func enforcementCell(_ enforcement: String) -> Cell {
        switch enforcement {
        case "none": Cell("(answered, not enforced in the kernel)", .dim)
        case "nftables": Cell("")
        default: Cell("(\(enforcement))", .alarm)
        }
    }

    private static func daemonLines(_ reply: JSONValue, _ sheet: inout Sheet) {
        let store = reply["store"] ?? .null
        if store["degraded"]?.bool == true {
            let reason = store["reason"]?.text ?? "the log cannot be written"
            sheet.field("store", Cell("DEGRADED: " + Columns.cut(reason, to: 56), .alarm))
        } else if let fault = store["fault"]?.text {
            sheet.field("store", Cell("FAULT: " + Columns.cut(fault, to: 59), .alarm))
        } else {
            let behind = max(
                0, (store["lsn"]?.integer ?? 0) &- (store["durable_lsn"]?.integer ?? 0))
            let policy = store["fsync"]?.text.map { "(fsync \($0))" } ?? ""
            let text = behind == 0 ? "durable" : "\(Figures.count(behind)) records not durable yet"
            sheet.field("store", Cell(text, behind == 0 ? .green : .yellow), Cell(policy, .dim))
        }
        let own = reply["own"] ?? .null
        var cost: [String] = []
        if let up = reply["uptime_seconds"]?.integer {
            cost.append("up \(Figures.span(seconds: up))")
        }
        if let size = own["rss_bytes"]?.double { cost.append(Figures.bytes(size)) }
        if let used = own["cpu_seconds"]?.double {
            cost.append("\(Figures.decimal(used, 1)) s CPU")
        }
        if let count = own["connections"]?.integer {
            cost.append("\(Figures.count(count)) connection\(count == 1 ? "" : "s")")
        }
        sheet.field(
            "opsd", Cell(own["version"]), Cell(cost.joined(separator: ", ")))
        satellites(reply, &sheet)
        let lag = own["loop_lag_ms"]?.double
        sheet.field(
            "loop lag",
            Cell(
                lag.map { "\(Figures.decimal($0, 2)) ms" } ?? "-", (lag ?? 0) > 100 ? .yellow : nil),
            Cell(
                own["loop_lag_max_ms"]?.double.map { "(worst \(Figures.decimal($0, 2)) ms)" } ?? "")
        )
        if let dropped = own["dropped_records"]?.integer, dropped > 0 {
            sheet.field("dropped", Cell("\(Figures.count(dropped)) trail records", .yellow))
        }
    }
}
