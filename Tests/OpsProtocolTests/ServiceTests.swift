// Objectives on the wire: what the hot path takes and what it leaves, S2-01 word for word.

import Testing

@testable import OpsCore
@testable import OpsProtocol

private func hot(_ text: String) -> Command? {
    let line = Array(text.utf8)
    return RequestParser.parseHot(line.span)?.command
}

private func byTable(_ text: String) throws(Refusal) -> Command {
    let line = Array(text.utf8)
    return try RequestParser.parseByTable(line.span).command
}

@Suite struct ServiceTests {
    @Test(arguments: [
        ("slo observe api latency_ms=12.5", 12.5, true),
        ("slo observe api latency_ms=0 ok=true", 0, true),
        ("slo observe api latency_ms=86400000 ok=false", 86_400_000, false),
        ("slo observe api latency_ms=0.000001 status=499", 0.000001, true),
        ("slo observe api latency_ms=12 status=500", 12, false),
        ("slo observe api latency_ms=7.25 status=599", 7.25, false),
        ("slo observe api latency_ms=007 status=100", 7, true),
    ])
    func hotPath(_ text: String, _ latency: Double, _ isGood: Bool) throws {
        let expected = Command.service(
            .observe(
                api, Observation(latencyMilliseconds: latency, isGood: isGood), at: nil))
        #expect(hot(text) == expected)
        let long = try byTable(text)
        #expect(long == expected)
    }

    /// What the hot path leaves, the table takes or refuses in words.
    @Test(
        arguments: [
            ("slo observe api ok=false", nil),
            ("slo observe api status=200 latency_ms=3", nil),
            ("slo observe api latency_ms=3 at=1700000000", nil),
            ("slo observe api \"latency_ms=3\"", RefusalCode.badArgument),
            ("slo observe api", .badArgument),
            ("slo observe", .badArgument),
            ("slo observe -x ok=true", .badArgument),
            ("slo observe api latency_ms=-1", .badArgument),
            ("slo observe api latency_ms=1e3", .badArgument),
            ("slo observe api latency_ms=.5", .badArgument),
            ("slo observe api latency_ms=5.", .badArgument),
            ("slo observe api latency_ms=1.2.3", .badArgument),
            ("slo observe api latency_ms=86400000.1", .badArgument),
            ("slo observe api latency_ms=1234567890123456", .badArgument),
            ("slo observe api latency_ms=nan", .badArgument),
            ("slo observe api latency_ms=", .badArgument),
            ("slo observe api latency_ms=1 ok=yes", .badArgument),
            ("slo observe api latency_ms=1 status=99", .badArgument),
            ("slo observe api latency_ms=1 status=600", .badArgument),
            ("slo observe api latency_ms=1 ok=true status=200", .badArgument),
            ("slo observe api latency_ms=1  ok=true", .badRequest),
            ("slo observe abcdefghijklmnopqrstuvwxyz0123456 ok=true", .badArgument),
            ("slo add api", .badArgument),
            ("slo add api good=1000001", .badArgument),
            ("slo add api good=1 latencies=1:0", .badArgument),
            ("slo add api good=1 latencies=1:1:1", .badArgument),
            ("slo add api good=1 latencies=,", .badArgument),
            ("slo add api good=1 bad=2 latencies=1.5,2:2", nil),
            ("slo rebaseline", nil), ("slo rebaseline api", nil),
            ("slo rebaseline api web", .badArgument),
            ("slo status api window=30s", .badArgument),
            ("slo status window=1h", nil),
            ("gate override reason=x", nil),
            ("gate override ttl=1h", .badArgument),
            ("gate override to=auto", nil),
            ("gate override ttl=permanent reason=x", .badArgument),
        ] as [(String, RefusalCode?)])
    func longWay(_ text: String, _ code: RefusalCode?) {
        #expect(hot(text) == nil)
        do throws(Refusal) {
            _ = try byTable(text)
            #expect(code == nil, "\(text)")
        } catch {
            #expect(error.code == code, "\(text): \(error.message)")
        }
    }

    @Test func batches() throws {
        let batch = ObservationBatch(
            good: 98, bad: 2,
            latencies: [
                .init(milliseconds: 12.5, count: 90), .init(milliseconds: 40, count: 9),
                .init(milliseconds: 1_900),
            ])
        let parsed = try byTable("slo add api good=98 bad=2 latencies=12.5:90,40:9,1900")
        #expect(parsed == .service(.observeMany(api, batch, at: nil)))
    }

    /// The source's example (S2-01), and the same without data.
    @Test func budgetWordByWord() {
        var known: [UInt8] = []
        budget(known: true).writeTrail(to: &known)
        #expect(
            String(decoding: known, as: UTF8.self)
                == #"{"ok":true,"data":{"slo":"api","ts":"2026-11-21T09:11:30Z","period_days":30,"#
                + #""p95_ms":750.5,"p99_ms":1150.2,"error_rate":0.8000,"remaining_budget_pct":80.00,"#
                + #""burn_rate_pct":20.00,"burn_alert":"OK","slo_targets":{"p95_ms":800.000,"#
                + #""p99_ms":1200.000,"daily_error_budget_pct":1.0000,"availability":99.0000},"#
                + #""state":"ok","indicator":"green","promises":["#
                + #"{"promise":"availability","state":"ok","allowed_pct":1.0000,"broken_pct":0.8000,"left_pct":20.00,"window_seconds":2592000,"since":null},"#
                + #"{"promise":"daily_errors","state":"ok","allowed_pct":1.0000,"broken_pct":0.2000,"left_pct":80.00,"window_seconds":86400,"since":null},"#
                + #"{"promise":"p95","state":"ok","allowed_pct":5.0000,"broken_pct":2.0000,"left_pct":60.00,"window_seconds":2592000,"since":null},"#
                + #"{"promise":"p99","state":"ok","allowed_pct":1.0000,"broken_pct":0.1000,"left_pct":90.00,"window_seconds":2592000,"since":null}"#
                + #"]}}"#)
        var unknown: [UInt8] = []
        budget(known: false).writeTrail(to: &unknown)
        let text = String(decoding: unknown, as: UTF8.self)
        #expect(text.hasPrefix(#"{"ok":false,"data":{"#))
        #expect(text.contains(#""error_rate":null,"remaining_budget_pct":100.00,"#))
        #expect(text.contains(#""burn_rate_pct":null,"burn_alert":"UNKNOWN""#))
    }

    @Test func flagSaysUntilWhenItCounts() throws {
        var flag: [UInt8] = []
        gateView().writeFlag(now: noon, expires: noon + 300, to: &flag)
        flag.removeLast()
        let value = try JSONValue(parsing: flag.span)
        #expect(value["gate"]?.text == "closed" && value["slo"]?.text == "api")
        #expect(value["since"]?.text == "2026-11-21T09:11:30Z")
        #expect(value["expires_at"]?.text == "2026-11-21T09:16:30Z")
        #expect(value["refreshed_at"]?.text == "2026-11-21T09:11:30Z")
    }

    @Test func namesAreNamesOnly() {
        for good in ["a", "A-b_9", String(repeating: "x", count: 32)] {
            #expect(ObjectiveName(good)?.description == good)
        }
        for bad in ["", "-a", "_", "a b", "a.b", "ä", "a\u{0}", String(repeating: "x", count: 33)] {
            #expect(ObjectiveName(bad) == nil, "\(bad)")
        }
        let sorted = ["a", "aa", "ab", "b", "ba"]
        #expect(
            sorted.reversed().compactMap { ObjectiveName($0) }.sorted().map(\.description) == sorted
        )
    }
}
