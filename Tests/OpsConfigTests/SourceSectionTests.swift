// `[guard.source.NAME]` and what is in `[guard]` about the same source.

import OpsCore
import Testing

@testable import OpsConfig

@Suite struct SourceSectionTests {
    private func rules(_ text: String) throws -> GuardRules {
        try Configuration.load(
            Array(text.utf8), file: "t.toml", networks: .test
        ).guard
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
}
