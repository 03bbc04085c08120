// Lists as text for people: a table of all lists, or the networks of one list, one per line.  In a
// pipe, the networks make a file that `list load` can read.

import OpsProtocol

extension Rendering {
    static func listShow(_ reply: JSONValue, _ sheet: inout Sheet) {
        if let networks = reply["ips"] {
            for network in networks.elements { sheet.line(network.plain) }
            return more(after: reply["next"], &sheet)
        }
        let lists = reply["lists"]?.elements ?? []
        if lists.isEmpty { return sheet.line("no lists") }
        var table = Table("LIST", ">NETWORKS", ">IPV4", ">IPV6", "LOADED", "EXPIRES", ">LEFT", "BY")
        for list in lists {
            let isForever = list["permanent"]?.bool == true
            table.row(
                Cell(list["name"], .yellow), .count(list["entries"]), .count(list["ipv4"]),
                .count(list["ipv6"]), .time(list["committed"]),
                isForever ? Cell("permanent") : .time(list["expires"]), left(list),
                maker(list, sheet.view.users))
        }
        table.write(to: &sheet)
    }

    static func listCommitted(_ reply: JSONValue, _ sheet: inout Sheet) {
        listLine(reply, "", &sheet)
    }

    static func listDropped(_ reply: JSONValue, _ sheet: inout Sheet) {
        listLine(reply, "dropped, ", &sheet)
    }

    private static func listLine(_ reply: JSONValue, _ done: String, _ sheet: inout Sheet) {
        let entries = Figures.count(reply["entries"]?.integer ?? 0)
        sheet.line("list \(reply["name"]?.plain ?? "-"): \(done)\(entries) networks")
    }
}
