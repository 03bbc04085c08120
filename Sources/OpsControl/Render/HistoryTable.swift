// `metrics history`: two spark lines from 0 to 100 per cent, and the figures below them.

import OpsProtocol

extension Rendering {
    static func history(_ reply: JSONValue, _ sheet: inout Sheet) {
        let points = reply["metrics"]?.elements ?? []
        if points.isEmpty { return sheet.line("no samples in that time") }
        let step = reply["step_seconds"]?.integer.map { Figures.span(seconds: $0) } ?? "-"
        sheet.line("\(points.count) points, one every \(step)", .dim)
        let width = max(20, (sheet.view.columns ?? 80) - 20)
        spark("cpu", points, width, &sheet)
        spark("ram", points, width, &sheet)
        sheet.endLine()
        var table = Table("TIME", ">CPU", ">MAX", ">RAM", ">MAX", ">DISK", ">LOAD")
        for point in points {
            table.row(
                .time(point["timestamp"]), .percent(point["cpu"], Paint.cpu),
                .percent(point["cpu_max"], Paint.cpu), .percent(point["ram"], Paint.space),
                .percent(point["ram_max"], Paint.space), .percent(point["disk"], Paint.space),
                .decimal(point["load"], 2))
        }
        table.write(to: &sheet)
        if let next = reply["next"]?.text {
            sheet.line(
                "more from \(Figures.time(next)): ask for fewer hours or a larger --step", .dim)
        }
    }

    /// As many characters as fit; where there are more points, each stands for the highest of its
    /// share, for a peak is what one looks for.
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
