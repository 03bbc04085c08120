// Commands that run until somebody ends them, against a fake daemon: `watch` and `status --watch`.

import Glibc
import Testing

@testable import OpsControl

@Suite struct WatchConversationTests {
    private let event = Fixtures.event.split(separator: "\n").joined()

    private let line =
        "2026-11-21 10:41:48Z  info      ban             203.0.113.9 banned by command (abuse)\n"

    private static let closed = "opsctl: opsd closed the connection\nhint: systemctl status opsd\n"

    /// Lost events are reported; that the daemon goes away is a fault.
    @Test func eventsAndWhatWasLost() throws {
        let daemon = try FakeDaemon([
            [
                .line(#"ok {"watching":["guard"]}"#), .line("event " + event),
                .slowly("event " + event, pieceBytes: 7), .line(#"event {"lost":1234}"#), .close,
            ]
        ])
        #expect(
            try Opsctl.run(["watch", "guard"], daemon)
                == Opsctl(
                    status: 3,
                    output: line + line + "1,234 events lost: this watcher reads too slowly\n",
                    complaints: Self.closed))
        #expect(daemon.requests == ["watch guard"])
    }

    @Test func asObjects() throws {
        let watching = #"{"watching":["guard"]}"#
        let daemon = try FakeDaemon([
            [
                .line("ok " + watching), .line("event " + event), .line(#"event {"lost":2}"#),
                .close,
            ]
        ])
        let run = try Opsctl.run(["--json", "watch", "guard"], daemon)
        #expect(run.status == 3)
        #expect(run.output == watching + "\n" + event + "\n" + #"{"lost":2}"# + "\n")
    }

    /// A gap in what is kept: how many, and how to see them.
    @Test func whatIsNotKeptIsTold() throws {
        let daemon = try FakeDaemon([
            [
                .line(#"ok {"watching":["guard"]}"#), .line(#"event {"lost":12,"before":17}"#),
                .close,
            ]
        ])
        let run = try Opsctl.run(["watch", "--after", "4"], daemon)
        #expect(
            run.output == "up to 12 events before 17 are not in memory any more: "
                + "opsctl events --after 17\n")
    }

    /// What a terminal would obey is written as an escape, and is the same text to a program.
    @Test func objectsAreFitForATerminal() throws {
        let raw = "a\u{7f}b\u{9b}31m\u{202e}c\u{200f}\u{61c}\u{2066}\u{2028}\u{e9}\u{1f600}d"
        let shown =
            #"a\u007fb\u009b31m\u202ec\u200f\u061c\u2066\u2028"# + "\u{e9}\u{1f600}d"
        let daemon = try FakeDaemon([
            [
                .line(#"ok {"watching":["guard"]}"#), .line("event {\"reason\":\"\(raw)\"}"),
                .line("event {\t\"\(raw)\":1}\r"), .close,
            ]
        ])
        let run = try Opsctl.run(["--json", "watch", "guard"], daemon)
        let lines = run.output.split(separator: "\n").dropFirst().map(String.init)
        #expect(lines == ["{\"reason\":\"\(shown)\"}", "{ \"\(shown)\":1} "])
    }

    /// What is not JSON is not passed on.
    @Test(
        arguments: [
            "{\"reason\":\"\u{1b}[2J\"}", "\u{1b}[2J", "{\"reason\":\"x\"", "{} \u{9b}2J",
            "{\"a\":1}{}",
        ])
    func whatIsNoJSONIsRefused(line: String) throws {
        let daemon = try FakeDaemon([
            [.line(#"ok {"watching":["guard"]}"#), .line("event " + line), .close]
        ])
        let run = try Opsctl.run(["--json", "watch", "guard"], daemon)
        #expect(run.status == 3 && run.output == #"{"watching":["guard"]}"# + "\n")
        #expect(run.complaints.contains("not valid JSON"))
    }

    @Test(arguments: [("busy", 5), ("forbidden", 4)] as [(String, Int32)])
    func anErrorEndsTheWatch(code: String, status: Int32) throws {
        let daemon = try FakeDaemon(lines: [#"err {"code":"\#(code)","message":"no"}"#])
        #expect(
            try Opsctl.run(["watch"], daemon)
                == Opsctl(status: status, output: "", complaints: "opsctl: no\n"))
    }

    @Test func halfAnEventIsNotShown() throws {
        let daemon = try FakeDaemon([
            [.line(#"ok {"watching":["guard"]}"#), .bytes("event " + event.prefix(40)), .close]
        ])
        #expect(
            try Opsctl.run(["watch", "guard"], daemon)
                == Opsctl(status: 3, output: "", complaints: Self.closed))
    }

    // MARK: status --watch

    private static let status = "ok " + Fixtures.status.split(separator: "\n").joined()

    /// In a pipe one status follows the other; a signal ends it with status 0.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalEndsTheStatus(signal: Int32) throws {
        let daemon = try FakeDaemon([
            [.line(Self.status)], [.line(Self.status)], [.signal(signal)],
        ])
        let run = try Opsctl.run(["status", "--watch", "--interval", "100ms"], daemon)
        #expect(run.status == 0 && run.complaints == "")
        #expect(daemon.requests == ["status", "status", "status"])
        let once = try Opsctl.run(["status"], try FakeDaemon(lines: [Self.status]))
        #expect(once.output.contains("STRESSED"))
        #expect(run.output == once.output + "\n" + once.output)
    }

    @Test func anErrorEndsTheStatus() throws {
        let daemon = try FakeDaemon(lines: [
            Self.status, #"err {"code":"busy","message":"not now"}"#,
        ])
        let run = try Opsctl.run(["status", "--watch", "--interval", "100ms"], daemon)
        #expect(run.status == 5 && run.complaints == "opsctl: not now\n")
    }

    @Test func theEndOfTheDaemonEndsTheStatus() throws {
        let daemon = try FakeDaemon(lines: [Self.status])
        let run = try Opsctl.run(
            ["status", "--watch", "--interval", "100ms", "--json"], daemon)
        #expect(run.status == 3 && run.complaints == Self.closed)
        #expect(run.output == Self.status.dropFirst(3) + "\n")
    }
}
