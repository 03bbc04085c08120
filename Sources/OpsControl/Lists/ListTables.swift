// Lists for people: a table of them; the networks of one a line each, so that what is shown in a pipe
// is a file that `list load` takes.

import OpsProtocol

extension Rendering {
    static func listShow(_ reply: JSONValue, _ sheet: inout Sheet) {
        if let networks = reply["ips"] {
            for network in networks.elements { sheet.line(network.plain) }
            if let next = reply["next"], next != .null, sheet.view.columns != nil {
                sheet.line("more: --after \(next.plain)", .dim)
            }
            return
        }
        let lists = reply["lists"]?.elements ?? []
        if lists.isEmpty { return sheet.line("no lists") }
        var table = Table("LIST", ">NETWORKS", ">IPV4", ">IPV6", "LOADED", "EXPIRES", ">LEFT", "BY")
        for list in lists {
            let isForever = list["permanent"]?.bool == true
            table.row(
                Cell(list["name"], .yellow), .count(list["entries"]), .count(list["ipv4"]),
                .count(list["ipv6"]), .time(list["committed"]),
                isForever ? Cell("permanent") : .time(list["expires"]), left(list), maker(list))
        }
        table.write(to: &sheet)
    }

    static func listDone(_ verb: String, _ reply: JSONValue, _ sheet: inout Sheet) {
        let entries = Figures.count(reply["entries"]?.integer ?? 0)
        sheet.add("list \(reply["name"]?.plain ?? "-"): ")
        sheet.line("\(verb == "list drop" ? "dropped, " : "")\(entries) networks")
    }
}

/// `list show NAME` without --limit: every network of the list, page after page.
enum ListPages {
    static let verb = "list show"

    static func walks(_ words: CommandWords) -> Bool {
        words.row.verb == verb && words.hasPositionals && !words.has("limit")
    }

    static func run(
        _ words: CommandWords, _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        var code = ExitCode.done
        try Paging.walk(words, &connection) { reply, value throws(ClientFault) in
            if reply.kind == .err { return code = try output.show(reply, verb: verb) }
            var sheet = Sheet(output.view)
            for network in value["ips"]?.elements ?? [] { sheet.line(network.plain) }
            try output.write(sheet.text)
        }
        return code
    }
}
