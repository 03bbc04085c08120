// The general form of a reply, `name: value`, and what several renderers share.  A member that no
// renderer knows, such as one from a newer daemon, is shown in this form.

import OpsProtocol

extension Rendering {
    /// `name: value`, a line for each member; the members of objects inside are indented.
    static func general(_ reply: JSONValue, _ sheet: inout Sheet) {
        general(reply, &sheet, indent: 0)
    }

    private static func general(_ reply: JSONValue, _ sheet: inout Sheet, indent: Int) {
        // The JSON reader bounds the depth; the text is readable for only a few levels.
        for member in reply.members {
            sheet.space(indent)
            sheet.add(member.name, .dim)
            sheet.add(":")
            switch member.value {
            case .object(let inner) where !inner.isEmpty && indent < 16:
                sheet.endLine()
                general(member.value, &sheet, indent: indent + 2)
            case .array(let all) where all.contains { !$0.members.isEmpty } && indent < 16:
                sheet.endLine()
                for element in all {
                    sheet.space(indent + 2)
                    sheet.line("- " + element.plain)
                }
            default: sheet.line(Cell(" " + member.value.plain))
            }
        }
        if case .object = reply { return }
        sheet.line(reply.plain)
    }

    /// Writes `more: --after NEXT` on a terminal; in a pipe every line must be a row.
    static func more(after next: JSONValue?, _ sheet: inout Sheet) {
        guard let next, next != .null, sheet.view.columns != nil else { return }
        sheet.line("more: --after \(next.plain)", .dim)
    }
}
