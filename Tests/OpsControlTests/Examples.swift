// An example reply for each row of the command table, and more than one where replies of a command
// look different.  They are values of `Reply`, and the daemon's own encoder makes their JSON, so
// they cannot say what the daemon would not.

import Testing

@testable import OpsControl
@testable import OpsCore
@testable import OpsProtocol

/// A reply, and the command that it answers.
struct Example: Sendable, CustomTestStringConvertible {
    let verb: String
    /// What is special about it; empty for the first of its verb.
    let note: String
    let reply: Reply

    init(_ verb: String, _ reply: Reply) { self.init(verb, "", reply) }

    init(_ verb: String, _ note: String, _ reply: Reply) {
        self.verb = verb
        self.note = note
        self.reply = reply
    }

    /// Unlike that of any other example.
    var name: String { note.isEmpty ? verb : "\(verb), \(note)" }

    var testDescription: String { name }

    /// The line that the daemon sends, without its line feed.
    var line: String { String(text(reply).dropLast()) }

    var value: JSONValue { object(reply) ?? .null }

    /// A minute after the events in the samples.
    static let plain = View(
        isColoured: false, columns: nil, nowMilliseconds: (noon + 60) * 1_000)

    static let all: [Example] =
        daemon + host + answers + pages + kernel + lists + detector
        + services + work + incidents + pager + costs + endpoints + queues
        + forecasts
        + chain

    private static let olderSnapshot = OlderSnapshot(
        .first, sequence: 42, directory: "/var/lib/opsd/for-0.1",
        leftOut: [.claims: 3, .strikes: 12, .events: 1])

    private static let one = network("203.0.113.9")

    // MARK: By topic

    private static let daemon = [
        Example("ping", .pong), Example("version", .version("0.2.0")),
        Example("commands", .commands), Example("config", .config(json: configuration)),
        Example("reload", .reloaded(applied: ["guard.strikes"], restartRequired: ["paths.socket"])),
        Example(
            "reload", "of the detector",
            .reloaded(applied: ["watch.rules", "guard.source.sshd"], restartRequired: [])),
        Example("reload", "no change", .reloaded(applied: [], restartRequired: [])),
        Example("snapshot", .snapshot(lsn: 42)),
        Example("snapshot", "for an older release", .olderSnapshot(olderSnapshot)),
        Example(
            "snapshot", "with nothing left out",
            .olderSnapshot(
                OlderSnapshot(
                    .first, sequence: 42, directory: "/var/lib/opsd/for-0.1", leftOut: [:]))),
        Example("hello", .hello(.opswatch, version: "0.2.0", run: 0x9f8e_7d6c_5b4a_3921)),
    ]

    /// What a daemon without a configuration file answers, with one objective.
    private static let configuration = #"""
        "paths":{"socket":"/run/opsd/opsd.sock","state":"/var/lib/opsd","log":"/var/log/opsd"},
        "probe":{"interval":"1s","processes":"10s","mounts":"10s","trail_interval":"1m",
        "remote_mounts":false,"cpu_issue":80,"mem_issue":85,"disk_issue":85,
        "mem_available_warning_mb":100,"disk_free_warning_gb":1},
        "health":{"stressed":75,"critical":90,"hold":"5s","include_disk":false,
        "daily_check":"07:55"},
        "guard":{"strikes":3,"window":"5m","ban":"10m","rate_limit":100,"rate_window":"1m",
        "ipv6_prefix":64,"max_tracked":1000000,"max_listed":2000000,
        "allow":["127.0.0.0/8","::1/128"],"success_clears":true,"ban_factor":2,"ban_max":"7d",
        "ban_memory":"30d","subnet_threshold":0,"subnet_threshold_ipv6":8,"subnet_window":"1h",
        "subnet_bans":256,"protect_sessions":true,"dry_run":false,"dry_run_sources":[]},
        "watch":{"rules":["sshd"],"fail2ban":"/etc/fail2ban","strike_private":false,"cpu_share":5,
        "source":{"shop":{"files":["/var/log/shop.log"],"journal":[],"format":"json"}},
        "rule":{"shop":{"sources":["shop"],"address":"ip","when":{"status":["401","403"]}}}},
        "enforce":{"mode":"auto","clear_on_stop":false},
        "store":{"fsync":"always","snapshot_interval":"5m"},
        "limits":{"line_bytes":65536,"reply_bytes":1048576,"line_timeout":"10s",
        "connections":10000,"connections_per_user":1000},
        "access":{"admin":["root"],"report":["@opsd-report"],"read":["@opsd"],
        "watch":["opswatch"]},
        "events":{"tail":1000,"retention":"90d","rotate_bytes":67108864},
        "incidents":{"dedup":"1h","keep":"30d"},
        "gate":{"close_above":200,"close_after":"2h","open_below":200,"open_after":"2h",
        "flag_refresh":"1m","flag_life":"5m"},
        "slo":{"api":{"availability":99.9,"latency_p95_ms":800,"latency_p99_ms":1200,
        "daily_error_budget_pct":1.0,"window":"30d","min_events":20,"min_bad":3,
        "alerts":["1h","6h","1d","3d"],"no_data":"432m","gate":true}}
        """#.split(separator: "\n").joined()

    /// A host under load: two issues, a store that lags.
    private static let stressed: HostReport = {
        var report = OpsControlTests.report(sample(text: "srv"), text: "web-1")
        report.satellites[0].version = "0.2.0"
        report.guardStats.bySource[0].source = "sshd"
        report.findings = [
            HealthFinding(.cpuHigh, "CPU use is high: at 99.5 %, above 80 %"),
            HealthFinding(
                .diskLow, "disk / has little space free: 921.6 MB, under 1024 MB", thing: "/"),
        ]
        report.components = [
            ComponentReport("loop", true, "last timer served 0.0 ms late"),
            ComponentReport("store", true, "durable through 1198"),
        ]
        report.vitals.degraded = nil
        report.vitals.uptimeSeconds = 93_784
        report.vitals.sequence = 1_200
        report.vitals.durableSequence = 1_198
        report.vitals.rssBytes = 9_711_680
        report.vitals.cpuSeconds = 1.031
        report.vitals.threads = 3
        report.vitals.loopLagMilliseconds = 0.03
        report.vitals.loopLagMaxMilliseconds = 33.98
        report.vitals.turnMaxMilliseconds = 1.5
        report.vitals.connections = 1
        report.guardStats.lists = 2
        report.guardStats.listed = 986_514
        report.services = ServiceSummary([
            .init(name: api, state: .ok), .init(name: shop, state: .firing),
            .init(name: batch, state: .unknown),
        ])
        report.gate = GateView(
            word: .closed, reason: "shop burns its daily error budget too fast",
            objective: shop, since: noon, burnPercent: 250, override: nil, parts: [])
        return report
    }()

    private static let shop = ObjectiveName("shop") ?? .standard
    private static let batch = ObjectiveName("batch") ?? .standard

    /// A host with nothing to do, as README shows it.
    private static let quiet: HostReport = {
        var report = stressed
        report.status = .healthy
        report.guardStats.lists = 0
        report.guardStats.listed = 0
        report.findings = []
        report.sample?.scope = .host
        report.sample?.cpu = CPUUsage(user: 2, system: 0.5, iowait: 0, steal: 0)
        report.vitals.durableSequence = 1_200
        report.vitals.enforcement = "nftables"
        report.services = ServiceSummary([
            .init(name: api, state: .ok), .init(name: shop, state: .ok),
        ])
        report.gate = GateView(
            word: .open, reason: "no objective burns its budget too fast", objective: nil,
            since: nil, burnPercent: 12, override: nil, parts: [])
        return report
    }()

    /// The same without a sample, its store degraded, its bans not enforced.
    private static let troubled: HostReport = {
        var report = stressed
        report.sample = nil
        report.status = .critical
        report.findings = []
        report.components[1] = ComponentReport("store", false, "fsync: Input/output error")
        report.satellites[0].connections = 0
        report.satellites[0].connectedSeconds = nil
        report.satellites[0].silentSeconds = 75
        report.components.append(
            ComponentReport("opswatch", false, "has been silent for 75 s: see systemctl status"))
        report.vitals.degraded = "fsync: Input/output error"
        report.vitals.enforcement = "nftables: EPERM"
        report.vitals.droppedRecords = 12
        return report
    }()

    private static let host = [
        Example("status", .status(stressed)), Example("status", "trouble", .status(troubled)),
        Example("status", "quiet", .status(quiet)),
        Example("health", .health(stressed)), Example("health", "trouble", .health(troubled)),
        Example("metrics", .metrics(stressed)), Example("metrics", "no sample", .metrics(troubled)),
        Example("metrics history", .history(history(3, next: noon + 180), hours: 1)),
        Example("metrics history", "no points", .history(history(0), hours: 1)),
        Example("processes", .processes(scan(2), top: 10, now: moment)),
        Example("disks", .disks([mount("/"), mount("/srv", stale: true)], now: moment)),
        Example("disks", "none", .disks([], now: moment)),
        Example("stats system", .systemStats(stressed)),
    ]

    private static let forever = ban(
        network("2001:db8::/64"), expires: nil, ttl: nil, automatic: true)

    private static let unconfirmed: BanView = {
        var view = ban(network("198.18.0.0/15"))
        view.isUnconfirmed = true
        return view
    }()

    private static let dryRun: BanView = {
        var view = ban(network("198.51.100.9"))
        view.isDryRun = true
        return view
    }()

    private static let refusal = Refusal(.refused, "10.0.0.0/8 overlaps guard.allow")

    private static let answers = [
        Example("check", .check(CheckAnswer(network: one, ban: nil))),
        Example("check", "banned", .check(CheckAnswer(network: one, ban: ban(one)))),
        Example(
            "check", "several",
            .checks([
                CheckAnswer(network: network("192.0.2.1"), ban: nil),
                CheckAnswer(network: one, ban: ban(network("203.0.113.0/24"))),
                CheckAnswer(network: network("2001:db8::/64"), ban: forever),
                CheckAnswer(network: network("198.18.0.1"), ban: unconfirmed),
                CheckAnswer(network: network("198.51.100.9"), ban: dryRun),
                CheckAnswer(
                    network: network("192.0.2.7"), ban: ban(network("192.0.2.0/24"), list: "drop")),
            ])),
        Example(
            "hit", .hit(HitAnswer(network: one, outcome: .admitted(remaining: 99), strikes: 0))),
        Example(
            "hit", "over the limit",
            .hit(HitAnswer(network: one, outcome: .limited(retryAfterSeconds: 58), strikes: 1))),
        Example(
            "hit", "banned",
            .hit(HitAnswer(network: one, outcome: .banned(retryAfterSeconds: nil), strikes: 0))),
        Example("strike", .strike(StrikeAnswer(network: one, strikes: 2, ban: nil))),
        Example("strike", "banned", .strike(StrikeAnswer(network: one, strikes: 0, ban: ban(one)))),
        Example(
            "strike", "allowed",
            .strike(StrikeAnswer(network: one, strikes: 0, ban: nil, isAllowed: true))),
        Example("success", .cleared(one, 2)), Example("clear", .cleared(one, 0)),
        Example("ban", .banned(ban(one))), Example("ban", "dry run", .banned(dryRun)),
        Example("ban", "to be confirmed", .banned(unconfirmed)),
        Example(
            "ban", "several",
            .bannedEach([.done(forever), .refused(network("10.0.0.0/8"), refusal)])),
        Example("confirm", .confirmed(ban(network("198.18.0.0/15")))),
        Example("unban", .unbanned(UnbanAnswer(network: one, sources: [""]))),
        Example(
            "unban", "of two sources", .unbanned(UnbanAnswer(network: one, sources: ["sshd", ""]))),
        Example(
            "unban", "still held",
            .unbanned(
                UnbanAnswer(
                    network: one, sources: [""], holder: network("203.0.113.0/24"), list: "drop"))),
        Example(
            "unban", "another source",
            .unbanned(
                UnbanAnswer(network: one, sources: ["sshd"], holder: one, heldBy: "web"))),
    ]

    private static let told = event(27, details: "banned by command", reason: "abuse")

    private static let story: WhyReport = {
        var story = why(bans: [ban(one), ban(network("203.0.113.0/24"), list: "drop")])
        story.verdict = "banned by the rules; hits answer 403"
        story.events = [told]
        story.offenses = 2
        story.offensesUntil = noon + 604_800
        return story
    }()

    /// Claims of three sources on one address: a dry run, one that waits to be confirmed, and the
    /// one that decides; strikes of a source that counts by itself.
    private static let claimed: WhyReport = {
        var dry = ban(one, source: "trial")
        dry.isDryRun = true
        var waiting = ban(one, reason: "scan", source: "ids")
        waiting.isUnconfirmed = true
        waiting.confirmedExpires = noon + 86_400
        var story = why(
            bans: [
                ban(
                    one, expires: noon + 3_600, ttl: 3_600, reason: "", source: "web",
                    automatic: true), waiting, dry,
            ],
            items: 0)
        story.verdict = "banned: 203.0.113.9 was banned by the rules; hits answer 403"
        story.strikes.strikes = 5
        story.counts = [
            StrikeCount(source: nil, strikes: 2, bansAt: 3),
            StrikeCount(source: "sshd", strikes: 3, bansAt: 5),
        ]
        return story
    }()

    private static let pages = [
        Example("bans", .bans(Page(rows: [ban(one), forever], next: nil))),
        Example("bans", "none", .bans(Page(rows: [], next: nil))),
        Example(
            "strikes",
            .strikes(Page(rows: [strikeView(one, items: 2, reason: "failed login")], next: one))),
        Example(
            "places",
            .places(
                PlacesPage(
                    places: [
                        Place(stream: "journal:sshd", number: 22_816),
                        Place(stream: "nginx", number: 1_841_937_152),
                    ], next: nil))),
        Example("why", .why(story)), Example("why", "free", .why(why(items: 0))),
        Example("why", "claims", .why(claimed)),
        Example("guard stats", .guardStats(stressed.guardStats)),
        Example("guard cleanup", .removed(3)),
        Example("events", .events(EventPage(total: 1, events: [told], next: nil))),
        Example("watch", .watching([.guard, .health])),
    ]

    private static let audit = AuditReport(
        elements: 3, missing: 1, extra: 0, wrong: 0, isAltered: false,
        examples: ["missing: 1 elements of bans4"])

    private static let repaired: AuditReport = {
        var report = audit
        report.isRepaired = true
        return report
    }()

    private static let dropping: GuardStats = {
        var stats = stressed.guardStats
        stats.dropped = [DroppedBy(set: "bans4", packets: 1_200, bytes: 72_000)]
        return stats
    }()

    private static let kernel = [
        Example("enforce verify", .audited(audit)), Example("enforce repair", .audited(repaired)),
        Example("guard stats", "enforced", .guardStats(dropping)),
    ]

    private static let lists = [
        Example(
            "list begin",
            .list(
                .begun(
                    ListBegun(
                        token: 1, name: "drop", ipv6Prefix: 64, room: 2_000_000, lineBytes: 65_536))
            )),
        Example("list add", .list(.staged(staged(1, "10.0.0.0 overlaps guard.allow")))),
        Example("list commit", .list(.committed(committed()))),
        Example("list drop", .list(.dropped("drop", 986_514))),
        Example("list show", .list(.all([listView()]))),
        Example("list show", "none", .list(.all([]))),
        Example(
            "list show", "one",
            .list(
                .page(listView(), Page(rows: [one, network("2001:db8::/32")], next: nil)))),
    ]

    private static let denied: SourceRow = {
        var row = sourceRow("mail", .denied)
        row.report.detail = "Permission denied: is opswatch in the group adm?"
        row.lineAgeSeconds = nil
        row.matchAgeSeconds = nil
        row.report.lostBytes = 70_000
        return row
    }()

    private static let detector = [
        Example("detector source", .detector(.noted)), Example("detector rule", .detector(.noted)),
        Example("detector event", .detector(.told(true, untold: 0))),
        Example(
            "detector sources",
            .detector(
                .sources(
                    DetectorPage(
                        rows: [
                            sourceRow("auth", .reading), denied,
                            sourceRow("nginx", .reading, isStale: true),
                            sourceRow("shop", .silent),
                        ], next: nil)))),
        Example(
            "detector sources", "none", .detector(.sources(DetectorPage(rows: [], next: nil)))),
        Example(
            "detector rules",
            .detector(
                .rules(
                    DetectorPage(
                        rows: [
                            ruleRow("nginx-scan", .sampled),
                            ruleRow("shop", .active, isStale: true),
                            ruleRow("sshd", .active),
                        ], next: nil)))),
    ]
}
