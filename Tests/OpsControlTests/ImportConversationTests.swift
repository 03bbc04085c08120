// `import` against a fake daemon: one request for each entry, in the order of the file, sent ahead
// of the replies.  Refused entries are named with their lines; the worst one decides the exit
// status.

import Testing

@testable import OpsControl

@Suite struct ImportConversationTests {
    private static let banned = #"ok {"ip":"203.0.113.9","banned":true,"expires":null}"#
    private static let struck = #"ok {"ip":"203.0.113.9","strikes":1,"banned":false}"#

    /// A daemon that accepts everything, except where `answer` returns something else.
    private func daemon(
        _ answer: @escaping @Sendable (Int, String) -> [FakeDaemon.Act]? = { _, _ in nil }
    ) throws -> FakeDaemon {
        try FakeDaemon { number, request in
            if let acts = answer(number, request) { return acts }
            return [.line(request.hasPrefix("ban ") ? Self.banned : Self.struck)]
        }
    }

    private func load(_ text: String, _ daemon: FakeDaemon) throws -> Opsctl {
        try Opsctl.run(["import", try daemon.write(text, to: "bans.json")], daemon)
    }

    /// The stamps lie in the year 2100, so none of the bans has expired.
    private let file = """
        {"bans": {
          "203.0.113.9": 4102444800.005,
          "198.51.100.0/24": 4102444800.05,
          "192.0.2.1": 4102444800.5,
          "2001:db8::/48": null,
          "192.0.2.2": 4102444800
        }, "strikes": {
          "192.0.2.3": [4102444799.999, 5],
          "2001:db8:1::/64": ["2100-01-01T00:00:00.07Z"]
        }}
        """

    private let requests = [
        "ban 203.0.113.9 until=4102444800.005 source=import",
        "ban 198.51.100.0/24 until=4102444800.050 source=import",
        "ban 192.0.2.1 until=4102444800.500 source=import",
        "ban 2001:db8::/48 ttl=permanent source=import",
        "ban 192.0.2.2 until=4102444800.000 source=import",
        "strike 192.0.2.3 at=4102444799.999 source=import",
        "strike 192.0.2.3 at=5.000 source=import",
        "strike 2001:db8:1:: at=4102444800.070 source=import",
    ]

    @Test func everyEntryIsARequestWithItsOwnTime() throws {
        let daemon = try daemon()
        #expect(
            try load(file, daemon)
                == Opsctl(
                    status: 0, output: "imported 5 bans, 3 strikes; refused 0\n", complaints: ""))
        #expect(daemon.requests == requests)
    }

    @Test func standardInputAndTheObject() throws {
        let daemon = try daemon { number, _ in
            number == 7 ? [.line(#"ok {"strikes":0,"banned":false}"#)] : nil
        }
        let run = try Opsctl.run(["--json", "import", "-"], daemon, input: file)
        #expect(
            run
                == Opsctl(
                    status: 0,
                    output: #"{"bans":5,"strikes":2,"expired":1,"uncounted":0,"refused":0}"# + "\n",
                    complaints: ""))
        #expect(daemon.requests == requests)
    }

    /// Expired entries are counted and are not a failure.  opsctl drops bans that have expired;
    /// whether a strike has, the daemon says.
    @Test func expiredEntriesAreCounted() throws {
        let daemon = try daemon { _, _ in [.line(#"ok {"strikes":0,"banned":false}"#)] }
        let run = try load(
            #"{"bans": {"192.0.2.1": 1000000000}, "strikes": {"192.0.2.2": [1000000000]}}"#, daemon)
        #expect(
            run
                == Opsctl(
                    status: 0, output: "imported 0 bans, 0 strikes; refused 0; 2 had expired\n",
                    complaints: ""))
        #expect(daemon.requests == ["strike 192.0.2.2 at=1000000000.000 source=import"])
    }

    /// What the daemon accepts and does not count is not said to be imported.
    @Test func onlyWhatCountsIsCounted() throws {
        let replies = [
            #"{"strikes":2,"banned":false}"#, #"{"strikes":2,"banned":false,"counted":false}"#,
            #"{"strikes":0,"banned":false,"allowed_by_rule":true}"#,
            #"{"strikes":0,"banned":true,"counted":false}"#, #"{"strikes":0,"banned":true}"#,
        ]
        let daemon = try FakeDaemon(lines: replies.map { "ok " + $0 })
        let run = try load(#"{"strikes": {"192.0.2.2": [5, 6, 7, 8, 9]}}"#, daemon)
        #expect(
            run.output
                == "imported 0 bans, 2 strikes; refused 0; 1 had expired; 2 did not count\n")
        #expect(run.status == 0)
    }

    @Test func badEntriesAreNamedAndTheOthersAreSent() throws {
        let daemon = try daemon()
        let run = try load(
            """
            {"note": 1, "bans": {
              "203.0.113.9": null,
              "300.0.0.1": null,
              "192.0.2.1": "yesterday"},
             "strikes": {
              "192.0.2.2": [null],
              "192.0.2.0/24": [5],
              "192.0.2.3": 5,
              "192.0.2.4": [5]}}
            """, daemon)
        #expect(run.status == 4)
        #expect(run.output == "imported 1 ban, 1 strike; refused 5\n")
        let lines = run.complaints.split(separator: "\n")
        #expect(
            lines.map { $0.split(separator: " ").prefix(5).joined(separator: " ") } == [
                "opsctl: note: ignored, neither bans", "opsctl: line 3: bans: 300.0.0.1:",
                "opsctl: line 4: bans: 192.0.2.1:", "opsctl: line 6: strikes: 192.0.2.2:",
                "opsctl: line 7: strikes: 192.0.2.0/24:", "opsctl: line 8: strikes: 192.0.2.3:",
            ])
        #expect(
            daemon.requests == [
                "ban 203.0.113.9 ttl=permanent source=import",
                "strike 192.0.2.4 at=5.000 source=import",
            ])
    }

    @Test(arguments: [
        ("", ":1:1: "), ("[1]", ":1:1: "), ("{\"bans\": {\n  \"1.2.3.4\": 5,\n}}", ":3:1: "),
    ])
    func aBadFileIsNotSent(_ text: String, _ place: String) throws {
        let daemon = try daemon()
        let run = try load(text, daemon)
        #expect(run.status == 2 && run.output == "" && daemon.requests.isEmpty)
        #expect(run.complaints.contains("bans.json\(place)"), "\(run.complaints)")
    }

    /// The worst reply decides the status, whichever came first.
    @Test(
        arguments: [
            (["refused"], 4), (["busy"], 5), (["busy", "refused"], 5), (["refused", "busy"], 5),
            (["bad-argument"], 4), (["from the future", "busy"], 6),
        ] as [([String], Int32)])
    func refusedEntriesAreNamed(codes: [String], status: Int32) throws {
        let daemon = try daemon { number, _ in
            number < 2 || number - 2 >= codes.count
                ? nil
                : [.line(#"err {"code":"\#(codes[number - 2])","message":"not this one"}"#)]
        }
        let run = try load(file, daemon)
        #expect(run.status == status)
        #expect(
            run.output
                == "imported \(5 - codes.count) ban\(codes.count == 4 ? "" : "s"), 3 strikes; "
                + "refused \(codes.count)\n")
        let lines = run.complaints.split(separator: "\n")
        #expect(lines.count == codes.count)
        #expect(lines.first == "opsctl: line 3: bans: 198.51.100.0/24: not this one")
        #expect(daemon.requests == requests)
    }

    /// Also with more entries than the window holds, each reply is matched with its entry.
    @Test func repliesAreMatchedWithTheirEntries() throws {
        let count = 3 * Importing.window + 7
        let bad = [1, Importing.window, Importing.window + 1, 2 * Importing.window + 1, count]
        let daemon = try daemon { number, request in
            let last = request.split(separator: " ").dropFirst().first ?? ""
            return bad.contains(number)
                ? [.line(#"err {"code":"refused","message":"I was asked for \#(last)"}"#)] : nil
        }
        func address(_ number: Int) -> String { "10.0.\(number / 256).\(number % 256)" }
        let bans = (1...count).map { "\"\(address($0))\": null" }.joined(separator: ",\n")
        let run = try load("{\"bans\": {\n\(bans)\n}}", daemon)
        #expect(run.status == 4)
        #expect(run.output == "imported \(count - bad.count) bans, 0 strikes; refused 5\n")
        #expect(
            run.complaints.split(separator: "\n")
                == bad.map {
                    "opsctl: line \($0 + 1): bans: \(address($0)): I was asked for \(address($0))"
                }.map { $0[...] })
        #expect(daemon.requests.count == count)
    }

    @Test func requestsGoOutAheadOfTheirReplies() throws {
        let count = Importing.window
        let daemon = try daemon { number, _ in
            number < count ? [] : (0..<count).map { _ in .line(Self.banned) }
        }
        let bans = (1...count).map { "\"10.0.\($0 / 256).\($0 % 256)\": null" }
        let run = try load("{\"bans\": {\(bans.joined(separator: ","))}}", daemon)
        #expect(run.status == 0 && run.output.hasPrefix("imported \(count) bans"))
    }

    /// Every entry would be refused alike.
    @Test func aMissingRoleIsToldOnce() throws {
        let daemon = try daemon { _, _ in
            [.line(#"err {"code":"forbidden","message":"ban needs the role admin"}"#)]
        }
        #expect(
            try load(file, daemon)
                == Opsctl(
                    status: 4, output: "", complaints: "opsctl: ban needs the role admin\n"))
    }

    @Test func doneButNotDurableIsTrouble() throws {
        let daemon = try daemon { number, _ in
            number == 1 ? [.line(#"ok {"banned":true,"durable":false}"#)] : nil
        }
        let run = try load(file, daemon)
        #expect(run.status == 5 && run.output == "imported 5 bans, 3 strikes; refused 0\n")
        #expect(run.complaints.contains("not durable"))
    }

    @Test(arguments: [1, 4, 8])
    func theDaemonDies(place: Int) throws {
        for said in ["", #"ok {"ip":"203"#] {
            let daemon = try daemon { number, _ in
                number == place ? [.bytes(said), .close] : nil
            }
            #expect(
                try load(file, daemon)
                    == Opsctl(
                        status: 3, output: "",
                        complaints:
                            "opsctl: opsd closed the connection\nhint: systemctl status opsd\n"))
        }
    }
}
