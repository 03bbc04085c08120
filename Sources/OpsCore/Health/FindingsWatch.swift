// Since when each finding has been there: what a spike causes is over before `health.hold`.

/// Remembers the findings of one sample until the next.  Runs on boot time alone.
package struct FindingsWatch: Hashable, Sendable {
    private struct Key: Hashable, Sendable {
        let code: HealthFinding.Code
        let thing: String
    }

    private var since: [Key: Int64] = [:]

    /// No findings yet.
    package init() {}

    /// Takes the findings of a sample, and marks those that have lasted.
    package mutating func observe(
        _ findings: [HealthFinding], holdMilliseconds: Int64, at now: Moment
    ) -> [HealthFinding] {
        var present: [Key: Int64] = [:]
        let marked = findings.map { finding in
            let key = Key(code: finding.code, thing: finding.thing)
            let began = min(since[key] ?? now.boot, now.boot)
            present[key] = began
            var finding = finding
            finding.isHeld = (now.boot - began) / 1_000_000 >= holdMilliseconds
            return finding
        }
        since = present
        return marked
    }
}
