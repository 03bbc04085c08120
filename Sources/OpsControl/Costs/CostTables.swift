// Spending as text for people: a table of models, what became of a reservation, days.

import OpsProtocol

extension Rendering {
    /// `cost status`.
    static func costStatus(_ reply: JSONValue, _ sheet: inout Sheet) {
        let level = reply["alert_level"]?.text ?? "-"
        sheet.add("spending ")
        sheet.add(Cell(level, paint(ofLevel: level)))
        let cap = reply["daily_cap_usd"]?.double.map { " of \(dollars($0))" } ?? ", no daily cap"
        let share = reply["global_utilization_pct"]?.double.map { ", \(Figures.percent($0))" } ?? ""
        sheet.add(": \(dollars(reply["total_spent_usd"])) in 24 hours\(cap)\(share)")
        if let reserved = reply["reserved_usd"]?.double, reserved > 0 {
            sheet.add(", \(dollars(reserved)) reserved")
        }
        if let configured = reply["configured_cap_usd"] {
            let text = configured.double.map { dollars($0) } ?? "none"
            sheet.add(" (configured: \(text))")
        }
        sheet.endLine()
        if let time = reply["cap_at"]?.text {
            sheet.line("the daily cap is reached at \(Figures.time(time)) at this pace", .yellow)
        }
        var table = Table("MODEL", "LEVEL", ">SPENT", ">RESERVED", ">CAP", ">USED", "?>CONFIGURED")
        for member in reply["by_model"]?.members ?? [] {
            let model = member.value
            let level = model["alert_level"]?.text ?? "-"
            let configured = model["configured_cap_usd"].map { Cell(dollars($0)) } ?? .none
            table.row(
                Cell(member.name, .bold), Cell(level, paint(ofLevel: level)),
                Cell(dollars(model["spent_usd"])), Cell(dollars(model["reserved_usd"])),
                Cell(dollars(model["cap_usd"])), .percent(model["utilization_pct"]), configured)
        }
        table.flush(to: &sheet)
        let unpriced = (reply["unknown_price"]?.elements ?? []).compactMap(\.text)
        if !unpriced.isEmpty {
            sheet.line("unknown price: \(unpriced.joined(separator: ", "))", .dim)
        }
    }

    private static func paint(ofLevel level: String) -> Paint {
        switch level {
        case "OK": .green
        case "WARNING": .yellow
        case "CRITICAL": .alarm
        default: .dim
        }
    }

    private static func dollars(_ value: JSONValue?) -> String {
        value?.double.map { dollars($0) } ?? "-"
    }

    /// Two decimals, or as many as a small amount needs.
    private static func dollars(_ value: Double) -> String {
        "$" + Figures.decimal(value, value != 0 && value < 0.995 ? 6 : 2)
    }

    /// `cost reserve`, `cost check`.
    static func costVerdict(_ reply: JSONValue, _ sheet: inout Sheet) {
        let decision = reply["decision"]?.text ?? "-"
        let paint: Paint = decision == "deny" ? .red : decision == "use" ? .yellow : .green
        sheet.add(Cell(decision, paint))
        if decision == "use" { sheet.add(" \(reply["use"]?.text ?? "-")", .bold) }
        if decision != "use" { sheet.add(" \(reply["model"]?.text ?? "-")") }
        if let id = reply["id"]?.integer {
            sheet.add(": number \(id), \(dollars(reply["usd"]))")
            if let expires = reply["expires"]?.text {
                sheet.add(" until \(Figures.time(expires))")
            }
        }
        if let reason = reply["reason"]?.text { sheet.add("; \(reason)") }
        sheet.endLine()
    }

    /// `cost settle`, `cost release`, `cost correct`.
    static func costEntry(_ reply: JSONValue, _ sheet: inout Sheet) {
        let again = reply["repeated"]?.bool == true ? ", as before" : ""
        sheet.line(
            Cell("number "), Cell(reply["id"], .bold), Cell(": "), Cell(reply["model"]),
            Cell(", "), Cell(reply["state"]), Cell(" with \(dollars(reply["usd"]))\(again)"))
    }

    /// `cost days`.
    static func costDays(_ reply: JSONValue, _ sheet: inout Sheet) {
        let days = reply["days"]?.elements ?? []
        if days.isEmpty { return sheet.line("nothing was spent in the last 31 days") }
        var table = Table("DAY", ">SPENT")
        for day in days { table.row(Cell(day["day"]), Cell(dollars(day["usd"]))) }
        table.flush(to: &sheet)
    }

    /// `cost set-cap`.
    static func costCap(_ reply: JSONValue, _ sheet: inout Sheet) {
        let what = reply["model"]?.text.map { "the cap of \($0)" } ?? "the daily cap"
        func text(_ member: String) -> String {
            reply[member]?.double.map { dollars($0) } ?? "none"
        }
        sheet.line("\(what) is \(text("cap_usd")); it was \(text("old_cap_usd"))")
    }
}
