// Commands about the log detector as a client's words.

import OpsCore

extension DetectorCommand {
    /// The words of a request about the log detector.
    var words: [String] {
        switch self {
        case .sources(let query): ["detector", "sources"] + query.words
        case .rules(let query): ["detector", "rules"] + query.words
        case .source(let report):
            [
                "detector", "source", "state=\(report.state.rawValue)",
                "kind=\(report.kind.rawValue)",
            ]
                + ["lines=\(report.lines)", "matches=\(report.matches)"]
                + ["lag_bytes=\(report.lagBytes)", "lost_bytes=\(report.lostBytes)"]
                + key("path", report.path) + key("detail", report.detail)
                + key("last_line", report.lastLine.map(Command.time))
                + key("last_match", report.lastMatch.map(Command.time)) + ["--", report.name]
        case .rule(let report):
            ["detector", "rule", "state=\(report.state.rawValue)", "looked=\(report.looked)"]
                + ["matched=\(report.matched)", "strikes=\(report.strikes)"]
                + ["ignored=\(report.ignored)", "limit_reached=\(report.limitReached)"]
                + ["cpu_us=\(report.cpuMicroseconds)", "share=\(report.share)"]
                + key("detail", report.detail) + ["--", report.name]
        case .event(let event):
            ["detector", "event", event.kind.rawValue] + key("source", event.source)
                + key("detail", event.detail)
        }
    }
}

extension DetectorQuery {
    fileprivate var words: [String] { ["--limit", "\(limit)"] + key("after", after) }
}
