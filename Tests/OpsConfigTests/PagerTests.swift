// [pager]: what its sections come to, what people read when one is wrong, and that no secret shows.

import OpsCore
import Testing

@testable import OpsConfig

private let phone =
    "[pager.channel.phone]\nkind = \"telegram\"\nchat_id = \"-100123\"\ntoken_file = \"tg\"\n"
private let mail =
    "[pager.channel.mail]\nkind = \"smtp\"\nhost = \"mail.example.org\"\nfrom = \"a@example.org\"\n"
    + "to = [\"b@example.org\"]\n"

@Suite struct PagerTests {
    @Test func withoutChannelsNothingIsPaged() throws {
        let settings = try load("").pager
        #expect(settings == PagerSettings())
        #expect(settings.critical.channels == [])
    }

    /// The routes that nobody wrote.
    @Test func channelsWithoutRoutesGetCriticalAtOnceAndWarningAtTheTick() throws {
        let heart =
            "[pager.channel.heart]\nkind = \"heartbeat\"\nurl = \"https://hc.example.org/x\"\n"
        let settings = try load(phone + mail + heart).pager
        #expect(settings.channels.map(\.name) == ["heart", "mail", "phone"])
        #expect(settings.critical.moment == .now && settings.warning.moment == .tick)
        #expect(settings.critical.channels == ["mail", "phone"])
        #expect(settings.warning.channels == ["mail", "phone"])
        #expect(settings.info == PagerRoute(.never))
    }

    @Test func aRouteSaysWhoAndWhen() throws {
        let settings = try load(
            "[pager]\ntick = \"1m\"\nquiet = \"22:00-07:00\"\nkeep = \"2h\"\n" + phone + mail
                + "[pager.route.critical]\nchannels = [\"phone\"]\nfallback = [\"mail\"]\n"
                + "escalate = [\"mail\"]\nescalate_after = \"20m\"\nrepeat = \"30m\"\n"
                + "resolved = false\n[pager.route.info]\nmoment = \"tick\"\n"
        ).pager
        var critical = PagerRoute(.now)
        critical.channels = ["phone"]
        critical.fallback = ["mail"]
        critical.escalate = ["mail"]
        critical.escalateMilliseconds = 1_200_000
        critical.repeatMilliseconds = 1_800_000
        critical.tellsEnd = false
        #expect(settings.critical == critical)
        #expect(settings.info.channels == ["mail", "phone"])
        #expect(settings.tickSeconds == 60 && settings.keepMilliseconds == 7_200_000)
        #expect(settings.quiet == QuietHours(from: 1_320, to: 420))
    }

    @Test func whatIsPrintedLoadsAgain() throws {
        let text =
            "[pager]\nquiet = \"22:00-07:00\"\n" + phone + mail
            + "[pager.channel.file]\nkind = \"file\"\npath = \"/var/log/pages\"\n"
            + "[pager.route.critical]\nchannels = [\"phone\"]\nrepeat = \"30m\"\n"
        let configuration = try load(text)
        #expect(try load(configuration.printed(networks: .test)) == configuration)
    }

    @Test func aReloadNamesWhatChanged() throws {
        let old = try load(phone)
        let new = try load(phone + mail + "[pager.route.critical]\nchannels = [\"phone\"]")
        let changes = Configuration.changes(from: old, to: new)
        #expect(changes.applied == ["pager.channel.mail", "pager.route.warning"])
        #expect(changes.running == new)
    }

    static let transcripts: [(file: String, faults: [String])] = [
        (
            "[pager.channel.Phone]\nkind = \"file\"\npath = \"/p\"",
            [
                "t.toml:1: pager.channel.Phone: not a name, must be 1 to 32 lower case letters, digits, - and _"
            ]
        ),
        (
            "[pager.channel.a]\npath = \"/p\"",
            [
                "t.toml:1: pager.channel.a: has no kind, must be one of \"telegram\", \"smtp\","
                    + " \"webhook\", \"file\", \"heartbeat\""
            ]
        ),
        (
            "[pager.channel.a]\nkind = \"telegram\"\nchat_id = \"-1\"",
            ["t.toml:1: pager.channel.a: telegram must have token_file"]
        ),
        (
            "[pager.channel.a]\nkind = \"file\"\npath = \"/p\"\nhost = \"h\"",
            [
                "t.toml:4: pager.channel.a.host: has no effect where kind is \"file\", whose keys are"
                    + " kind, per_minute, path"
            ]
        ),
        (
            "[pager.channel.a]\nkind = \"smtp\"\nhost = \"h\"\nfrom = \"a@b\\r\\nRCPT\"\nto = [\"a@b\"]",
            [
                "t.toml:4: pager.channel.a.from: \"a@b\\r\\nRCPT\" is not an address of a mailbox, must"
                    + " be the address of a mailbox such as \"ops@example.org\""
            ]
        ),
        (
            "[pager.channel.a]\nkind = \"smtp\"\nhost = \"h\"\ntls = \"none\"\nfrom = \"a@b\"\n"
                + "to = [\"a@b\"]",
            [
                "t.toml:4: pager.channel.a.tls: \"none\" would send mail and password in clear to"
                    + " \"h\", must be \"starttls\" or \"implicit\""
            ]
        ),
        (
            mail + "user = \"x\"",
            [
                "t.toml:6: pager.channel.mail: a login must have both user and password_file"
            ]
        ),
        (
            "[pager.channel.a]\nkind = \"webhook\"",
            ["t.toml:1: pager.channel.a: webhook must have one of url, url_file"]
        ),
        (
            phone + "[pager.route.critical]\nchannels = [\"phon\"]",
            [
                "t.toml:6: pager.route.critical.channels: there is no [pager.channel.phon], did you"
                    + " mean \"phone\"?"
            ]
        ),
        (
            "[pager.route.critical]\nmoment = \"now\"",
            [
                "t.toml:1: pager.route.critical: tells nobody, must name a channel, or have moment ="
                    + " \"never\""
            ]
        ),
        (
            phone + "[pager.route.error]\nmoment = \"now\"",
            [
                "t.toml:5: pager.route.error: not a severity, must be critical, warning or info"
            ]
        ),
        (
            "[pager]\nquiet = \"22:00\"",
            [
                "t.toml:2: pager.quiet: \"22:00\" is not part of a day, must be hours in UTC such as"
                    + " \"22:00-07:00\", or \"never\""
            ]
        ),
    ]

    @Test(arguments: transcripts)
    func faultsAreToldWordForWord(_ transcript: (file: String, faults: [String])) {
        #expect(faults(transcript.file) == transcript.faults)
    }

    /// A URL in clear, or with a password in it, is none.
    @Test(arguments: [
        "http://example.org/", "https://u:p@example.org/", "ftp://example.org/", "https:///x",
        "https://a b/",
    ])
    func urlsThatAreRefused(_ url: String) {
        let text = "[pager.channel.a]\nkind = \"webhook\"\nurl = \"\(url)\""
        #expect(faults(text).count == 1)
    }

    /// S2-15.
    @Test func theEnvironmentMakesChannels() throws {
        let environment = PagerVariable.environment {
            [
                "TELEGRAM_BOT_TOKEN": "123:secret", "TELEGRAM_CHAT_ID": "-100",
                "SMTP_HOST": "smtp.gmail.com", "SMTP_PORT": "587",
                "SMTP_USER": "alerts@example.org", "SMTP_PASS": "hunter2",
                "SMTP_FROM": "noreply@example.org",
            ][$0]
        }
        #expect(!environment.values.contains { $0.contains("secret") || $0.contains("hunter2") })
        let configuration = try Configuration.load(
            [], file: "t", networks: .test, environment: environment)
        #expect(configuration.pager.channels.map(\.name) == ["mail", "telegram"])
        let mail = try #require(configuration.channels["mail"])
        #expect(mail.to == ["alerts@example.org"] && mail.user == "alerts@example.org")
        #expect(mail.isFromEnvironment && mail.effectivePort == 587)
        #expect(configuration.pager.critical.channels == ["mail", "telegram"])
        // The file comes first.
        let own = try Configuration.load(
            Array(phone.replacing("phone", with: "telegram").utf8), file: "t", networks: .test,
            environment: environment)
        #expect(own.channels["telegram"]?.chat == "-100123")
    }

    @Test func halfAnEnvironmentIsAFault() {
        #expect(throws: ConfigurationFaults.self) {
            try Configuration.load(
                [], file: "t", networks: .test, environment: ["TELEGRAM_BOT_TOKEN": ""])
        }
    }
}
