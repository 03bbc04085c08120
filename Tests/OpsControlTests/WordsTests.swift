// From words to options, from options to request lines, from replies to exit statuses.

import OpsCore
import OpsProtocol
import Testing

@testable import OpsControl

private func options(_ text: String, socket: String? = nil) throws -> ControlOptions {
    try ControlOptions(
        text.split(separator: " ").map(String.init), environmentSocket: socket)
}

@Suite struct WordsTests {
    @Test(arguments: [
        ("ping", "ping"),
        ("ban 203.0.113.9 --ttl 1h --reason abuse", "ban 203.0.113.9 ttl=1h reason=abuse"),
        ("ban 203.0.113.9 ttl=1h", "ban 203.0.113.9 ttl=1h"),
        ("--json ban --socket /x 203.0.113.9 --ttl=1h", "ban 203.0.113.9 ttl=1h"),
        ("guard stats --json", "guard stats"),
        ("metrics history --hours 2", "metrics history hours=2"),
        // What follows an option that takes a value is the value.
        ("ban 203.0.113.9 --reason --json", "ban 203.0.113.9 reason=--json"),
        ("strike 203.0.113.9 --reason -- --json", "strike 203.0.113.9 reason=--"),
        ("events --severity --help", "events severity=--help"),
        ("watch guard -- health", "watch guard health"),
        // Names cut short, and `-` for `_`.
        ("--sock /x ban 203.0.113.9 --tt 1h --reas abuse", "ban 203.0.113.9 ttl=1h reason=abuse"),
        ("slo observe api --latency-ms 12.5", "slo observe api latency_ms=12.5"),
        ("slo observe api --lat=12.5 --st=200", "slo observe api latency_ms=12.5 status=200"),
        // A flag needs no value.
        ("ban 203.0.113.9 --force", "ban 203.0.113.9 force=true"),
        ("ban --exact 203.0.113.9", "ban exact=true 203.0.113.9"),
        ("ban --force false 203.0.113.9", "ban force=false 203.0.113.9"),
        ("ban 203.0.113.9 --force --json", "ban 203.0.113.9 force=true"),
    ])
    func requestLine(_ words: String, _ line: String) throws {
        let options = try options(words)
        let (row, used) = try #require(RequestLine.row(options.words))
        let made = try CommandWords(row, Array(options.words[used...])).line()
        #expect(String(decoding: made, as: UTF8.self) == line)
    }

    @Test(
        "old words lead on",
        arguments: [
            ("events warning", "did you mean --severity warning?"),
            ("metrics history 24", "did you mean --hours 24?"),
            ("metrics hist", "did you mean metrics history?"),
            ("metrics histroy", "did you mean metrics history?"),
            ("processes 5", "did you mean --top 5?"), ("ping all", "ping takes no words"),
            ("clear 192.0.2.1 192.0.2.2", "clear takes no words"),
        ])
    func extraWords(_ text: String, _ hint: String) throws {
        let options = try options(text)
        let (row, used) = try #require(RequestLine.row(options.words))
        do throws(ClientFault) {
            _ = try CommandWords(row, Array(options.words[used...])).line()
            Issue.record("accepted")
        } catch {
            #expect(error.exit == .usage && error.hint == hint, "\(error)")
        }
    }

    @Test func whatMayBeTwoOptionsIsRefused() throws {
        do throws(ClientFault) {
            _ = try ControlOptions(["bans", "--so", "sshd"], environmentSocket: nil)
            Issue.record("accepted")
        } catch {
            #expect(error.message == "--so may be --socket or --sort or --source")
        }
        // Before a command there are fewer.
        #expect(try options("--so /x bans").socket == "/x")
        #expect(try options("bans --sor made").sort == .made)
        #expect(throws: ClientFault.self) { try options("bans --sort size") }
    }

    @Test(arguments: [
        ("force=true bans it anyway", "--force bans it anyway"),
        ("write ttl=1h, or until=TIME.", "write --ttl 1h, or --until TIME."),
        ("x=y and `limit=5`", "x=y and `--limit 5`"), ("plain", "plain"),
    ])
    func hintsUseTheWordsOfTheShell(_ hint: String, _ shown: String) {
        #expect(CommandTable.inShellWords(hint) == shown)
    }

    @Test func reasonsOfAnyKindSurvive() throws {
        let reason = "a \"b\"\n\u{1b}[31m\u{202e}c\\"
        let row = try #require(CommandTable.row("ban"))
        let line = try CommandWords(row, ["203.0.113.9", "--reason", reason]).line()
        #expect(line.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
        let (command, _) = try RequestParser.parse(line.span)
        guard case .ban(_, let terms) = command else {
            Issue.record("no ban")
            return
        }
        #expect(terms.reason == reason)
    }

    @Test func ownOptions() throws {
        let all = try options(
            "--socket /a --json --no-color --timeout 3s status --watch --interval 500ms")
        #expect(all.socket == "/a")
        #expect(all.isJSON && all.isPlain && all.isWatching)
        #expect(all.timeoutMilliseconds == 3_000)
        #expect(all.intervalMilliseconds == 500)
        #expect(all.words == ["status"])
        #expect(try options("health --nagios").isNagios)
        #expect(try options("slo budget --flat api").isFlat)
        #expect(try options("slo status --flat").words == ["slo", "status", "--flat"])
        // They belong to their command only.
        #expect(try options("ping --watch").words == ["ping", "--watch"])
        #expect(try options("ping --nagios").words == ["ping", "--nagios"])
        #expect(try options("--version").wantsVersion)
        #expect(try options("ban -h").wantsHelp)
    }

    @Test func socketComesFromTheOptionThenTheEnvironment() throws {
        #expect(try options("ping").socket == "/run/opsd/opsd.sock")
        #expect(try options("ping", socket: "").socket == "/run/opsd/opsd.sock")
        #expect(try options("ping", socket: "/e").socket == "/e")
        #expect(try options("ping --socket=/a", socket: "/e").socket == "/a")
    }

    @Test(arguments: [
        "ping --socket", "ping --timeout", "ping --timeout 5", "ping --timeout 0s",
        "ping --timeout 99999999d", "ping --timeout -1s", "status --interval x",
    ])
    func badOptions(_ words: String) {
        #expect(throws: ClientFault.self) { try options(words) }
    }

    @Test(arguments: ["ping --bad", "ban --ttl", "check -x", "status --json=1"])
    func badWords(_ words: String) throws {
        let options = try options(words)
        let (row, used) = try #require(RequestLine.row(options.words))
        do throws(ClientFault) {
            _ = try CommandWords(row, Array(options.words[used...])).line()
            Issue.record("accepted")
        } catch {
            #expect(error.exit == .usage)
        }
    }

    @Test func pagesReplaceTheirOwnWords() throws {
        let row = try #require(CommandTable.row("bans"))
        let words = CommandWords(row, ["--source", "sshd", "after=1.2.3.4"])
        let line = try words.line(setting: [("limit", "1000"), ("after", "5.6.7.8")])
        #expect(
            String(decoding: line, as: UTF8.self) == "bans limit=1000 after=5.6.7.8 source=sshd")
        #expect(!words.has("limit"))
        #expect(CommandWords(row, ["--limit", "5"]).has("limit"))
        #expect(CommandWords(row, ["limit=5"]).has("limit"))
    }

    @Test func lists() throws {
        let ban = try #require(CommandTable.row("ban"))
        let words = CommandWords(ban, ["-", "--ttl", "1h"])
        #expect(try words.readsList())
        #expect(words.listBatch == 500)
        let line = try words.line(positionals: ["1.1.1.1", "2.2.2.2"])
        #expect(String(decoding: line, as: UTF8.self) == "ban ttl=1h 1.1.1.1 2.2.2.2")
        let strike = try #require(CommandTable.row("strike"))
        #expect(CommandWords(strike, ["-"]).listBatch == 1)
        #expect(try !CommandWords(ban, ["1.1.1.1", "--reason", "-"]).readsList())
        #expect(throws: ClientFault.self) { try CommandWords(ban, ["-", "1.1.1.1"]).readsList() }
        // The longest batch fits a request line of the default bound.
        let longest = Array(
            repeating: "2001:0db8:ffff:ffff:ffff:ffff:ffff:ffff/128", count: words.listBatch)
        #expect(try words.line(positionals: longest).count < 65_536)
    }
}

@Suite struct ExitCodeTests {
    @Test(arguments: [
        ("bad-request", 2), ("unknown-command", 2), ("bad-argument", 2), ("too-long", 2),
        ("forbidden", 4), ("refused", 4), ("not-found", 4), ("too-many", 4), ("busy", 5),
        ("degraded", 5), ("internal", 5), ("from the future", 6), ("", 6),
    ])
    func codes(_ code: String, _ exit: Int32) {
        #expect(ExitCode(code: code).rawValue == exit)
    }

    @Test(arguments: [
        ("check", #"{"banned":true}"#, 1), ("check", #"{"banned":false}"#, 0),
        ("check", #"{"results":[{"banned":false},{"banned":true}]}"#, 1),
        ("check", #"{"results":[{"banned":true},{"code":"bad-argument"}]}"#, 2),
        ("unban", #"{"results":[{"unbanned":true},{"code":"not-found"}]}"#, 4),
        ("unban", #"{"results":[{"code":"busy"},{"code":"not-found"}]}"#, 5),
        ("ban", #"{"banned":true}"#, 0), ("ban", #"{"banned":true,"durable":false}"#, 5),
        ("ban", #"{"results":[{"code":"not-found"}],"durable":false}"#, 5),
        ("strike", #"{"banned":true}"#, 0), ("hit", #"{"allowed":true}"#, 0),
        ("hit", #"{"allowed":false}"#, 1), ("health", #"{"ok":true}"#, 0),
        ("health", #"{"ok":false}"#, 1), ("health", "{}", 1),
        ("health", #"{"ok":false,"components":[{"name":"store","ok":false}]}"#, 5),
        ("health", #"{"ok":false,"components":[{"name":"loop","ok":false}]}"#, 1),
        ("status", #"{"ok":false}"#, 0),
        ("slo status", #"{"objectives":[{"state":"ok"},{"state":"broken"}]}"#, 0),
        ("slo status", #"{"objectives":[{"state":"unknown"}]}"#, 0),
        ("slo status", #"{"objectives":[{"state":"ok"},{"state":"firing"}]}"#, 1),
    ])
    func answers(_ verb: String, _ reply: String, _ exit: Int32) throws {
        #expect(ReplyDisplay.of(verb).exit.code(of: try Fixtures.json(reply)).rawValue == exit)
    }

    @Test(arguments: [
        ("HEALTHY", "[]", "[]", false, 0), ("HEALTHY", "[]", #"[{"message":"m"}]"#, false, 1),
        ("STRESSED", "[]", "[]", false, 1), ("CRITICAL", "[]", "[]", false, 2),
        ("HEALTHY", #"[{"name":"loop","ok":false,"detail":"late"}]"#, "[]", false, 2),
        ("HEALTHY", "[]", "[]", true, 2), ("new word", "[]", "[]", false, 3),
    ])
    func nagios(
        _ status: String, _ components: String, _ issues: String, _ isDegraded: Bool, _ exit: Int32
    ) throws {
        let health = try Fixtures.json(
            #"{"status":"\#(status)","components":\#(components),"issues":\#(issues)}"#)
        let whole = try Fixtures.json(#"{"store":{"degraded":\#(isDegraded)}}"#)
        #expect(NagiosLine(health: health, status: whole).state.rawValue == exit)
    }

    /// What a spike causes is not an alarm; figures have the bounds of the daemon.
    @Test(arguments: [
        ("CRITICAL", "HEALTHY", false, 0), ("HEALTHY", "HEALTHY", true, 1),
        ("HEALTHY", "STRESSED", false, 1), ("STRESSED", "CRITICAL", true, 2),
    ])
    func nagiosGoesByWhatHasLasted(
        _ now: String, _ held: String, _ isHeld: Bool, _ exit: Int32
    ) throws {
        let health = try Fixtures.json(
            #"{"status":"\#(now)","held_status":"\#(held)","components":[],"#
                + #""issues":[{"message":"m","held":\#(isHeld)}],"levels":{"#
                + #""cpu":{"warning":75.0,"critical":90.0},"disk":{"warning":95,"critical":null}}}"#
        )
        let line = NagiosLine(health: health, status: try Fixtures.json(Fixtures.status))
        #expect(line.state.rawValue == exit)
        #expect(line.text.contains("; m") == isHeld)
        #expect(line.text.contains("| cpu=99.5%;75.0;90.0;0;100 mem=71.2%;;;0;100 "))
        #expect(line.text.contains(" disk=86.9%;95.0;;0;100 "))
    }

    @Test func nagiosLine() throws {
        let health = try Fixtures.json(
            #"{"status":"STRESSED","components":[],"issues":[{"message":"a|b\nc"}]}"#)
        let line = NagiosLine(health: health, status: try Fixtures.json(Fixtures.status))
        #expect(
            line.text == #"OPSD WARNING - STRESSED; a/b\nc | cpu=99.5%;;;0;100 mem=71.2%;;;0;100 "#
                + "disk=86.9%;;;0;100 load1=3.01;;;0 bans=1234;;;0 strikes=56;;;0 age=0.7s;;;0")
    }
}
