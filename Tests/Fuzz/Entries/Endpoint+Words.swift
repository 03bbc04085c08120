// A request about endpoints as a client's words.

import OpsCore
import OpsProtocol

extension EndpointCommand {
    /// The words of a request about endpoints.
    var words: [String] {
        switch self {
        case .report(let report):
            var words = ["endpoint", "report", report.name, "state=\(report.state.rawValue)"]
            if let latency = report.latencyMilliseconds { words.append("latency_ms=\(latency)") }
            if let reason = report.reason { words.append("reason=\(reason)") }
            if let days = report.certificateDays { words.append("cert_days=\(days)") }
            return words
        case .list(let query):
            var words = ["endpoints"] + (query.name.map { [$0] } ?? [])
            words.append("limit=\(query.limit)")
            if let after = query.after { words.append("after=\(after)") }
            return words
        }
    }
}
