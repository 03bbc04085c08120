// Objectives and the gate: a table with a spark line of the burn in the last 24 hours, alerts below
// it, and the state of the gate.

import OpsProtocol

extension Rendering {
    /// `slo status`.
    static func services(_ reply: JSONValue, _ sheet: inout Sheet) {
        let objectives = reply["objectives"]?.elements ?? []
        if objectives.isEmpty { sheet.line("no objectives") }
        var table = Table(
            "SLO", "STATE", ">AVAIL", ">P50 MS", ">P95 MS", ">P99 MS", ">LEFT", ">LEFT, 24H",
            ">OUTAGE", ">GONE IN", "BURN, 24 HOURS")
        for objective in objectives { add(objective: objective, to: &table) }
        table.flush(to: &sheet)
        for objective in objectives {
            alerts(objective, &sheet)
            promises(objective, &sheet)
        }
        guard let gate = reply["gate"] else { return }
        sheet.endLine()
        gateLine(gate, &sheet)
    }

    private static func add(objective: JSONValue, to table: inout Table) {
        let gone = objective["exhausted_in_seconds"]?.integer
        let outage = objective["budget_left_minutes"]?.double
        table.row(
            Cell(objective["slo"], .bold), state(objective),
            Cell(objective["availability"]?.double.map { Figures.decimal($0, 3) + "%" } ?? "-"),
            .decimal(objective["p50_ms"], 1), .decimal(objective["p95_ms"], 1),
            .decimal(objective["p99_ms"], 1), .percent(objective["budget_left_pct"], Paint.left),
            .percent(left(objective, "daily_errors"), Paint.left),
            Cell(outage.map { Figures.decimal($0, 1) + "m" } ?? "-"),
            Cell(gone.map { Figures.span(seconds: $0) } ?? "-"),
            Cell(burns(objective["hourly_burn"]?.elements ?? [])))
    }

    private static func state(_ objective: JSONValue) -> Cell {
        let state = objective["state"]?.text ?? "-"
        let paint: Paint =
            switch (state, objective["indicator"]?.text) {
            case ("firing", _), (_, "red"): .red
            case (_, "yellow"): .yellow
            case (_, "green"): .green
            default: .dim
            }
        return Cell(state, paint)
    }

    /// What is left of the budget of a promise.
    private static func left(_ objective: JSONValue, _ promise: String) -> JSONValue? {
        objective["promises"]?.elements.first { $0["promise"]?.text == promise }?["left_pct"]
    }

    /// The burn of each hour: a full block means five times the allowed pace or more.
    private static func burns(_ hours: [JSONValue]) -> String {
        let spark = Figures.spark(hours.map { $0.double.map { $0 * 20 } })
        // Hours without data at the end are cut, so that no spaces trail.
        return spark.lastIndex { $0 != " " }.map { String(spark[...$0]) } ?? ""
    }

    private static func alerts(_ objective: JSONValue, _ sheet: inout Sheet) {
        for alert in objective["alerts"]?.elements ?? [] where alert["state"]?.text == "firing" {
            sheet.add(Cell(objective["slo"], .bold))
            let severity = alert["severity"]?.text ?? "alert"
            sheet.add("  ")
            sheet.add("\(severity) \(alert["alert"]?.text ?? "")", .alarm)
            let burn = alert["burn_long"]?.double.map { Figures.decimal($0, 1) } ?? "-"
            let peak = alert["peak_burn"]?.double.map { Figures.decimal($0, 1) } ?? "-"
            sheet.add(": the budget burns \(burn) times too fast (\(peak) at worst)")
            if let since = alert["since"]?.text,
                let ago = Figures.relative(since, now: sheet.view.nowMilliseconds)
            {
                sheet.add(", began \(ago)")
            }
            sheet.endLine()
        }
    }

    /// A line for each promise that is not kept, but for burn alerts, which have lines already.
    private static func promises(_ objective: JSONValue, _ sheet: inout Sheet) {
        for promise in objective["promises"]?.elements ?? [] {
            let (name, state) = (promise["promise"]?.text ?? "-", promise["state"]?.text ?? "-")
            if !["firing", "broken", "watch"].contains(state) { continue }
            if name == "availability" && state == "firing" { continue }
            sheet.add(Cell(objective["slo"], .bold))
            sheet.add("  ")
            let isFiring = state == "firing"
            let word = isFiring && name.hasPrefix("p") ? "ticket" : isFiring ? "critical" : state
            sheet.add("\(word) \(name)", isFiring ? .alarm : .yellow)
            let target = objective["targets"]?["\(name)_ms"]?.double
            let what = target.map { "took longer than \(Figures.decimal($0, 1)) ms" } ?? "were bad"
            func percent(_ member: String) -> String {
                promise[member]?.double.map { Figures.decimal($0, 2) + "%" } ?? "-"
            }
            let span = promise["window_seconds"]?.integer.map { Figures.span(seconds: $0) } ?? "-"
            sheet.add(
                ": \(percent("broken_pct")) of the events of \(span) \(what),"
                    + " \(percent("allowed_pct")) allowed")
            if let since = promise["since"]?.text,
                let ago = Figures.relative(since, now: sheet.view.nowMilliseconds)
            {
                sheet.add(", began \(ago)")
            }
            sheet.endLine()
        }
    }

    /// `slo budget`, one objective after another.
    static func budgets(_ reply: JSONValue, _ sheet: inout Sheet) {
        let all = reply["results"]?.elements ?? [reply]
        if all.isEmpty { return sheet.line("no objectives") }
        var table = Table(
            "SLO", "STATE", ">LEFT", "BURN ALERT", ">BURN, 24H", ">LEFT, 24H", ">ERRORS",
            ">P95 MS", ">P99 MS", "?>DAYS")
        for budget in all {
            table.row(
                Cell(budget["slo"], .bold), state(budget),
                .percent(left(budget, "availability"), Paint.left),
                band(budget["burn_alert"]?.text ?? "-"), .percent(budget["burn_rate_pct"]),
                .percent(budget["remaining_budget_pct"], Paint.left),
                Cell(budget["error_rate"]?.double.map { Figures.decimal($0, 3) + "%" } ?? "-"),
                .decimal(budget["p95_ms"], 1), .decimal(budget["p99_ms"], 1),
                Cell(budget["period_days"]))
        }
        table.flush(to: &sheet)
    }

    private static func band(_ word: String) -> Cell {
        switch word {
        case "OK": Cell(word, .green)
        case "WATCH": Cell(word, .yellow)
        case "WARNING": Cell(word, .orange)
        case "CRITICAL": Cell(word, .alarm)
        default: Cell(word, .dim)
        }
    }

    /// `gate status` and `gate check`.
    static func gate(_ reply: JSONValue, _ sheet: inout Sheet) {
        gateLine(reply, &sheet)
        let parts = reply["parts"]?.elements ?? []
        if parts.isEmpty { return }
        var table = Table("SLO", "GATE", ">BURN", "SINCE", "TURNS")
        for part in parts {
            table.row(
                Cell(part["slo"], .bold), gateWord(part["gate"]?.text ?? "-"),
                .percent(part["burn_rate_pct"]), .time(part["since"]), .time(part["turns"]))
        }
        table.flush(to: &sheet)
    }

    private static func gateLine(_ gate: JSONValue, _ sheet: inout Sheet) {
        sheet.add("gate ")
        sheet.add(gateWord(gate["gate"]?.text ?? "-"))
        sheet.add(": \(gate["reason"]?.text ?? "-")")
        if let since = gate["since"]?.text { sheet.add(", since \(Figures.time(since))") }
        if let override = gate["override"], let left = override["ttl_seconds"]?.integer {
            sheet.add(", for \(Figures.span(seconds: left)) more")
        }
        sheet.endLine()
    }

    private static func gateWord(_ word: String) -> Cell {
        Cell(word, word == "open" ? .green : word == "closed" ? .red : .dim)
    }

    /// `gate override`.
    static func gateOverride(_ reply: JSONValue, _ sheet: inout Sheet) {
        let word = reply["gate"]?.text ?? "-"
        guard let expires = reply["expires"]?.text else {
            return sheet.line("the override has ended: the gate follows the budgets again")
        }
        sheet.add("gate ")
        sheet.add(gateWord(word))
        sheet.line(Cell(" by hand until \(Figures.time(expires))"))
    }
}

extension Paint {
    /// The colour for the percentage of a budget that is left.
    static func left(_ percent: Double) -> Paint {
        percent > 50 ? .green : percent > 0 ? .yellow : .red
    }
}
