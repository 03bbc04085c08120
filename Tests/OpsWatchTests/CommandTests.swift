import OpsCore
import OpsDetect
import Testing

@testable import OpsWatch

@Suite("The words after opswatch")
struct CommandTests {
    @Test(
        "What they mean",
        arguments: [
            ([], WatchTask.run), (["--check"], .check), (["--reload"], .reload),
            (["--help"], .help),
            (["--version"], .version),
            (["--test", "sshd", "auth.log"], .test(filter: "sshd", file: "auth.log")),
            (["--test", "--missed", "sshd", "-"], .test(filter: "sshd", file: "-")),
            (["--replay"], .replay(sources: [])),
            (["--replay", "--since=12h", "auth"], .replay(sources: ["auth"])),
            (["lint", "a", "b"], .lint(["a", "b"])),
            (["import-fail2ban"], .importFail2ban(directory: nil)),
            (["import-fail2ban", "/x"], .importFail2ban(directory: "/x")),
            (["--print-rule", "sshd"], .printRule("sshd")),
        ])
    func tasks(words: [String], task: WatchTask) throws {
        #expect(try WatchOptions(words).task == task)
    }

    @Test(
        "What is wrong with them is said",
        arguments: [
            (["--frob"], "unknown option --frob"), (["frob"], "unexpected word frob"),
            (["--config"], "--config: expected a value"),
            (["--test", "sshd"], "--test: expected a filter and a file, or - for the input"),
            (["lint"], "lint: expected filters or patterns"),
            (
                ["--since", "soon"],
                "--since: 'soon' is not a duration, expected one such as 1d or 12h"
            ),
            (["lint", "--check", "x"], "lint and --check exclude each other"),
        ])
    func faults(words: [String], message: String) {
        #expect(throws: WatchOptions.Fault(message: message)) { try WatchOptions(words) }
    }

    @Test("A dry run bans when strikes within the window are enough, by weight")
    func dryRun() {
        var policy = SourcePolicy(GuardRules())
        policy.strikes = 3
        policy.windowMilliseconds = 1_000
        #expect(Replay.ban([(0, 1), (500, 1), (999, 1)], policy) == 999)
        #expect(Replay.ban([(0, 1), (500, 1), (1_000, 1)], policy) == nil)
        #expect(Replay.ban([(999, 1), (0, 1), (500, 1)], policy) == 999)
        #expect(Replay.ban([(5, 3)], policy) == 5)
        #expect(Replay.ban([], policy) == nil)
    }

    @Test(
        "An address is printed as people write it",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("192.0.2.0/24", "192.0.2.0/24"),
            ("2001:db8::1/128", "2001:db8::1"), ("2001:db8::/64", "2001:db8::/64"),
        ])
    func bare(text: String, shown: String) throws {
        #expect(try #require(Network(parsing: text)).bare == shown)
    }
}
