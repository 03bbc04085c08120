// Lists: one page, or without --limit page after page until there is no `next`.  One page is held
// at a time, however many there are, and of its rows no more than a thousand as trees and cells.

import OpsProtocol

enum Paging {
    /// The most rows that the daemon allows in a page.
    static let rowsPerPage = "1000"

    /// Rows that are shown at once.
    static let rowsAtOnce = 1_000
    /// Text that is written at once, bytes.
    private static let textAtOnce = 65_536

    /// Asks for all pages and passes each to `body`, with a tree that lacks the rows, which are in
    /// `member`; a refusal is passed too, and ends the walk.
    static func walk(
        rowsIn member: String, _ words: CommandWords, _ connection: inout Connection,
        _ body: (ReplyLine, JSONValue) throws(ClientFault) -> Void
    ) throws(ClientFault) {
        var line = try words.line(setting: [("limit", rowsPerPage)])
        var last: String?
        while true {
            let reply = try connection.ask(line)
            let value = try reply.value(leavingOut: member)
            try body(reply, value)
            guard reply.kind == .ok, let next = value["next"], next != .null else { return }
            if next.plain == last {
                throw .daemonFailed(
                    "the pages do not advance: opsd named \(next.plain) twice as the next")
            }
            last = next.plain
            line = try words.line(setting: [("limit", rowsPerPage), ("after", next.plain)])
        }
    }

    /// Writes all rows as one table; with --json writes the pages as they come, one per line.
    static func run(
        _ layout: RowTable, _ words: CommandWords, _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        var table = layout.empty(output.view)
        let code = try run(rowsIn: layout.member, words, &connection, output) {
            reply throws(ClientFault) in
            try write(reply, layout, &table, output)
        }
        if code == .done && table.isEmpty && !output.isJSON {
            try output.write(layout.nothing + "\n")
        }
        return code
    }

    /// Writes one page as a table, with the words that ask for the next.
    static func show(
        _ reply: ReplyLine, _ layout: RowTable, as display: ReplyDisplay, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        if output.isJSON || reply.kind == .err { return try output.show(reply, as: display) }
        let value = try reply.value(leavingOut: layout.member)
        if layout.isNewestFirst && output.view.columns != nil {
            return try output.show(reply, as: display)
        }
        var table = layout.empty(output.view)
        try write(reply, layout, &table, output)
        var sheet = Sheet(output.view)
        if table.isEmpty { sheet.line(layout.nothing) }
        Rendering.more(after: value["next"], &sheet)
        try output.write(sheet.text)
        return display.exit.code(of: value)
    }

    /// Writes the rows of a page.
    private static func write(
        _ reply: ReplyLine, _ layout: RowTable, _ table: inout Table, _ output: Output
    ) throws(ClientFault) {
        try reply.forEach(in: layout.member) { row throws(ClientFault) in
            layout.add(row, &table)
            if table.waiting >= rowsAtOnce { try flush(&table, output) }
        }
        try flush(&table, output)
    }

    /// Writes the rows that wait in a table.
    static func flush(_ table: inout Table, _ output: Output) throws(ClientFault) {
        var sheet = Sheet(output.view)
        table.flush(to: &sheet)
        try output.write(sheet.text)
    }

    /// Writes all texts in the member of this name, one per line.
    static func run(
        linesIn member: String, _ words: CommandWords, _ connection: inout Connection,
        _ output: Output
    ) throws(ClientFault) -> ExitCode {
        try run(rowsIn: member, words, &connection, output) { reply throws(ClientFault) in
            var sheet = Sheet(output.view)
            try reply.forEach(in: member) { text throws(ClientFault) in
                sheet.line(text.plain)
                if sheet.text.utf8.count < textAtOnce { return }
                try output.write(sheet.text)
                sheet = Sheet(output.view)
            }
            try output.write(sheet.text)
        }
    }

    private static func run(
        rowsIn member: String, _ words: CommandWords, _ connection: inout Connection,
        _ output: Output,
        _ write: (ReplyLine) throws(ClientFault) -> Void
    ) throws(ClientFault) -> ExitCode {
        var code = ExitCode.done
        try walk(rowsIn: member, words, &connection) {
            reply, value throws(ClientFault) in
            if output.isJSON || reply.kind == .err {
                code = max(code, try output.show(reply, as: words.display))
            } else {
                try write(reply)
            }
        }
        return code
    }
}
