import OpsCore
import OpsDetect
import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("What --test and lint take")
struct FilterChoiceTests {
    private let scratch: ScratchDirectory
    private var options = WatchOptions()

    init() throws {
        scratch = try ScratchDirectory()
        let text = """
            [watch]
            rules = []
            fail2ban = "\(scratch.path)"
            [watch.source.box]
            files = ["/nowhere"]
            format = "docker"
            [watch.source.api]
            files = ["/nowhere"]
            format = "json"
            [watch.rule.shop]
            sources = ["box"]
            pattern = '^ ?refused <HOST>$'
            [watch.rule.api]
            sources = ["api"]
            address = "ip"
            when = { status = 401 }
            [watch.rule.mine]
            sources = ["box"]
            filter = "own"
            """
        options.configurationFile = try scratch.write(Array(text.utf8), to: "opsd.toml")
        try scratch.makeDirectory("filter.d")
        for name in ["own", "sshd"] {
            try scratch.write(
                Array("[Definition]\nfailregex = ^\\s*\(name) <HOST>$\n".utf8),
                to: "filter.d/\(name).conf")
        }
    }

    private func report(
        _ word: String, _ lines: String, _ change: (inout WatchOptions) -> Void = { _ in }
    ) throws -> LineReport {
        var options = options
        change(&options)
        let choice = try FilterChoice(word, options, journal: false)
        var report = LineReport(choice, try FormRun.all(choice, options, zone: .utc), options)
        report.read(Array(lines.utf8))
        return report
    }

    @Test("A rule of the configuration, with the format of its source")
    func own() throws {
        let docker =
            #"{"log":"refused 192.0.2.1\n","stream":"stdout","time":"2026-01-31T10:20:30Z"}"#
        let box = try report("shop", docker + "\nrefused 192.0.2.1\n")
        #expect(box.matched == 1 && box.others == 1)
        let title = "the rule shop of \(options.configurationFile): 2 lines, 1 matched"
        #expect(box.text.hasPrefix(title))
        #expect(box.text.contains("  pattern 1, ^ ?refused <HOST>$: 1\n"))
        let api = try report(
            "api",
            #"{"ip":"192.0.2.1","status":401}"# + "\n"
                + #"{"ip":"host.example","status":401}"# + "\n")
        #expect(api.matched == 1 && api.missed == 1)
        #expect(api.text.contains("  fields: 1\n"))
        #expect(api.text.contains("  1 lines matched and name no valid address\n"))
        #expect(try report("mine", "x\nown 192.0.2.1\n") { $0.format = .text }.matched == 1)
    }

    @Test("A rule of the library comes before fail2ban's filter of that name")
    func library() throws {
        let line = "Failed password for root from 192.0.2.1 port 4 ssh2\n"
        let text = "Jan 31 10:20:30 vm sshd[7]: " + line
        let report = try report("sshd", text)
        #expect(report.text.hasPrefix("the rule sshd of the library: 1 line, 1 matched"))
        for word in ["caddy-auth", "nextcloud", "traefik-auth"] {
            #expect(try FilterChoice(word, options, journal: false).forms.isEmpty == false)
        }
    }

    @Test("filter.d/NAME and --fail2ban mean fail2ban's filter")
    func fail2ban() throws {
        let path = scratch.path
        let named = try report("sshd", "sshd 192.0.2.1\n") { $0.fail2ban = path }
        #expect(named.matched == 1)
        #expect(named.text.hasPrefix("the filter sshd of \(path): "))
        let choice = try? FilterChoice("filter.d/none", options, journal: false)
        #expect(choice == nil)
    }

    @Test("What is nothing at all is told with all that it could be")
    func nothing() {
        #expect(
            throws: WatchFault(
                status: 2,
                message: "login refused from (\\S+): no pattern, for it has no <HOST>; and no rule"
                    + " of \(options.configurationFile) or of the library, and no filter of"
                    + " /etc/fail2ban, is called so")
        ) { try FilterChoice("login refused from (\\S+)", options, journal: false) }
    }

    @Test("Patterns do not see the date, so it stands in quotes of its own")
    func date() throws {
        let report = try report("^login <HOST>$", "2026-01-31 10:20:30 login 192.0.2.1\n")
        #expect(report.missed == 1)
        #expect(report.text.contains("  \u{2039}2026-01-31 10:20:30\u{203a} login 192.0.2.1\n"))
        #expect(report.text.contains("patterns see a line without its date"))
    }

    @Test("--format says what a line is")
    func format() throws {
        #expect(try WatchOptions(["--test", "a", "-", "--format=docker"]).format == .docker)
        #expect(
            throws: WatchOptions.Fault(message: "--format: expected one of text, json, docker")
        ) { try WatchOptions(["--test", "a", "-", "--format", "xml"]) }
    }
}
