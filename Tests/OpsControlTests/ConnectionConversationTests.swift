// One request against a fake daemon: whatever comes back, opsctl ends with words and an exit
// status.

import Testing

@testable import OpsControl

@Suite struct ConnectionConversationTests {
    private static let hint = "hint: systemctl status opsd\n"

    @Test func aReply() throws {
        let daemon = try FakeDaemon(lines: [#"ok {"pong":true}"#])
        #expect(
            try Opsctl.run(["ping"], daemon)
                == Opsctl(status: 0, output: "pong\n", complaints: ""))
        #expect(daemon.requests == ["ping"])
    }

    @Test(arguments: [1, 3, 1_000])
    func aReplyInPieces(pieceBytes: Int) throws {
        let daemon = try FakeDaemon([[.slowly(#"ok {"pong":true}"#, pieceBytes: pieceBytes)]])
        #expect(
            try Opsctl.run(["ping"], daemon)
                == Opsctl(status: 0, output: "pong\n", complaints: ""))
    }

    /// Longer than any buffer.
    @Test func aVeryLongReply() throws {
        let name = String(repeating: "x", count: 3 << 20)
        let daemon = try FakeDaemon(lines: [#"ok {"pong":true,"name":"\#(name)"}"#])
        let run = try Opsctl.run(["--json", "ping"], daemon)
        #expect(run.status == 0 && run.complaints == "")
        #expect(run.output.utf8.count == name.utf8.count + 24)
    }

    /// Also where it has no end.
    @Test func aReplyOverTheBoundIsRefused() throws {
        let text = "ok {\"" + String(repeating: "x", count: 1 << 20)
        let daemon = try FakeDaemon([(0...17).map { _ in .bytes(text) } + [.close]])
        let run = try Opsctl.run(["ping"], daemon)
        #expect(run.status == 3 && run.output == "")
        #expect(
            run.complaints
                == "opsctl: the daemon's answer is longer than 17825792 bytes\n" + Self.hint)
    }

    @Test(
        arguments: [
            ("bad-argument", 2), ("unknown-command", 2), ("forbidden", 4), ("refused", 4),
            ("not-found", 4), ("too-many", 4), ("busy", 5), ("degraded", 5), ("internal", 5),
            ("from the future", 6),
        ] as [(String, Int32)])
    func anError(code: String, status: Int32) throws {
        let object = #"{"code":"\#(code)","message":"so it is","hint":"try this"}"#
        let daemon = try FakeDaemon(lines: ["err " + object])
        #expect(
            try Opsctl.run(["reload"], daemon)
                == Opsctl(
                    status: status, output: "", complaints: "opsctl: so it is\nhint: try this\n"))
        let other = try FakeDaemon(lines: ["err " + object])
        #expect(
            try Opsctl.run(["reload", "--json"], other)
                == Opsctl(status: status, output: object + "\n", complaints: ""))
    }

    @Test(
        arguments: [
            ("", "opsd closed the connection"), ("ok {\"pong\":tr", "opsd closed the connection"),
            ("HTTP/1.1 400 Bad Request\r\n", "what answers at the socket is not opsd"),
            ("okay\n", "what answers at the socket is not opsd"),
            ("\n", "what answers at the socket is not opsd"),
            ("ok {\"pong\":tr\n", "the daemon's answer is not valid JSON"),
            ("ok {\"pong\":true} more\n", "the daemon's answer is not valid JSON"),
            ("ok \u{1b}[31m\n", "the daemon's answer is not valid JSON"),
        ])
    func whatIsNotAReply(bytes: String, words: String) throws {
        let daemon = try FakeDaemon([[.bytes(bytes), .close]])
        let run = try Opsctl.run(["ping"], daemon)
        #expect(run.status == 3 && run.output == "")
        #expect(run.complaints.hasPrefix("opsctl: " + words), "\(run.complaints)")
        #expect(run.complaints.hasSuffix(Self.hint))
    }

    @Test func aReplyBeforeTheEndIsRead() throws {
        let daemon = try FakeDaemon([
            [.line(#"err {"code":"too-many","message":"16 connections"}"#), .close]
        ])
        let run = try Opsctl.run(["ping"], daemon)
        #expect(run == Opsctl(status: 4, output: "", complaints: "opsctl: 16 connections\n"))
    }

    @Test func noReplyInTime() throws {
        let daemon = try FakeDaemon([[]])
        #expect(
            try Opsctl.run(["ping", "--timeout", "150ms"], daemon)
                == Opsctl(
                    status: 3, output: "",
                    complaints: "opsctl: opsd did not answer within 150 ms\n" + Self.hint))
    }

    @Test func nobodyListens() throws {
        let daemon = try FakeDaemon([])
        let run = try Opsctl.run(["ping"], socket: daemon.socket + "x")
        #expect(run.status == 3 && run.output == "")
        #expect(run.complaints.contains("there is no such socket"))
        let file = try daemon.write("", to: "file")
        #expect(try Opsctl.run(["ping"], socket: file).status == 3)
    }

    // MARK: slo budget --flat

    private static func budget(_ name: String, _ rest: String) -> String {
        #"{"slo":"\#(name)",\#(rest)}"#
    }
    private static let silent =
        #""ok":false,"burn_alert":"UNKNOWN","state":"unknown","remaining_budget_pct":100.00"#
    private static let burning =
        #""ok":false,"burn_alert":"WARNING","state":"broken","remaining_budget_pct":-62.50"#

    /// S2-01, validation: an objective without data is fine.
    @Test(arguments: [
        (
            "ok " + budget("api", silent),
            #"{"ok": true, "burn_alert": "OK", "remaining_budget_pct": 100.0}"#
        ),
        (
            "ok " + budget("api", burning),
            #"{"ok": false, "burn_alert": "WARNING", "remaining_budget_pct": -62.5}"#
        ),
        (
            #"ok {"results":[\#(budget("api", silent)),\#(budget("default", burning))]}"#,
            #"{"ok": false, "burn_alert": "WARNING", "remaining_budget_pct": -62.5}"#
        ),
    ])
    func flat(reply: String, words: String) throws {
        let daemon = try FakeDaemon([[.line(reply)]])
        let run = try Opsctl.run(["slo", "budget", "--flat"], daemon)
        #expect(run.status == 0 && run.output == words + "\n")
    }

    // MARK: health --nagios

    private static let health =
        #"ok {"ok":true,"status":"HEALTHY","components":[{"name":"store","ok":true}],"issues":[]}"#
    private static let busy = #"err {"code":"busy","message":"not a|b now"}"#
    private static let status = "ok " + Fixtures.status.split(separator: "\n").joined()

    @Test(
        arguments: [
            ([.line(health)], [.line(status)], 0, "OPSD OK - "),
            ([.line(health)], [.close], 3, "OPSD UNKNOWN - opsd closed the connection"),
            ([.line(health)], [.line(busy)], 3, "OPSD UNKNOWN - not a/b now"),
            ([.line(busy)], [], 3, "OPSD UNKNOWN - not a/b now"),
            ([.close], [], 3, "OPSD UNKNOWN - opsd closed the connection"),
        ] as [([FakeDaemon.Act], [FakeDaemon.Act], Int32, String)])
    func nagios(
        health: [FakeDaemon.Act], status: [FakeDaemon.Act], exit: Int32, words: String
    ) throws {
        let daemon = try FakeDaemon([health, status])
        let run = try Opsctl.run(["health", "--nagios"], daemon)
        #expect(run.status == exit && run.complaints == "")
        #expect(run.output.hasPrefix(words) && run.output.split(separator: "\n").count == 1)
    }
}
