// What opsd is told of a check.

import OpsCore
import OpsProtocol

/// The request `endpoint report`.
enum CheckReport {
    static func line(_ name: String, _ outcome: TryOutcome) -> String {
        var line = "endpoint report \(name) state=\(outcome.state.rawValue)"
        if outcome.state == .up || outcome.state == .slow {
            line += " latency_ms=\(milliseconds(outcome.phases.total))"
        }
        if let days = outcome.certificateDays {
            line += " cert_days=\(min(max(days, -99_999), 99_999))"
        }
        if let reason = outcome.reason {
            var json = JSONWriter()
            json.string(reason.cut(toWrittenBytes: EndpointBounds.reasonBytes))
            line += " reason=\(json.text)"
        }
        return line
    }

    /// With one decimal.
    static func milliseconds(_ value: Double) -> String {
        let tenths = Int64((min(max(value, 0), 86_400_000) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
