// `metrics history`: two spark lines from 0 to 100 percent, and the figures below them.

import OpsProtocol

extension Rendering {
    /// The most lines of figures; if there are more points, each line combines several.
    private static let linesShown = 24

    static func history(_ reply: JSONValue, _ sheet: inout Sheet) {
        let points = reply["metrics"]?.elements ?? []
        if points.isEmpty { return sheet.line("no samples in that time") }
        let share = (points.count + linesShown - 1) / linesShown
        let step = reply["step_seconds"]?.integer.map { Figures.span(seconds: $0) } ?? "-"
        let more = share > 1 ? "; each line below stands for \(share)" : ""
        sheet.line("\(points.count) points, one every \(step)\(more)", .dim)
        let width = max(20, (sheet.view.columns ?? 80) - 20)
        spark("cpu", points, width, &sheet)
        spark("ram", points, width, &sheet)
        sheet.endLine()
        var table = Table("TIME", ">CPU", ">MAX", ">RAM", ">MAX", ">DISK", ">LOAD")
        for start in stride(from: 0, to: points.count, by: share) {
            add(points[start..<min(start + share, points.count)], to: &table)
        }
        table.write(to: &sheet)
        if let next = reply["next"]?.text {
            sheet.line(
                "more from \(Figures.time(next)): ask for fewer hours or a larger --step", .dim)
        }
    }

    /// One line for several points: the mean of their means, the highest of their maxima.
    private static func add(_ points: ArraySlice<JSONValue>, to table: inout Table) {
        func mean(_ name: String) -> JSONValue? {
            let values = points.compactMap { $0[name]?.double }
            return values.isEmpty ? nil : .number(values.reduce(0, +) / Double(values.count))
        }
        func highest(_ name: String) -> JSONValue? {
            points.compactMap { $0[name]?.double }.max().map { .number($0) }
        }
        table.row(
            .time(points.first?["timestamp"]), .percent(mean("cpu"), Paint.cpu),
            .percent(highest("cpu_max"), Paint.cpu), .percent(mean("ram"), Paint.space),
            .percent(highest("ram_max"), Paint.space), .percent(mean("disk"), Paint.space),
            .decimal(mean("load"), 2))
    }

    /// As many characters as fit; if there are more points, each character stands for the highest
    /// of several: people look for peaks.
    private static func spark(
        _ name: String, _ points: [JSONValue], _ width: Int, _ sheet: inout Sheet
    ) {
        let values = points.map { ($0[name + "_max"] ?? $0[name])?.double }
        let count = min(width, values.count)
        let shown = (0..<count).map { index in
            values[index * values.count / count..<(index + 1) * values.count / count]
                .compactMap(\.self).max()
        }
        let peak = values.compactMap(\.self).max()
        sheet.field(
            name, width: 6, Cell(Figures.spark(shown)),
            Cell(peak.map { "max \(Figures.percent($0))" } ?? "", .dim))
    }
}
