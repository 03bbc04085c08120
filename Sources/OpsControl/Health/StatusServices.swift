// The lines of `status` about lists, objectives and the gate.  What the daemon did not say is
// unknown, and never shown as fine.

import OpsProtocol

extension Rendering {
    static func listLine(_ stats: JSONValue, _ sheet: inout Sheet) {
        guard let lists = stats["lists"]?.integer else {
            return sheet.field("lists", Cell("unknown", .dim))
        }
        let networks = stats["listed"]?.integer ?? 0
        sheet.field(
            "lists", .count(stats["lists"], lists > 0 ? .yellow : nil),
            Cell(lists > 0 ? "(\(Figures.count(networks)) networks)" : "", .dim))
    }

    static func serviceLines(_ reply: JSONValue, _ sheet: inout Sheet) {
        objectiveLine(reply["slo"], &sheet)
        gateLine(reply["gate"], &sheet)
    }

    /// How many objectives are in each state, and the names of the worst.
    private static func objectiveLine(_ slo: JSONValue?, _ sheet: inout Sheet) {
        guard let slo, let all = slo["objectives"]?.integer else {
            return sheet.field("slo", Cell("unknown", .dim))
        }
        if all == 0 { return sheet.field("slo", Cell("no objectives", .dim)) }
        var parts: [(text: String, paint: Paint)] = []
        for (state, paint) in [
            ("firing", Paint.alarm), ("broken", .red), ("watch", .yellow), ("unknown", .dim),
            ("ok", .green),
        ] {
            let count = slo[state]?.integer ?? 0
            if count == 0 { continue }
            let names = (slo["worst"]?.elements ?? []).filter { $0["state"]?.text == state }
                .map { $0["slo"]?.plain ?? "-" }.joined(separator: ", ")
            let more = names.isEmpty || state == "ok" ? "" : " (\(names))"
            parts.append(("\(Figures.count(count)) \(state)\(more)", paint))
        }
        let cells = parts.enumerated().map { index, part in
            Cell(part.text + (index < parts.count - 1 ? "," : ""), part.paint)
        }
        sheet.field("slo", cells: cells)
    }

    private static func gateLine(_ gate: JSONValue?, _ sheet: inout Sheet) {
        guard let word = gate?["gate"]?.text else {
            return sheet.field("gate", Cell("unknown", .dim))
        }
        let paint: Paint = word == "open" ? .green : word == "closed" ? .red : .dim
        sheet.field("gate", Cell(word, paint), Cell("(\(gate?["reason"]?.text ?? "-"))", .dim))
    }
}
