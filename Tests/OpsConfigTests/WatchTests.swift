// `[watch]`, `[watch.source.NAME]` and `[watch.rule.NAME]`: what is read, that it is printed as it
// is read, every fault, and how rules of the library count.

import OpsCore
import Testing

@testable import OpsConfig

private let whole = """
    [watch]
    rules = ["sshd", "nginx-auth"]
    fail2ban = "/srv/fail2ban"
    strike_private = true
    cpu_share = 20
    [watch.source.nginx]
    files = ["/var/log/nginx/*.log", "/srv/log"]
    encoding = "latin-1"
    zone = "-03:30"
    expect_every = "1h"
    [watch.source."my journal"]
    journal = ["_SYSTEMD_UNIT=ssh.service _UID=0", "SYSLOG_IDENTIFIER=sshd"]
    format = "json"
    zone = "UTC"
    [watch.rule.login]
    sources = ["nginx"]
    pattern = "refused from <HOST>$"
    ignored = ["health check"]
    date_pattern = "%Y"
    weight = 3
    source = "web"
    ignored_networks = ["192.0.2.0/24"]
    [watch.rule.good]
    sources = ["nginx"]
    patterns = ["(?x) welcome\\n <HOST>", "hello <HOST>"]
    action = "success"
    [watch.rule.old]
    sources = ["nginx"]
    filter = "sshd[mode=aggressive, failregex='^a <HOST>\\n^b <HOST>']"
    [watch.rule.api]
    sources = ["my journal"]
    address = "request.client_ip"
    time = "ts"
    when = { status = [401, 403], ok = false, request.uri = "~^/login", "a b" = "c" }
    """

@Suite struct WatchTests {
    @Test func everyKeyIsRead() throws {
        let watch = try load(whole).watch
        #expect(watch.library == ["sshd", "nginx-auth"])
        #expect(watch.fail2ban == "/srv/fail2ban")
        #expect(watch.strikePrivate && watch.cpuSharePercent == 20)
        let nginx = try #require(watch.sources["nginx"])
        #expect(nginx.files == ["/var/log/nginx/*.log", "/srv/log"] && nginx.journal.isEmpty)
        #expect(nginx.format == .text && nginx.encoding == "latin-1")
        #expect(nginx.zoneMinutes == -210 && nginx.expectEveryMilliseconds == 3_600_000)
        let journal = try #require(watch.sources["my journal"])
        #expect(
            journal.journal == ["_SYSTEMD_UNIT=ssh.service _UID=0", "SYSLOG_IDENTIFIER=sshd"])
        #expect(journal.format == .json && journal.zoneMinutes == 0)
        #expect(journal.expectEveryMilliseconds == 0)
        let login = try #require(watch.rules["login"])
        #expect(login.sources == ["nginx"] && login.patterns == ["refused from <HOST>$"])
        #expect(login.ignored == ["health check"] && login.datePattern == "%Y")
        #expect(login.weight == 3 && login.reportAs == "web" && login.action == .strike)
        #expect(login.ignoredNetworks.count == 1)
        let good = try #require(watch.rules["good"])
        #expect(good.patterns == ["(?x) welcome\n <HOST>", "hello <HOST>"])
        #expect(good.action == .success && good.weight == nil && good.reportAs == nil)
        #expect(
            watch.rules["old"]?.filter
                == "sshd[mode=aggressive, failregex='^a <HOST>\n^b <HOST>']")
        let api = try #require(watch.rules["api"])
        #expect(api.address == "request.client_ip" && api.time == "ts")
        #expect(
            api.when == [
                "status": ["401", "403"], "ok": ["false"], "request.uri": ["~^/login"],
                "a b": ["c"],
            ])
    }

    @Test func asItIsPrintedItIsReadAgain() throws {
        let configuration = try load(whole)
        #expect(try load(configuration.printed(networks: .test)) == configuration)
    }

    /// Whatever is in a section is seen as another value, and told by a reload.
    @Test func aChangeIsTold() throws {
        let before = try load(whole)
        let after = try load(
            whole.replacing("weight = 3", with: "weight = 4")
                .replacing("\"1h\"", with: "\"2h\"").replacing(
                    "\"nginx-auth\"", with: "\"dovecot\""))
        let changes = Configuration.changes(from: before, to: after)
        #expect(
            changes.applied == [
                "watch.rules", "guard.source.dovecot", "guard.source.nginx-auth",
                "watch.source.nginx", "watch.rule.login",
            ])
        #expect(changes.restartRequired.isEmpty && changes.running == after)
    }

    /// Its section in `guard.source` says it; else fail2ban's numbers, and the rest as [guard].
    @Test func howRulesOfTheLibraryCount() throws {
        let sources = try load(
            """
            [guard]
            strikes = 9
            ban = "20m"
            dry_run_sources = ["dovecot"]
            [guard.source.gitea]
            window = "1h"
            [watch]
            rules = ["sshd", "gitea", "dovecot"]
            """
        ).guard.sources
        #expect(sources.count == 3)
        let (sshd, gitea, dovecot) = (sources["sshd"], sources["gitea"], sources["dovecot"])
        #expect(sshd?.strikes == 5 && sshd?.windowMilliseconds == 600_000)
        #expect(sshd?.banMilliseconds == 1_200_000 && sshd?.dryRun == false)
        #expect(gitea?.strikes == 5 && gitea?.windowMilliseconds == 3_600_000)
        #expect(dovecot?.strikes == 5 && dovecot?.dryRun == true)
    }

    /// One key of its section leaves the others as they are without it.
    @Test func aKeyOfARuleOfTheLibraryChangesNoOther() throws {
        let strikes = try load("[guard.source.sshd]\nstrikes = 3").guard.sources["sshd"]
        #expect(strikes?.strikes == 3 && strikes?.windowMilliseconds == 600_000)
        let ban = try load("[guard.source.sshd]\nban = \"1d\"").guard.sources["sshd"]
        #expect(ban?.strikes == 5 && ban?.banMilliseconds == 86_400_000)
        // A rule that is off is a source like any other.
        let other = try load("[guard.source.gitea]\nban = \"1d\"").guard.sources["gitea"]
        #expect(other?.strikes == 3 && other?.windowMilliseconds == 300_000)
    }

    @Test func withoutAFileSshdCountsByItself() throws {
        #expect(Configuration().guard.sources["sshd"]?.strikes == 5)
        #expect(try load("watch.rules = []").guard.sources.isEmpty)
        #expect(
            try load("").printed(networks: .test).contains(
                "# How the strikes of the rule sshd (watch.rules) count.\n[guard.source.sshd]\n"))
        #expect(
            try !load("[guard.source.sshd]\nstrikes = 4").printed(networks: .test).contains(
                "# How the strikes"))
    }

    @Test func policiesOfRulesCountAsSections() {
        let sections = (0..<63).map { "[guard.source.s\($0)]\n" }.joined()
        #expect(faults(sections + "[watch]\nrules = [\"sshd\"]\n") == [])
        #expect(
            faults(sections + "[watch]\nrules = [\"sshd\", \"gitea\"]\n") == [
                "t.toml:65: watch.rules: together with the sections [guard.source.NAME], 65 sources"
                    + " count by themselves, must be at most 64"
            ])
    }

    @Test(
        arguments: [
            ("", nil), ("local", nil), ("UTC", 0), ("+00:00", 0), ("+02:00", 120),
            ("-03:30", -210), ("+14:00", 840),
        ] as [(String, Int?)])
    func zones(text: String, minutes: Int?) throws {
        let zone = text.isEmpty ? "" : "zone = \"\(text)\""
        let source = try load("[watch.source.a]\nfiles = [\"/a\"]\n\(zone)").watch.sources["a"]
        #expect(source?.zoneMinutes == minutes)
    }

    @Test(
        arguments: ["+14:01", "+2:00", "02:00", "+02:60", "CET", "utc", "", "+0a:00", "+02:00:00"])
    func notAZone(text: String) {
        #expect(
            faults("[watch.source.a]\nfiles = [\"/a\"]\nzone = \"\(text)\"") == [
                "t.toml:3: watch.source.a.zone: \"\(text)\" is not a zone, must be \"local\","
                    + " \"UTC\", or an offset from UTC such as \"+02:00\""
            ])
    }
}
