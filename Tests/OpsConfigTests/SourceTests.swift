// `[guard.source.NAME]`: what it takes over, what is its own, its faults, and that it is printed as
// it is read.

import OpsCore
import Testing

@testable import OpsConfig

@Suite struct SourceTests {
    private func rules(_ text: String) throws -> GuardRules { try load(text).guard }

    @Test func whatASectionDoesNotSayIsThatOfGuard() throws {
        let rules = try rules(
            """
            [guard.source.sshd]
            strikes = 5
            weight = 2
            allow = ["192.0.2.0/24"]
            [guard.source."my app"]
            [guard]
            strikes = 4
            ban = "20m"
            allow = ["198.51.100.0/24"]
            """)
        #expect(rules.sources.count == 2)
        let (sshd, app) = (rules.sources["sshd"], rules.sources["my app"])
        #expect(sshd?.strikes == 5 && sshd?.banMilliseconds == 1_200_000 && sshd?.weight == 2)
        #expect(sshd?.allow.count == 1)
        #expect(app?.strikes == 4 && app?.banMilliseconds == 1_200_000 && app?.weight == 1)
        #expect(app?.allow.isEmpty == true)
        #expect(rules.strikes == 4 && rules.allow.count == 1)
    }

    @Test func asItIsPrintedItIsReadAgain() throws {
        let text = """
            [guard.source.sshd]
            strikes = 5
            window = "7m"
            ban = "1h"
            ban_factor = 3
            ban_max = "2d"
            dry_run = true
            weight = 7
            allow = ["192.0.2.0/24"]
            [guard.source."a \\"b\\" . c"]
            """
        let configuration = try load(text)
        let printed = configuration.printed(networks: .test)
        let again = try load(printed)
        #expect(again == configuration)
        #expect(again.guard.sources.count == 2)
    }

    @Test(
        arguments: [
            ("[guard]\nsource = 3", "t.toml:2: guard.source: an integer, must be sections"),
            (
                "[guard.source]\nstrikes = 3",
                "t.toml:2: guard.source.strikes: a key outside any source, must be in"
            ),
            (
                "[guard.source.a]\nstrikes = 0",
                "t.toml:2: guard.source.a.strikes: 0 is too small, must be an integer from 1"
            ),
            (
                "[guard.source.a]\nstrike = 3",
                "t.toml:2: guard.source.a.strike: unknown key, did you mean \"strikes\"?"
            ),
            (
                "[guard.source.a]\nrate_limit = 3",
                "t.toml:2: guard.source.a.rate_limit: unknown key"
            ),
            (
                "[guard.source.a]\nweight = 1001",
                "t.toml:2: guard.source.a.weight: must be an integer from 1 to 1000"
            ),
            (
                "[guard.source.a]\nweight = \"2\"",
                "t.toml:2: guard.source.a.weight: must be an integer from 1 to 1000"
            ),
            (
                "[guard.source.a]\nallow = [\"x\"]",
                "t.toml:2: guard.source.a.allow"
            ),
            (
                "[guard.source.\"\"]\nstrikes = 3",
                "t.toml:1: guard.source.\"\": not a source, must be text of 1 to 64 bytes"
            ),
        ])
    func wrong(text: String, says: String) {
        let faults = faults(text)
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix(says) == true, "\(faults)")
    }

    /// A source that is only tried out does not come into force by getting a section.
    @Test(
        arguments: [
            ("", false), ("dry_run = false\n", false), ("dry_run = true\n", true),
        ], [true, false])
    func aSectionKeepsADryRun(key: (text: String, isDry: Bool), isTried: Bool) throws {
        let rules = try rules(
            """
            [guard.source.sshd]
            strikes = 5
            \(key.text)
            [guard]
            dry_run_sources = [\(isTried ? "\"sshd\"" : "")]
            """)
        let policy = try #require(rules.sources["sshd"])
        #expect(policy.strikes == 5)
        #expect(policy.dryRun == (key.text.isEmpty ? isTried : key.isDry))
    }

    @Test func atMostSixtyFour() {
        func sections(_ count: Int) -> String {
            "watch.rules = []\n" + (0..<count).map { "[guard.source.s\($0)]\n" }.joined()
        }
        #expect(faults(sections(Bounds.sourcePolicies)).isEmpty)
        let faults = faults(sections(Bounds.sourcePolicies + 1))
        #expect(faults.count == 1)
        #expect(faults.first?.contains("too many sources, must be at most 64") == true)
    }
}
