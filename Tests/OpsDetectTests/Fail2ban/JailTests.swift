// Jails of the tests' own: each key that opsd honours, and what is told of the others.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Jails")
struct JailTests {
    static let filters = [
        "filter.d/web.conf": """
        [Definition]
        failregex = ^bad <F-USER>\\S+</F-USER> <HOST>
        ignoreregex = ^fine
        journalmatch = _COMM=web
        [Init]
        mode = a
        """,
        "filter.d/mail.conf": """
        [Definition]
        prefregex = ^m: <F-CONTENT>.+</F-CONTENT>$
        failregex = ^bad <mode> <ADDR>
        datepattern = ^%%Y
        [Init]
        mode = normal
        """,
    ]

    private func jails(_ text: String, _ more: [String: String] = [:]) throws -> [JailDefinition] {
        var files = Self.filters.merging(more) { $1 }
        files["jail.conf"] = text
        return try TableFiles(files).directory.jails()
    }

    private func one(_ text: String) throws -> JailDefinition {
        let all = try jails("[web]\nenabled = true\nfilter = web\n" + text)
        return try #require(all.first)
    }

    private func fault(_ text: String) throws -> String {
        guard case .faulty(let fault) = try one(text).state else { return "none" }
        return fault.description
    }

    @Test("All keys that are honoured")
    func honoured() throws {
        let all = try jails(
            """
            [INCLUDES]
            before = paths.conf
            [DEFAULT]
            enabled = no
            maxretry = 5
            findtime = 10m
            bantime = 1h
            filter = %(__name__)s[mode=%(mode)s]
            mode = normal
            ignoreip = 127.0.0.1/8 ::1, 192.0.2.7
             198.51.100.9/255.255.255.0
            [web]
            enabled = on
            backend = polling
            logpath = %(weblogs)s
            logencoding = ISO8859-1
            logtimezone = UTC+0130
            [mail]
            enabled = true
            mode = hard
            bantime = -1
            backend = systemd
            journalmatch = _UID=0 A=1 + B=2
             C=3
            [off]
            """,
            [
                "paths.conf": "[DEFAULT]\nweblogs = /var/log/a*.log\n  /b c.log tail\n",
                "jail.d/x.conf": "[web]\nmaxretry = 2\n", "jail.local": "[web]\nfindtime = 1d 6h\n",
                "jail.d/y.local": "[web]\nbantime = 60*60*24\n",
            ])
        #expect(all.map(\.name) == ["web", "mail", "off"])
        #expect(all.map(\.state) == [.enabled, .enabled, .disabled])
        let web = all[0]
        #expect(web.filterSpec == "web[mode=normal]")
        #expect(web.definition?.failures.count == 1)
        #expect(web.maxRetry == 2)
        #expect(web.findTime == 108_000_000)
        #expect(web.banTime == 86_400_000)
        #expect(web.backend == .files)
        #expect(web.logPaths.map(\.path) == ["/var/log/a*.log", "/b c.log"])
        #expect(web.logPaths.map(\.fromEnd) == [false, true])
        #expect(web.encoding == "latin-1")
        #expect(web.zoneMinutes == 90)
        let networks = ["127.0.0.0/8", "::1", "192.0.2.7", "198.51.100.0/24"]
        #expect(web.ignored == networks.compactMap { Network(parsing: $0) })
        #expect(web.hostNamePatterns == 1)
        #expect(!web.overridesFilter)
        #expect(web.origins["maxretry"] == "/f/jail.d/x.conf:2")
        #expect(web.origins["findtime"] == "/f/jail.local:2")
        let mail = all[1]
        #expect(mail.banTime == nil)
        #expect(mail.backend == .systemd)
        #expect(mail.definition?.failures[0].hasPrefix("^bad hard ") == true)
        #expect(
            mail.definition?.journalMatches.map(\.text) == ["_UID=0 A=1", "B=2", "C=3"])
        #expect(mail.hostNamePatterns == 0)
        #expect(mail.overridesFilter)
    }

    @Test("Patterns of the jail, with those of the filter as known/...")
    func patterns() throws {
        let jail = try one(
            "failregex = %(known/failregex)s\n  ^worse <HOST>\nignoreregex =\nmaxlines = 3\n")
        #expect(jail.patterns == [#"^bad <F-USER>\S+</F-USER> <HOST>"#, "^worse <HOST>"])
        #expect(jail.ignoredPatterns.isEmpty)
        #expect(jail.definition?.maxLines == 3)
        #expect(jail.overridesFilter)
        let spec = try #require(jail.equivalentSpec)
        var same = try TableFiles(Self.filters).directory.filter(spec)
        same.name = "web"
        #expect(same == jail.definition)
    }

    @Test("A jail without a filter has its own patterns")
    func noFilter() throws {
        let all = try jails(
            "[x]\nenabled = true\nfailregex = ^no <ADDR>\nmode = x\n[y]\nenabled = 1\n")
        #expect(all[0].definition?.failures.count == 1)
        #expect(all[0].equivalentSpec == nil)
        guard case .faulty(let fault) = all[1].state else {
            Issue.record("no fault")
            return
        }
        #expect(
            fault.description
                == "/f/jail.conf: [y] filter: has no pattern (failregex), and so finds nothing")
    }

    @Test(
        "What is not honoured is told",
        arguments: [
            ("ignorecommand = /bin/x <ip>", "ignorecommand = /bin/x <ip>: opsd runs no program"),
            ("ignoreself = false", "ignoreself = false"),
            ("ignoreip = host.example", "ignoreip host.example: opsd looks up no names"),
            ("ignoreip = 1.2.3.4/255.0.255.0", "ignoreip 1.2.3.4/255.0.255.0"),
            ("logencoding = cp1252", "logencoding = cp1252: is read as utf-8"),
            ("logpath = x.log", "logpath \"x.log\": not read, is not an absolute path"),
            ("logpath = /x tail", "logpath \"/x\": tail is not honoured"),
            ("backend = systemd[journalflags=1]", "backend option journalflags"),
            (
                "action = a[x=\"] b\"]\n  send-mail[to=x]\nbanaction = a",
                "action send-mail: is not run"
            ),
            ("action = %(gone)s", "action: cannot be read"),
            ("bantime.increment = true\nbantime.factor = 4", "bantime.factor = 4"),
            ("bantime.increment = true\nbantime.formula = x", "bantime.formula = x"),
            ("bantime.increment = true\nbantime.multipliers = 1 5 30", "bantime.multipliers"),
            ("bantime.increment = true\nbantime.rndtime = 10m", "bantime.rndtime"),
            ("bantime.increment = true\nbantime.overalljails = true", "bantime.overalljails"),
        ])
    func told(text: String, expected: String) throws {
        let jail = try one(text)
        #expect(jail.state == .enabled)
        let told = jail.unsupported.filter { !$0.configBytes[...].has("journalmatch", at: 0) }
        #expect(told.count == 1)
        #expect(told.first?.hasPrefix(expected) == true, "\(told)")
    }

    @Test("Growing bans")
    func growth() throws {
        #expect(try one("bantime.increment = false\nbantime.factor = 4").growth == nil)
        let jail = try one(
            "bantime.increment = yes\nbantime.factor = 1\nbantime.maxtime = 5w\n"
                + "bantime.multipliers = 1 2 4 8 16\n")
        #expect(jail.growth == .init(maximum: 3_024_000_000))
        #expect(jail.unsupported.count == 1)
    }

    @Test(
        "A fault of a jail is its own, and names its place",
        arguments: [
            ("maxretry = x", "/f/jail.conf:4: [web] maxretry: \"x\" is not a whole number"),
            ("findtime = soon", "/f/jail.conf:4: [web] findtime: \"soon\" is not a time"),
            ("bantime = %(x)s", "/f/jail.conf:4: [web] bantime: refers to %(x)s"),
            ("backend = magic", "/f/jail.conf:4: [web] backend: \"magic\" is unknown"),
            ("logpath = /a b", "/f/jail.conf:4: [web] logpath: \"/a b\": only tail or head"),
            ("logtimezone = Mars", "/f/jail.conf:4: [web] logtimezone: \"Mars\" is not known"),
            ("failregex = x", "/f/jail.conf:4: [web] failregex: a pattern says nothing"),
        ])
    func faults(text: String, expected: String) throws {
        let found = try fault(text)
        #expect(found.hasPrefix(expected), "\(found)")
    }

    @Test("A filter that is not there is a fault of the jail that names it")
    func noSuchFilter() throws {
        let all = try jails(
            "[x]\nenabled = true\nfilter = gone\n[web]\nenabled = true\nfilter = web")
        guard case .faulty(let fault) = all[0].state else {
            Issue.record("no fault")
            return
        }
        #expect(fault.line == 3 && fault.key == "filter" && fault.message.contains("gone.conf"))
        #expect(all[1].state == .enabled)
        #expect(throws: Fail2banFault.self) { try TableFiles([:]).directory.jails() }
    }

    @Test(
        "Times",
        arguments: [
            ("600", 600), ("10m", 600), ("1d 6h", 108_000), ("-1", -1), ("1h30m", 5_400),
            ("1mo", 2_629_800), ("3600*24", 86_400), ("1.5h", 5_400), ("1 week", 604_800),
            ("2 3", 5), ("1D12H", 129_600), ("1y-6mo", 15_778_800), ("(1+2)*3m", 540),
            ("7days 3 seconds", 604_803), ("", nil), ("m", nil), ("1x", nil), ("1e3", nil),
            ("1/0", nil), ("((1)", nil), ("1)", nil), ("--1", 1),
        ] as [(String, Double?)])
    func times(text: String, expected: Double?) {
        #expect(DurationExpression.seconds(text) == expected)
    }

    @Test("Times that are absurd are bounded")
    func hugeTimes() {
        #expect(DurationExpression.milliseconds("999999999999999999999y") == 320_000_000_000_000)
        #expect(DurationExpression.milliseconds("-999999999999999999999y") == -320_000_000_000_000)
        let deep = String(repeating: "(", count: 200)
        #expect(DurationExpression.seconds(deep + "1") == nil)
    }

    @Test("fail2ban's own reader says the same", .enabled(if: ReferenceReader.isInstalled))
    func reference() throws {
        let scratch = try ScratchDirectory()
        for name in ["filter.d", "jail.d", "action.d"] { try scratch.makeDirectory(name) }
        var files = Self.filters
        files["action.d/none.conf"] = "[Definition]\nactionban =\n"
        files["jail.conf"] = """
            [DEFAULT]
            filter = web
            action = none
            findtime = 1d 6h
            bantime = 10m
            x = 1
            [one]
            failregex = %(known/failregex)s
              ^more %(known/mode)s <HOST> <mode> %(x)s %(two/y)s
            journalmatch = A=1 + B='2 3'
            [two]
            filter = mail[mode=hard, maxlines=3]
            y = y%%(x)s
            maxlines = 4
            prefregex = ^other <F-CONTENT>.*</F-CONTENT>
            bantime = 1y-6mo
            [three]
            filter = web[ignoreregex="a", failregex='b <IP6>']
            ignoreregex = c
            datepattern = %%d
            [four]
            filter = mail
            datepattern = %(known/mode)s %%H
            backend = systemd
            """
        files["jail.local"] = "[one]\nx = %(known/x)s2\nmaxretry = 9\n[two]\nx = 3\n"
        files["jail.d/a.conf"] = "[one]\nx = 5\nmaxretry = 8\n"
        for (name, text) in files { try scratch.write(Array(text.utf8), to: name) }
        let reference = try ReferenceReader.readings("jails", directory: scratch.path)
        let jails = try DiskFiles.installed(scratch.path).jailList(all: true).jails
        #expect(jails.count == 4 && reference.count == 4)
        for jail in jails {
            let definition = try #require(jail.definition, "\(jail.name): \(jail.state)")
            var expected = try #require(reference[jail.name])
            for key in ["backend", "logpath", "ignoreip"] { expected[key] = nil }
            expected["maxretry"] = expected["maxretry"] ?? ["3"]
            #expect(InstalledJailsTests.reading(jail, definition) == expected, "\(jail.name)")
        }
    }
}
