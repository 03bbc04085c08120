// What people read when a file is wrong, word for word.

import Testing

@testable import OpsConfig

@Suite struct FaultTests {
    static let transcripts: [(file: String, faults: [String])] = [
        // Types.
        (
            "[guard]\nstrikes = 2.0",
            ["t.toml:2: guard.strikes: a float, must be an integer from 1 to 1000"]
        ),
        (
            "[guard]\nstrikes = \"3\"",
            ["t.toml:2: guard.strikes: a string, must be an integer from 1 to 1000"]
        ),
        (
            "[guard]\nstrikes = inf",
            ["t.toml:2: guard.strikes: a float, must be an integer from 1 to 1000"]
        ),
        (
            "[guard]\nwindow = 300",
            ["t.toml:2: guard.window: an integer, must be a duration from \"1s\" to \"3650d\""]
        ),
        (
            "[paths]\nlog = true",
            ["t.toml:2: paths.log: a boolean, must be an absolute path of at most 1024 bytes"]
        ),
        (
            "[paths]\nlog = 1979-05-27",
            [
                "t.toml:2: paths.log: a date or time, must be an absolute path of at most 1024 bytes"
            ]
        ),
        (
            "[health]\ninclude_disk = 1",
            ["t.toml:2: health.include_disk: an integer, must be either true or false"]
        ),
        (
            "[health]\nhold = { seconds = 5 }",
            ["t.toml:2: health.hold: a table, must be a duration from \"0s\" to \"1h\""]
        ),
        (
            "[access]\nread = \"ops\"",
            [
                "t.toml:2: access.read: a string, must be a list of at most 64 users such as \"ops\" or"
                    + " \"1000\", and groups such as \"@ops\" or \"@1000\""
            ]
        ),
        (
            "[store]\nfsync = [\"no\"]",
            ["t.toml:2: store.fsync: a list, must be one of \"always\", \"everysec\", \"no\""]
        ),
        // Values.
        (
            "[guard]\nban = \"10 m\"",
            [
                "t.toml:2: guard.ban: \"10 m\" is not a whole number with a unit (ms, s, m, h or d), must be a"
                    + " duration from \"1s\" to \"3650d\""
            ]
        ),
        (
            "[store]\n\n\nfsync = \"sometimes\"",
            [
                "t.toml:4: store.fsync: \"sometimes\" is unknown, must be one of \"always\","
                    + " \"everysec\", \"no\""
            ]
        ),
        (
            "[paths]\nstate = \"var/lib\"",
            [
                "t.toml:2: paths.state: \"var/lib\" is not absolute, must be an absolute path of at"
                    + " most 1024 bytes"
            ]
        ),
        (
            "[paths]\nstate = \"/var\\u0000/lib\\n\"",
            [
                "t.toml:2: paths.state: \"/var\\u0000/lib\\n\" contains control characters, must be an"
                    + " absolute path of at most 1024 bytes"
            ]
        ),
        (
            "[guard]\nallow = [\n  \"192.0.2.7\",\n  \"10.0.0.256\",\n  7,\n]",
            [
                "t.toml:4: guard.allow: \"10.0.0.256\" is neither an address nor a network, must be"
                    + " a list of at most 1024 addresses or networks such as \"192.0.2.7\","
                    + " \"2001:db8::/32\"",
                "t.toml:5: guard.allow: an integer in the list, must be a list of at most 1024"
                    + " addresses or networks such as \"192.0.2.7\", \"2001:db8::/32\"",
            ]
        ),
        (
            "[access]\nadmin = [\"root\", \"@\"]",
            [
                "t.toml:2: access.admin: \"@\" is neither a user nor a group, must be a list of at"
                    + " most 64 users such as \"ops\" or \"1000\", and groups such as \"@ops\" or \"@1000\""
            ]
        ),
        // Names.
        (
            "[guard]\nstrikez = 3",
            ["t.toml:2: guard.strikez: unknown key, did you mean \"strikes\"?"]
        ),
        (
            "[guard]\nline_bytes = 65536",
            ["t.toml:2: guard.line_bytes: unknown key, did you mean \"line_bytes\" in [limits]?"]
        ),
        (
            "[store]\npassword = \"x\"",
            ["t.toml:2: store.password: unknown key, must be one of fsync, snapshot_interval"]
        ),
        ("\n[gaurd]\nstrikes = 3", ["t.toml:2: gaurd: unknown section, did you mean [guard]?"]),
        (
            "[metrics]",
            [
                "t.toml:1: metrics: unknown section, must be one of paths, probe, health, guard, watch,"
                    + " pager, enforce, store, limits, access, events, trails, incidents,"
                    + " incidents.rules, gate, costs, check, probe.mount.PATH, guard.source.NAME, watch.source.NAME,"
                    + " watch.rule.NAME, pager.channel.NAME, pager.route.SEVERITY,"
                    + " costs.models.NAME, endpoint.NAME, queue.NAME, slo.NAME"
            ]
        ),
        (
            "strikes = 3",
            [
                "t.toml:1: strikes: a key outside any section, did you mean \"strikes\" in [guard]?"
            ]
        ),
        (
            "password = 3",
            [
                "t.toml:1: password: a key outside any section, must be in one of paths, probe,"
                    + " health, guard, watch, pager, enforce, store, limits, access, events,"
                    + " trails, incidents, incidents.rules, gate, costs, check"
            ]
        ),
        ("guard = 3", ["t.toml:1: guard: an integer, must be a section: [guard]"]),
        ("[[guard]]\nstrikes = 3", ["t.toml:1: guard: a list, must be a section: [guard]"]),
        (
            "[guard.strikes]\nx = 1",
            ["t.toml:1: guard.strikes: a table, must be an integer from 1 to 1000"]
        ),
        (
            "guard.strikes = 0",
            ["t.toml:1: guard.strikes: 0 is too small, must be an integer from 1 to 1000"]
        ),
        (
            "[guard]\n\"str\\u202Eikes\\u001B[31m\" = 3",
            [
                "t.toml:2: guard.\"str\\u202Eikes\\u001B[31m\": unknown key, must be one of strikes,"
                    + " window, ban, rate_limit, rate_window, ipv6_prefix, max_tracked,"
                    + " max_listed, allow, success_clears, ban_factor, ban_max, ban_memory,"
                    + " subnet_threshold, subnet_threshold_ipv6, subnet_window, subnet_bans,"
                    + " protect_sessions, dry_run, dry_run_sources, bans_file"
            ]
        ),
        // Across keys.
        (
            "[health]\nstressed = 90\ncritical = 90",
            ["t.toml:3: health.critical: 90 is not above health.stressed (90), must be above it"]
        ),
        (
            "[health]\nstressed = 95",
            ["t.toml:2: health.critical: 90 is not above health.stressed (95), must be above it"]
        ),
        (
            "[health]\nstressed = 95\ncritical = 101",
            [
                "t.toml:3: health.critical: 101 is too large, must be an integer from 2 to 100, in percent"
            ]
        ),
        // Syntax: one fault, whatever else is wrong.
        (
            "[guard]\nstrikes = 3\n\nstrikes = 4\nwindow = 1",
            ["t.toml:4: cannot parse key-value pair: cannot redefine existing integer 'strikes'"]
        ),
        (
            "[guard]\n[store]\n[guard]",
            ["t.toml:3: [guard] is already at line 1: put the keys there"]
        ),
        (
            "[watch.rule.a]\nx = 1\n# more\n  [ watch.rule.a ] # again",
            ["t.toml:4: [watch.rule.a] is already at line 1: put the keys there"]
        ),
        // The first is written otherwise: in the parser's words.
        (
            "watch.rules = []\n[watch]\n[\"watch\"]",
            ["t.toml:2: cannot parse table header: cannot redefine existing table 'watch'"]
        ),
        ("x = 1\n[guard\n", ["t.toml:2: cannot parse table header: expected ']', saw '\\n'"]),
        ("[guard]\nban = 10m", ["t.toml:2: cannot parse decimal integer: expected digit, saw 'm'"]),
        (
            "[guard]\nstrikes: 3",
            ["t.toml:2: cannot parse key-value pair: expected '=', saw ':'"]
        ),
        (
            "[guard]\nban = “10m”",
            ["t.toml:2: cannot parse value: could not determine value type"]
        ),
        ("\n[.guard]\nx = 1\n", ["t.toml:2: not a key, a value or a table header"]),
    ]

    @Test(arguments: transcripts)
    func transcript(file: String, expected: [String]) {
        #expect(faults(file) == expected)
    }

    @Test func allFaultsComeAtOnceInTheOrderOfTheFile() {
        let text = """
            [store]
            fsync = "maybe"
            [limits]
            line_bytes = 1
            colour = "red"
            [guard]
            strikes = 0
            allow = ["x"]
            [acess]
            """
        let lines = faults(text).map { $0.prefix { $0 != " " } }
        #expect(
            lines == ["t.toml:2:", "t.toml:4:", "t.toml:5:", "t.toml:7:", "t.toml:8:", "t.toml:9:"])
    }

    @Test func manyFaultsAreCounted() {
        let text = "[guard]\n" + (0..<1_000).map { "k\($0) = 1\n" }.joined()
        let all = faults(text)
        #expect(all.count == 101)
        #expect(all.last == "t.toml: and 900 more faults")
    }

    @Test func faultyValuesAreCut() {
        let long = String(repeating: "é", count: 1_000)
        let shown = String(repeating: "é", count: 64)
        #expect(
            faults("[store]\nfsync = \"\(long)\"") == [
                "t.toml:2: store.fsync: \"\(shown)\"... is unknown, must be one of \"always\","
                    + " \"everysec\", \"no\""
            ])
    }

    @Test func nameOfTheFileIsEscaped() {
        let fault = Fault(file: "a\u{1b}[2J\nb", line: 3, key: "", message: "m")
        #expect(fault.description == "a\\u001B[2J\\nb:3: m")
    }
}
