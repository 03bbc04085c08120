// `list load`: what is read from a file, what is refused, and how that is reported.

import Testing

@testable import OpsControl
@testable import OpsCore

private func read(_ text: String) -> (list: ListFile, refused: [Int]) {
    var refused: [Int] = []
    let list = ListFile(Array(text.utf8).span) { line, _ in refused.append(line) }
    return (list, refused)
}

@Suite struct ListFileTests {
    @Test func oneAddressALineWithComments() {
        let text = """
            # a list
            ; another kind of comment

            192.0.2.1
              198.51.100.0/24\t; SBL123
            2001:db8::1 # why
            203.0.113.9\r
            \t
            192.0.2.2#no space
            """
        let (list, refused) = read(text)
        #expect(refused.isEmpty && list.lines == 5)
        #expect(list.entries.map(\.line) == [4, 5, 6, 7, 9])
        #expect(
            list.entries.map(\.network.description) == [
                "192.0.2.1", "198.51.100.0/24", "2001:db8::1/128", "203.0.113.9", "192.0.2.2",
            ])
    }

    @Test(arguments: [
        "300.1.1.1", "10.0.0.1/8", "010.0.0.1", "<html>", "1.2.3.4 5.6.7.8", "1.2.3.4,5.6.7.8",
        "\u{feff}1.2.3.4", "example.net", "1.2.3.4-1.2.3.9", "fe80::1%eth0", "\u{0}", "/24",
        String(repeating: "1", count: 100_000),
    ])
    func aBadLineIsNamedAndTheRestIsTaken(_ bad: String) {
        let (list, refused) = read("192.0.2.1\n\(bad)\n192.0.2.2\n")
        #expect(refused == [2] && list.entries.map(\.line) == [1, 3])
    }

    @Test(arguments: ["", "\n", "\n\n# x", "#", ";;;", " \t\r\n"])
    func anEmptyFileHasNoEntries(_ text: String) {
        let (list, refused) = read(text)
        #expect(list.entries.isEmpty && refused.isEmpty && list.lines == 0)
    }

    @Test func brokenUTF8IsABadLine() {
        var refused: [Int] = []
        let bytes: [UInt8] = [0xff, 0xfe, 0x0a, 0x31, 0x2e, 0x31, 0x2e, 0x31, 0x2e, 0x31]
        let list = ListFile(bytes.span) { line, _ in refused.append(line) }
        #expect(refused == [1] && list.entries.count == 1)
    }

    /// The order that `list add` needs.  Entries inside another one stay: the other may be refused.
    @Test func arrangedInTheDaemonsOrder() {
        var (list, _) = read(
            """
            2001:db8::5
            ::1:0:0:0:1/128
            10.0.0.0/7
            192.0.2.9
            10.1.1.1
            192.0.2.9
            2001:db8::9
            192.0.2.0/24
            """)
        list.arrange(ipv6Prefix: 64)
        #expect(
            list.entries.map(\.network.description) == [
                "10.0.0.0/7", "10.1.1.1", "192.0.2.0/24", "192.0.2.9", "::1:0:0:0:1/128",
                "2001:db8::/64",
            ])
        #expect(list.duplicates == 2)
        for entry in list.entries { #expect(list.line(of: entry.network) == Int(entry.line)) }
        #expect(list.line(of: Network(ipv4: 7)) == nil)
    }

    @Test func theFirstRefusedLinesAreKeptByNumber() {
        var some = RefusedLines(keepsAll: false)
        for line in stride(from: 5_000, to: 0, by: -1) { some.add(line, "bad") }
        some.add(unnamed: 7)
        #expect(some.count == 5_007)
        #expect(some.first().map(\.line) == Array(1...RefusedLines.reportLimit))
        var all = RefusedLines(keepsAll: true)
        for line in stride(from: 5_000, to: 0, by: -1) { all.add(line, "bad") }
        #expect(all.first().map(\.line) == Array(1...5_000))
    }
}

@Suite struct ListWishTests {
    @Test func words() throws {
        let request = try ListLoadRequest(["a", "--ttl", "1h", "-", "--strict", "--verbose"])
        #expect(request.name == "a" && request.file == "-" && request.ttl == "1h")
        #expect(request.isStrict && request.isVerbose)
        #expect(try ListLoadRequest(["--ttl=1h", "a", "f"]).ttl == "1h")
        #expect(
            try String(decoding: request.beginLine(), as: UTF8.self) == "list begin a ttl=1h")
    }

    @Test(arguments: [
        [], ["a"], ["a", "b", "c"], ["A", "f"], ["a", "f", "--ttl"], ["a", "f", "--quiet"],
        ["a b", "f"], ["", "f"], ["a", "f", "-x"],
    ])
    func wrongWords(_ words: [String]) {
        #expect(throws: ClientFault.self) { try ListLoadRequest(words) }
    }

    @Test func theTtlIsCheckedByTheDaemonsTable() throws {
        // A line of its own can never come out of it.
        let request = try ListLoadRequest(["a", "f", "--ttl", "1h\nban 192.0.2.1"])
        #expect(!(try request.beginLine()).contains(0x0a))
    }

    /// What is shown in a pipe is a file that can be loaded.
    @Test func theNetworksOfAListAreAFile() throws {
        let reply = #"{"name":"a","entries":2,"ips":["192.0.2.0/24","2001:db8::/64"],"next":null}"#
        let text = Rendering.text(
            verb: "list show", try Fixtures.json(reply), Fixtures.plain)
        let (list, refused) = read(text)
        #expect(list.entries.count == 2 && refused.isEmpty)
    }

    @Test func checkNamesTheList() throws {
        let reply =
            #"{"ip":"192.0.2.9","banned":true,"expires":null,"ttl_seconds":null,"permanent":true,"reason":"","source":"list:a","match":"192.0.2.0/24","list":"a","automatic":false,"created":"2026-11-21T13:06:46Z","uid":0}"#
        let text = Rendering.text(verb: "check", try Fixtures.json(reply), Fixtures.plain)
        #expect(text == "192.0.2.9  banned permanently, by 192.0.2.0/24, in the list a\n")
    }

    @Test func helpNamesIt() {
        #expect(HelpText.page(["list", "load"])?.contains("--strict") == true)
        #expect(HelpText.page(["list"])?.contains("list load NAME") == true)
        #expect(HelpText.page(["list"])?.contains("list show") == true)
        #expect(HelpText.long.contains("list load "))
    }
}
