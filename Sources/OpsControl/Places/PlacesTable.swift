// The table of `places`.

import OpsProtocol

extension Rendering {
    /// A row of `places`.
    static func add(place row: JSONValue, to table: inout Table) {
        table.row(Cell(row["stream"]), .count(row["place"]))
    }
}
