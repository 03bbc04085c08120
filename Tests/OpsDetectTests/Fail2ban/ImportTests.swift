// The TOML that jails become: what it says, that it is TOML, and that it says the same.

@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Import of jails")
struct ImportTests {
    private func text(
        _ jails: String, files: Set<String> = [], directory: String = "/etc/fail2ban"
    ) throws -> String {
        var all = JailTests.filters
        all["jail.conf"] = jails
        let list = try TableFiles(all).directory.jailList()
        return Fail2banImport.text(
            list.jails, warnings: list.warnings, directory: directory
        ) { files.contains($0) }
    }

    @Test("A jail in full")
    func full() throws {
        let text = try text(
            """
            [DEFAULT]
            bantime = 1h
            [web]
            enabled = true
            filter = web[mode=b]
            logpath = /var/log/web/*.log
              /var/log/other.log
            maxretry = 3
            findtime = 1d 6h
            ignoreip = 127.0.0.1/8 ::1
            logencoding = latin1
            logtimezone = UTC-0330
            bantime.increment = true
            bantime.maxtime = 5w
            ignorecommand = /bin/judge
            """, files: ["/var/log/other.log"])
        #expect(
            text == """
                # From the jails in /etc/fail2ban that are enabled: 1 of 1.
                # opsd drops all packets of a banned address; port, protocol, chain and banaction \
                have no effect.
                # 1 pattern could match a host name, which opswatch does not look up.

                # To compare before anybody is banned, set in the section [guard]:
                #     dry_run_sources = ["web"]

                # jail web
                #   ignorecommand = /bin/judge: opsd runs no program to let an address off, so \
                those that it would let off are banned
                [watch.source.web]
                files = [
                  "/var/log/web/*.log",
                  "/var/log/other.log",
                ]  # logpath, /f/jail.conf:6
                encoding = "latin-1"  # logencoding, /f/jail.conf:11
                zone = "-03:30"  # logtimezone, /f/jail.conf:12

                [watch.rule.web]
                sources = ["web"]
                filter = "web[mode=b]"  # filter, /f/jail.conf:5
                ignored_networks = [
                  "127.0.0.0/8",
                  "::1/128",
                ]  # ignoreip, /f/jail.conf:10

                [guard.source.web]
                strikes = 3  # maxretry, /f/jail.conf:8
                window = "30h"  # findtime, /f/jail.conf:9
                ban = "1h"  # bantime, /f/jail.conf:2
                ban_factor = 2  # bantime.increment, /f/jail.conf:13
                ban_max = "35d"  # bantime.maxtime, /f/jail.conf:14

                """)
    }

    @Test("Without the file, backend = auto reads the journal, with _UID=0 where needed")
    func journal() throws {
        let jail = "[web]\nenabled = true\nfilter = web\nlogpath = /var/log/web.log\n"
        let journal = try text(jail)
        #expect(journal.contains("journal = [\"_COMM=web _UID=0\"]  # journalmatch, default"))
        #expect(journal.contains("/var/log/web.log is not there, so the journal is read"))
        #expect(journal.contains("_UID=0 is added"))
        #expect(!journal.contains("files ="))
        let file = try text(jail, files: ["/var/log/web.log"])
        #expect(file.contains("files = [\"/var/log/web.log\"]"))
        #expect(!file.contains("journal"))
        let polling = try text(jail + "backend = polling\n")
        #expect(polling.contains("each is read as soon as it appears"))
        let whole = try text("[mail]\nenabled = true\nfilter = mail\nbackend = systemd\n")
        #expect(whole.contains("journal = [\"_UID=0\"]"))
        let none = try text("[mail]\nenabled = true\nfilter = mail\n")
        #expect(none.contains("#   it has no file to read") && !none.contains("[watch.source"))
    }

    @Test("Patterns of the jail itself")
    func patterns() throws {
        let own = try text(
            "[web]\nenabled = true\nfilter = web\nlogpath = /x\nfailregex = ^it's <HOST>\\.$\n"
                + "  ^\"q\" <ADDR>\ndatepattern = %%Y\n")
        #expect(own.contains(#"  "^it's <HOST>\\.$","#))
        #expect(own.contains(#"  '^"q" <ADDR>',"#))
        #expect(own.contains(#"ignored = ["^fine"]"#))
        #expect(own.contains(#"date_pattern = "%Y""#))
        #expect(!own.contains("filter ="))
        let prefixed = try text(
            "[mail]\nenabled = true\nfilter = mail\nlogpath = /x\nfailregex = ^own, <ADDR>\n")
        #expect(prefixed.contains(#"filter = 'mail[failregex="^own, <ADDR>"]'"#))
    }

    @Test("Several patterns go into the brackets, a filter from elsewhere is left out")
    func filters() throws {
        let several = try text(
            "[mail]\nenabled = true\nfilter = mail\nlogpath = /x\n"
                + "failregex = ^own, <ADDR>\n  ^two <ADDR>\n")
        #expect(several.contains(#"failregex=\"^own, <ADDR>\n^two <ADDR>\"]""#))
        // opsd.toml takes the names of files in filter.d alone.
        let files = TableFiles([
            "filter.d/a/mail.conf": "[Definition]\nprefregex = ^<F-CONTENT>.+</F-CONTENT>$\n"
                + "failregex = <HOST>\n",
            "jail.conf": "[x]\nenabled = true\nfilter = a/mail\nlogpath = /x\n",
        ])
        let away = Fail2banImport.text(try files.directory.jails()) { _ in true }
        #expect(!away.contains("filter =") && away.contains("The jail is left out."))
    }

    @Test("Bans for good, and values beyond what opsd allows")
    func bounds() throws {
        let text = try text(
            "[web]\nenabled = true\nfilter = web\nlogpath = /x\nbantime = -1\nmaxretry = 5000\n"
                + "findtime = 0\nbantime.increment = true\n")
        #expect(text.contains("ban = \"3650d\"  # bantime, /f/jail.conf:5: for good"))
        #expect(text.contains("strikes = 1000  # maxretry, /f/jail.conf:6: the nearest"))
        #expect(text.contains("window = \"1s\"  # findtime, /f/jail.conf:7: the nearest"))
        #expect(text.contains("ban_max = \"3650d\""))
    }

    @Test("A faulty jail is told, and the library's rule for sshd makes room")
    func head() throws {
        let text = try text(
            "[sshd]\nenabled = true\nfilter = web\nlogpath = /x\n[bad]\nenabled = 1\nfilter = no\n",
            directory: "/opt/f")
        #expect(text.contains("NOT taken over: the jail bad: /f/jail.conf:7: [bad] filter: "))
        #expect(
            text.contains(
                """
                # Set in the section [watch], which is there already:
                #     fail2ban = "/opt/f"
                #     rules = []
                # The jails take the place of the library's sshd, which would count the same \
                lines twice.
                """))
        // The shipped file has a section [watch]; what is appended must not have one.
        #expect(!text.split(separator: "\n").contains("[watch]"))
    }

    @Test("Only rules of the library that a jail replaces go")
    func library() throws {
        let list = try TableFiles(
            JailTests.filters.merging([
                "jail.conf": "[web]\nenabled = true\nfilter = web\nlogpath = /x\n"
                    + "[gitea]\nenabled = true\nfilter = web\nlogpath = /y\n"
            ]) { $1 }
        ).directory.jailList()
        let text = Fail2banImport.text(list.jails, library: ["sshd", "gitea", "dovecot"]) { _ in
            true
        }
        #expect(text.contains("#     rules = [\"sshd\", \"dovecot\"]\n"))
        #expect(text.contains("#     dry_run_sources = [\"web\", \"gitea\"]\n"))
        let none = Fail2banImport.text(list.jails, library: ["sshd"]) { _ in true }
        #expect(!none.contains("[watch]"))
    }

    @Test("A jail on fail2ban's own log says that the log ends with fail2ban")
    func recidive() throws {
        let jail = "[again]\nenabled = true\nfilter = web\nlogpath = "
        let text = try text(jail + "/var/log/fail2ban.log\n", files: ["/var/log/fail2ban.log"])
        #expect(text.contains("reads fail2ban's own log, which ends with fail2ban"))
        #expect(try !self.text(jail + "/var/log/x.log\n").contains("fail2ban's own log"))
    }

    @Test("Names are short, without control characters, and each once")
    func names() {
        var names = ImportNames()
        #expect(names.take("a\tb\u{7f}") == "a_b_")
        #expect(names.take("a_b_") == "a_b_-2")
        let long = String(repeating: "ü", count: 60)
        #expect(names.take(long).utf8.count == 64)
        #expect(names.take(long).utf8.count <= 64)
        #expect(names.take("") == "jail")
    }

    private static let hasPython = access("/usr/bin/python3", X_OK) == 0

    @Test("It is TOML, whatever the names are", .enabled(if: hasPython))
    func valid() throws {
        let names = [
            "a b", "it's", "\"q\"", "ü\u{85}\u{2028}", "a.b", "x]y", "\\", "#", "web", "\u{1b}[31m",
        ]
        var jails = ""
        for name in names {
            jails += "[\(name)]\nenabled = true\nfilter = web\nlogpath = /l'\"\\x\u{1}y\n  /ok\n"
            jails += "failregex = ^\"'\\\\ <HOST>\u{1}\u{7f}\nignoreip = \u{7}x\n"
        }
        var all = [try text(jails), try text(jails, files: ["/ok"])]
        if ReferenceReader.isInstalled {
            let list = try DiskFiles.installed().jailList(all: true)
            all.append(Fail2banImport.text(list.jails) { _ in true })
            all.append(Fail2banImport.text(list.jails) { _ in false })
            let left = all[3].split(separator: "\n").filter { $0.hasSuffix("is left out.") }
            #expect(list.jails.count - left.count > 60)
        }
        let scratch = try ScratchDirectory()
        for (index, text) in all.enumerated() {
            try scratch.write(Array(text.utf8), to: "\(index).toml")
        }
        let program = """
            import sys, tomllib
            for path in sys.argv[1:]:
                with open(path, "rb") as file:
                    toml = tomllib.load(file)
                for name, rule in toml["watch"]["rule"].items():
                    assert rule["sources"] == [name] and name in toml["watch"]["source"], name

            """
        let script = try scratch.write(Array(program.utf8), to: "check.py")
        let paths = all.indices.map { scratch.path(of: "\($0).toml") }
        #expect(ReferenceReader.run(["/usr/bin/python3", script] + paths) == 0)
    }
}
