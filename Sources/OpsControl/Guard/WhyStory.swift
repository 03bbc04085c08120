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
        sheet.field(
            "strikes", .count(reply["strikes"], strikes > 0 ? .orange : nil),
            Cell(counts(reply["strike_counts"]?.elements ?? []), .dim))
        tell(offensesIn: reply, &sheet)
        let bans = reply["bans"]?.elements ?? []
        for ban in bans { tell(ban: ban, isAlone: bans.count == 1, &sheet) }
        tell(strikes: reply["strike_items"]?.elements ?? [], &sheet)
        let happened = reply["events"]?.elements ?? []
        if !happened.isEmpty {
            sheet.endLine()
            RowTable.events.write(happened, to: &sheet)
        }
        if reply["older_events"]?.bool == true {
            sheet.endLine()
            sheet.line(
                "older events, if there are any: opsctl events --ip \(reply["ip"]?.plain ?? "")",
                .dim)
        }
    }

    /// `of 3`; where a source counts by itself, what counts together: `2 of 3; sshd 4 of 5`.
    private static func counts(_ counts: [JSONValue]) -> String {
        let isShared = counts.allSatisfy { $0["source"]?.text == nil }
        if isShared { return counts.first.map { "of \($0["bans_at"]?.plain ?? "-")" } ?? "" }
        let parts = counts.map { count in
            let name = count["source"]?.text.map { "\($0) " } ?? ""
            return "\(name)\(count["strikes"]?.plain ?? "-") of \(count["bans_at"]?.plain ?? "-")"
        }
        return "(" + parts.joined(separator: "; ") + ")"
    }

    /// Tells the number of offenses, which makes the next ban longer.
    private static func tell(offensesIn reply: JSONValue, _ sheet: inout Sheet) {
        guard let offenses = reply["offenses"]?.integer, offenses > 0 else { return }
        let until = reply["offenses_until"]?.text.map { "remembered until \(Figures.time($0))" }
        let what = offenses == 1 ? "ban by the rules," : "bans by the rules in a row,"
        sheet.field(
            "offenses", .count(reply["offenses"], .orange), Cell(what), Cell(until ?? "", .dim))
    }

    /// Tells of one claim or list; where there are several, which one decides.
    private static func tell(ban: JSONValue, isAlone: Bool, _ sheet: inout Sheet) {
        sheet.endLine()
        let decides = ban["decides"]?.bool == true && !isAlone ? ", which decides" : ""
        if let list = ban["list"]?.text {
            sheet.line(
                Cell(ban["ip"], .yellow), Cell(" in the list \(list)"), Cell(decides, .bold))
        } else {
            sheet.line(Cell("ban on "), Cell(ban["ip"], .yellow), Cell(decides, .bold))
        }
        if ban["dry_run"]?.bool == true {
            sheet.field("  dry run", Cell("recorded, not enforced", .green))
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
        tell(confirmationOf: ban, &sheet)
        sheet.field(
            "  by",
            ban["automatic"]?.bool == true ? Cell("the rules") : maker(ban, sheet.view.users),
            Cell(ban["source"]?.text.flatMap { $0.isEmpty ? nil : "(\($0))" } ?? "", .dim))
        if let reason = ban["reason"]?.text, !reason.isEmpty {
            sheet.field("  reason", Cell(reason))
        }
    }

    /// Tells what confirms a ban that waits for it, and when it ends then.
    private static func tell(confirmationOf ban: JSONValue, _ sheet: inout Sheet) {
        guard ban["unconfirmed"]?.bool == true else { return }
        let source = ban["source"]?.text.flatMap { $0.isEmpty ? nil : " --source \($0)" } ?? ""
        let end = ban["confirmed_expires"]?.text.map { "until \(Figures.time($0))" }
        let command = "opsctl confirm \(ban["ip"]?.plain ?? "")\(source)"
        sheet.field(
            "  unless", Cell("confirmed: \(command)", .orange),
            Cell("keeps it \(end ?? "permanently")", .dim))
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
                .count(item["weight"]), maker(item, sheet.view.users), Cell(item["source"]),
                Cell(item["reason"]))
        }
        table.write(to: &sheet)
    }
}
