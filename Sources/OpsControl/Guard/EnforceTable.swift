// The comparison of the kernel with the bans, and what a clean-up removed.

import OpsProtocol

extension Rendering {
    /// `enforce verify` and `enforce repair`.
    static func comparison(_ reply: JSONValue, _ sheet: inout Sheet) {
        guard reply["elements"] != nil else { return general(reply, &sheet) }
        let isOK = reply["ok"]?.bool == true
        let repaired = reply["repaired"]?.bool == true
        let verdict =
            repaired
            ? isOK ? "repaired" : "not repaired"
            : isOK
                ? "the kernel holds what opsd holds" : "the kernel differs: opsctl enforce repair"
        sheet.line(verdict, isOK ? .green : .red)
        var table = Table(">ELEMENTS", ">MISSING", ">EXTRA", ">WRONG END", "CHAINS")
        func count(_ name: String) -> Cell {
            .count(reply[name], reply[name]?.integer ?? 0 > 0 && !isOK ? .red : nil)
        }
        table.row(
            .count(reply["elements"]), count("missing"), count("extra"), count("wrong_end"),
            Cell(reply["altered"]?.bool == true ? "altered" : "as made"))
        table.write(to: &sheet)
        for example in reply["examples"]?.elements ?? [] {
            sheet.line(Cell("  "), Cell(example.plain, .dim))
        }
    }

    /// `guard cleanup`.
    static func cleanup(_ reply: JSONValue, _ sheet: inout Sheet) {
        guard let removed = reply["removed"]?.integer else { return general(reply, &sheet) }
        sheet.line(
            removed == 0
                ? "nothing had ended"
                : "removed \(Figures.count(removed)) \(removed == 1 ? "entry" : "entries") that had "
                    + "ended")
    }
}
