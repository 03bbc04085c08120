// Bans and strikes: one line per answer, tables for the lists.  Times are UTC; the time left of a
// ban is counted by the daemon, not by this machine's clock.

import OpsProtocol

extension Rendering {
    /// Writes a line for each answer that is not a refusal: the reply itself, or each of its
    /// `results`.
    static func each(
        _ answer: @escaping ReplyDisplay.Renderer
    ) -> ReplyDisplay.Renderer {
        { reply, sheet in
            for result in reply["results"]?.elements ?? [reply] where result["code"] == nil {
                sheet.add(Cell(result["ip"], .bold))
                sheet.add("  ")
                answer(result, &sheet)
                sheet.endLine()
            }
        }
    }

    /// `ban` and `confirm`.
    static func banned(_ answer: JSONValue, _ sheet: inout Sheet) {
        sheet.add(answer["dry_run"]?.bool == true ? "would be banned" : "banned", .yellow)
        ending(answer, &sheet)
        because(answer, &sheet)
        if let other = answer["held_by"]?.text {
            let until = answer["held_until"]?.text.map { "until \(Figures.time($0))" }
            sheet.add("; \(named(other)) bans it \(until ?? "permanently")", .orange)
        }
        if let dropped = answer["dropped_sources"]?.elements {
            let names = dropped.map { named($0.plain) }.joined(separator: ", ")
            sheet.add("; in place of the bans by \(names)", .orange)
        }
        if let warning = answer["warning"]?.text { sheet.add("; warning: \(warning)", .orange) }
    }

    /// A source in texts.
    static func named(_ source: String) -> String {
        source.isEmpty ? "an unnamed source" : source
    }

    /// `a`, `a and b`, `a, b and c`.
    private static func enumerated(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }

    static func unbanned(_ answer: JSONValue, _ sheet: inout Sheet) {
        let sources = answer["sources"]?.elements.map(\.plain) ?? []
        // One that nobody named needs no words.
        let isNamed = sources.contains { !$0.isEmpty }
        let names = enumerated(sources.map(named))
        let lifted = sources.count > 1 ? "bans by \(names) are" : "ban by \(names) is"
        guard let holder = answer["still_held_by"] else {
            sheet.add("no longer banned", .green)
            if isNamed { sheet.add("; the \(lifted) lifted") }
            return
        }
        let other = answer["held_by"]?.text.map(named) ?? holder.plain
        sheet.add(
            "the \(isNamed ? lifted : "ban is") lifted, but the address is still banned by \(other)",
            .yellow)
        if let list = answer["list"] { sheet.add(", in the list \(list.plain)", .yellow) }
    }

    /// `success` and `clear`.
    static func cleared(_ answer: JSONValue, _ sheet: inout Sheet) {
        let count = answer["cleared"]?.integer ?? 0
        sheet.add(
            count == 0
                ? "no strikes" : "\(Figures.count(count)) strike\(count == 1 ? "" : "s") cleared")
    }

    static func checked(_ answer: JSONValue, _ sheet: inout Sheet) {
        guard ban(answer, &sheet) else { return sheet.add("not banned", .green) }
        if let match = answer["match"]?.text, match != answer["ip"]?.text {
            sheet.add(", by \(match)")
        }
        if let list = answer["list"]?.text { return sheet.add(", in the list \(list)") }
        because(answer, &sheet)
    }

    static func hit(_ answer: JSONValue, _ sheet: inout Sheet) {
        if answer["allowed"]?.bool == true {
            sheet.add("allowed", .green)
            if let left = answer["remaining"]?.integer {
                sheet.add(", \(Figures.count(left)) left in the window")
            }
            return
        }
        sheet.add("refused \(answer["status"]?.plain ?? "-")", .yellow)
        if let seconds = answer["retry_after_seconds"]?.integer {
            sheet.add(", retry in \(Figures.span(seconds: seconds))")
        }
        if let strikes = answer["strikes"]?.integer, strikes > 0 {
            sheet.add(", strikes: \(Figures.count(strikes))", .orange)
        }
        if answer["banned"]?.bool == true { sheet.add(", banned", .yellow) }
    }

    static func struck(_ answer: JSONValue, _ sheet: inout Sheet) {
        if ban(answer, &sheet) { return }
        if answer["allowed_by_rule"]?.bool == true {
            return sheet.add("never struck: allowed, or needed to reach this host", .green)
        }
        let count = answer["strikes"]?.integer ?? 0
        sheet.add("\(Figures.count(count)) strike\(count == 1 ? "" : "s")", .orange)
        if answer["repeated"]?.bool == true {
            sheet.add("; counted before, by its place")
        } else if answer["counted"]?.bool == false {
            sheet.add("; not counted: older than the window")
        }
    }

    /// Writes that it is banned, or would be, and until when; returns false if the answer has no
    /// ban.
    private static func ban(_ answer: JSONValue, _ sheet: inout Sheet) -> Bool {
        let isDryRun = answer["dry_run"]?.bool == true
        guard isDryRun || answer["banned"]?.bool == true else { return false }
        if isDryRun {
            sheet.add("not banned: dry run of a ban", .green)
        } else {
            sheet.add("banned", .yellow)
        }
        ending(answer, &sheet)
        return true
    }

    /// ` until 2026-11-21 11:41:49Z, in 59m 58s`, or ` permanently`.
    private static func ending(_ answer: JSONValue, _ sheet: inout Sheet) {
        guard let expires = answer["expires"]?.text else {
            // An answer may lack `permanent`; `expires` null means the same.
            if answer["permanent"]?.bool == true || answer["expires"] == .null {
                sheet.add(" permanently")
            }
            return
        }
        sheet.add(" until \(Figures.time(expires))")
        if let left = answer["ttl_seconds"]?.integer {
            sheet.add(", in \(Figures.span(seconds: left))", .dim)
        }
        if answer["unconfirmed"]?.bool == true {
            // The ban may be of a network that contains the address.
            let banned = (answer["match"] ?? answer["ip"])?.plain ?? ""
            let source = answer["source"]?.text.flatMap { $0.isEmpty ? nil : " --source " + $0 }
            sheet.add(" unless confirmed: opsctl confirm \(banned)\(source ?? "")", .orange)
        }
    }

    private static func because(_ answer: JSONValue, _ sheet: inout Sheet) {
        if let reason = answer["reason"]?.text, !reason.isEmpty { sheet.add(": \(reason)") }
        if let source = answer["source"]?.text, !source.isEmpty { sheet.add(" (\(source))", .dim) }
    }

    /// The time left of a ban: `3h 4m`, or `never`.
    static func left(_ ban: JSONValue) -> Cell {
        if let seconds = ban["ttl_seconds"]?.integer { return Cell(Figures.span(seconds: seconds)) }
        return ban["permanent"]?.bool == true ? Cell("never", .red) : .none
    }

    static func maker(_ row: JSONValue, _ users: UserNames) -> Cell {
        let isDryRun = row["dry_run"]?.bool == true
        let maker =
            row["automatic"]?.bool == true ? "rules" : row["uid"]?.integer.map { users.name($0) }
        return maker.map { Cell($0 + (isDryRun ? ", dry run" : "")) } ?? .none
    }

    static func add(ban row: JSONValue, to table: inout Table) {
        let isForever = row["permanent"]?.bool == true
        table.row(
            Cell(row["ip"], .yellow), isForever ? Cell("permanent") : .time(row["expires"]),
            left(row), maker(row, table.users), Cell(row["source"]), Cell(row["reason"]))
    }

    static func add(strike row: JSONValue, to table: inout Table) {
        let last = row["items"]?.elements.max {
            ($0["at"]?.text ?? "") < ($1["at"]?.text ?? "")
        }
        table.row(
            Cell(row["ip"], .orange), .count(row["strikes"]), .time(last?["at"]),
            .time(last?["expires"]), Cell(last?["source"]), Cell(last?["reason"]))
    }

    static func guardStats(_ reply: JSONValue, _ sheet: inout Sheet) {
        let limit = reply["max_tracked"]?.integer.map { "of \(Figures.count($0))" } ?? ""
        let width = 23
        let bans = reply["active_bans"]?.integer ?? 0
        let strikes = reply["ips_with_strikes"]?.integer ?? 0
        sheet.field(
            "active bans", width: width, .count(reply["active_bans"], bans > 0 ? .yellow : nil),
            Cell(limit, .dim))
        sheet.field(
            "addresses with strikes", width: width,
            .count(reply["ips_with_strikes"], strikes > 0 ? .orange : nil), Cell(limit, .dim))
        sheet.field("tracked in total", width: width, .count(reply["total_tracked_ips"]))
        sheet.field(
            "rate windows", width: width, .count(reply["tracked_rates"]), Cell(limit, .dim))
        for row in reply["dropped"]?.elements ?? [] {
            let bytes = row["bytes"]?.integer.map { "\(Figures.count($0)) bytes" } ?? ""
            sheet.field(
                "dropped by \(row["set"]?.text ?? "")", width: width, .count(row["packets"]),
                Cell(bytes, .dim))
        }
        if let lists = reply["lists"]?.integer {
            sheet.field(
                "networks in lists", width: width,
                .count(reply["listed"], lists > 0 ? .yellow : nil),
                Cell(
                    "of \(Figures.count(reply["max_listed"]?.integer ?? 0)), in "
                        + "\(lists) list\(lists == 1 ? "" : "s")", .dim))
        }
        totals(reply["by_source"]?.elements ?? [], &sheet)
    }

    /// Strikes and bans by source since opsd started.
    private static func totals(_ rows: [JSONValue], _ sheet: inout Sheet) {
        if rows.isEmpty { return }
        sheet.endLine()
        var table = Table("SINCE THE START BY", ">STRIKES", ">WEIGHT", ">BANS")
        for row in rows {
            let bans = row["bans"]?.integer ?? 0
            table.row(
                row["source"]?.text.map { Cell($0) } ?? Cell("all others", .dim),
                .count(row["strikes"]), .count(row["weight"]),
                .count(row["bans"], bans > 0 ? .yellow : nil))
        }
        table.write(to: &sheet)
    }
}
