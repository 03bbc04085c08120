import OpsDetect
import Testing

@testable import OpsWatch

@Suite("Rules that look at the same lines")
struct LogLaneTests {
    private func run(_ number: Int, _ pattern: String) throws -> RuleRun {
        let definition = FilterDefinition(
            name: "rule\(number)", failures: [RegexTags.expand(pattern)])
        let rule = PlannedRule(
            name: definition.name, detection: .filter(definition), reportAs: definition.name,
            windowMilliseconds: 600_000)
        return try RuleRun(
            rule, source: 0, zone: SourceZone(zone: .utc, minutes: nil),
            tally: RuleTally(share: FilterShare(percent: 5, seed: 1)))
    }

    @Test("A line that each of them would take long for costs one budget, and no more")
    func oneBudget() throws {
        // The clock goes on by 100 us each time somebody looks at it.
        var looks: Int64 = 0
        let clock = LineClock(
            monotonic: {
                looks += 1
                return looks * 100_000
            }, threadCPU: { looks * 100_000 })
        let runs = try (0..<10).map { try run($0, "refused.*x.*bc <HOST>$") }
        let lane = LogLane(
            sources: [0], encoding: .utf8, runs: runs, budget: LineBudget(clock))
        func reports(_ text: String) -> [Report] {
            var found: [Report] = []
            let bytes = Array((text + "\n").utf8)
            _ = lane.read(
                bytes.span, 0..<bytes.count, LogLane.Context(now: 1_000, isFresh: false),
                origin: { LineOrigin(stream: nil, number: UInt64($0)) }
            ) {
                found.append($0)
                return true
            }
            for run in runs { run.settle() }
            return found
        }
        #expect(reports("refused" + String(repeating: "x", count: 8_000) + "bc ").isEmpty)
        #expect(runs.map(\.tally.limitReached) == Array(repeating: 1, count: 10))
        // One for each rule that is told what it took, one at the start, ten to the end.
        #expect(looks <= 10 + 1 + 10)
        #expect(runs.map(\.tally.nanoseconds).reduce(0, +) == (looks - 1) * 100_000)
        // The next line is read by all.
        let found = reports("refused x bc 192.0.2.1")
        #expect(found.map(\.source) == (0..<10).map { "rule\($0)" })
        #expect(runs.map(\.tally.limitReached) == Array(repeating: 1, count: 10))
    }
}
