// The text of `audit status`.

import OpsProtocol

extension Rendering {
    /// `audit status`.
    static func auditStatus(_ reply: JSONValue, _ sheet: inout Sheet) {
        let directory = reply["directory"]?.plain ?? "-"
        let place = "\(directory)/\(reply["file"]?.plain ?? "-")"
        guard reply["seq"]?.integer != nil, let hash = reply["hash"]?.text else {
            sheet.line("\(place): no chain line is written yet")
            if let fault = reply["fault"]?.text { sheet.line(fault) }
            return
        }
        sheet.line("\(place): chain line \(reply["seq"]?.plain ?? "-")")
        sheet.line("hash:     \(hash)")
        sheet.line("through:  event \(reply["through"]?.plain ?? "-")")
        if let durable = reply["durable_seq"]?.integer, let hash = reply["durable_hash"]?.text {
            sheet.line("on disk:  \(durable):\(hash.prefix(12))")
        } else {
            sheet.line("on disk:  nothing yet")
        }
        if let lost = reply["lost_lines"]?.integer, lost > 0 {
            sheet.line("lost:     \(lost) events since opsd started; lines_lost lines say which")
        }
        if let fault = reply["fault"]?.text { sheet.line("fault:    \(fault)") }
    }
}
