// Lists without --limit: page after page until there is no `next`.  One page is held at a time,
// however many there are.

import OpsProtocol

enum Paging {
    /// The most rows that the daemon allows in a page.
    static let rowsPerPage = "1000"

    /// Asks for all pages and passes each to `body`; a refusal is passed too, and ends the walk.
    static func walk(
        _ words: CommandWords, _ connection: inout Connection,
        _ body: (ReplyLine, JSONValue) throws(ClientFault) -> Void
    ) throws(ClientFault) {
        var line = try words.line(setting: [("limit", rowsPerPage)])
        var last: String?
        while true {
            let reply = try connection.ask(line)
            let value = try reply.value()
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
        var table = layout.empty
        let code = try run(words, &connection, output) { value, sheet in
            for row in value[layout.member]?.elements ?? [] { layout.add(row, &table) }
            table.flush(to: &sheet)
        }
        if code == .done && table.isEmpty && !output.isJSON {
            try output.write(layout.nothing + "\n")
        }
        return code
    }

    /// Writes all texts in the member of this name, one per line.
    static func run(
        linesIn member: String, _ words: CommandWords, _ connection: inout Connection,
        _ output: Output
    ) throws(ClientFault) -> ExitCode {
        try run(words, &connection, output) { value, sheet in
            for text in value[member]?.elements ?? [] { sheet.line(text.plain) }
        }
    }

    private static func run(
        _ words: CommandWords, _ connection: inout Connection, _ output: Output,
        _ render: (JSONValue, inout Sheet) -> Void
    ) throws(ClientFault) -> ExitCode {
        var code = ExitCode.done
        try walk(words, &connection) { reply, value throws(ClientFault) in
            if output.isJSON || reply.kind == .err {
                code = max(code, try output.show(reply, as: words.display))
                return
            }
            var sheet = Sheet(output.view)
            render(value, &sheet)
            try output.write(sheet.text)
        }
        return code
    }
}
