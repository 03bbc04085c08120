// Lines that take no time, for tests of what is found in them.

@testable import OpsDetect

extension LineBudget {
    /// On a clock that stands still.
    static var still: LineBudget { LineBudget(LineClock(monotonic: { 0 }, threadCPU: { 0 })) }

    /// A line on a clock that goes on by so much each time somebody looks.
    static func ticking(_ nanoseconds: Int64, limit: Int64) -> LineBudget {
        var time: Int64 = 0
        let clock = {
            time += nanoseconds
            return time
        }
        let budget = LineBudget(LineClock(monotonic: clock, threadCPU: clock), limit: limit)
        budget.begin()
        return budget
    }
}

extension Pattern {
    func search(_ subject: Span<UInt8>, from: Int = 0, into match: inout PatternMatch)
        -> PatternOutcome
    {
        search(subject, from: from, into: &match, budget: .still)
    }
}

extension DateDetector {
    mutating func find(in line: Span<UInt8>, now: Int64) -> DateFinding? {
        find(in: line, now: now, budget: .still)
    }
}

extension DateTemplate {
    func search(_ line: Span<UInt8>, from: Int, scratch: inout PatternMatch) -> DateMatch? {
        search(line, from: from, scratch: &scratch, budget: .still)
    }
}

extension FilterRun {
    func read(
        _ line: Span<UInt8>, at time: LineTime, now: Int64, candidates: PatternCandidates = .all,
        into findings: inout [Finding]
    ) {
        read(line, at: time, now: now, candidates: candidates, budget: .still, into: &findings)
    }
}

extension JSONRule {
    func read(_ line: Span<UInt8>, at time: LineTime, now: Int64, into findings: inout [Finding]) {
        read(line, at: time, now: now, budget: .still, into: &findings)
    }
}
