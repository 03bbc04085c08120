// The replies about the log detector.

import OpsCore

extension DetectorReply {
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        switch self {
        case .noted: json.member("noted", true)
        case .told(let isTold, let untold):
            json.member("told", isTold)
            json.key("untold")
            json.integer(untold)
        case .sources(let page):
            let last = json.pageRows("sources", page.rows, budget) { $1.writeMembers(to: &$0) }
            json.next(last?.report.name ?? page.next)
        case .rules(let page):
            let last = json.pageRows("rules", page.rows, budget) { $1.writeMembers(to: &$0) }
            json.next(last?.report.name ?? page.next)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func next(_ name: String?) {
        key("next")
        if let name { string(name) } else { null() }
    }

    fileprivate mutating func member(_ name: StaticString, text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    /// `state`, and what was told last where that is old.
    fileprivate mutating func state(_ told: String, isStale: Bool) {
        member("state", text: isStale ? "stale" : told)
        if isStale { member("last_state", text: told) }
    }

    fileprivate mutating func count(_ name: StaticString, _ count: Int) {
        key(name)
        integer(count)
    }
}

extension SourceRow {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("name", text: report.name)
        json.state(report.state.rawValue, isStale: isStale)
        json.member("kind", text: report.kind.rawValue)
        json.member("path", text: report.path)
        json.count("lines", report.lines)
        json.count("matches", report.matches)
        json.member("last_line", seconds: report.lastLine.map { $0 / 1_000 })
        json.member("last_line_seconds", integer: lineAgeSeconds)
        json.member("last_match", seconds: report.lastMatch.map { $0 / 1_000 })
        json.member("last_match_seconds", integer: matchAgeSeconds)
        json.count("lag_bytes", report.lagBytes)
        json.count("lost_bytes", report.lostBytes)
        json.member("detail", text: report.detail)
        json.member("age_seconds", integer: ageSeconds)
    }
}

extension RuleRow {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("name", text: report.name)
        json.state(report.state.rawValue, isStale: isStale)
        json.count("looked", report.looked)
        json.count("matched", report.matched)
        json.count("strikes", report.strikes)
        json.count("ignored", report.ignored)
        json.count("limit_reached", report.limitReached)
        json.count("cpu_us", report.cpuMicroseconds)
        json.member("cpu_percent", cpuPercent, decimals: 2)
        json.count("share", report.share)
        json.member("detail", text: report.detail)
        json.member("age_seconds", integer: ageSeconds)
    }
}
