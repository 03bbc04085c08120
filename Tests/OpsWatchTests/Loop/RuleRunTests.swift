import OpsCore
import OpsDetect
import Testing

@testable import OpsWatch

@Suite("What a rule makes of what it finds")
struct RuleRunTests {
    private static let now: Int64 = 1_780_000_000_000

    /// A rule, and what it did.
    private struct Bench {
        var rule: PlannedRule
        let tally = RuleTally(share: FilterShare(percent: 5, seed: 1))

        init(_ name: String = "gate", _ patterns: String...) {
            let definition = FilterDefinition(
                name: name, failures: patterns.map(RegexTags.expand), datePattern: "%Y-%m-%d %H:%M")
            rule = PlannedRule(
                name: name, detection: .filter(definition), reportAs: name,
                windowMilliseconds: 600_000)
        }

        func run(source: Int = 0) throws -> RuleRun {
            try RuleRun(rule, source: source, zone: SourceZone(zone: .utc), tally: tally)
        }
    }

    private func lane(_ runs: [RuleRun], encoding: TextEncoding = .utf8) -> LogLane {
        let clock = LineClock(monotonic: { 0 }, threadCPU: { 0 })
        return LogLane(sources: [0, 1], encoding: encoding, runs: runs, budget: LineBudget(clock))
    }

    private func read(
        _ lane: LogLane, _ bytes: [UInt8], isFresh: Bool = false, now: Int64 = now
    ) -> [Report] {
        var reports: [Report] = []
        _ = lane.read(
            bytes.span, 0..<bytes.count, LogLane.Context(now: now, isFresh: isFresh),
            origin: { LineOrigin(stream: "log.0", number: UInt64($0) * LineOrigin.perLine) }
        ) {
            reports.append($0)
            return true
        }
        return reports
    }

    private func read(_ lane: LogLane, _ text: String, isFresh: Bool = false) -> [Report] {
        read(lane, Array((text + "\n").utf8), isFresh: isFresh)
    }

    @Test("Private addresses are reported only where the rule says so")
    func ofPrivate() throws {
        var bench = Bench("gate", "^denied <HOST>$")
        let text = "denied 10.1.2.3\ndenied 192.0.2.1\ndenied fe80::1"
        #expect(
            read(lane([try bench.run()]), text).map { $0.address?.description ?? "-" } == [
                "192.0.2.1"
            ])
        #expect(bench.tally.ofPrivate == 2)
        bench.rule.reportsPrivate = true
        #expect(read(lane([try bench.run()]), text).count == 3)
    }

    @Test("Networks that the rule leaves alone are never reported")
    func ignored() throws {
        var bench = Bench("gate", "^denied <HOST>$")
        bench.rule.ignored = [Network(ipv4: 0xc000_0200, prefix: 24)]
        let reports = read(lane([try bench.run()]), "denied 192.0.2.1\ndenied 198.51.100.1")
        #expect(reports.map { $0.address?.description ?? "-" } == ["198.51.100.1"])
        #expect(bench.tally.ignored == 1)
    }

    @Test("A rule for incidents reports the line, also of nobody, and of private addresses")
    func incidents() throws {
        var bench = Bench("gate", "^ ?ERROR .*(?:from <HOST>)?$")
        guard case .filter(var definition) = bench.rule.detection else { return }
        definition.failures = ["^ ?ERROR (?:no disk|from (?<ip4>[0-9.]+))$"]
        definition.findsLines = true
        bench.rule.detection = .filter(definition)
        bench.rule.action = .incident
        bench.rule.severity = .critical
        let text = "ERROR no disk\nERROR from 10.1.2.3\nINFO no disk"
        let reports = read(lane([try bench.run()]), text)
        #expect(
            reports.map(\.verb) == [
                .incident(.critical, line: "ERROR no disk"),
                .incident(.critical, line: "ERROR from 10.1.2.3"),
            ])
        #expect(reports.map { $0.address?.description ?? "-" } == ["-", "10.1.2.3"])
        #expect(bench.tally.reported == 2 && bench.tally.withoutAddress == 0)
        // Its date is not quoted.
        #expect(
            read(lane([try bench.run()]), "2026-05-28 20:25 ERROR no disk").map(\.verb)
                == [.incident(.critical, line: "ERROR no disk")])
        // What was written more than `window` ago is history.
        #expect(read(lane([try bench.run()]), "2026-05-28 20:15 ERROR no disk") == [])
        #expect(bench.tally.tooOld == 1)
    }

    @Test("A strike that is older than opsd counts is not reported, a success is")
    func tooOld() throws {
        var bench = Bench("gate", "^ ?denied <HOST>$")
        // 20:26:40 is now.
        let text = "2026-05-28 20:15 denied 192.0.2.1\n2026-05-28 20:17 denied 192.0.2.2"
        #expect(
            read(lane([try bench.run()]), text).map { $0.address?.description ?? "-" } == [
                "192.0.2.2"
            ])
        #expect(bench.tally.tooOld == 1)
        bench.rule.action = .success
        #expect(read(lane([try bench.run()]), text).map(\.verb) == [.success, .success])
    }

    @Test("A match weighs what the rule says")
    func weight() throws {
        var bench = Bench("gate", "^denied <HOST>$")
        bench.rule.weight = 7
        #expect(read(lane([try bench.run()]), "denied 192.0.2.1").map(\.weight) == [7])
        bench.rule.weight = 5_000
        #expect(
            read(lane([try bench.run()]), "denied 192.0.2.1").map(\.weight) == [Report.mostWeight])
    }

    @Test("A line counts once for an address at one source, and each report has its place")
    func once() throws {
        var other = Bench("again", "^denied <HOST>$")
        other.rule.reportAs = "gate"
        let third = Bench("door", "^denied <HOST>$")
        let runs = [try Bench("gate", "^denied <HOST>$").run(), try other.run(), try third.run()]
        let reports = read(lane(runs), "x\ndenied 192.0.2.1")
        #expect(reports.map(\.source) == ["gate", "door"])
        #expect(reports.map { $0.place?.number } == [32, 33])
        // The next line is another matter.
        #expect(read(lane(runs), "denied 192.0.2.1\ndenied 192.0.2.1").count == 4)
    }

    @Test("More reports than a line has places share the last one")
    func places() {
        let origin = LineOrigin(stream: "log.0", number: 160)
        #expect(origin.place(0)?.number == 160)
        #expect(origin.place(15)?.number == 175)
        #expect(origin.place(16)?.number == 175)
        #expect(LineOrigin(stream: nil, number: 0).place(0) == nil)
    }

    @Test("Each rule is asked about lines with literals of its own")
    func literals() throws {
        let first = Bench("gate", "^denied <HOST>$", "^refused <HOST>$")
        let second = Bench("door", "^locked <HOST>$", "^closed for <HOST>$")
        let runs = [try first.run(), try second.run()]
        let reports = read(lane(runs), "closed for 192.0.2.1\nrefused 192.0.2.2\nlocked 192.0.2.3")
        #expect(reports.map(\.source) == ["door", "gate", "door"])
        for run in runs { run.settle() }
        #expect(first.tally.tried == 1 && second.tally.tried == 2)
    }

    @Test("A canary line is told, at most four at a time")
    func canary() throws {
        let lane = lane([try Bench("gate", "^denied <HOST>$").run()])
        #expect(read(lane, "a\nx opswatch-canary 7\nb").isEmpty)
        #expect(lane.takeCanaries() == ["x opswatch-canary 7"])
        #expect(lane.takeCanaries().isEmpty)
        _ = read(lane, (0..<9).map { "opswatch-canary \($0)" }.joined(separator: "\n"))
        #expect(lane.takeCanaries().count == 4)
    }

    @Test("Letters of a log in latin-1 are letters")
    func latin1() throws {
        let bytes = Array("denied M".utf8) + [0xfc] + Array("ller 192.0.2.1\n".utf8)
        let bench = Bench("gate", "^denied <F-USER>\\w+</F-USER> <HOST>$")
        #expect(read(lane([try bench.run()], encoding: .latin1), bytes).map(\.user) == ["Müller"])
        #expect(read(lane([try bench.run()]), bytes).isEmpty)
    }

    @Test("Only lines that were just written teach how far a source's clock is off")
    func offset() throws {
        let bench = Bench("gate", "^ ?denied <HOST>$")
        for isFresh in [false, true] {
            let run = try bench.run()
            let lane = lane([run])
            for minute in 0..<12 {
                let two = minute < 10 ? "0\(minute)" : "\(minute)"
                _ = read(
                    lane, Array("2026-05-28 22:\(two) denied 192.0.2.1\n".utf8), isFresh: isFresh,
                    now: Self.now - 26 * 60_000 - 40_000 + Int64(minute) * 60_000)
            }
            #expect(run.takeNewOffset() == (isFresh ? 7_200_000 : nil))
            #expect(run.takeNewOffset() == nil)
        }
    }

    @Test("A rule pays for what it took since the last account")
    func account() {
        let tally = RuleTally(
            share: FilterShare(percent: 5, burstNanoseconds: 1_000_000_000, seed: 1))
        tally.nanoseconds = 600_000_000
        for second in Int64(0)..<20 {
            #expect(tally.account(uptime: second * 1_000_000_000) == nil)
        }
        tally.nanoseconds += 2_000_000_000
        #expect(tally.account(uptime: 20_000_000_000) == .slow)
    }
}
