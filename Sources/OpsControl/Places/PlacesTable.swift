// The table of `places`.

import OpsProtocol

extension Rendering {
    /// A row of `places`.
    static func add(place row: JSONValue, to table: inout Table) {
        // As it is written in `place=`, without separators.
        table.row(
            Cell(row["stream"]), Cell(row["place"]),
            row["uid"]?.integer.map { Cell(table.users.name($0)) } ?? .none)
    }
}
