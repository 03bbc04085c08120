import OpsCore
import Testing

@testable import OpsDetect

@Suite("What a line may take, over all its patterns")
struct LineBudgetTests {
    /// Each place is tried, and at each the rest of the line: no single one takes many steps.
    private let slow = "a.*bc"
    private let line = [UInt8](repeating: UInt8(ascii: "a"), count: 2_048) + Array("cb".utf8)

    /// Clocks that go on at each look, and how often each was looked at.
    private final class Looks {
        var passed: Int64 = 0
        var used: Int64 = 0
        var monotonic = 0
        var threadCPU = 0

        /// One look at the monotonic clock is so much later than the one before, of which the
        /// thread had `cpu`.
        func budget(passing: Int64, cpu: Int64, limit: Int64 = 1_000_000) -> LineBudget {
            LineBudget(
                LineClock(
                    monotonic: {
                        self.monotonic += 1
                        self.passed += passing
                        self.used += cpu
                        return self.passed
                    },
                    threadCPU: {
                        self.threadCPU += 1
                        return self.used
                    }), limit: limit)
        }
    }

    @Test("Steps do not bound time: in a long line the clock does, once for all patterns")
    func clock() throws {
        let slow = try Pattern(slow)
        let quick = try Pattern("^a")
        var match = PatternMatch()
        #expect(slow.search(line.span, into: &match) == .none)
        let looks = Looks()
        let budget = looks.budget(passing: 30, cpu: 30, limit: 100)
        budget.begin()
        #expect(slow.search(line.span, into: &match, budget: budget) == .limitReached)
        #expect(budget.isOver)
        let atTheEnd = looks.monotonic
        #expect(atTheEnd == 5)
        #expect(slow.search(line.span, into: &match, budget: budget) == .limitReached)
        #expect(quick.search(Array("a".utf8).span, into: &match, budget: budget) == .limitReached)
        #expect(looks.monotonic == atTheEnd)
        // The next line has all of it again.
        budget.begin()
        #expect(!budget.isOver)
        #expect(quick.search(line.span, into: &match, budget: budget) == .found)
    }

    @Test("A short line that would take many steps at each of its places is stopped by the clock")
    func short() throws {
        let slow = try Pattern("a.*a.*a.*[bc]")
        let line = [UInt8](repeating: UInt8(ascii: "a"), count: 200)
        var match = PatternMatch()
        let budget = Looks().budget(passing: 100_000, cpu: 100_000)
        budget.begin()
        #expect(slow.search(line.span, into: &match, budget: budget) == .limitReached)
        #expect(budget.isOver)
    }

    @Test("A line that is quick asks for the time twice, and seldom for CPU time")
    func quick() throws {
        let pattern = try Pattern("user (\\S+) from (\\S+)$")
        let line = Array("user anna from 192.0.2.1".utf8)
        let looks = Looks()
        let budget = looks.budget(passing: 1_000, cpu: 1_000)
        var match = PatternMatch()
        for _ in 0..<1_000 {
            budget.begin()
            for _ in 0..<10 {
                #expect(pattern.search(line.span, into: &match, budget: budget) == .found)
            }
            #expect(budget.lap() == 1_000)
        }
        #expect(looks.monotonic == 2_000)
        // One in 200 us.
        #expect((9...11).contains(looks.threadCPU))
    }

    @Test("A thread that stands still for long misses nothing")
    func preempted() throws {
        let slow = try Pattern(slow)
        var match = PatternMatch()
        // Between two looks the thread stands still for a second, and runs for 10 ns.
        let looks = Looks()
        let budget = looks.budget(passing: 1_000_000_000, cpu: 10)
        budget.begin()
        #expect(slow.search(line.span, into: &match, budget: budget) == .none)
        #expect(looks.monotonic > 30)
        #expect(!budget.isOver)
        let took = budget.lap()
        #expect(took == Int64(looks.monotonic - 1) * 10)
        // Another lap begins there.
        #expect(budget.lap() == 10)
    }

    @Test("A line that several rules would take long for costs one limit, and the next is read")
    func severalRules() throws {
        let looks = Looks()
        let budget = looks.budget(passing: 100_000, cpu: 100_000)
        let runs = try (0..<20).map { _ in
            try FilterRun(
                FilterDefinition(name: "slow", failures: [RegexTags.expand("no.*x.*bc <HOST>$")]),
                zone: .utc)
        }
        var findings: [Finding] = []
        func read(_ line: [UInt8]) {
            budget.begin()
            for run in runs {
                run.read(line.span, at: .known(0), now: 0, budget: budget, into: &findings)
            }
        }
        read(Array(("no" + String(repeating: "x", count: 8_000) + "bc ").utf8))
        #expect(runs.map(\.statistics.limitReached) == Array(repeating: 1, count: 20))
        // One for each of the twenty laps, one at the start, and ten to its end.
        #expect(looks.monotonic <= 20 + 1 + 10)
        #expect(findings.isEmpty)
        read(Array("no x bc 192.0.2.1".utf8))
        #expect(findings.count == 20)
        #expect(runs.map(\.statistics.limitReached) == Array(repeating: 1, count: 20))
    }

    @Test("Dates take of it too: when it is over, none is found")
    func dates() throws {
        var detector = try DateDetector(pattern: nil, zone: .utc)
        let line = Array("x 2026-11-28 19:10:12.5 y".utf8)
        #expect(detector.find(in: line.span, now: 0, budget: .still) != nil)
        var fresh = try DateDetector(pattern: nil, zone: .utc)
        let over = LineBudget.ticking(10, limit: 5)
        over.check()
        over.check()
        #expect(over.isOver)
        #expect(fresh.find(in: line.span, now: 0, budget: over) == nil)
    }
}
