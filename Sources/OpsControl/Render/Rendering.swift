// From a reply to text: one renderer a command, chosen by its verb.  A command without one, and a
// member that no renderer knows, is shown as `name: value`, so a newer daemon is never mute.

package import OpsProtocol

/// Replies as text for people.
package enum Rendering {
    /// The text of an `ok` reply, ending in a line feed, or empty.
    package static func text(verb: String, _ reply: JSONValue, _ view: View) -> String {
        var sheet = Sheet(view)
        switch verb {
        case "ping" where reply["pong"]?.bool == true: sheet.line("pong")
        case "version": version(reply, &sheet)
        case "commands": commands(reply, &sheet)
        case "config": config(reply, &sheet)
        case "reload": reload(reply, &sheet)
        case "snapshot": snapshot(reply, &sheet)
        case "status": status(reply, &sheet)
        case "health": health(reply, &sheet)
        case "metrics": metrics(reply, &sheet)
        case "metrics history": history(reply, &sheet)
        case "processes": processes(reply, &sheet)
        case "disks": disks(reply, &sheet)
        case "check", "hit", "strike", "success", "clear", "ban", "confirm", "unban":
            for result in reply["results"]?.elements ?? [reply] where result["code"] == nil {
                guardAnswer(verb, result, &sheet)
            }
        case "bans", "strikes", "events":
            list(verb, reply[verb]?.elements ?? [], &sheet)
            // In a pipe the lines are rows and nothing else.
            if let next = reply["next"], next != .null, view.columns != nil {
                sheet.line("more: --after \(next.plain)", .dim)
            }
        case "why": why(reply, &sheet)
        case "guard stats": guardStats(reply, &sheet)
        case "slo status": services(reply, &sheet)
        case "slo budget": budgets(reply, &sheet)
        case "gate status", "gate check": gate(reply, &sheet)
        case "gate override": gateOverride(reply, &sheet)
        case "list show": listShow(reply, &sheet)
        case "list drop", "list commit": listDone(verb, reply, &sheet)
        default: generic(reply, &sheet)
        }
        return sheet.text
    }

    /// The table of a list command, empty.
    static func table(of verb: String) -> Table {
        switch verb {
        case "bans": banTable
        case "strikes": strikeTable
        default: eventTable
        }
    }

    static func add(_ row: JSONValue, of verb: String, to table: inout Table) {
        switch verb {
        case "bans": add(ban: row, to: &table)
        case "strikes": add(strike: row, to: &table)
        default: add(event: row, to: &table)
        }
    }

    static func list(_ verb: String, _ rows: [JSONValue], _ sheet: inout Sheet) {
        if rows.isEmpty { return sheet.line("no \(verb)") }
        var table = table(of: verb)
        for row in rows { add(row, of: verb, to: &table) }
        table.flush(to: &sheet)
    }

    /// `name: value`, a line a member; objects inside are set in.
    static func generic(_ reply: JSONValue, _ sheet: inout Sheet, indent: Int = 0) {
        // The reader bounds the depth; the text stays readable for a few levels.
        for member in reply.members {
            sheet.space(indent)
            sheet.add(member.name, .dim)
            sheet.add(":")
            switch member.value {
            case .object(let inner) where !inner.isEmpty && indent < 16:
                sheet.endLine()
                generic(member.value, &sheet, indent: indent + 2)
            case .array(let all) where all.contains { !$0.members.isEmpty } && indent < 16:
                sheet.endLine()
                for element in all { listed(element, &sheet, indent: indent + 2) }
            default: sheet.line(Cell(" " + member.value.plain))
            }
        }
        if case .object = reply { return }
        sheet.line(reply.plain)
    }

    private static func listed(_ element: JSONValue, _ sheet: inout Sheet, indent: Int) {
        sheet.space(indent)
        sheet.line("- " + element.plain)
    }
}
