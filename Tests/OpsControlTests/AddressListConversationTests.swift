// `-` for an address, against a fake daemon: addresses from standard input, requests sent ahead of
// the replies.  The worst of several replies decides the exit status.

import Testing

@testable import OpsControl

@Suite struct AddressListConversationTests {
    private static func refusal(_ code: String) -> String {
        #"err {"code":"\#(code)","message":"not this one"}"#
    }

    private static let banned = #"ok {"ip":"192.0.2.1","banned":true,"expires":null}"#
    private static let struck = #"ok {"ip":"192.0.2.1","strikes":1,"banned":false}"#

    private let three = "192.0.2.1\n192.0.2.2\n192.0.2.3\n"

    /// `strike` sends one request for each address.
    @Test(
        arguments: [
            (["refused", nil, nil], 4), ([nil, "refused", nil], 4), ([nil, nil, "refused"], 4),
            (["busy", "refused", nil], 5), (["refused", "busy", nil], 5),
            (["busy", "bad-argument", "refused"], 5), (["from the future", "busy", nil], 6),
            ([nil, nil, nil], 0),
        ] as [([String?], Int32)])
    func theWorstReplyDecides(codes: [String?], status: Int32) throws {
        for options in [[], ["--json"]] {
            let daemon = try FakeDaemon(
                lines: codes.map { $0.map { Self.refusal($0) } ?? Self.struck })
            let run = try Opsctl.run(["strike", "-"] + options, daemon, input: three)
            #expect(run.status == status)
            #expect(daemon.requests == (1...3).map { "strike 192.0.2.\($0)" })
            let lines = run.complaints.split(separator: "\n").map(String.init)
            let refused = codes.indices.filter { codes[$0] != nil }
            #expect(
                lines
                    == (options.isEmpty
                        ? refused.map { "opsctl: line \($0 + 1): not this one" } : []))
        }
    }

    /// `check` sends up to 500 in a request: one in the first is banned, none in the second.
    @Test func theWorstOfSeveralAddressesDecides() throws {
        let lines = (0..<501).map { "10.0.\($0 / 256).\($0 % 256)" }
        let daemon = try FakeDaemon(lines: [
            #"ok {"results":[{"ip":"10.0.0.0","banned":true,"expires":null},{"ip":"10.0.0.1","banned":false}]}"#,
            #"ok {"ip":"10.0.1.244","banned":false}"#,
        ])
        let run = try Opsctl.run(["check", "-"], daemon, input: lines.joined(separator: "\n"))
        #expect(run.status == 1 && run.complaints == "")
        #expect(
            daemon.requests == [
                "check " + lines[..<500].joined(separator: " "), "check 10.0.1.244",
            ])
    }

    @Test func aRefusalAmongResultsDecidesAndHasItsLine() throws {
        let daemon = try FakeDaemon(lines: [
            #"ok {"results":[{"ip":"192.0.2.1","banned":true},{"ip":"192.0.2.2","code":"refused","message":"in guard.allow","hint":"take it out"},{"ip":"192.0.2.3","banned":true}]}"#
        ])
        let run = try Opsctl.run(["ban", "-", "--ttl", "1h"], daemon, input: "# a\n" + three)
        #expect(run.status == 4)
        #expect(run.output == "192.0.2.1  banned\n192.0.2.3  banned\n")
        #expect(run.complaints == "opsctl: line 3: in guard.allow\nhint: take it out\n")
        #expect(daemon.requests == ["ban ttl=1h 192.0.2.1 192.0.2.2 192.0.2.3"])
    }

    @Test func aBadLineIsNamedAndTheOthersAreSent() throws {
        let daemon = try FakeDaemon(lines: [Self.struck, Self.struck])
        let run = try Opsctl.run(
            ["strike", "-"], daemon,
            input: "192.0.2.1\n\nnonsense\n192.0.2.0/24\n1.2.3.4 5.6.7.8\n 192.0.2.2 # why\r\n")
        #expect(run.status == 2)
        let lines = run.complaints.split(separator: "\n").filter { !$0.hasPrefix("hint") }
        #expect(
            lines.map { $0.prefix(16) } == [
                "opsctl: line 3: ", "opsctl: line 4: ", "opsctl: line 5: ",
            ])
        #expect(daemon.requests == ["strike 192.0.2.1", "strike 192.0.2.2"])
    }

    @Test func notDurableIsTrouble() throws {
        let daemon = try FakeDaemon(lines: [
            #"ok {"ip":"192.0.2.1","strikes":1,"banned":false,"durable":false}"#, Self.struck,
            Self.struck,
        ])
        #expect(try Opsctl.run(["strike", "-"], daemon, input: three).status == 5)
    }

    @Test func requestsGoOutAheadOfTheirReplies() throws {
        let count = AddressList.window
        let daemon = try FakeDaemon { number, _ in
            number < count ? [] : (0..<count).map { _ in .line(Self.struck) }
        }
        let lines = (1...count).map { "192.0.2.\($0)\n" }.joined()
        #expect(try Opsctl.run(["strike", "-"], daemon, input: lines).status == 0)
    }

    @Test(arguments: [1, 2, 3])
    func theDaemonDies(place: Int) throws {
        let daemon = try FakeDaemon { number, _ in
            number == place ? [.bytes("ok {\"ip\""), .close] : [.line(Self.struck)]
        }
        let run = try Opsctl.run(["strike", "-"], daemon, input: three)
        #expect(run.status == 3)
        #expect(
            run.complaints == "opsctl: opsd closed the connection\nhint: systemctl status opsd\n")
    }

    /// The daemon closes while more is being sent than the socket holds: its last words are read.
    @Test func whatWasSaidBeforeTheEndIsRead() throws {
        let daemon = try FakeDaemon([[.line(Self.refusal("too-many")), .close]])
        let lines = (0..<500 * AddressList.window).map {
            "2001:db8:aaaa:bbbb:cccc:dddd:eeee:\(String($0 + 0x1000, radix: 16))/128\n"
        }
        let run = try Opsctl.run(["check", "-"], daemon, input: lines.joined())
        #expect(run.status == 3)
        #expect(run.complaints.hasPrefix("opsctl: lines 1-500: not this one\n"))
    }
}
