// `bans`, `strikes` and `events` without --limit: page after page until there is no `next`.  One page
// is held at a time, however many there are.

import OpsProtocol

enum Paging {
    /// Rows asked for in one page; the daemon's bound.
    static let rows = "1000"

    static func walks(_ words: CommandWords) -> Bool {
        ["bans", "strikes", "events"].contains(words.row.verb) && !words.has("limit")
            || ListPages.walks(words)
    }

    /// Asks for all pages and hands each to `body`; a refusal ends it, and is handed over too.
    static func walk(
        _ words: CommandWords, _ connection: inout Connection,
        _ body: (ReplyLine, JSONValue) throws(ClientFault) -> Void
    ) throws(ClientFault) {
        var line = try words.line(setting: [("limit", rows)])
        var last: String?
        while true {
            let reply = try connection.ask(line)
            let value = try reply.value()
            try body(reply, value)
            guard reply.kind == .ok, let next = value["next"], next != .null else { return }
            if next.plain == last { throw .gone("opsd's pages do not go on: \(next.plain) twice") }
            last = next.plain
            line = try words.line(setting: [("limit", rows), ("after", next.plain)])
        }
    }

    static func run(
        _ words: CommandWords, _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        let verb = words.row.verb
        if verb == ListPages.verb && !output.isJSON {
            return try ListPages.run(words, &connection, output)
        }
        if output.isJSON {
            var code = ExitCode.done
            try walk(words, &connection) { reply, _ throws(ClientFault) in
                code = max(code, try output.show(reply, verb: verb))
            }
            return code
        }
        var code = ExitCode.done
        var table = Rendering.table(of: verb)
        try walk(words, &connection) { reply, value throws(ClientFault) in
            if reply.kind == .err { return code = try output.show(reply, verb: verb) }
            for row in value[verb]?.elements ?? [] { Rendering.add(row, of: verb, to: &table) }
            var sheet = Sheet(output.view)
            table.flush(to: &sheet)
            try output.write(sheet.text)
        }
        if code == .done && table.isEmpty { try output.write("no \(verb)\n") }
        return code
    }
}
