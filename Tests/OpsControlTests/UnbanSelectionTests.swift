// The words after `unban`: addresses, or options that select bans; never both, and never neither.

import Testing

@testable import OpsControl

@Suite struct UnbanSelectionTests {
    private func selection(_ words: String) throws -> UnbanSelection? {
        try UnbanSelection(words.split(separator: " ").map(String.init))
    }

    /// Requests with addresses are what they were.
    @Test(arguments: [
        "203.0.113.9", "203.0.113.9 --source sshd", "source=sshd 203.0.113.0/24 198.51.100.7", "-",
        "- --source=sshd", "-- 203.0.113.9", "--source sshd -- 203.0.113.9", "nonsense",
    ])
    func addresses(words: String) throws { #expect(try selection(words) == nil) }

    @Test(
        arguments: [
            ("--under 198.18.0.0/16", "198.18.0.0/16", nil, false),
            ("--under=198.18.0.0/16 --yes", "198.18.0.0/16", nil, true),
            ("under=2001:db8::/48", "2001:db8::/48", nil, false),
            ("--source sshd", nil, "sshd", false), ("--source --all", nil, "--all", false),
            ("--yes source=a=b --under 198.18.0.5", "198.18.0.5", "a=b", true),
            ("--all", nil, nil, false), ("--all --yes --", nil, nil, true),
        ] as [(String, String?, String?, Bool)])
    func options(words: String, under: String?, source: String?, isConfirmed: Bool) throws {
        let found = try #require(try selection(words))
        #expect(found.under == under && found.source == source)
        #expect(found.isConfirmed == isConfirmed)
    }

    @Test(arguments: [
        ("", "unban needs addresses, or --under, --source or --all"),
        ("--yes", "unban needs addresses"), ("--", "unban needs addresses"),
        ("--all 203.0.113.9", "not both"), ("203.0.113.9 --under 198.18.0.0/16", "not both"),
        ("--yes 203.0.113.9", "not both"), ("--under 198.18.0.0/16 -", "not both"),
        ("--all --under 198.18.0.0/16", "--all selects every ban"),
        ("--all --source sshd", "--all selects every ban"),
        ("--under", "--under needs a value"), ("--source", "--source needs a value"),
        ("--under 198.18.0.0/16 under=198.19.0.0/16", "--under: given twice"),
        ("--source a --source a", "--source: given twice"),
        ("--under nonsense", "--under: "), ("--under 198.18.0.0/33", "--under: "),
        ("--under=", "--under: "), ("--al", "unban has no option --al"),
        ("--all=true", "unban has no option --all=true"), ("-y --all", "unban has no option -y"),
        ("203.0.113.9 --undr 198.18.0.0/16", "unban has no option --undr"),
    ])
    func faults(words: String, message: String) {
        do throws(ClientFault) {
            _ = try UnbanSelection(words.split(separator: " ").map(String.init))
            Issue.record("accepted")
        } catch {
            #expect(error.message.contains(message), "\(error.message)")
            #expect(error.exit == .usage && error.hint != nil)
        }
    }

    @Test func aNearOptionIsSuggested() throws {
        for (word, near) in [("--undr", "--under"), ("--sourc", "--source"), ("--al", "--all")] {
            do throws(ClientFault) {
                _ = try UnbanSelection([word])
            } catch {
                #expect(error.hint == "did you mean \(near)?")
            }
        }
    }

    /// What comes from a stranger's text stays text.
    @Test func theQuestionIsPlain() throws {
        let selection = try #require(try selection("--under 198.18.0.0/16"))
        #expect(selection.text(1, of: ["sshd"]) == "1 ban of sshd in 198.18.0.0/16")
        #expect(selection.text(2, of: [""]) == "2 bans in 198.18.0.0/16")
        #expect(selection.text(2_500, of: ["", "a"]) == "2,500 bans of 2 sources in 198.18.0.0/16")
    }
}
