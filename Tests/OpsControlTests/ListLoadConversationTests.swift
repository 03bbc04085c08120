// `list load` against a fake daemon: which requests are sent, what is printed, and that the list is
// committed only if everything before went well.

import OpsCore
import Testing

@testable import OpsControl

@Suite struct ListLoadConversationTests {
    private static let closed = "opsctl: opsd closed the connection\nhint: systemctl status opsd\n"

    private func begun(token: Int = 7, lineBytes: Int = 65_536) -> String {
        #"ok {"token":\#(token),"name":"drop","ipv6_prefix":64,"room":1000,"line_bytes":\#(lineBytes)}"#
    }

    private func added(_ count: Int, duplicates: Int = 0) -> String {
        #"ok {"staged":\#(count),"duplicates":\#(duplicates),"total":\#(count),"refused_count":0,"refused":[]}"#
    }

    private let committed =
        #"ok {"name":"drop","entries":2,"replaced":false,"expires":null,"permanent":true}"#

    /// A daemon that accepts everything, except where `answer` returns something else.
    private func daemon(
        lineBytes: Int = 65_536,
        _ answer: @escaping @Sendable (Int, String) -> [FakeDaemon.Act]? = { _, _ in nil }
    ) throws -> FakeDaemon {
        let (begun, committed) = (begun(lineBytes: lineBytes), committed)
        return try FakeDaemon { number, request in
            if let acts = answer(number, request) { return acts }
            if request.hasPrefix("list begin ") { return [.line(begun)] }
            if request.hasPrefix("list commit ") { return [.line(committed)] }
            let count = request.split(separator: ",").count
            return [
                .line(#"ok {"staged":\#(count),"duplicates":0,"refused_count":0,"refused":[]}"#)
            ]
        }
    }

    private func load(
        _ text: String, _ daemon: FakeDaemon, _ options: String...
    ) throws -> Opsctl {
        let file = try daemon.write(text, to: "drop.txt")
        return try Opsctl.run(["list", "load", "drop", file] + options, daemon)
    }

    @Test func aFileBecomesAList() throws {
        let daemon = try FakeDaemon(lines: [
            begun(token: 41), added(3, duplicates: 1),
            #"ok {"name":"drop","entries":3,"replaced":true,"added":2,"removed":1980,"expires":"2026-11-23T09:00:00Z","ttl_seconds":172800}"#,
        ])
        let text = "# a list\n2001:db8::5\n198.51.100.7 ; why\n192.0.2.0/24\n198.51.100.7\n"
        #expect(
            try load(text, daemon, "--ttl", "2d")
                == Opsctl(
                    status: 0,
                    output: "list drop: 3 networks, 2 new, 1,980 gone, until 2026-11-23 09:00:00Z; "
                        + "2 duplicates\n", complaints: ""))
        #expect(
            daemon.requests == [
                "list begin drop ttl=2d", "list add 41 192.0.2.0/24,198.51.100.7,2001:db8::/64",
                "list commit 41",
            ])
    }

    @Test func standardInputAndTheObject() throws {
        let daemon = try FakeDaemon(lines: [begun(), added(1), committed])
        let run = try Opsctl.run(
            ["--json", "list", "load", "drop", "-"], daemon, input: "192.0.2.1\nnonsense\n")
        let fault = #expect(throws: AddressFault.self) {
            try Target(parsing: Array("nonsense".utf8).span)
        }
        let message = fault?.message ?? "-"
        #expect(
            run
                == Opsctl(
                    status: 0,
                    output: #"{"name":"drop","entries":2,"replaced":false,"expires":null,"#
                        + #""permanent":true,"lines":2,"duplicates":0,"refused_count":1,"#
                        + #""refused":[{"line":2,"message":"\#(message)"}]}"# + "\n",
                    complaints: "opsctl: line 2: \(message)\n"))
        #expect(daemon.requests.count == 3)
    }

    /// Each request holds as many networks as fit, and is never longer than the daemon accepts.
    @Test(arguments: [1_024, 2_000, 65_536, 1 << 20])
    func aLongListIsAddedInSeveralRequests(lineBytes: Int) throws {
        let networks = (0..<3_000).map { number in
            let hex = String(0x1000 + number, radix: 16)
            return "2001:db8:aaaa:bbbb:cccc:dddd:eeee:\(hex)/128"
        }
        let daemon = try daemon(lineBytes: lineBytes)
        let run = try load(networks.joined(separator: "\n"), daemon)
        #expect(run.status == 0 && run.complaints == "")
        let requests = daemon.requests
        #expect(requests.first == "list begin drop" && requests.last == "list commit 7")
        let adds = requests.dropFirst().dropLast()
        let prefix = "list add 7 "
        #expect(adds.allSatisfy { $0.hasPrefix(prefix) })
        let sent = adds.flatMap { $0.dropFirst(prefix.count).split(separator: ",") }
        #expect(sent.map(String.init) == networks)
        let accepted = min(lineBytes, 65_536)
        #expect(
            adds.allSatisfy { $0.utf8.count <= accepted }, "\(adds.map(\.utf8.count).max() ?? 0)")
        // All but the last are full.
        #expect(adds.dropLast().allSatisfy { $0.utf8.count > accepted - 100 })
    }

    /// A daemon that answers nothing until the window is full does not stop the client.
    @Test func requestsGoOutAheadOfTheirReplies() throws {
        let reply = added(1)
        let daemon = try daemon(lineBytes: 1_024) { number, request in
            guard request.hasPrefix("list add ") else { return nil }
            let ahead = ListLoading.window
            // The adds begin with request 2.
            if number <= ahead { return [] }
            return number == ahead + 1 ? (0..<ahead).map { _ in .line(reply) } : nil
        }
        let networks = (0..<2_000).map { "10.0.\($0 / 256).\($0 % 256)" }
        let run = try load(networks.joined(separator: "\n"), daemon, "--timeout", "20s")
        #expect(run.status == 0 && daemon.requests.last == "list commit 7")
    }

    // MARK: Refused entries

    /// Three networks are refused, two of them are named.
    private let partly =
        #"ok {"staged":1,"duplicates":0,"total":1,"refused_count":3,"refused":["#
        + #"{"ip":"198.51.100.7","code":"refused","message":"198.51.100.7 is in guard.allow"},"#
        + #"{"ip":"10.0.0.0/7","code":"refused","message":"broader than /8"}]}"#

    private let fileOfFive = "10.0.0.0/7\nnonsense\n192.0.2.1\n198.51.100.7\n203.0.113.0/24\n"

    @Test func refusedEntriesAreNamedByTheirLines() throws {
        let daemon = try FakeDaemon(lines: [begun(), partly, committed])
        let run = try load(fileOfFive, daemon)
        #expect(run.status == 0)
        #expect(run.output == "list drop: 2 networks; 4 lines refused\n")
        let lines = run.complaints.split(separator: "\n")
        #expect(
            lines.map { $0.prefix(16) } == [
                "opsctl: line 1: ", "opsctl: line 2: ", "opsctl: line 4: ", "opsctl: and 1 li",
                "hint: --verbose ",
            ])
        #expect(lines.first == "opsctl: line 1: broader than /8")
        #expect(run.complaints.contains("line 4: 198.51.100.7 is in guard.allow\n"))
        #expect(daemon.requests.last == "list commit 7")
    }

    @Test func strictDoesNotCommitWhereTheDaemonRefusesAny() throws {
        let daemon = try FakeDaemon(lines: [begun(), partly, committed])
        let run = try load(fileOfFive.replacing("nonsense\n", with: ""), daemon, "--strict")
        #expect(run.status == 4 && run.output == "")
        #expect(run.complaints.hasSuffix("opsctl: 3 lines refused; nothing was changed\n"))
        #expect(daemon.requests.map { $0.prefix(9) } == ["list begi", "list add "])
    }

    /// No request is sent.
    @Test(arguments: [
        ("192.0.2.1\nnonsense\n", ["--strict"], "1 line refused; nothing was changed"),
        ("# nothing\n\n", [], "no address in it; nothing was changed"),
        ("<html>\n", [], "no address in it; nothing was changed"),
    ])
    func anUnfitFileIsNotSent(_ text: String, _ options: [String], _ words: String) throws {
        let daemon = try daemon()
        let file = try daemon.write(text, to: "drop.txt")
        let run = try Opsctl.run(["list", "load", "drop", file] + options, daemon)
        #expect(run.status == 2 && run.output == "" && daemon.requests.isEmpty)
        #expect(run.complaints.contains(words), "\(run.complaints)")
    }

    // MARK: Errors of the daemon

    @Test(
        arguments: [
            (1, "forbidden", 4, 1), (1, "busy", 5, 1), (1, "bad-argument", 2, 1),
            // The token has expired, or another list was begun.
            (2, "not-found", 4, 2), (2, "too-many", 4, 2), (2, "busy", 5, 2),
            (3, "not-found", 4, 3), (3, "degraded", 5, 3), (3, "busy", 5, 3),
        ])
    func anErrorEndsTheLoad(place: Int, code: String, status: Int32, requests: Int) throws {
        let daemon = try daemon { number, _ in
            number == place
                ? [.line(#"err {"code":"\#(code)","message":"so it is","hint":"try again"}"#)] : nil
        }
        #expect(
            try load("192.0.2.1\n", daemon)
                == Opsctl(
                    status: status, output: "",
                    complaints: "opsctl: so it is\nhint: try again\n"))
        #expect(daemon.requests.count == requests)
    }

    /// The token expires after a few adds: what was sent ahead is lost, and nothing is committed.
    @Test func aTokenThatExpiresInTheMiddle() throws {
        let daemon = try daemon(lineBytes: 1_024) { number, request in
            number >= 5 && request.hasPrefix("list add ")
                ? [.line(#"err {"code":"not-found","message":"no list has the token 7"}"#)] : nil
        }
        let networks = (0..<2_000).map { "10.0.\($0 / 256).\($0 % 256)" }
        let run = try load(networks.joined(separator: "\n"), daemon)
        #expect(run.status == 4 && run.output == "")
        #expect(run.complaints == "opsctl: no list has the token 7\n")
        #expect(!daemon.requests.contains { $0.hasPrefix("list commit") })
    }

    @Test func doneButNotDurableIsTrouble() throws {
        let daemon = try FakeDaemon(lines: [
            begun(), added(1),
            #"ok {"name":"drop","entries":1,"replaced":false,"expires":null,"durable":false}"#,
        ])
        let run = try load("192.0.2.1\n", daemon)
        #expect(run.status == 5 && run.output == "list drop: 1 network\n")
        #expect(run.complaints.contains("not durable"))
    }

    // MARK: A daemon that dies

    /// At which request, and what it had sent of the reply.
    @Test(
        arguments: [
            (1, ""), (1, #"ok {"token":7,"na"#), (2, ""), (2, #"ok {"staged":1,"dupl"#), (3, ""),
            (3, #"ok {"name":"drop""#),
        ])
    func theDaemonDies(place: Int, said: String) throws {
        let daemon = try daemon { number, _ in
            number == place ? [.bytes(said), .close] : nil
        }
        #expect(
            try load("192.0.2.1\n192.0.2.2\n", daemon)
                == Opsctl(status: 3, output: "", complaints: Self.closed))
        #expect(daemon.requests.count == place)
    }

    @Test func theDaemonDiesBetweenAdds() throws {
        let daemon = try daemon(lineBytes: 1_024) { number, _ in number == 4 ? [.close] : nil }
        let networks = (0..<2_000).map { "10.0.\($0 / 256).\($0 % 256)" }
        #expect(
            try load(networks.joined(separator: "\n"), daemon)
                == Opsctl(status: 3, output: "", complaints: Self.closed))
        #expect(daemon.requests.count == 4)
    }
}
