// `unban --under`, `--source` and `--all`: thousands of bans, which the daemon's own core holds,
// are lifted by one command, after a question where there is a terminal.

import OpsCore
import Synchronization
import Testing

@testable import OpsControl

@Suite struct UnbanConversationTests {
    /// 2,500 bans of three sources in 198.18.0.0/16, and 300 of one source beside it.
    private func core(role: Role = .admin, lineBytes: Int = 65_536) -> CoreDaemon {
        let core = CoreDaemon(role: role, lineBytes: lineBytes)
        core.ban(0..<1_000, source: "sshd")
        core.ban(1_000..<2_000, source: "web")
        core.ban(2_000..<2_500)
        core.ban(65_536..<65_836, source: "web")
        return core
    }

    private func daemon(_ core: CoreDaemon) throws -> FakeDaemon {
        try FakeDaemon { _, request in [.line(core.answer(request))] }
    }

    private func isLifting(_ request: String) -> Bool { request.hasPrefix("unban ") }

    private let mistaken = ["unban", "--under", "198.18.0.0/16"]

    // MARK: What is selected

    @Test func thousandsAreLiftedWithOneCommand() throws {
        let core = core()
        let daemon = try daemon(core)
        #expect(
            try Opsctl.run(mistaken + ["--yes"], daemon)
                == Opsctl(
                    status: 0, output: "lifted 2,500 bans of 3 sources in 198.18.0.0/16\n",
                    complaints: ""))
        #expect(core.banned.count == 300)
        let lifting = daemon.requests.filter(isLifting)
        #expect(lifting.count == 5)
        for request in lifting { #expect(request.split(separator: " ").count == 501) }
        let first = daemon.requests.prefix { !isLifting($0) }
        #expect(first.first == "config" && first.count >= 4)
        #expect(first.dropFirst().allSatisfy { $0.hasPrefix("bans limit=1000 ") })
    }

    @Test(arguments: [
        (["--all"], 2_800, "lifted 2,800 bans of 3 sources\n"),
        (["--source", "web"], 1_300, "lifted 1,300 bans of web\n"),
        (
            ["--source=web", "--under=198.18.0.0/16"], 1_000,
            "lifted 1,000 bans of web in 198.18.0.0/16\n"
        ),
        (["source=web", "under=198.19.0.0/16"], 300, "lifted 300 bans of web in 198.19.0.0/16\n"),
        (["--under", "198.18.0.5"], 1, "lifted 1 ban of sshd in 198.18.0.5\n"),
        (["--under", "203.0.113.0/24"], 0, "no bans in 203.0.113.0/24\n"),
        (["--source", "nobody"], 0, "no bans of nobody\n"),
    ])
    func whatIsSelectedIsLifted(options: [String], count: Int, output: String) throws {
        let core = core()
        let run = try Opsctl.run(["unban"] + options + ["--yes"], try daemon(core))
        #expect(run == Opsctl(status: 0, output: output, complaints: ""))
        #expect(core.banned.count == 2_800 - count)
    }

    /// `--source` lifts what that source claims, and no more.
    @Test func whatOthersBanStays() throws {
        let core = core()
        core.ban(0..<1_200, source: "mistake", ttl: "2h")
        core.ban(2_600..<2_700, source: "mistake", ttl: "30m")
        let run = try Opsctl.run(["unban", "--source", "mistake", "--yes"], try daemon(core))
        #expect(
            run
                == Opsctl(
                    status: 0,
                    output: "lifted 1,300 bans of mistake\n"
                        + "still banned: 1,000 by sshd, 200 by web\n", complaints: ""))
        #expect(core.banned.count == 2_800)
        let first = try #require(core.banned.first { "\($0)" == "198.18.0.0" })
        #expect(core.sources(of: first) == ["sshd"])
    }

    @Test func whatAWiderBanHoldsIsTold() throws {
        let core = CoreDaemon()
        core.ban(0..<600)
        _ = core.answer("ban 198.18.0.0/15 ttl=1h")
        let run = try Opsctl.run(mistaken + ["--yes"], try daemon(core))
        #expect(
            run.output
                == "lifted 600 bans in 198.18.0.0/16\nstill banned: 600 by the ban of 198.18.0.0/15\n"
        )
        #expect(run.status == 0 && core.banned.count == 1)
    }

    /// An IPv6 ban of one address is not lifted as that of its network, or the other way round.
    @Test func IPv6() throws {
        let core = CoreDaemon()
        for network in ["2001:db8:1::/64", "2001:db8:1::5/128", "2001:db8:2::/48"] {
            _ = core.answer("ban \(network)")
        }
        let run = try Opsctl.run(
            ["unban", "--under", "2001:db8:1::/48", "--yes"], try daemon(core))
        #expect(run.output == "lifted 2 bans in 2001:db8:1::/48\n")
        #expect(core.banned.map(\.description) == ["2001:db8:2::/48"])
    }

    /// Requests are as short as the daemon wants them.
    @Test func aShortLineBound() throws {
        let core = core(lineBytes: 1_024)
        let run = try Opsctl.run(["unban", "--source", "web", "--yes"], try daemon(core))
        #expect(run.status == 0 && core.banned.count == 1_500)
    }

    // MARK: Meanwhile

    /// Somebody bans faster than pages are read: what came too late stays, and the command ends.
    @Test func bansMadeMeanwhile() throws {
        let core = core()
        let next = Mutex(3_000)
        let daemon = try FakeDaemon { _, request in
            let answer = core.answer(request)
            let first = next.withLock { next in
                next += 100
                return next - 100
            }
            core.ban(first..<first + 100, source: "fast")
            return [.line(answer)]
        }
        let run = try Opsctl.run(mistaken + ["--yes"], daemon)
        #expect(run.status == 0 && run.complaints == "")
        #expect(daemon.requests.count < 20)
        #expect(core.banned.allSatisfy { !core.sources(of: $0).contains("sshd") })
    }

    /// What has ended, or somebody else has lifted, is not a failure.
    @Test func goneBefore() throws {
        let core = core()
        let daemon = try FakeDaemon { _, request in
            if request.hasPrefix("unban ") {
                _ = core.answer("unban 198.18.0.0 198.18.0.1 198.18.9.195")
            }
            return [.line(core.answer(request))]
        }
        let run = try Opsctl.run(mistaken + ["--yes"], daemon)
        #expect(
            run
                == Opsctl(
                    status: 0,
                    output: "lifted 2,497 bans of 3 sources in 198.18.0.0/16\ngone before: 3\n",
                    complaints: ""))
    }

    /// The same of a request for one ban, whose refusal is the whole answer.
    @Test(arguments: ["not-found", "refused"])
    func theOnlyOneIsGone(code: String) throws {
        let core = CoreDaemon()
        core.ban(0..<1)
        let daemon = try FakeDaemon { _, request in
            request.hasPrefix("unban ")
                ? [.line(#"err {"code":"\#(code)","message":"m"}"#)] : [.line(core.answer(request))]
        }
        let run = try Opsctl.run(mistaken + ["--yes"], daemon)
        let held = code == "refused" ? "still banned: 1 by a wider ban or a list\n" : ""
        #expect(
            run
                == Opsctl(
                    status: 0, output: "lifted 0 bans in 198.18.0.0/16\n\(held)gone before: 1\n",
                    complaints: ""))
    }

    // MARK: Agreement

    @Test(arguments: [
        ("y\n", true), ("yes\n", true), ("Y\n", true), ("n\n", false), ("\n", false),
        ("yesterday\n", false), ("\u{4}", false),
    ])
    func onATerminalItAsks(keys: String, isAgreed: Bool) throws {
        let core = core()
        let daemon = try daemon(core)
        let run = try Opsctl.run(mistaken, daemon, at: try Terminal(typing: keys))
        #expect(
            run.complaints.contains(
                "2,500 bans in 198.18.0.0/16, of all sources: lift them? [y/N] "))
        #expect(run.complaints.contains("opsctl: nothing was lifted\n") == !isAgreed)
        #expect(run.status == (isAgreed ? 0 : 1))
        #expect(core.banned.count == (isAgreed ? 300 : 2_800))
        #expect(daemon.requests.contains(where: isLifting) == isAgreed)
        #expect(run.output.isEmpty != isAgreed)
        // How far it is, and no trace of it at the end.
        #expect(run.complaints.contains("1,000 of 2,500") == isAgreed)
        #expect(run.complaints.hasSuffix("2,500 of 2,500\u{1b}[K") == isAgreed)
    }

    @Test func withYesATerminalIsNotAsked() throws {
        let core = core()
        let run = try Opsctl.run(
            ["unban", "--under", "198.18.0.5", "--yes"], try daemon(core),
            at: try Terminal(typing: ""))
        #expect(run.status == 0 && run.complaints == "" && core.banned.count == 2_799)
    }

    @Test(arguments: [["--under", "198.18.0.0/16"], ["--source", "sshd"], ["--all"]])
    func withoutATerminalNothingIsDone(options: [String]) throws {
        let core = core()
        let daemon = try daemon(core)
        #expect(
            try Opsctl.run(["unban"] + options, daemon, input: "y\n")
                == Opsctl(
                    status: 2, output: "",
                    complaints: "opsctl: nothing was lifted: there is no terminal to ask on\n"
                        + "hint: --yes lifts the bans without asking\n"))
        #expect(daemon.requests.isEmpty && core.banned.count == 2_800)
    }

    /// Before anything is counted or asked.
    @Test(arguments: [Role.read, .report])
    func whoMayNotLiftIsToldFirst(role: Role) throws {
        let core = core(role: role)
        for options in [["--yes"], ["--yes", "--json"]] {
            let daemon = try daemon(core)
            let run = try Opsctl.run(mistaken + options, daemon)
            #expect(
                run
                    == Opsctl(
                        status: 4, output: "",
                        complaints:
                            "opsctl: unban needs the role admin, and yours is \(role.name)\n"))
            #expect(daemon.requests == ["config"])
        }
        let daemon = try daemon(core)
        let run = try Opsctl.run(mistaken, daemon, at: try Terminal(typing: "y\n"))
        #expect(run.status == 4 && !run.complaints.contains("[y/N]"))
        #expect(core.banned.count == 2_800)
    }

    // MARK: Failures in the middle

    /// The daemon goes away at the third request, which it has carried out or not.
    @Test(arguments: [true, false], [[], ["--json"]])
    func theConnectionBreaks(isCarriedOut: Bool, options: [String]) throws {
        let core = core()
        let lifting = Mutex(0)
        let daemon = try FakeDaemon { _, request in
            if request.hasPrefix("unban ") {
                let number = lifting.withLock { number in
                    number += 1
                    return number
                }
                if number == 3 {
                    if isCarriedOut { _ = core.answer(request) }
                    return [.bytes("ok {\"res"), .close]
                }
            }
            return [.line(core.answer(request))]
        }
        let run = try Opsctl.run(mistaken + ["--yes"] + options, daemon)
        #expect(run.status == 3)
        #expect(
            run.complaints == """
                opsctl: opsd closed the connection
                hint: systemctl status opsd
                opsctl: 1,000 of 2,500 bans were lifted; the answer for 500 more did not come; \
                the same command lifts the rest

                """)
        if options.isEmpty {
            #expect(run.output.hasPrefix("lifted 1,000 bans of ") && run.output.contains(" in 198"))
        } else {
            #expect(run.output.split(separator: "\n").count == 2)
        }
        let rest = 2_500 - (isCarriedOut ? 1_500 : 1_000)
        #expect(core.banned.count == 300 + rest)
        // The same command does the rest.
        let again = try Opsctl.run(mistaken + ["--yes"], try self.daemon(core))
        let count = rest == 1_000 ? "1,000" : "1,500"
        #expect(again.status == 0 && again.output.hasPrefix("lifted \(count) bans of "))
        #expect(core.banned.count == 300)
    }

    /// At the very first request: nothing is known to be lifted, and no count is shown as done.
    @Test(arguments: [("busy", 5), ("forbidden", 4), ("internal", 5)] as [(String, Int32)])
    func aRefusalEndsIt(code: String, status: Int32) throws {
        let core = core()
        let daemon = try FakeDaemon { _, request in
            request.hasPrefix("unban ")
                ? [.line(#"err {"code":"\#(code)","message":"not now","hint":"later"}"#)]
                : [.line(core.answer(request))]
        }
        let run = try Opsctl.run(mistaken + ["--yes"], daemon)
        #expect(
            run
                == Opsctl(
                    status: status, output: "",
                    complaints: "opsctl: not now\nhint: later\nopsctl: nothing was lifted\n"))
        #expect(daemon.requests.count(where: isLifting) == 1)
    }

    @Test(arguments: ["busy", "bad-argument"])
    func aRefusalOfThePagesEndsIt(code: String) throws {
        let core = core()
        let daemon = try FakeDaemon { number, request in
            number == 3
                ? [.line(#"err {"code":"\#(code)","message":"not now"}"#)]
                : [.line(core.answer(request))]
        }
        let run = try Opsctl.run(mistaken + ["--yes"], daemon)
        #expect(run.status == (code == "busy" ? 5 : 2) && run.output == "")
        #expect(run.complaints == "opsctl: not now\n" && core.banned.count == 2_800)
    }

    @Test(arguments: [
        ("durable", "warning: done in memory, but not durable"),
        ("enforced", "warning: the kernel may still drop some of them"),
    ])
    func whatIsNotSafeIsTrouble(member: String, warning: String) throws {
        let core = core()
        let daemon = try FakeDaemon { _, request in
            let answer = core.answer(request)
            return request.hasPrefix("unban ")
                ? [.line(answer.dropLast() + #","\#(member)":false}"#)] : [.line(answer)]
        }
        let run = try Opsctl.run(mistaken + ["--yes"], daemon)
        #expect(run.status == 5 && run.output.hasPrefix("lifted 2,500 bans "))
        #expect(run.complaints.hasPrefix("opsctl: \(warning)"))
        #expect(run.complaints.split(separator: "\n").count == 2, "said once")
    }

    // MARK: JSON

    /// The replies as they were received, one per line, as of a list of addresses.
    @Test func objectsAreWrittenAsTheyCome() throws {
        let core = core()
        let replies = Mutex<[String]>([])
        let daemon = try FakeDaemon { _, request in
            let answer = core.answer(request)
            if request.hasPrefix("unban ") { replies.withLock { $0.append(answer) } }
            return [.line(answer)]
        }
        let run = try Opsctl.run(mistaken + ["--yes", "--json"], daemon)
        #expect(run.status == 0 && run.complaints == "")
        #expect(run.output == replies.withLock { $0.map { $0.dropFirst(3) + "\n" }.joined() })
        let empty = try Opsctl.run(mistaken + ["--yes", "--json"], try self.daemon(core))
        #expect(empty == Opsctl(status: 0, output: "{\"results\":[]}\n", complaints: ""))
    }
}
