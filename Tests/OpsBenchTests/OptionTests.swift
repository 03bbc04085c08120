// 1 words and what they mean; 2 words that mean nothing; 3 what is shown.

import OpsProtocol
import Testing

@testable import OpsBench

@Suite struct OptionTests {
    private func plan(_ words: String...) throws -> BenchPlan {
        guard case .run(let plan, _) = try BenchOptions(words, environmentSocket: nil) else {
            throw Wrong()
        }
        return plan
    }

    private struct Wrong: Error {}

    @Test("1.1 what counts where nothing is said")
    func defaults() throws {
        let plan = try plan("check")
        #expect(plan.connections == 50 && plan.pipeline == 1 && plan.keys.count == 1_000_000)
        #expect(plan.end == .nanoseconds(5_000_000_000) && plan.ratePerSecond == nil)
        #expect(plan.socket == "/run/opsd/opsd.sock" && !plan.isSequential)
    }

    @Test("1.2 every option, in both forms")
    func every() throws {
        let plan = try plan(
            "--connections=7", "hit", "--pipeline", "3", "--requests=10", "--keys", "5",
            "--seed=9", "--ipv6-share", "20", "--sequential", "--rate=100", "--timeout=3s",
            "--socket", "/x")
        #expect(plan.workload == Workload(named: "hit"))
        #expect(plan.connections == 7 && plan.pipeline == 3 && plan.end == .requests(10))
        #expect(plan.keys == KeySpace(count: 5, seed: 9, ipv6Percent: 20))
        #expect(plan.isSequential && plan.ratePerSecond == 100 && plan.socket == "/x")
        #expect(plan.timeoutNanoseconds == 3_000_000_000)
    }

    @Test("1.3 load is each key once, in turn")
    func load() throws {
        let plan = try plan("load", "--keys", "77")
        #expect(plan.isSequential && plan.end == .requests(77))
        #expect(try self.plan("load", "--duration=1s").end == .nanoseconds(1_000_000_000))
    }

    @Test("1.4 lines of one's own")
    func raw() throws {
        let plan = try plan("--raw", "INCR {ip}", "--raw=EXPIRE {ip} 60", "--eol", "crlf")
        #expect(plan.workload == Workload(raw: ["INCR {ip}", "EXPIRE {ip} 60"], end: "\r\n"))
        #expect(plan.workload.repliesPerRequest == 2)
    }

    @Test("1.5 the socket: option, environment, default")
    func sockets() throws {
        for (given, wanted) in [("/e", "/e"), ("", "/run/opsd/opsd.sock")] {
            guard case .run(let plan, _) = try BenchOptions(["ping"], environmentSocket: given)
            else { throw Wrong() }
            #expect(plan.socket == wanted)
        }
        guard
            case .run(let plan, let isJSON) = try BenchOptions(
                ["ping", "--socket=/o", "--json"], environmentSocket: "/e")
        else { throw Wrong() }
        #expect(plan.socket == "/o" && isJSON)
    }

    @Test("1.6 the others")
    func others() throws {
        guard case .help = try BenchOptions(["check", "--help"], environmentSocket: nil),
            case .version = try BenchOptions(["--version"], environmentSocket: nil),
            case .echo("/x") = try BenchOptions(["--echo", "/x"], environmentSocket: nil)
        else { throw Wrong() }
    }

    @Test(
        "2.1 each fault is reported, as wrong usage",
        arguments: [
            ([], "expected a workload"), (["nonsense"], "unknown workload 'nonsense'"),
            (["check", "extra"], "unexpected argument 'extra'"),
            (["check", "--keys"], "--keys needs a value"),
            (["check", "--keys=0"], "--keys '0': expected an integer from 1 to 268435456"),
            (["check", "--keys=99999999999999999999"], "--keys"),
            (["check", "--connections=-1"], "--connections"),
            (["check", "--pipeline=+1"], "--pipeline"), (["check", "--seed=x"], "--seed"),
            (["check", "--ipv6-share=101"], "--ipv6-share"),
            (["check", "--duration=1y"], "--duration"), (["check", "--duration=0s"], "--duration"),
            (["check", "--rate=0"], "--rate"),
            (["check", "--unknown"], "unknown option --unknown"),
            (["check", "--seed=1", "--seed=2"], "--seed is given twice"),
            (["check", "--requests=1", "--duration=1s"], "cannot be combined"),
            (["check", "--raw", "x"], "cannot be combined"),
            (["--raw", "x", "--eol=cr"], "--eol"), (["check", "--eol=lf"], "--eol is for"),
            (["--echo", "/x", "check"], "--echo"),
            (["--json=1", "check"], "unknown option --json"),
        ] as [([String], String)])
    func faults(words: [String], part: String) {
        let fault = #expect(throws: BenchFault.self) {
            try BenchOptions(words, environmentSocket: nil)
        }
        #expect(fault?.exit == .usage)
        #expect(fault?.message.contains(part) == true, "\(fault?.message ?? "")")
    }

    @Test("3.1 JSON that parses, with what was counted")
    func json() throws {
        var plan = try plan("check", "--rate=1000")
        var result = BenchResult()
        result.requests = 1_000
        result.replies = 1_000
        result.nanoseconds = 2_000_000_000
        result.cpuMicroseconds = 1_900_000
        result.waitedNanoseconds = 50_000_000
        for value in 1...1_000 as ClosedRange<Int64> { result.latency.record(value * 1_000) }
        result.errors.record(Array("err {\"code\":\"refused\"}".utf8))
        let bytes = Array(BenchReport(plan, result).json.utf8.dropLast())
        let json = try JSONValue(parsing: bytes.span)
        #expect(json["workload"]?.text == "check")
        #expect(json["errors_by_code"]?["refused"] != nil)
        #expect(json["saturated"]?.bool == true)
        let text = BenchReport(plan, result).json
        #expect(text.contains(#""requests_per_second":500.0"#))
        #expect(text.contains(#""latency_us":{"p50":501.759,"p99":991.231,"p99.9":999.423,"#))
        #expect(text.contains(#""cpu_share":0.950,"waiting_share":0.025,"lacking_share":0.025"#))
        plan.ratePerSecond = nil
        #expect(!BenchReport(plan, result).json.contains("sent_late_us"))
    }

    @Test("3.2 text for people, and a warning if the generator was the limit")
    func text() throws {
        var result = BenchResult()
        result.requests = 1_234_567
        result.replies = 1_234_567
        result.nanoseconds = 1_000_000_000
        result.cpuMicroseconds = 500_000
        let plan = try plan("check")
        let text = BenchReport(plan, result).text
        #expect(text.contains("requests   1,234,567 in 1.000 s, 1,234,567 /s\n"))
        #expect(
            text.contains(
                "opsbench   50 % of a CPU; waited for replies 0 % of the time, waited for a free CPU 50 %"
            ))
        #expect(BenchReport(plan, result).warning == nil)
        result.cpuMicroseconds = 950_000
        #expect(BenchReport(plan, result).warning?.contains("its own limit") == true)
    }

    @Test("3.3 the help names every workload and every option")
    func help() {
        for (name, lines) in Workload.own {
            #expect(HelpText.text.contains("\n  \(name) "))
            for line in lines { #expect(HelpText.text.contains(line.line)) }
        }
        for option in [
            "--connections", "--pipeline", "--requests", "--duration", "--keys", "--seed",
            "--ipv6-share", "--sequential", "--rate", "--timeout", "--json", "--socket", "--raw",
            "--eol", "--echo",
        ] { #expect(HelpText.text.contains("\n  \(option)")) }
    }
}
