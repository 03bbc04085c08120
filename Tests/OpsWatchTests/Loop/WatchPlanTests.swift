import OpsConfig
import OpsCore
import OpsDetect
import OpsTestKit
import Testing

@testable import OpsWatch

/// Configurations as plans, over files of the test.
enum PlanBench {
    static func plan(_ text: String, _ filters: [String: String] = [:]) throws -> WatchPlan {
        let configuration = try Configuration.load(
            Array(text.utf8), file: "t.toml",
            networks: NetworkNotation(parse: { Network(parsing: $0) }, text: { "\($0)" }))
        let files = PlanFiles(
            read: { path in
                filters[path.split(separator: "/").last.map(String.init) ?? ""].map {
                    Array($0.utf8)
                }
            }, list: { _ in [] }, hasJournal: false, zone: .utc)
        return try WatchPlan(configuration, files)
    }

    static func detector(_ plan: WatchPlan) throws -> Detector {
        try Detector(
            plan, Detector.Start(now: 1_800_000_000_000, random: { 1 }),
            clock: LineClock(monotonic: { 0 }, threadCPU: { 0 }), seed: 1)
    }
}

@Suite("From the configuration to a plan")
struct WatchPlanTests {
    private let shop = "watch.rules = []\n[watch.source.s]\nfiles = [\"/nowhere/s\"]\n"

    @Test(
        "A rule that cannot be used does not keep the others from running",
        arguments: [
            ("filter = \"away\"", "watch.rule.bad.filter: "),
            ("filter = \"broken\"", "watch.rule.bad.filter: broken, failregex 1: missing"),
            (
                "pattern = \"^ (<HOST>$\"",
                "watch.rule.bad.patterns, number 1: missing closing parenthesis"
            ),
            ("pattern = \"refused\"", "watch.rule.bad.patterns, number 1: it names nobody"),
        ])
    func unusable(subject: String, reason: String) throws {
        let text =
            shop + "[watch.rule.bad]\nsources = [\"s\"]\n\(subject)\n"
            + "[watch.rule.good]\nsources = [\"s\"]\npattern = \"^no <HOST>$\"\n"
        let plan = try PlanBench.plan(
            text, ["broken.conf": "[Definition]\nfailregex = ^(<HOST>\n"])
        let (runs, tallies) = plan.runs(seed: 1)
        #expect(runs.map(\.rule.name) == ["good"])
        #expect(tallies[0].fault?.message.hasPrefix(reason) == true, "\(tallies[0].fault as Any)")
        #expect(tallies[1].fault == nil)
        let detector = try PlanBench.detector(plan)
        #expect(detector.faults.count == 1)
        let told = detector.takeHappenings()
        #expect(told.map(\.event) == ["filter_failed"] && told.map(\.subject) == ["bad"])
        let rules = Telemetry.rules(detector)
        #expect(rules[0].hasPrefix("detector rule \"bad\" state=failed detail="))
        #expect(rules[1].hasPrefix("detector rule \"good\" state=active"))
    }

    @Test("A rule without a policy of its own counts with others, and that is said")
    func policy() throws {
        let rule = shop + "[watch.rule.r]\nsources = [\"s\"]\npattern = \"^no <HOST>$\"\n"
        #expect(
            try PlanBench.plan(rule).notes == [
                "watch.rule.r: there is no [guard.source.r], so its strikes count together with those"
                    + " of all sources without one: 3 within 5m ban"
            ])
        #expect(try PlanBench.plan(rule + "[guard.source.r]\nstrikes = 2\n").notes == [])
        #expect(try PlanBench.plan("guard.dry_run_sources = [\"r\"]\n" + rule).notes == [])
        #expect(try PlanBench.plan(rule + "action = \"success\"\n").notes == [])
    }

    @Test("A policy that no rule reports to is said")
    func stranger() throws {
        let notes = try PlanBench.plan("[guard.source.minne]\nstrikes = 2\n").notes
        #expect(
            notes == [
                "guard.source.minne: no rule reports as this source; it counts what other programs"
                    + " report"
            ])
    }

    @Test("What a filter would read of the journal is not warned of: the source says what is read")
    func journalMatch() throws {
        let text =
            "watch.rules = []\n[watch.source.s]\njournal = [\"_COMM=x _UID=0\"]\n"
            + "[watch.rule.r]\nsources = [\"s\"]\nfilter = \"f\"\n[guard.source.r]\nstrikes = 2\n"
        let filter = "[Definition]\nfailregex = ^no <HOST>$\njournalmatch = _COMM=x\n"
        #expect(try PlanBench.plan(text, ["f.conf": filter]).notes == [])
    }

    @Test("A section named as one that the library's rule stands for is a fault")
    func libraryForm() {
        let text =
            "watch.rules = [\"traefik-auth\"]\n[watch.source.traefik-auth-json]\nfiles = [\"/a\"]\n"
        #expect(
            throws: PlanFault(
                "watch.source.traefik-auth-json: the name of a section of the library's rule"
                    + " traefik-auth, which is on (watch.rules), must be another")
        ) { try PlanBench.plan(text) }
    }

    @Test("After a reload, opsd is to forget what is gone, and figures go on")
    func reload() throws {
        let rule = "[watch.rule.r]\nsources = [\"s\"]\npattern = \"^no <HOST>$\"\n"
        let before = try PlanBench.plan(
            shop + rule + "[watch.source.t]\nfiles = [\"/nowhere/t\"]\n"
                + "[watch.rule.u]\nsources = [\"t\"]\npattern = \"^no <HOST>$\"\n")
        let after = try PlanBench.plan(shop + rule)
        let gone = Telemetry.gone(before, after)
        #expect(gone == ["detector source \"t\" state=gone", "detector rule \"u\" state=gone"])
        #expect(gone.allSatisfy(Telemetry.isKept) && !Telemetry.isKept("detector rule \"r\" x=1"))
        let (old, new) = (try PlanBench.detector(before), try PlanBench.detector(after))
        old.sourceTallies[0].lines = 7
        old.sourceTallies[0].lastLine = 5
        old.tallies[0].matched = 3
        old.tallies[0].nanoseconds = 9_000_000_000
        new.goOnCounting(from: old)
        #expect(new.sourceTallies[0].lines == 7 && new.sourceTallies[0].lastLine == 5)
        #expect(new.tallies[0].matched == 3)
        // What was used before is paid.
        for second in Int64(0)..<30 {
            #expect(new.tallies[0].account(uptime: second * 1_000_000_000) == nil)
        }
    }
}
