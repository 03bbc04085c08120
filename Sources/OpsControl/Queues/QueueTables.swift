// Queues as text for people.

import OpsProtocol

extension Rendering {
    /// `queue status`.
    static func queues(_ reply: JSONValue, _ sheet: inout Sheet) {
        let queues = reply["queues"]?.elements ?? []
        if queues.isEmpty { return sheet.line("no queues") }
        var table = Table(
            "QUEUE", "STATE", ">DEPTH", ">OLDEST", ">/MIN", ">FAILED", ">PROCESSED", "AGE")
        for queue in queues {
            let oldest = queue["oldest_seconds"]?.integer.map { Figures.span(seconds: $0) }
            let age = queue["age_seconds"]?.integer.map { Figures.span(seconds: $0) }
            table.row(
                Cell(queue["queue"], .bold), state(queue),
                figure(queue, "depth", Figures.count), Cell(oldest ?? "-"),
                decimal(queue, "processed_per_minute", "rate"),
                decimal(queue, "failed_pct", "failed", unit: "%"),
                Cell(queue["processed_total"]?.integer.map { Figures.count($0) } ?? "-"),
                Cell(age ?? "never"))
        }
        table.flush(to: &sheet)
        for queue in queues { troubles(queue, &sheet) }
    }

    private static func state(_ queue: JSONValue) -> Cell {
        switch queue["state"]?.text {
        case "good": Cell("good", .green)
        case "bad": Cell("bad", .red)
        default: Cell(queue["silent"]?.bool == true ? "silent" : "unknown", .yellow)
        }
    }

    private static func paint(_ queue: JSONValue, _ promise: String) -> Paint? {
        queue["verdicts"]?[promise]?.text == "bad" ? .red : nil
    }

    private static func figure(
        _ queue: JSONValue, _ name: String, _ text: (Int64) -> String
    ) -> Cell {
        Cell(queue[name]?.integer.map(text) ?? "-", paint(queue, name))
    }

    private static func decimal(
        _ queue: JSONValue, _ name: String, _ promise: String, unit: String = ""
    ) -> Cell {
        Cell(
            queue[name]?.double.map { Figures.decimal($0, 1) + unit } ?? "-",
            paint(queue, promise))
    }

    /// A line for each promise that is not kept.
    private static func troubles(_ queue: JSONValue, _ sheet: inout Sheet) {
        let limits = queue["limits"]
        func limit(_ name: String) -> String { limits?[name]?.integer.map { "\($0)" } ?? "-" }
        func span(_ name: String) -> String {
            limits?[name]?.integer.map { Figures.span(seconds: $0) } ?? "-"
        }
        let words = [
            "stuck": "stuck: something waits, and nothing was taken for \(span("stuck_seconds"))",
            "depth": "deep: must have under \(limit("depth")) waiting",
            "failed": "failing: must have under \(limit("failed"))% failures",
            "rate": "slow: must take more than \(limit("rate")) a minute while something waits",
        ]
        for member in queue["verdicts"]?.members ?? [] where member.value.text == "bad" {
            guard let text = words[member.name] else { continue }
            sheet.add(Cell(queue["queue"], .bold))
            sheet.add("  ")
            sheet.add(text, .red)
            sheet.endLine()
        }
        if queue["silent"]?.bool != true { return }
        sheet.add(Cell(queue["queue"], .bold))
        sheet.add("  ")
        sheet.add("silent: nobody has reported it for \(span("silent_seconds"))", .yellow)
        sheet.endLine()
    }
}
