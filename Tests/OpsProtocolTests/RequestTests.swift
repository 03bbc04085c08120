// The request grammar as conversations: a line, and the command or the refusal it gets.  Rules of
// the protocol are in the names of the tables.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsProtocol

/// What the parser makes of a line.
func answer(to bytes: [UInt8]) -> Result<Command, Refusal> {
    do throws(Refusal) {
        return .success(try RequestParser.parse(bytes.span).command)
    } catch {
        return .failure(error)
    }
}

func answer(to line: String) -> Result<Command, Refusal> { answer(to: Array(line.utf8)) }

func refusal(of line: String) -> Refusal? {
    if case .failure(let refusal) = answer(to: line) { refusal } else { nil }
}

/// A target as the parser gives it.
func target(_ text: String) throws -> Target {
    let bytes = Array(text.utf8)
    return try Target(parsing: bytes.span)
}

/// A line that is wrong, and what its refusal says.
struct Wrong: CustomTestStringConvertible, Sendable {
    var line: String
    var code: RefusalCode
    var says: String

    init(_ line: String, _ code: RefusalCode, _ says: String) {
        self.line = line
        self.code = code
        self.says = says
    }

    var testDescription: String { line.count > 60 ? line.prefix(60) + "..." : line }
}

@Suite struct RequestTests {
    @Test func commandsWithoutArguments() {
        let lines: [(String, Command)] = [
            ("ping", .ping), ("version", .version), ("commands", .commands), ("status", .status),
            ("health", .health), ("metrics", .metrics), ("disks", .disks),
            ("stats system", .systemStats), ("guard stats", .guardStats),
            ("guard cleanup", .guardCleanup), ("snapshot", .snapshot), ("reload", .reload),
            ("enforce verify", .enforceAudit(repairs: false)),
            ("enforce repair", .enforceAudit(repairs: true)),
            ("config", .config), ("processes", .processes(top: 10)),
            ("metrics history", .metricsHistory(hours: 24, stepSeconds: nil)),
            ("bans", .bans(PageQuery())), ("strikes", .strikes(PageQuery())),
            ("places", .places(PlacesQuery())),
            ("events", .events(EventQuery())),
            ("watch", .watch(topics: [], after: nil)), ("audit status", .auditStatus),
        ]
        for (line, command) in lines { #expect(answer(to: line) == .success(command)) }
    }

    @Test func keysStandAnywhereAfterTheVerbInAnyOrder() throws {
        let ban = Command.ban(
            Targets(try target("203.0.113.9")),
            BanTerms(lifetime: .milliseconds(3_600_000), reason: "a b", source: "x"))
        for line in [
            #"ban 203.0.113.9 ttl=1h reason="a b" source=x"#,
            #"ban source=x reason="a b" ttl=1h 203.0.113.9"#,
            #"ban ttl="1h" 203.0.113.9 source="x" reason="a\u0020b""#,
            #"ban "203.0.113.9" ttl=60m reason="a b" source=x"#,
        ] { #expect(answer(to: line) == .success(ban), "\(line)") }
    }

    @Test func everyArgumentArrives() throws {
        let one = try target("203.0.113.9")
        let lines: [(String, Command)] = [
            ("processes top=100", .processes(top: 100)),
            (
                "metrics history after=2026-11-21T09:11:30Z",
                .metricsHistory(hours: 24, stepSeconds: nil, after: noon)
            ),
            (
                "metrics history hours=8760 step=90",
                .metricsHistory(hours: 8_760, stepSeconds: 90)
            ),
            ("metrics history step=2m", .metricsHistory(hours: 24, stepSeconds: 120)),
            ("metrics history step=5000ms", .metricsHistory(hours: 24, stepSeconds: 5)),
            ("hit 203.0.113.9", .hit(one, route: nil)),
            ("hit 203.0.113.9 route=/a?b=c", .hit(one, route: "/a?b=c")),
            (
                "strike 203.0.113.9 weight=1000 at=1763716290.5 reason=r source=s",
                .strike(
                    one,
                    StrikeTerms(reason: "r", source: "s", weight: 1_000, at: 1_763_716_290_500))
            ),
            (
                "strike 203.0.113.9 at=2025-11-21T09:11:30Z",
                .strike(one, StrikeTerms(at: 1_763_716_290_000))
            ),
            ("success 203.0.113.9", .success(one)), ("clear 203.0.113.9", .clear(one)),
            (
                "ban 203.0.113.9 ttl=permanent",
                .ban(Targets(one), BanTerms(lifetime: .permanent))
            ),
            (
                "ban 203.0.113.9 until=2025-11-21T10:11:30+01:00",
                .ban(Targets(one), BanTerms(lifetime: .until(1_763_716_290_000)))
            ),
            (
                "ban 203.0.113.9 10.0.0.0/8 2001:db8::1",
                .ban(
                    Targets(one, [try target("10.0.0.0/8"), try target("2001:db8::1")]),
                    BanTerms())
            ),
            ("unban 10.0.0.0/8", .unban(Targets(try target("10.0.0.0/8")))),
            ("why 203.0.113.9", .why(one)),
            (
                "bans limit=1000 after=10.0.0.0/8 source=sshd under=0.0.0.0/0",
                .bans(
                    PageQuery(
                        limit: 1_000, after: Network(parsing: "10.0.0.0/8"), source: "sshd",
                        under: Target(network: Network(ipv4: 0, prefix: 0), isBare: false)))
            ),
            (
                "strikes limit=1 after=2001:db8::/64",
                .strikes(PageQuery(limit: 1, after: Network(parsing: "2001:db8::/64")))
            ),
            (
                "events limit=7 severity=critical after=18446744073709551615",
                .events(
                    EventQuery(limit: 7, EventFilter(severity: .critical), after: .id(.max)))
            ),
            (
                "watch guard health after=0",
                .watch(topics: [.guard, .health], after: EventMark(id: 0))
            ),
            ("watch after=5 store", .watch(topics: [.store], after: EventMark(id: 5))),
        ]
        for (line, command) in lines { #expect(answer(to: line) == .success(command), "\(line)") }
    }

    @Test func theLongestVerbWins() {
        #expect(answer(to: "metrics") == .success(.metrics))
        #expect(
            answer(to: "metrics history")
                == .success(.metricsHistory(hours: 24, stepSeconds: nil)))
        #expect(refusal(of: "metrics historyx")?.code == .badArgument)
        #expect(refusal(of: "stats")?.code == .unknownCommand)
        #expect(refusal(of: "guard")?.hint == "did you mean guard stats or guard cleanup?")
    }

    @Test func textsSurviveAsTheyWereMeant() throws {
        let one = try target("203.0.113.9")
        let texts: [(String, String)] = [
            (#""a\nb\t\u001b[31m\u202e\"\\\/""#, "a\nb\t\u{1b}[31m\u{202e}\"\\/"),
            (#""\ud83d\ude00""#, "😀"), ("\"ü€\"", "ü€"), ("ü€😀", "ü€😀"), ("a=b=c", "a=b=c"),
            (#"\n"#, #"\n"#), ("=", "="), (#"" ""#, " "), (#""\u0000""#, "\0"),
            // JSON allows unescaped C1 control characters in a string; bare words do not.
            ("\"\u{85}\"", "\u{85}"),
        ]
        for (written, meant) in texts {
            #expect(
                answer(to: "strike 203.0.113.9 reason=\(written)")
                    == .success(.strike(one, StrikeTerms(reason: meant))), "\(written)")
        }
    }

    /// What `strikes` shows can be asked for and cleared; `ADDR/32` and `ADDR/128` are addresses.
    @Test func prefixesWhereTheyHelp() throws {
        let net = try target("2001:db8::/64")
        #expect(answer(to: "why 2001:db8::/64") == .success(.why(net)))
        #expect(answer(to: "clear 2001:db8::/64") == .success(.clear(net)))
        #expect(answer(to: "success 2001:db8::/64") == .success(.success(net)))
        let exact = try target("2001:db8::1/128")
        #expect(answer(to: "hit 2001:db8::1/128") == .success(.hit(exact, route: nil)))
        #expect(
            answer(to: "strike 1.2.3.4/32")
                == .success(.strike(try target("1.2.3.4/32"), StrikeTerms())))
    }

    @Test func oneToAThousandTargets() throws {
        let words = (0..<1_000).map { "10.0.\($0 / 250).\($0 % 250)" }
        let line = "check " + words.joined(separator: " ")
        let start = cpuSeconds()
        guard case .success(.check(let targets)) = answer(to: line) else {
            Issue.record("no check")
            return
        }
        #expect(cpuSeconds() - start < 1)
        #expect(targets.count == 1_000)
        #expect(targets.others.last == (try target("10.0.3.249")))
        let more = refusal(of: line + " 10.1.1.1")
        #expect(
            more?.code == .badArgument
                && more?.message == "ip: too many values, expected at most 1000")
    }
}

@Suite struct BadRequestTests {
    @Test(arguments: [
        Wrong("", .badRequest, "the line is empty"),
        Wrong("ping\r", .badRequest, "unexpected control character at byte 5"),
        Wrong("\0", .badRequest, "unexpected control character at byte 1"),
        Wrong("pi\tng", .badRequest, "unexpected control character at byte 3"),
        Wrong("ping\n", .badRequest, "unexpected control character at byte 5"),
        Wrong("why 1.2.3.4\u{7f}", .badRequest, "unexpected control character at byte 12"),
        Wrong("ban 1.2.3.4 reason=\"a\u{1b}\"", .badRequest, "unexpected control character"),
        Wrong(" ", .badRequest, "unexpected space at byte 1"),
        Wrong(" ping", .badRequest, "unexpected space at byte 1"),
        Wrong("ping ", .badRequest, "unexpected space at byte 5"),
        Wrong("guard  stats", .badRequest, "unexpected space at byte 7"),
        Wrong(
            "ban 1.2.3.4 reason=a\u{9b}b", .badRequest,
            "unexpected control character in the word"),
        Wrong(
            "ban 1.2.3.4 reason=\u{85}", .badRequest, "unexpected control character in the word"),
        Wrong("pi\"ng", .badRequest, "unexpected quote inside a word at byte 3"),
        Wrong("ban =\"a\"", .badRequest, "unexpected quote inside a word"),
        Wrong("ban A=\"a\"", .badRequest, "unexpected quote inside a word"),
        Wrong("ban a=b=\"c\"", .badRequest, "unexpected quote inside a word"),
        Wrong("ban a=b\"c\"", .badRequest, "unexpected quote inside a word"),
        Wrong("ban \"1.2.3.4\"x", .badRequest, "expected a space after the string at byte 14"),
        Wrong("ban reason=\"a\"x", .badRequest, "expected a space after the string"),
        Wrong("ban reason=\"a\"\"b\"", .badRequest, "expected a space after the string"),
        Wrong("ban \"", .badRequest, "unexpected end of the text inside a string"),
        Wrong("ban reason=\"a b", .badRequest, "unexpected end of the text inside a string"),
        Wrong("ban reason=\"a\\\"", .badRequest, "unexpected end of the text inside a string"),
        Wrong("ban reason=\"\\x\"", .badRequest, "unknown escape"),
        Wrong("ban reason=\"\\u12\"", .badRequest, "expected four hexadecimal digits"),
        Wrong("ban reason=\"\\ud800\"", .badRequest, "unpaired surrogate"),
        Wrong("ban reason=\"\\ude00\\ud83d\"", .badRequest, "unpaired surrogate"),
        Wrong("ban reason=\"\\ud83d\\u0041\"", .badRequest, "unpaired surrogate"),
    ])
    func lines(wrong: Wrong) {
        let refusal = refusal(of: wrong.line)
        #expect(refusal?.code == wrong.code)
        #expect(refusal?.message.contains(wrong.says) == true, "\(refusal?.message ?? "")")
    }

    @Test(
        arguments: [
            [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82],
            [0x80],
        ] as [[UInt8]])
    func badUTF8(bytes: [UInt8]) {
        for (before, after) in [
            ("", ""), ("ban 1.2.3.4 reason=", ""), ("ban 1.2.3.4 reason=\"", "\""),
            ("ban ", " ttl=1h"), ("ban \"", "\""), ("ban r", "=1"),
        ] {
            let outcome = answer(to: Array(before.utf8) + bytes + Array(after.utf8))
            guard case .failure(let refusal) = outcome else {
                Issue.record("accepted after \(before)")
                continue
            }
            #expect(refusal.code == .badRequest)
            #expect(refusal.message.contains("UTF-8"))
        }
    }

    @Test(arguments: [
        ("pin", "did you mean ping?"), ("PING", "did you mean ping?"),
        ("Ban 1.2.3.4", "did you mean ban?"), ("chekc 1.2.3.4", "did you mean check?"),
        ("stats", "did you mean stats system?"), ("xyzzy", "`commands` lists them"),
        ("ping=", "did you mean ping?"), ("GET / HTTP/1.1", "`commands` lists them"),
        // A verb is a bare word.
        (#""guard stats""#, "did you mean guard stats?"), (#""ping""#, "did you mean ping?"),
        (#""""#, "`commands` lists them"), (#"guard "stats""#, "did you mean guard stats"),
        ("ｐｉｎｇ", "`commands` lists them"), ("=", "`commands` lists them"),
    ])
    func unknownCommands(line: String, hint: String) {
        let refusal = refusal(of: line)
        #expect(refusal?.code == .unknownCommand)
        #expect(refusal?.hint?.hasPrefix(hint) == true, "\(refusal?.hint ?? "none")")
    }
}
