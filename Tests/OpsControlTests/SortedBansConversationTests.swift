// `bans --sort` against a fake daemon: all pages, then one table in the order that was asked for.

import OpsProtocol
import Testing

@testable import OpsControl

@Suite struct SortedBansConversationTests {
    /// A ban of 192.0.2.N that was made and ends at these minutes past 11.
    private func ban(_ number: Int, made: Int, ends: Int?) -> String {
        let expires = ends.map { "\"2026-11-21T11:\($0):00Z\"" } ?? "null"
        return #"{"ip":"192.0.2.\#(number)","expires":\#(expires),"permanent":\#(ends == nil),"#
            + #""reason":"r","source":"ops","created":"2026-11-21T11:\#(made):00Z","uid":0}"#
    }

    private func daemon() throws -> FakeDaemon {
        let first = [ban(1, made: 12, ends: 40), ban(2, made: 11, ends: nil)]
        let second = [ban(3, made: 10, ends: 30), ban(4, made: 13, ends: 30)]
        return try FakeDaemon(lines: [
            #"ok {"bans":[\#(first.joined(separator: ","))],"next":"192.0.2.2"}"#,
            #"ok {"bans":[\#(second.joined(separator: ","))],"next":null}"#,
        ])
    }

    private func order(_ words: [String]) throws -> String {
        let run = try Opsctl.run(["bans"] + words, try daemon())
        #expect(run.status == 0 && run.complaints == "")
        return run.output.split(separator: "\n").dropFirst()
            .compactMap { $0.split(separator: " ").first?.suffix(1) }.joined()
    }

    @Test(arguments: [
        (["--sort", "expires"], "3412"), (["--sort=made"], "3214"),
        (["--sort", "address"], "1234"),
        (["--sort", "expires", "--limit", "2"], "34"), (["--limit=3", "--sort", "made"], "321"),
    ])
    func orders(_ words: [String], _ expected: String) throws {
        #expect(try order(words) == expected)
    }

    @Test func withJSONItIsOneObject() throws {
        let daemon = try daemon()
        let run = try Opsctl.run(["--json", "bans", "--sort", "made"], daemon)
        let value = try Fixtures.json(run.output)
        #expect(
            value["bans"]?.elements.map { $0["ip"]?.text?.suffix(1) ?? "" }
                == ["3", "2", "1", "4"])
        #expect(value["next"] == .null)
        #expect(daemon.requests == ["bans limit=1000", "bans limit=1000 after=192.0.2.2"])
    }

    @Test func itCannotBeginInTheMiddle() throws {
        let run = try Opsctl.run(["bans", "--sort", "made", "--after", "192.0.2.2"], try daemon())
        #expect(run.status == 2)
    }
}
