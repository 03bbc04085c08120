// A check of several tries, the schedule, and what the control endpoints tell.

import OpsCore
import Testing

@testable import OpsCheck

@Suite struct RunTests {
    private func settings(_ change: (inout EndpointSettings) -> Void = { _ in }) -> EndpointSettings
    {
        var settings = EndpointSettings()
        change(&settings)
        return settings
    }

    private func up(_ milliseconds: Double) -> TryOutcome {
        var outcome = TryOutcome(state: .up)
        outcome.phases.total = milliseconds
        return outcome.judged(EndpointSettings())
    }

    /// Runs a check to its end; each try takes `milliseconds`.
    private func result(
        _ settings: EndpointSettings, _ outcomes: [TryOutcome], milliseconds: Int64 = 100
    ) -> (TryOutcome, tries: Int, at: Int64) {
        var run = CheckRun(settings, at: 0)
        var boot: Int64 = 0
        var tries = 0
        while true {
            switch run.next(at: boot) {
            case .start:
                boot += milliseconds
                run.ended(outcomes[min(tries, outcomes.count - 1)], at: boot)
                tries += 1
            case .wait(let until): boot = until
            case .done(let outcome): return (outcome, tries, boot)
            }
        }
    }

    @Test func oneGoodTryIsEnough() {
        let (outcome, tries, _) = result(settings(), [up(12)])
        #expect(outcome.state == .up && tries == 1)
    }

    @Test func theBestOfThreeCounts() {
        let (outcome, tries, _) = result(settings(), [.down("a"), up(2_000), up(5)])
        #expect(outcome.state == .up && tries == 3)
        let (slow, count, _) = result(settings(), [up(3_000), .down("a"), up(2_000)])
        #expect(slow.state == .slow && slow.phases.total == 2_000 && count == 3)
        let (down, all, _) = result(settings(), [.down("a")])
        #expect(down.state == .down && all == 3)
    }

    /// No try begins 10 s after the first did: detection is within interval, timeout and 10 s.
    @Test func triesBeginWithinTenSeconds() {
        for milliseconds in [5_000, 8_000, 60_000] as [Int64] {
            let (_, tries, at) = result(
                settings { $0.tries = 5 }, [.down("a")], milliseconds: milliseconds)
            #expect(at <= 10_000 + milliseconds && tries >= 1)
        }
    }

    /// What this host cannot ask is not known to be down.
    @Test func whatCouldNotBeAskedIsNotDown() {
        let (outcome, _, _) = result(settings(), [.down("a"), .unknown("b"), .down("c")])
        #expect(outcome.state == .unknown)
    }

    @Test func overBothProtocolsTheWorseCounts() {
        let both = settings {
            $0.family = .both
            $0.tries = 1
        }
        let (outcome, tries, _) = result(both, [up(5), .down("connect: refused")])
        #expect(tries == 2)
        #expect(outcome.state == .down && outcome.reason == "over IPv6: connect: refused")
        let (first, _, _) = result(both, [.down("status: 500"), up(5)])
        #expect(first.reason == "over IPv4: status: 500")
        #expect(result(both, [up(5), up(7)]).0.phases.total == 7)
    }

    @Test func checksAreSpreadAndComeOnceAnInterval() {
        var endpoints: [String: EndpointSettings] = [:]
        for index in 0..<2_000 { endpoints["e\(index)"] = settings() }
        var schedule = Schedule(endpoints, at: 1_000_000)
        var seen: [String: Int] = [:]
        var most = 0
        for second in 1...60 {
            let names = schedule.take(at: 1_000_000 + Int64(second) * 1_000)
            most = max(most, names.count)
            for name in names { seen[name, default: 0] += 1 }
        }
        #expect(seen.count == 2_000 && seen.values.allSatisfy { $0 == 2 })
        #expect(most < 2_000 / 30 * 2)
        // After a pause each is due once, not as often as was missed.
        let late = schedule.take(at: 10_000_000)
        let none = schedule.take(at: 10_000_000)
        #expect(late.count == 2_000 && none.isEmpty)
        let other = Schedule(endpoints, at: 77)
        #expect(other.next != nil)
    }

    @Test func withoutControlEndpointsTheNetworkWorks() {
        #expect(ControlDesk(count: 0).verdict(at: 5) == true)
    }

    @Test func oneControlEndpointThatAnswersIsEnough() {
        var desk = ControlDesk(count: 2)
        #expect(desk.verdict(at: 0) == nil)
        desk.ask([1, 2], at: 0)
        #expect(desk.isAsking)
        let isOther = !desk.ended(9, .down("a"), at: 1)
        let isFirst = desk.ended(1, .down("a"), at: 1)
        #expect(isOther && isFirst && desk.verdict(at: 2) == nil)
        let isSecond = desk.ended(2, up(3), at: 2)
        #expect(isSecond)
        #expect(desk.verdict(at: 3) == true)
        #expect(desk.verdict(at: 3 + ControlDesk.freshMilliseconds) == nil)
        desk.ask([3, 4], at: 9_000)
        _ = desk.ended(3, .down("a"), at: 9_001)
        _ = desk.ended(4, .unknown("a"), at: 9_002)
        #expect(desk.verdict(at: 9_003) == false)
    }

    @Test func aReportIsOneLine() {
        var outcome = up(12.34)
        outcome.certificateDays = 60
        #expect(
            CheckReport.line("api", outcome)
                == "endpoint report api state=up latency_ms=12.3 cert_days=60")
        #expect(
            CheckReport.line("api", .down("answer: \"x\"\nquit"))
                == #"endpoint report api state=down reason="answer: \"x\"\nquit""#)
        #expect(
            CheckReport.line("api", .down(String(repeating: "\u{1}", count: 4_000))).utf8.count
                < 300)
    }
}
