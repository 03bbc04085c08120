// The daily check (S4-01, S4-02) at `health.daily`: daily_health.json in the log directory,
// replaced as a whole, and an incident where it fails.  opsd has all it needs; opscheck and
// opswatch have told it already.

import OpsConfig
import OpsCore
import OpsProtocol

/// When the daily check is due, and what the rules of opswatch had found by the last one.
struct DailyCheck {
    static let file = "daily_health.json"

    /// Nanoseconds since 1970; nil: it is not planned.
    private var due: Int64?
    private var minutes = TimeOfDay.never
    /// What each rule had found, as opswatch counts.
    private var matched: [String: Int] = [:]
    /// When `matched` was taken, wall clock seconds since 1970; nil: never by this opsd.
    private(set) var taken: Int64?

    /// Whether it is due now; then it is due again the next day.  Planned anew where the setting or
    /// the clock has changed.
    mutating func isDue(minutes: Int, at wall: Int64) -> Bool {
        if minutes == TimeOfDay.never {
            due = nil
            return false
        }
        let isPlanned = due.map { $0 - wall <= Calendar.day } ?? false
        if !isPlanned || minutes != self.minutes {
            self.minutes = minutes
            due = Calendar.next(minutes: minutes, after: wall)
            return false
        }
        guard let due, due <= wall else { return false }
        self.due = Calendar.next(minutes: minutes, after: wall)
        return true
    }

    /// What rules have found since the last time, by name.  opswatch counts from its own start: a
    /// count that has become smaller began anew.
    mutating func findings(_ rules: [(name: String, matched: Int)], at wall: Int64)
        -> [DailyHealth.Finding]
    {
        var findings: [DailyHealth.Finding] = []
        for rule in rules {
            let before = matched[rule.name] ?? 0
            let fresh = rule.matched < before ? rule.matched : rule.matched - before
            if fresh > 0 {
                findings.append(DailyHealth.Finding(rule: rule.name, matches: UInt64(fresh)))
            }
        }
        matched = Dictionary(rules.map { ($0.name, $0.matched) }) { $1 }
        taken = wall
        return findings.sorted { $0.rule < $1.rule }
    }
}

extension EventLoop {
    /// Makes the daily check if it is due; called once a second.
    func considerDailyHealth() {
        let minutes = configuration.health.dailyHealthMinutes
        guard loop.dailyHealth.isDue(minutes: minutes, at: engine.now.wall) else { return }
        let wall = engine.now.wall / Rounds.second
        let since = max(loop.dailyHealth.taken ?? 0, wall - 86_400)
        let rules = engine.detector.rules(
            DetectorQuery(limit: DetectorBounds.rows), at: engine.now)
        let findings = loop.dailyHealth.findings(
            rules.rows.map { ($0.report.name, $0.report.matched) }, at: wall)
        let health = engine.checkHealth(findings, since: since)
        var bytes: [UInt8] = []
        health.write(to: &bytes)
        perform(.trail(.replace(DailyCheck.file, bytes: bytes)))
    }
}
