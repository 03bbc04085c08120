// Rendering as people see it, and what no renderer may ever let through.

import OpsProtocol
import Testing

@testable import OpsControl

@Suite struct RenderingTests {
    @Test("in a pipe: no colours, no trailing spaces", arguments: Example.all)
    func plain(_ example: Example) throws {
        let text = Rendering.text(verb: example.verb, example.value, Fixtures.plain)
        #expect(!text.contains("\u{1b}"))
        #expect(text.split(separator: "\n").allSatisfy { !$0.hasSuffix(" ") })
    }

    @Test("on a terminal: the same words, coloured", arguments: Example.all)
    func coloured(_ example: Example) throws {
        var view = Fixtures.terminal
        view.columns = nil
        let text = Rendering.text(verb: example.verb, example.value, view)
        #expect(stripped(text) == Rendering.text(verb: example.verb, example.value, Fixtures.plain))
    }

    @Test func whatNoRendererKnowsIsShown() throws {
        let reply = try Fixtures.json(#"{"a":1,"b":{"c":[1,2],"d":[{"e":"f"}]},"g":null}"#)
        #expect(
            Rendering.text(verb: "something new", reply, Fixtures.plain) == """
                a: 1
                b:
                  c: 1, 2
                  d:
                    - e=f
                g: -

                """)
    }

    @Test(
        "what a person is told",
        arguments: [
            (
                "check",
                #"{"ip":"198.18.0.1","banned":true,"expires":"2026-11-21T11:41:49Z","ttl_seconds":60,"#
                    + #""unconfirmed":true,"reason":"","source":"","match":"198.18.0.0/15"}"#,
                "opsctl confirm 198.18.0.0/15"
            ),
            (
                "strike",
                #"{"ip":"198.51.100.9","strikes":0,"banned":false,"expires":"2026-11-21T11:41:49Z","#
                    + #""ttl_seconds":60,"dry_run":true}"#,
                "not banned: dry run of a ban until 2026-11-21"
            ),
            (
                "why",
                #"{"ip":"198.51.100.9","verdict":"not banned","offenses":2,"#
                    + #""offenses_until":"2026-11-28T11:41:49Z"}"#,
                "2  bans by the rules in a row,  remembered until 2026-11-28"
            ),
            (
                "events",
                #"{"events":[{"id":1,"event":"ban","details":"banned by its strikes","reason":"y","#
                    + #""severity":"warning","timestamp":"2026-11-21T11:41:49.000000Z"}]}"#,
                "banned by its strikes (y)"
            ),
        ])
    func words(verb: String, reply: String, words: String) throws {
        let text = Rendering.text(verb: verb, try Fixtures.json(reply), Fixtures.plain)
        let squeezed = text.split(separator: " ").joined(separator: " ")
        let expected = words.split(separator: " ").joined(separator: " ")
        #expect(squeezed.contains(expected), "\(text)")
    }

    /// With the longest address, source and name.
    @Test(arguments: ["bans", "strikes", "events"], [60, 80, 100])
    func listsFitTheScreen(_ verb: String, _ columns: Int) throws {
        var view = Fixtures.terminal
        view.columns = columns
        let long = String(repeating: "long-word and more ", count: 20)
        let address = columns < 80 ? "203.0.113.9" : "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128"
        let rows = [
            "bans":
                #"{"ip":"\#(address)","expires":"2026-11-21T11:41:48Z","ttl_seconds":315000000,"reason":"\#(long)","source":"\#(long)","uid":4294967294,"dry_run":true}"#,
            "strikes":
                #"{"ip":"\#(address)","strikes":12,"items":[{"at":"2026-11-21T11:41:48Z","expires":"2026-11-21T11:41:48Z","reason":"\#(long)","source":"\#(long)"}]}"#,
            "events":
                #"{"id":123456,"event":"detector_source_silent","details":"\#(long)","severity":"critical","timestamp":"2026-11-21T11:41:49.000000Z"}"#,
        ]
        let reply = try Fixtures.json(#"{"\#(verb)":[\#(try #require(rows[verb]))],"next":null}"#)
        let text = stripped(Rendering.text(verb: verb, reply, view))
        for line in text.split(separator: "\n") {
            #expect(Columns.width(String(line)) <= columns, "\(line)")
        }
        #expect(verb == "events" || text.contains(address))
        // An event is told in whole lines, not cut at the first.
        #expect(verb != "events" || text.split(separator: "\n").count > 2)
        let pipe = Rendering.text(verb: verb, reply, Fixtures.plain)
        #expect(pipe.contains(long.dropLast()) && pipe.contains("2026-11-21 11:41:4"))
    }

    @Test func newestIsLastWhereOneReadsDown() throws {
        let rows = [9, 8].map {
            #"{"id":\#($0),"event":"ban","severity":"warning","timestamp":"2026-11-21T10:41:48Z","details":"d"}"#
        }
        let reply = try Fixtures.json(#"{"events":[\#(rows.joined(separator: ","))],"next":null}"#)
        func ids(_ view: View) -> [Substring] {
            stripped(Rendering.text(verb: "events", reply, view)).split(separator: "\n").dropFirst()
                .compactMap { $0.split(separator: " ").first }
        }
        #expect(ids(Fixtures.terminal) == ["8", "9"])
        #expect(ids(Fixtures.plain) == ["9", "8"])
    }

    @Test func whatTheDaemonDoesNotSayIsUnknown() throws {
        let text = Rendering.text(verb: "status", .object([]), Fixtures.plain)
        for name in ["lists", "slo", "gate"] {
            #expect(
                text.split(separator: "\n").contains {
                    $0.split(separator: " ") == [name[...], "unknown"]
                }, "\(text)")
        }
    }

    @Test func usersHaveNames() {
        let text =
            "root:x:0:0::/root:/bin/sh\nbad\n:x:7:7::/:\nops:x:1000:1000::/:\nx:x:1000:1::/:\n"
        let users = UserNames(passwd: Array(text.utf8))
        #expect(users.name(0) == "root" && users.name(1_000) == "ops")
        #expect(users.name(7) == "uid 7" && users.name(-1) == "uid -1")
        #expect(UserNames().name(0) == "root" && UserNames(passwd: []).name(0) == "root")
    }

    @Test func statusFitsTheScreen() throws {
        let long = Fixtures.status.replacing("web-1", with: String(repeating: "x", count: 64))
            .replacing("CPU at", with: String(repeating: "issue ", count: 40))
        let text = Rendering.text(verb: "status", try Fixtures.json(long), Fixtures.terminal)
        let lines = stripped(text).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 24)
        #expect(lines.allSatisfy { Columns.width(String($0)) <= 80 })
        #expect(text.hasPrefix("\u{1b}[33mSTRESSED\u{1b}[0m"))
        #expect(text.contains("\u{1b}[33m1,234\u{1b}[0m"))
        #expect(text.contains("\u{1b}[38;5;208m56\u{1b}[0m"))
    }

    @Test func degradedStandsOut() throws {
        let reply = Fixtures.status.replacing(
            #""degraded":false"#, with: #""degraded":true,"reason":"No space left on device""#)
        let text = Rendering.text(verb: "status", try Fixtures.json(reply), Fixtures.terminal)
        #expect(text.contains("\u{1b}[1;31mDEGRADED: No space left on device\u{1b}[0m"))
    }

    @Test(
        "S1-23",
        arguments: [
            (59.9, Paint.green, Paint.green), (60, .yellow, .green), (69.9, .yellow, .green),
            (70, .yellow, .yellow), (80, .yellow, .yellow), (80.1, .red, .yellow),
            (85, .red, .yellow), (85.1, .red, .red),
        ])
    func thresholds(_ percent: Double, _ cpu: Paint, _ space: Paint) {
        #expect(Paint.cpu(percent) == cpu)
        #expect(Paint.space(percent) == space)
    }

    @Test func tablesStayInLineFromPageToPage() throws {
        var table = Table("A", ">N", "B")
        table.row(Cell("x"), Cell("1"), Cell("one"))
        var sheet = Sheet(Fixtures.plain)
        table.flush(to: &sheet)
        table.row(Cell("longer"), Cell("22"), Cell("two"))
        table.flush(to: &sheet)
        table.row(Cell("y"), Cell("3"), Cell("three"))
        table.flush(to: &sheet)
        table.flush(to: &sheet)
        #expect(sheet.text == "A  N  B\nx  1  one\nlonger  22  two\ny        3  three\n")
    }

    @Test func freeTextIsCutOnATerminalOnly() throws {
        let reply = #"{"bans":[\#(Fixtures.ban)],"next":"1.2.3.4"}"#.replacing(
            "failed login", with: String(repeating: "long ", count: 40))
        let value = try Fixtures.json(reply)
        let screen = stripped(Rendering.text(verb: "bans", value, Fixtures.terminal))
        #expect(screen.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(screen.hasSuffix("more: --after 1.2.3.4\n"))
        let pipe = Rendering.text(verb: "bans", value, Fixtures.plain)
        #expect(pipe.contains(String(repeating: "long ", count: 40)))
        #expect(!pipe.contains("more"))
    }

    @Test(
        "no control byte gets through, whatever the strings are",
        arguments: Example.all,
        [
            "\u{1b}[31mred", "a\nb\r\t", "\u{202e}abc\u{2066}", "\u{9b}31m", "\u{0}\u{7f}",
            "\u{2028}",
        ])
    func hostile(_ example: Example, _ poison: String) throws {
        let value = poisoned(example.value, poison)
        for view in [Fixtures.plain, Fixtures.terminal] {
            check(Rendering.text(verb: example.verb, value, view))
        }
        var sheet = Sheet(Fixtures.terminal)
        Rendering.event(value, &sheet)
        check(sheet.text)
        check(NagiosLine(health: value, status: value).text)
    }

    @Test("replies of another shape give text, not a crash", arguments: Example.all)
    func misshapen(_ example: Example) throws {
        let (verb, value) = (example.verb, example.value)
        let shapes: [JSONValue] = [
            .null, .array([]), .array([.null, value]), .integer(.min), .integer(.max),
            .number(-1e300), .string(""), .object([]), .bool(true),
        ]
        for shape in shapes {
            _ = Rendering.text(verb: verb, shape, Fixtures.terminal)
            _ = Rendering.text(verb: verb, replaced(value, shape), Fixtures.terminal)
            for member in value.members {
                let changed = value.members.map {
                    $0 == member ? .init(name: $0.name, value: shape) : $0
                }
                _ = Rendering.text(verb: verb, .object(changed), Fixtures.plain)
            }
        }
    }

    // MARK: Inside

    private func check(_ text: String) {
        for scalar in stripped(text).unicodeScalars {
            switch scalar.value {
            case 0x0a: continue
            case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069:
                Issue.record("U+\(String(scalar.value, radix: 16)) in \(text.debugDescription)")
            default: continue
            }
        }
    }

    /// Without the sequences that `Paint` has, and without those only.
    private func stripped(_ text: String) -> String {
        var text = text.replacing("\u{1b}[0m", with: "")
        for paint in [Paint.bold, .dim, .green, .yellow, .orange, .red, .alarm] {
            text = text.replacing("\(paint.sequence)", with: "")
        }
        return text
    }

    /// Every string made hostile, and every name of a member in a place of its own.
    private func poisoned(_ value: JSONValue, _ poison: String) -> JSONValue {
        switch value {
        case .string(let text): .string(poison + text + poison)
        case .array(let all): .array(all.map { poisoned($0, poison) })
        case .object(let members):
            .object(
                members.map { .init(name: $0.name, value: poisoned($0.value, poison)) }
                    + [.init(name: "x" + poison, value: .string(poison))])
        default: value
        }
    }

    /// Every scalar put into another shape.
    private func replaced(_ value: JSONValue, _ shape: JSONValue) -> JSONValue {
        switch value {
        case .array(let all): .array(all.map { replaced($0, shape) })
        case .object(let members):
            .object(members.map { .init(name: $0.name, value: replaced($0.value, shape)) })
        default: shape
        }
    }
}
