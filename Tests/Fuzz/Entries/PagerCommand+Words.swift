// The words of a command about channels.

import OpsCore
import OpsProtocol

extension PagerCommand {
    var words: [String] {
        switch self {
        case .status: ["pager", "status"]
        case .test(let channel): ["pager", "test", channel]
        case .report(let report):
            [
                "pager", "report", report.channel, "kind=\(report.kind.rawValue)",
                "sent=\(report.sent)", "failed=\(report.failed)", "in_hand=\(report.inHand)",
            ] + key("last_success", report.lastSuccess) + key("last_error", report.lastError)
                + key("last_error_at", report.lastErrorAt)
        }
    }
}
