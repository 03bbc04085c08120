import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("What is told of lines that nobody could look at, and how much")
struct TellingTests {
    @Test("JSON that is too long or none is counted, shown, and said once")
    func json() throws {
        let bench = try DetectorBench(
            """
            [watch]
            rules = []
            [watch.source.web]
            files = ["%/web.log"]
            format = "json"
            [watch.rule.web]
            sources = ["web"]
            address = "ip"
            when.status = ["401"]
            """)
        _ = bench.turn()
        func line(_ bytes: Int) -> String {
            let header = String(repeating: "h", count: bytes)
            return #"{"status":401,"header":"\#(header)","ip":"192.0.2.1"}"# + "\n"
        }
        try bench.append(line(66_000), to: "web.log")
        try bench.append(line(250_000), to: "web.log")
        #expect(bench.turn() == ["192.0.2.1", "192.0.2.1"])
        #expect(bench.detector.takeHappenings().isEmpty)
        // The address is in what is left out.
        let far = #","x":"\#(String(repeating: "x", count: 2_000))"}"# + "\n"
        for _ in 0..<2 {
            try bench.append(String(line(300_000).dropLast(2)) + far, to: "web.log")
        }
        try bench.append(#"{"status":401"# + "\n", to: "web.log")
        #expect(bench.turn() == [])
        let row = try #require(Telemetry.rules(bench.detector).first)
        #expect(row.contains("2 too long to be read") && row.contains("not JSON"))
        #expect(bench.detector.takeHappenings().map(\.subject) == ["web"])
        _ = bench.turn()
        #expect(bench.detector.takeHappenings().isEmpty)
    }

    @Test("Positions that are lost are an event")
    func positions() throws {
        let bench = try DetectorBench("[watch]\nrules = []\n")
        _ = bench.turn()
        try bench.scratch.write("nonsense", to: "state/positions")
        bench.restart()
        #expect(bench.detector.takeHappenings().map(\.event) == ["log_lost"])
    }

    @Test("Ten of a kind and subject a minute are said, and the rest with the next")
    func budget() {
        var budget = HappeningBudget()
        var all = Happenings()
        for _ in 0..<200 { all.canary(source: "web", "x") }
        let told = all.takeAll().compactMap { budget.take($0, at: 0) }
        #expect(told.map(\.text) == Array(repeating: "x", count: 10))
        let note = Happening(event: nil, subject: "/a", text: "note")
        #expect(budget.take(note, at: 1)?.text == "note")
        all.canary(source: "web", "y")
        let next = all.takeAll().compactMap { budget.take($0, at: 60_000_000_000) }
        #expect(next.map(\.text) == ["y (190 more were not told)"])
    }

    @Test("An opsd that does not answer is told once, and when it does")
    func answers() {
        var watch = AnswerWatch()
        #expect(watch.look(isWaiting: false, answers: 0, at: 0) == nil)
        #expect(watch.look(isWaiting: true, answers: 0, at: 9_999) == nil)
        #expect(watch.look(isWaiting: true, answers: 0, at: 10_000) == .late)
        #expect(watch.look(isWaiting: true, answers: 0, at: 90_000) == nil)
        #expect(watch.look(isWaiting: true, answers: 1, at: 90_001) == .answering)
        #expect(watch.look(isWaiting: true, answers: 1, at: 100_000) == nil)
        #expect(watch.look(isWaiting: true, answers: 1, at: 100_001) == .late)
        // Another connection.
        #expect(watch.look(isWaiting: false, answers: 1, at: 100_002) == nil)
        #expect(watch.look(isWaiting: true, answers: 1, at: 100_003) == nil)
    }

    @Test("Looks at everything take a tenth of the time at most")
    func share() {
        var share = ScanShare()
        var now: Int64 = 0
        var used: Int64 = 0
        for _ in 0..<1_000 {
            now += 100_000_000
            guard share.allows(at: now) else { continue }
            share.took(from: now, to: now + 400_000_000)
            used += 400_000_000
        }
        #expect(used <= now / ScanShare.oneIn + 900_000_000 && used > now / 11)
    }
}
