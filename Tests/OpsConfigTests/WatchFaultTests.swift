// What people read when a section of the log detector is wrong, word for word.

import OpsCore
import Testing

@testable import OpsConfig

/// A source that is as it should be, on one line.
private let good = "watch.source.s = { files = [\"/s\"] }\n"

/// The same, of lines of JSON.
private let json = "watch.source.s = { files = [\"/s\"], format = \"json\" }\n"

@Suite struct WatchFaultTests {
    static let transcripts: [(file: String, faults: [String])] = [
        // The library.
        (
            "[watch]\nrules = [\"shsd\"]",
            ["t.toml:2: watch.rules: \"shsd\" is not in the library, did you mean \"sshd\"?"]
        ),
        (
            "[watch]\nrules = 3",
            [
                "t.toml:2: watch.rules: an integer, must be a list with any of "
                    + LibraryNames.all.map { "\"\($0)\"" }.joined(separator: ", ")
            ]
        ),
        // Sections and keys.
        (
            "[watch]\nsource = 3",
            ["t.toml:2: watch.source: an integer, must be sections: [watch.source.NAME]"]
        ),
        (
            "[watch.rule]\nfilter = \"sshd\"",
            [
                "t.toml:2: watch.rule.filter: a key outside any rule, must be in [watch.rule.NAME]"
            ]
        ),
        (
            "[watch.sorce.nginx]\nfiles = [\"/a\"]",
            [
                "t.toml:1: watch.sorce: unknown key, must be one of rules, fail2ban, strike_private, cpu_share"
            ]
        ),
        (
            "[watch.source.a]\nfiles = [\"/a\"]\nformatt = \"json\"",
            ["t.toml:3: watch.source.a.formatt: unknown key, did you mean \"format\"?"]
        ),
        (
            "[watch.source.a]\nfiles = [\"/a\"]\ncolour = \"red\"",
            [
                "t.toml:3: watch.source.a.colour: unknown key, must be one of files, journal, format,"
                    + " encoding, zone, expect_every"
            ]
        ),
        (
            "[watch.source.\"\"]\nfiles = [\"/a\"]",
            ["t.toml:1: watch.source.\"\": not a name, must be text of 1 to 64 bytes"]
        ),
        (
            good + "[watch.rule.r]\nsources = [\"s\"]\nfailregex = \"<HOST>\"\n"
                + "maxretry = 3\nban = \"1d\"",
            [
                "t.toml:4: watch.rule.r.failregex: unknown key, did you mean \"patterns\"?",
                "t.toml:5: watch.rule.r.maxretry: unknown key, did you mean \"strikes\" in"
                    + " [guard.source.r]?",
                "t.toml:6: watch.rule.r.ban: unknown key, did you mean \"ban\" in"
                    + " [guard.source.r]?",
            ]
        ),
        // Sources.
        (
            "[watch.source.sshd]\nfiles = [\"/a\"]",
            [
                "t.toml:1: watch.source.sshd: the name of a rule of the library that is on"
                    + " (watch.rules), must be another; it would not change what that rule reads"
            ]
        ),
        ("watch.rules = []\n[watch.source.sshd]\nfiles = [\"/a\"]", []),
        (
            "[watch.source.a]\nformat = \"docker\"",
            [
                "t.toml:1: watch.source.a: reads nothing, must have files or journal: docker's are"
                    + " files = [\"/var/lib/docker/containers/*/*-json.log\"]"
            ]
        ),
        (
            "[watch.source.a]\nzone = \"UTC\"",
            ["t.toml:1: watch.source.a: reads nothing, must have files or journal"]
        ),
        (
            "[watch.source.a]\nfiles = [\"/a\"]\njournal = [\"A=b\"]",
            [
                "t.toml:3: watch.source.a.journal: cannot be set together with files: make it a"
                    + " source of its own"
            ]
        ),
        (
            "[watch.source.a]\nfiles = [\"/a/**/*.log\"]",
            [
                "t.toml:2: watch.source.a.files: \"/a/**/*.log\" has **, which is not known: a *"
                    + " stays within a directory; expected a path for each depth, such as /a/*.log"
                    + " and /a/*/*.log"
            ]
        ),
        (
            "[watch.source.a]\nfiles = [\"/a\",\n\"log/a\"]",
            [
                "t.toml:3: watch.source.a.files: \"log/a\" is not an absolute path, must be a list of"
                    + " at most 64 absolute paths of at most 1024 bytes or globs such as"
                    + " \"/var/log/nginx/*.log\""
            ]
        ),
        (
            "[watch.source.a]\njournal = [\"unit=ssh\"]",
            [
                "t.toml:2: watch.source.a.journal: \"unit=ssh\" is not a match, must be a list of at"
                    + " most 64 matches of the journal such as \"_SYSTEMD_UNIT=ssh.service\""
            ]
        ),
        (
            "[watch.source.a]\nfiles = [\"/a\"]\nencoding = \"koi8-r\"",
            [
                "t.toml:3: watch.source.a.encoding: \"koi8-r\" is unknown, must be one of \"utf-8\","
                    + " \"latin-1\", \"ascii\""
            ]
        ),
        // Rules.
        (
            good + "[watch.rule.r]\nsources = [\"s\"]",
            [
                "t.toml:2: watch.rule.r: looks for nothing, must have one of filter, pattern,"
                    + " patterns, address"
            ]
        ),
        (
            good + "[watch.rule.r]\nfilter = \"sshd\"",
            [
                "t.toml:2: watch.rule.r.sources: looks at nothing, must name a source or several"
            ]
        ),
        (
            "[watch.source.nginx]\nfiles = [\"/a\"]\n[watch.rule.r]\nsources = [\"nginxx\"]\nfilter = \"a\"",
            [
                "t.toml:4: watch.rule.r.sources: there is no [watch.source.nginxx], did you mean"
                    + " \"nginx\"?"
            ]
        ),
        (
            good + "[watch.rule.r]\nsources = [\"s\"]\nfilter = \"sshd\"\npattern = \"<HOST>\"",
            ["t.toml:5: watch.rule.r: has filter and patterns, must have one of them"]
        ),
        (
            good
                + "[watch.rule.r]\nsources = [\"s\"]\npatterns = [\"<HOST>\"]\npattern = \"<HOST>\"",
            ["t.toml:5: watch.rule.r.pattern: cannot be set together with patterns"]
        ),
        (
            good + "[watch.rule.r]\nsources = [\"s\"]\naddress = \"ip\"",
            [
                "t.toml:4: watch.rule.r.address: \"s\" has lines of text, must have format \"json\""
                    + " or \"docker\""
            ]
        ),
        (
            good
                + "[watch.rule.r]\nsources = [\"s\"]\npattern = \"<HOST>\"\nwhen = { a = 1 }\ntime = \"t\"",
            [
                "t.toml:5: watch.rule.r.when: has no effect without address",
                "t.toml:6: watch.rule.r.time: has no effect without address",
            ]
        ),
        (
            good
                + "[watch.rule.r]\nsources = [\"s\"]\npattern = \"<HOST>\"\naction = \"success\"\nweight = 2",
            ["t.toml:6: watch.rule.r.weight: has no effect where action is \"success\""]
        ),
        (
            good + "[watch.rule.r]\nsources = [\"s\"]\nfilter = \"../sshd\"",
            [
                "t.toml:4: watch.rule.r.filter: \"../sshd\" is not a filter, must be a filter such as"
                    + " \"sshd\" or \"sshd[mode=aggressive]\""
            ]
        ),
        (
            good + "[watch.rule.sshd]\nsources = [\"s\"]\nfilter = \"sshd\"",
            [
                "t.toml:2: watch.rule.sshd: the name of a rule of the library that is on, must be"
                    + " another, or be taken out of watch.rules"
            ]
        ),
        (
            "watch.rules = []\n" + good
                + "[watch.rule.sshd]\nsources = [\"s\"]\nfilter = \"sshd\"", []
        ),
        (
            good
                + "[watch.rule.r]\nsources = [\"s\"]\naddress = \"a\"\nwhen = { a.b = 1, \"a.b\" = 2 }",
            [
                "t.toml:5: watch.rule.r.when: \"a.b\" is named twice, must be a table of at most 32"
                    + " members, each with its value or a list of values, such as"
                    + " { status = [401, 403], \"request.uri\" = \"~^/login\" }"
            ]
        ),
    ]

    @Test(
        "Keys that say nothing about what a match does",
        arguments: [
            ("pattern = \"x\"\nseverity = \"critical\"", "severity", 5),
            ("pattern = \"x\"\naction = \"incident\"\nweight = 2", "weight", 6),
            ("when = { a = 1 }\naddress = \"a\"\nseverity = \"info\"", "severity", 6),
        ])
    func keysWithoutEffect(text: String, key: String, line: Int) {
        let faults = faults(json + "[watch.rule.r]\nsources = [\"s\"]\n" + text)
        #expect(faults.count == 1, "\(faults)")
        #expect(
            faults.first?.hasPrefix("t.toml:\(line): watch.rule.r.\(key): has no effect") == true,
            "\(faults)")
    }

    @Test("A rule for incidents may look at members alone, and without a person in the pattern")
    func incidents() {
        for text in [
            "when = { level = \"error\" }", "when = { level = \"error\" }\ntime = \"ts\"",
            "pattern = \"ERROR\"\nseverity = \"critical\"",
        ] {
            let file = json + "[watch.rule.r]\nsources = [\"s\"]\naction = \"incident\"\n" + text
            #expect(faults(file) == [])
        }
        let both = "pattern = \"x\"\nwhen = { a = 1 }\naction = \"incident\""
        let faults = faults(json + "[watch.rule.r]\nsources = [\"s\"]\n" + both)
        #expect(faults.count == 1 && faults[0].contains("has patterns and when"), "\(faults)")
    }

    @Test(arguments: transcripts)
    func transcript(file: String, expected: [String]) {
        #expect(faults(file) == expected)
    }

    @Test(
        arguments: [
            "when = { a = [] }", "when = { a = 1.5 }", "when = { \"\" = 1 }", "when = 3",
            "address = \"\"", "address = \"a..b\"", "weight = 0", "weight = 1001",
            "action = \"page\"", "severity = \"bad\"", "ignored_networks = [\"x\"]",
            "source = \"\"",
            "pattern = \"\"", "pattern = \"a\\u0000\"", "filter = \"sshd[mode\"",
            "filter = \"ss\\nhd\"", "filter = \"sshd[a=\\u001b]\"", "filter = \".sshd\"",
        ])
    func oneFaultOfTheKey(text: String) {
        let key = text.prefix { $0 != " " }
        let file = good + "[watch.rule.r]\nsources = [\"s\"]\n" + text
        let faults = faults(file)
        #expect(faults.count == 1, "\(faults)")
        #expect(faults.first?.hasPrefix("t.toml:4: watch.rule.r.\(key): ") == true, "\(faults)")
    }

    /// Names are told apart by their bytes, but a table of Swift's cannot hold both.
    @Test func aNameThatLooksLikeAnother() {
        let names = ["\\u00e9", "e\\u0301"]
        for (one, other) in [(names[0], names[1]), (names[1], names[0])] {
            let file = [one, other].map { "[watch.source.\"\($0)\"]\nfiles = [\"/a\"]\n" }.joined()
            let faults = faults(file)
            #expect(faults.count == 1)
            #expect(
                faults.first?.hasSuffix("the name of another section, written otherwise") == true)
        }
    }

    @Test func bounds() {
        func sources(_ count: Int) -> String {
            (0..<count).map { "[watch.source.s\($0)]\nfiles = [\"/a\"]\n" }.joined()
        }
        func rules(_ count: Int) -> String {
            good
                + (0..<count).map { "[watch.rule.r\($0)]\nsources = [\"s\"]\nfilter = \"f\"\n" }
                .joined()
        }
        #expect(faults(sources(256)) == [] && faults(rules(256)) == [])
        #expect(
            faults(sources(257)).first?.hasSuffix("too many sources, must be at most 256") == true)
        #expect(faults(rules(257)).first?.hasSuffix("too many rules, must be at most 256") == true)
        func files(_ count: Int) -> String {
            "[watch.source.s]\nfiles = ["
                + (0..<count).map { "\"/\($0)\"" }.joined(separator: ",") + "]"
        }
        #expect(faults(files(64)) == [] && faults(files(65)).count == 1)
        func when(_ members: Int, _ values: Int) -> String {
            let list = "[" + (0..<values).map { "\($0)" }.joined(separator: ",") + "]"
            return "[watch.source.s]\nfiles = [\"/a\"]\nformat = \"json\"\n"
                + "[watch.rule.r]\nsources = [\"s\"]\naddress = \"a\"\nwhen = { "
                + (0..<members).map { "m\($0) = \(list)" }.joined(separator: ", ") + " }"
        }
        #expect(faults(when(32, 64)) == [])
        #expect(faults(when(33, 1)).count == 1 && faults(when(1, 65)).count == 1)
    }
}
