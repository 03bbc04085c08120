// A request about queues as a client's words.

import OpsCore
import OpsProtocol

extension QueueCommand {
    /// The words of a request about queues.
    var words: [String] {
        switch self {
        case .report(let report):
            ["queue", "report", "\(report.name)", "--depth", "\(report.depth)"]
                + key("processed", report.processed) + key("failed", report.failed)
                + key("oldest_seconds", report.oldestSeconds)
        case .status(let names): ["queue", "status"] + names.map { "\($0)" }
        }
    }
}
