// Lists that come in pages: what their rows are called, the columns of their table, and how one row
// fills them.  `bans`, `strikes`, `places` and `events` are here; the table of a page is the same
// whether one page is shown or all of them.

import OpsProtocol

/// A list of rows, shown as a table.
struct RowTable: Sendable {
    /// The member of the reply that holds the rows; also their name in texts.
    let member: String
    /// Titles as `Table` takes them.
    let titles: [String]
    /// What is shown when there are no rows.
    let nothing: String
    /// Whether the last column is wrapped on a terminal, rather than cut.
    let wrapsText: Bool
    /// Whether the daemon sends the newest first.  On a terminal, where one reads down, opsctl
    /// shows them the other way round.
    let isNewestFirst: Bool
    /// Adds one row.
    let add: @Sendable (JSONValue, inout Table) -> Void

    init(
        member: String, titles: [String], nothing: String? = nil, wrapsText: Bool = false,
        isNewestFirst: Bool = false, add: @escaping @Sendable (JSONValue, inout Table) -> Void
    ) {
        self.member = member
        self.titles = titles
        self.nothing = nothing ?? "no \(member)"
        self.wrapsText = wrapsText
        self.isNewestFirst = isNewestFirst
        self.add = add
    }

    static let bans = RowTable(
        member: "bans", titles: ["ADDRESS", "?EXPIRES", ">LEFT", "?BY", "SOURCE", "REASON"],
        add: Rendering.add(ban:to:))
    static let strikes = RowTable(
        member: "strikes",
        titles: ["ADDRESS", ">STRIKES", "?LAST", "?COUNTS UNTIL", "SOURCE", "REASON"],
        add: Rendering.add(strike:to:))
    static let places = RowTable(
        member: "places", titles: ["STREAM", ">PLACE", "BY"], add: Rendering.add(place:to:))
    static let events = RowTable(
        member: "events", titles: [">ID", "TIME", "SEVERITY", "EVENT", "DETAILS"],
        wrapsText: true, isNewestFirst: true,
        add: Rendering.add(event:to:))

    /// A table without rows.
    var empty: Table { Table(titles) }

    /// The same, which knows the names of users, and wraps its last column if the list says so.
    func empty(_ view: View) -> Table {
        var table = empty
        table.users = view.users
        table.wrapsText = wrapsText
        return table
    }

    /// One page, with the words that ask for the next.
    func render(_ reply: JSONValue, _ sheet: inout Sheet) {
        write(reply[member]?.elements ?? [], to: &sheet)
        Rendering.more(after: reply["next"], &sheet)
    }

    /// All of these rows.
    func write(_ rows: [JSONValue], to sheet: inout Sheet) {
        if rows.isEmpty { return sheet.line(nothing) }
        var table = empty(sheet.view)
        for row in isNewestFirst && sheet.view.columns != nil ? rows.reversed() : rows {
            add(row, &table)
        }
        table.flush(to: &sheet)
    }
}
