// A filter and its lines, as the tests of this folder write them down.

import OpsCore

@testable import OpsDetect

/// A time in the tests: 14 July 2017, 02:40:00 UTC.
let someTime: Int64 = 1_500_000_000_000

/// A filter that reads lines, with tags in its patterns as fail2ban writes them.
final class FilterLines {
    let run: FilterRun
    let budget: LineBudget
    var now = someTime

    init(
        prefix: String? = nil, _ failures: [String], ignored: [String] = [], maxLines: Int = 1,
        datePattern: String? = nil, zone: LogZone = LogZone(minutes: 0),
        limits: FilterLimits = FilterLimits(), clock: @escaping () -> Int64 = { 0 },
        threadCPU: (() -> Int64)? = nil
    ) throws {
        run = try FilterRun(
            FilterDefinition(
                name: "test", prefix: prefix.map(RegexTags.expand),
                failures: failures.map(RegexTags.expand),
                ignored: ignored.map(RegexTags.expand), maxLines: maxLines,
                datePattern: datePattern),
            zone: zone, limits: limits)
        budget = LineBudget(LineClock(monotonic: clock, threadCPU: threadCPU ?? clock))
    }

    /// The failures in a line whose time is known: now, unless it is given.
    func findings(
        _ line: String, at time: LineTime? = nil, candidates: PatternCandidates = .all,
        isFresh: Bool = false
    ) -> [Finding] {
        findings(Array(line.utf8), at: time, candidates: candidates, isFresh: isFresh)
    }

    /// The failures in a line of these bytes.
    func findings(
        _ line: [UInt8], at time: LineTime? = nil, candidates: PatternCandidates = .all,
        isFresh: Bool = false
    ) -> [Finding] {
        var findings: [Finding] = []
        budget.begin()
        run.read(
            line.span, at: time ?? .known(now), now: now, candidates: candidates,
            isFresh: isFresh, budget: budget, into: &findings)
        return findings
    }

    /// The addresses in a line.
    func read(_ line: String, at time: LineTime? = nil) -> [String] {
        findings(line, at: time).map { $0.address?.description ?? "-" }
    }
}
