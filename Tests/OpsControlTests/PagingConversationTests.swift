// Paged commands against a fake daemon: `next` is followed to the last page, or one page is asked
// for with --limit.

import Testing

@testable import OpsControl

@Suite struct PagingConversationTests {
    private func ban(_ address: String, _ reason: String = "abuse") -> String {
        #"{"ip":"\#(address)","expires":"2026-11-21T11:41:48Z","ttl_seconds":3600,"reason":"\#(reason)","source":"ops","automatic":false,"created":"2026-11-21T10:31:48Z","uid":0}"#
    }

    /// A page of these addresses; `next` is the last of them, or null.
    private func page(_ addresses: [String], isLast: Bool = false) -> String {
        let rows = addresses.map { ban($0) }.joined(separator: ",")
        let next = isLast ? "null" : "\"\(addresses.last ?? "")\""
        return #"{"bans":[\#(rows)],"next":\#(next)}"#
    }

    private let addresses = [
        ["192.0.2.1", "192.0.2.2"], ["198.51.100.100"], ["2001:db8:1:2::/64", "203.0.113.9"],
    ]

    private func pages() -> [String] {
        [page(addresses[0]), page(addresses[1]), page(addresses[2], isLast: true)]
    }

    private let asked = [
        "bans limit=1000", "bans limit=1000 after=192.0.2.2",
        "bans limit=1000 after=198.51.100.100",
    ]

    private let table = """
        ADDRESS    EXPIRES                LEFT  BY    SOURCE  REASON
        192.0.2.1  2026-11-21 11:41:48Z  1h 0m  root  ops     abuse
        192.0.2.2  2026-11-21 11:41:48Z  1h 0m  root  ops     abuse
        198.51.100.100  2026-11-21 11:41:48Z  1h 0m  root  ops     abuse
        2001:db8:1:2::/64  2026-11-21 11:41:48Z  1h 0m  root  ops     abuse
        203.0.113.9        2026-11-21 11:41:48Z  1h 0m  root  ops     abuse

        """

    @Test func allPagesAreOneTable() throws {
        let daemon = try FakeDaemon(lines: pages().map { "ok " + $0 })
        let run = try Opsctl.run(["bans"], daemon)
        #expect(run == Opsctl(status: 0, output: table, complaints: ""))
        #expect(daemon.requests == asked)
    }

    @Test func withJSONEachPageIsAnObject() throws {
        let daemon = try FakeDaemon(lines: pages().map { "ok " + $0 })
        let run = try Opsctl.run(["bans", "--json"], daemon)
        #expect(
            run
                == Opsctl(
                    status: 0, output: pages().map { $0 + "\n" }.joined(), complaints: ""))
        #expect(daemon.requests == asked)
    }

    @Test(arguments: [[], ["--json"]])
    func withALimitOnePageIsAskedFor(options: [String]) throws {
        let daemon = try FakeDaemon(lines: pages().map { "ok " + $0 })
        let run = try Opsctl.run(["bans", "--limit", "2"] + options, daemon)
        #expect(run.status == 0 && run.complaints == "")
        #expect(
            run.output
                == (options.isEmpty
                    ? table.split(separator: "\n").prefix(3).map { $0 + "\n" }.joined()
                    : pages()[0] + "\n"))
        #expect(daemon.requests == ["bans limit=2"])
    }

    @Test func withALimitThePageAfterAnother() throws {
        let daemon = try FakeDaemon(lines: ["ok " + pages()[2]])
        let run = try Opsctl.run(["bans", "--limit=2", "--after", "198.51.100.100"], daemon)
        #expect(run.status == 0 && run.output.contains("203.0.113.9"))
        #expect(daemon.requests == ["bans limit=2 after=198.51.100.100"])
    }

    /// The other options are sent with every page; `--after` is where the first page begins.
    @Test func theOtherOptionsAreSentWithEveryPage() throws {
        let rows = [9, 7].map {
            #"{"total":3,"events":[{"id":\#($0),"event":"ban","severity":"warning","timestamp":"2026-11-21T10:41:48Z","details":"d"}],"next":\#($0 == 7 ? "null" : "9")}"#
        }
        let daemon = try FakeDaemon(lines: rows.map { "ok " + $0 })
        let run = try Opsctl.run(
            ["events", "--after", "12", "--severity", "warning"], daemon)
        #expect(run.status == 0 && run.output.split(separator: "\n").count == 3)
        #expect(
            daemon.requests == [
                "events limit=1000 after=12 severity=warning",
                "events limit=1000 after=9 severity=warning",
            ])
    }

    private func events(_ ids: [Int], total: Int, next: String, more: String = "") -> String {
        let rows = ids.map {
            #"{"id":\#($0),"event":"ban","severity":"info","timestamp":"2026-11-21T10:41:48Z","details":"d"}"#
        }
        return "ok {\"total\":\(total),\"total_complete\":false,\"events\":["
            + rows.joined(separator: ",") + "],\"next\":\(next)\(more)}"
    }

    /// The files are read until all that is known of is shown, and no further; where the rest is is
    /// told on standard error.
    @Test func filesAreReadUntilThereIsSomethingToShow() throws {
        let replies = [
            events([9], total: 1, next: "9"), events([], total: 1, next: "\"7-5-300-1\""),
        ]
        let daemon = try FakeDaemon(lines: replies)
        let run = try Opsctl.run(["events"], daemon)
        #expect(run.status == 0 && run.output.split(separator: "\n").count == 2)
        #expect(
            run.complaints
                == "opsctl: older events are in the files: opsctl events --after 7-5-300-1, "
                + "or --all for all\n")
        #expect(daemon.requests == ["events limit=1000", "events limit=1000 after=9"])
    }

    @Test func filesAreReadOnWhileNothingIsShown() throws {
        let daemon = try FakeDaemon(lines: [
            events([], total: 0, next: "\"7-5-300-0\""),
            events([5], total: 2, next: "\"5-5-100-1\""),
            events([2], total: 2, next: "\"1-4-100-2\"", more: ",\"compressed_files\":3"),
        ])
        let run = try Opsctl.run(["events", "--severity", "info"], daemon)
        #expect(run.output.split(separator: "\n").count == 3)
        #expect(
            run.complaints.hasSuffix(
                "events in 3 compressed files were not read: opsd closed the connection\n"))
        #expect(
            daemon.requests.dropLast().last
                == "events limit=1000 after=5-5-100-1 severity=info")
    }

    @Test func allReadsToTheEnd() throws {
        let daemon = try FakeDaemon(lines: [
            events([9], total: 1, next: "\"7-5-300-1\""),
            events([5], total: 2, next: "null", more: ",\"fault\":\"events.ndjson.1: denied\""),
        ])
        let run = try Opsctl.run(["events", "--all"], daemon)
        #expect(run.output.split(separator: "\n").count == 3)
        #expect(run.complaints == "opsctl: not read: events.ndjson.1: denied\n")
        #expect(
            daemon.requests == ["events limit=1000", "events limit=1000 after=7-5-300-1"])
    }

    @Test func theNetworksOfAListAreAFile() throws {
        let daemon = try FakeDaemon(lines: [
            #"ok {"name":"drop","entries":3,"ips":["192.0.2.0/24","198.51.100.7"],"next":"198.51.100.7"}"#,
            #"ok {"name":"drop","entries":3,"ips":["2001:db8::/32"],"next":null}"#,
        ])
        #expect(
            try Opsctl.run(["list", "show", "drop"], daemon)
                == Opsctl(
                    status: 0, output: "192.0.2.0/24\n198.51.100.7\n2001:db8::/32\n",
                    complaints: ""))
        #expect(
            daemon.requests == [
                "list show limit=1000 drop", "list show limit=1000 after=198.51.100.7 drop",
            ])
    }

    @Test func noRowsAreToldInWords() throws {
        let daemon = try FakeDaemon(lines: [#"ok {"bans":[],"next":null}"#])
        let run = try Opsctl.run(["bans"], daemon)
        #expect(run == Opsctl(status: 0, output: "no bans\n", complaints: ""))
    }

    @Test func anEmptyPageIsNotTheEnd() throws {
        let daemon = try FakeDaemon(lines: [
            #"ok {"bans":[],"next":"192.0.2.1"}"#, "ok " + page(["192.0.2.2"], isLast: true),
        ])
        let run = try Opsctl.run(["bans"], daemon)
        #expect(run.status == 0 && run.output.split(separator: "\n").count == 2)
    }

    @Test(arguments: [("busy", 5), ("forbidden", 4), ("bad-argument", 2)] as [(String, Int32)])
    func anErrorEndsThePages(code: String, status: Int32) throws {
        let refusal = #"{"code":"\#(code)","message":"not now"}"#
        for options in [[], ["--json"]] {
            let daemon = try FakeDaemon(lines: ["ok " + pages()[0], "err " + refusal])
            let run = try Opsctl.run(["bans"] + options, daemon)
            #expect(run.status == status)
            #expect(run.output.contains("192.0.2.2"))
            let isJSON = !options.isEmpty
            #expect(run.output.hasSuffix(refusal + "\n") == isJSON)
            #expect(run.complaints == (isJSON ? "" : "opsctl: not now\n"))
            #expect(daemon.requests.count == 2)
        }
    }

    @Test func theDaemonDiesBetweenPages() throws {
        for said in ["", #"ok {"bans":[{"ip":"#] {
            let daemon = try FakeDaemon([
                [.line("ok " + pages()[0])], [.bytes(said), .close],
            ])
            let run = try Opsctl.run(["bans"], daemon)
            #expect(run.status == 3 && run.output.hasSuffix("abuse\n"))
            #expect(
                run.complaints
                    == "opsctl: opsd closed the connection\nhint: systemctl status opsd\n")
            #expect(daemon.requests.count == 2)
        }
    }

    /// Otherwise opsctl would ask for ever.
    @Test func theSameNextTwiceEndsThePages() throws {
        let daemon = try FakeDaemon { _, _ in [.line(#"ok {"bans":[],"next":"192.0.2.1"}"#)] }
        let run = try Opsctl.run(["bans"], daemon)
        #expect(run.status == 3 && daemon.requests.count == 2)
        #expect(
            run.complaints.hasPrefix(
                "opsctl: the pages do not advance: opsd named 192.0.2.1 twice "))
    }

    // MARK: Export, which reads the same pages

    private let strikes =
        #"ok {"strikes":[{"ip":"192.0.2.7","strikes":1,"items":[{"at":"2026-11-21T10:41:48Z","weight":1}]}],"next":null}"#

    @Test func exportGathersAllPages() throws {
        let daemon = try FakeDaemon(lines: pages().map { "ok " + $0 } + [strikes])
        let run = try Opsctl.run(["export"], daemon)
        #expect(run.status == 0 && run.complaints == "")
        for address in addresses.joined() {
            #expect(run.output.contains("\"\(address)\": 1795261308"))
        }
        #expect(run.output.contains("\"192.0.2.7\": [1795257708]"))
        #expect(daemon.requests == asked + ["strikes limit=1000"])
    }

    /// A partial export would look like a whole one.
    @Test(
        arguments: [
            ([.close], 3, "opsd closed the connection"),
            ([.line(#"err {"code":"busy","message":"not now"}"#)], 5, "not now"),
            (
                [.line(#"ok {"bans":[{"ip":"nonsense"}],"next":null}"#)], 3,
                "cannot read a row of bans"
            ),
        ] as [([FakeDaemon.Act], Int32, String)])
    func anExportThatFailsLeavesTheFile(
        acts: [FakeDaemon.Act], status: Int32, words: String
    ) throws {
        let daemon = try FakeDaemon([[.line("ok " + pages()[0])], acts])
        let file = try daemon.write("as it was", to: "bans.json")
        let run = try Opsctl.run(["export", file], daemon)
        #expect(run.status == status && run.output == "")
        #expect(run.complaints.contains(words), "\(run.complaints)")
        #expect(try daemon.read("bans.json") == "as it was")
        #expect(daemon.files() == ["bans.json", "s"])
    }

    /// Whatever a page has, opsctl needs a few times its size at most, and not the twenty times
    /// that a tree of it takes.
    @Test(arguments: [["bans"], ["bans", "--limit", "1000"], ["bans", "--json"]])
    func aLargePageTakesLittleMemory(words: [String]) throws {
        let row = #"{"ip":"192.0.2.1","a":[],"b":1},"#
        let count = (15 << 20) / row.utf8.count
        let rows = String(repeating: row, count: count).dropLast()
        let daemon = try FakeDaemon(lines: [#"ok {"bans":[\#(rows)],"next":null}"#])
        let run = try Opsctl.run(words, daemon, dataKibibytes: 4 * 16 << 10)
        #expect(run.status == 0 && run.complaints == "")
        #expect(run.output.utf8.count > 1 << 20)
    }
}
