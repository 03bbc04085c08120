// `why IP`: everything about an address, in the order in which people ask: what is it now, by which
// rule, until when, and what led to it.

import OpsProtocol

extension Rendering {
    static func why(_ reply: JSONValue, _ sheet: inout Sheet) {
        let isBanned = reply["banned"]?.bool == true
        sheet.line(
            Cell(reply["ip"], .bold), Cell("  "),
            Cell(reply["verdict"], isBanned ? .yellow : .green))
        if let entry = reply["allowed_by"]?.text {
            sheet.field(
                "allowed", Cell("by \(entry) in guard.allow: never struck or banned", .green))
        }
        sheet.field(
            "hits", .count(reply["hits"]),
            Cell(
                "of \(reply["rate_limit"]?.plain ?? "-") in "
                    + (reply["rate_window_seconds"]?.integer.map { Figures.span(seconds: $0) }
                        ?? "-")))
        let strikes = reply["strikes"]?.integer ?? 0
        sheet.field("strikes", .count(reply["strikes"], strikes > 0 ? .orange : nil))
        tell(offensesIn: reply, &sheet)
        for ban in reply["bans"]?.elements ?? [] { tell(ban: ban, &sheet) }
        tell(strikes: reply["strike_items"]?.elements ?? [], &sheet)
        let happened = reply["events"]?.elements ?? []
        if !happened.isEmpty {
            sheet.endLine()
            RowTable.events.write(happened, to: &sheet)
        }
    }

    /// Tells the number of offenses, which makes the next ban longer.
    private static func tell(offensesIn reply: JSONValue, _ sheet: inout Sheet) {
        guard let offenses = reply["offenses"]?.integer, offenses > 0 else { return }
        let until = reply["offenses_until"]?.text.map { "remembered until \(Figures.time($0))" }
        let what = offenses == 1 ? "ban by the rules," : "bans by the rules in a row,"
        sheet.field(
            "offenses", .count(reply["offenses"], .orange), Cell(what), Cell(until ?? "", .dim))
    }

    private static func tell(ban: JSONValue, _ sheet: inout Sheet) {
        sheet.endLine()
        if let list = ban["list"]?.text {
            sheet.line(Cell(ban["ip"], .yellow), Cell(" in the list \(list)"))
        } else {
            sheet.line(Cell("ban on "), Cell(ban["ip"], .yellow))
        }
        if let created = ban["created"]?.text {
            sheet.field(
                "  made", Cell(Figures.time(created)),
                Cell(Figures.relative(created, now: sheet.view.nowMilliseconds) ?? "", .dim))
        }
        if let expires = ban["expires"]?.text {
            sheet.field("  ends", Cell(Figures.time(expires)), Cell("in", .dim), left(ban))
        } else {
            sheet.field("  ends", left(ban))
        }
        sheet.field(
            "  by", ban["automatic"]?.bool == true ? Cell("the rules") : maker(ban),
            Cell(ban["source"]?.text.flatMap { $0.isEmpty ? nil : "(\($0))" } ?? "", .dim))
        if let reason = ban["reason"]?.text, !reason.isEmpty {
            sheet.field("  reason", Cell(reason))
        }
    }

    private static func tell(strikes: [JSONValue], _ sheet: inout Sheet) {
        if strikes.isEmpty { return }
        sheet.endLine()
        var table = Table("STRUCK", "", "COUNTS UNTIL", ">WEIGHT", "BY", "SOURCE", "REASON")
        for item in strikes {
            let age = item["at"]?.text.flatMap {
                Figures.relative($0, now: sheet.view.nowMilliseconds)
            }
            table.row(
                .time(item["at"]), Cell(age ?? "", .dim), .time(item["expires"]),
                .count(item["weight"]), maker(item), Cell(item["source"]), Cell(item["reason"]))
        }
        table.write(to: &sheet)
    }
}
