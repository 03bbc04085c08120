// Requests about spending: what a line means, and that the short ways mean the same.

import OpsTestKit
import Testing

@testable import OpsCore
@testable import OpsProtocol

@Suite struct CostRequestTests {
    private func command(_ line: String, byTable: Bool) -> Result<Command, Refusal> {
        let bytes = Array(line.utf8)
        do throws(Refusal) {
            return .success(
                byTable
                    ? try RequestParser.parseByTable(bytes.span).command
                    : try RequestParser.parse(bytes.span).command)
        } catch {
            return .failure(error)
        }
    }

    /// Any words in any order: the way in one pass and the way by the table say the same.
    @Test func bothWaysSayTheSame() {
        var random = SeededGenerator(seed: 4)
        let verbs = [
            "cost record", "cost reserve", "cost settle", "cost release", "cost correct",
            "cost check", "cost status", "cost",
        ]
        let words = [
            "model=gpt-4o", "model=a/b:c", "model=", "model=-x", "usd=1", "usd=0.0125", "usd=1e3",
            "usd=", "key=k", "key=job=17", "key=\"a b\"", "key=", "in=5", "in=05", "in=1000000001",
            "max_out=7", "17", "0", "017", "18446744073709551615", "99999999999999999999", "ttl=5m",
            "at=1", "exempt=true", "x", "\"17\"", "model=\"gpt-4o\"",
        ]
        var plain = 0
        for _ in 0..<40_000 {
            var line = random.pick(verbs)
            for _ in 0..<Int(random.next() % 5) { line += " " + random.pick(words) }
            let fast = command(line, byTable: false)
            #expect(fast == command(line, byTable: true), "\(line)")
            let bytes = Array(line.utf8)
            if RequestParser.parsePlainCost(bytes.span) != nil { plain += 1 }
        }
        #expect(plain > 100)
    }

    @Test func theHotWayMeansARecord() {
        for (line, isHot) in [
            ("cost record model=gpt-4o usd=0.0125", true), ("cost record model=a usd=1", true),
            ("cost record usd=1 model=a", false), ("cost record model=a usd=1 key=k", false),
            ("cost record model=a  usd=1", false), ("cost record model=a usd=", false),
            ("cost record model= usd=1", false), ("cost record model=a usd=-1", false),
            ("cost record model=a", false), ("cost record model=", false),
        ] {
            let bytes = Array(line.utf8)
            let found = RequestParser.spend(bytes.span)
            #expect((found != nil) == isHot, "\(line)")
            guard let found else { continue }
            let report = CostReport(model: found.model, amount: found.amount)
            #expect(command(line, byTable: true) == .success(.cost(.record(report))))
        }
    }

    @Test(arguments: [
        ("cost reserve model=a", "usd: missing; either usd, or both in and max_out"),
        ("cost reserve model=a in=1", "usd: missing; either usd, or both in and max_out"),
        (
            "cost reserve model=a usd=1 in=1 max_out=1",
            "usd: cannot be given together with in and max_out"
        ),
        ("cost settle usd=1", "id: missing; one of id and key is required"),
        ("cost settle 1 key=k usd=1", "key: cannot be given together with the id"),
        ("cost settle 1", "usd: missing"), ("cost record usd=1", "model: missing"),
        (
            "cost record model=a usd=1e-05",
            "usd: '1e-05' must be dollars from 0 to 1000000, such as 0.0125"
        ),
        (
            "cost record model=\"a b\" usd=1",
            "model: 'a b' must be a name of 1 to 64 letters, digits and _ - . : / @ +"
        ),
        (
            "cost set-cap usd=all",
            "usd: 'all' must be dollars from 0 to 1000000, none or configured"
        ),
    ])
    func whatIsWrongIsNamed(line: String, message: String) {
        guard case .failure(let refusal) = command(line, byTable: false) else {
            Issue.record("\(line) is taken")
            return
        }
        #expect(refusal.code == .badArgument && refusal.message == message)
    }

    /// `data` is S2-22 as the document has it, number for number.
    @Test func theFileIsTheDocument() {
        func figures(_ spent: Int64, _ cap: Int64) -> CostFigures {
            CostFigures(
                spent: MicroUSD(spent), reserved: .zero, cap: MicroUSD(cap), configured: nil,
                level: .fine)
        }
        let status = CostStatus(
            ts: 1_795_252_290, total: figures(18_500_000, 25_000_000),
            models: [
                (ModelName("gpt-4o") ?? .others, figures(12_300_000, 15_000_000)),
                (ModelName("gpt-4o-mini") ?? .others, figures(6_200_000, 10_000_000)),
            ], level: .fine, capAt: nil, unpriced: [], open: 0, remembered: 0,
            rememberedSince: nil)
        var bytes: [UInt8] = []
        status.writeTrail(to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self) == #"{"ok":true,"data":{"#
                + #""ts":"2026-11-21T09:11:30Z","period_hours":24,"total_spent_usd":18.50,"#
                + #""daily_cap_usd":25.00,"global_utilization_pct":74.0,"by_model":{"#
                + #""gpt-4o":{"spent_usd":12.30,"cap_usd":15.00,"utilization_pct":82.0},"#
                + #""gpt-4o-mini":{"spent_usd":6.20,"cap_usd":10.00,"utilization_pct":62.0}},"#
                + #""alert_level":"OK","action":"NONE"}}"#)
    }
}
