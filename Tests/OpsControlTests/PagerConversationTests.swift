// What is longer than the terminal goes through a pager; nothing else does.

import Testing

@testable import OpsControl

@Suite struct PagerConversationTests {
    /// `count` bans in one reply.
    private func bans(_ count: Int) -> String {
        let rows = (0..<count).map {
            #"{"ip":"10.0.\#($0 / 256).\#($0 % 256)","expires":null,"permanent":true,"reason":"r","source":"s","created":"2026-11-21T10:31:48Z","uid":0}"#
        }
        return #"ok {"bans":[\#(rows.joined(separator: ","))],"next":null}"#
    }

    private func run(
        _ words: [String], _ count: Int, pager: String, at terminal: Terminal
    ) throws -> Opsctl {
        let daemon = try FakeDaemon(lines: [bans(count)])
        return try Opsctl.run(
            words, daemon, onScreen: terminal, environment: ["PAGER": pager, "TERM": "xterm"])
    }

    @Test func whatDoesNotFitIsPaged() throws {
        let terminal = try Terminal(rows: 24, columns: 80)
        let run = try run(["bans"], 40, pager: "sed s/^/paged:/", at: terminal)
        let lines = run.output.split(separator: "\n")
        #expect(run.status == 0 && lines.count == 41)
        #expect(lines.allSatisfy { $0.hasPrefix("paged:") })
    }

    @Test(arguments: [(["bans"], 5), (["bans", "--json"], 40), (["bans", "--no-pager"], 40)])
    func otherwiseItIsNot(_ words: [String], _ count: Int) throws {
        let terminal = try Terminal(rows: 24, columns: 80)
        let run = try run(words, count, pager: "sed s/^/paged:/", at: terminal)
        #expect(run.status == 0 && !run.output.contains("paged:"))
        #expect(run.output.contains("10.0.0.4"))
    }

    @Test func aReaderWhoLeavesEarlyHasSeenEnough() throws {
        let terminal = try Terminal(rows: 24, columns: 80)
        let run = try run(["bans"], 3_000, pager: "head -n 1", at: terminal)
        #expect(run.status == 0 && run.complaints == "")
        #expect(run.output.split(separator: "\n").count == 1)
    }

    @Test func inAPipeThereIsNone() throws {
        let daemon = try FakeDaemon(lines: [bans(100)])
        let run = try Opsctl.run(["bans"], daemon)
        #expect(run.output.split(separator: "\n").count == 101)
    }

    @Test(
        arguments: [
            (nil, false, "exec less -FRX;"), (nil, true, "exec less -FRX +G;"),
            ("less", true, "less -FRX +G"), ("most -s", true, "most -s"), ("cat", false, nil),
            ("", false, nil),
        ] as [(String?, Bool, String?)])
    func commands(_ chosen: String?, _ showsEnd: Bool, _ expected: String?) {
        let command = Pager.command(chosen, showsEnd: showsEnd)
        #expect(expected.map { command?.contains($0) == true } ?? (command == nil))
    }
}
