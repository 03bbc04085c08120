// Replies: every case against the fields that its row declares, the guard's word by word, and the
// shapes of the sources (S1-03, S3-01 to S3-03, S5-07, S5-08).

import Testing

@testable import OpsCore
@testable import OpsProtocol

/// A reply, the command it answers, and the declared members that it may leave out.
private struct Shape: Sendable {
    var verb: String
    var reply: Reply
    var absent: Set<String>

    /// Members that are there only where the kernel enforces bans are left out as well.
    init(
        _ verb: String, _ reply: Reply, without absent: Set<String> = [],
        isEnforced: Bool = false
    ) {
        self.verb = verb
        self.reply = reply
        // `list drop` has a member of that name, whatever the kernel does.
        let kernel = verb == "list drop" ? [] : kernelFields
        self.absent = isEnforced ? absent : absent.union(kernel)
    }
}

private let kernelFields: Set<String> = ["enforced", "enforce_error", "dropped"]
private let one = network("203.0.113.9")
private let checkFields: Set<String> = [
    "expires", "ttl_seconds", "permanent", "reason", "source", "match", "automatic", "created",
    "uid", "results", "dry_run", "unconfirmed", "confirmed_expires", "list",
]
/// What a plain ban has not.
private let special: Set<String> = ["permanent", "dry_run", "unconfirmed", "confirmed_expires"]

/// Every case of `Reply`, with `text` wherever there is text.
private func shapes(_ text: String) -> [Shape] {
    let host = report(sample(text: text), text: text)
    let held = ban(one, reason: text, source: text)
    var pending = held
    pending.isDryRun = true
    pending.isUnconfirmed = true
    pending.confirmedExpires = 1_761_070_000
    let refused = Refusal(.refused, text, hint: text)
    var dryList = listView()
    dryList.isDryRun = true
    var refusedList = listView()
    refusedList.enforcement = .refused(text)
    var loose = held
    loose.enforcement = .refused(text)
    var dropping = host.guardStats
    dropping.dropped = [DroppedBy(set: text, packets: 1, bytes: 2)]
    let audit = AuditReport(
        elements: 1, missing: 2, extra: 3, wrong: 4, isAltered: true, examples: [text])
    var repair = audit
    repair.isRepaired = true
    return [
        Shape("ping", .pong), Shape("version", .version(text)), Shape("commands", .commands),
        Shape("check", .check(CheckAnswer(network: one, ban: nil)), without: checkFields),
        Shape(
            "check", .check(CheckAnswer(network: one, ban: held)),
            without: special.union(["results", "list"])),
        Shape(
            "check", .check(CheckAnswer(network: one, ban: ban(one, list: text))),
            without: special.union(["results"])),
        Shape(
            "list begin",
            .list(
                .begun(ListBegun(token: 1, name: "a", ipv6Prefix: 64, room: 9, lineBytes: 65_536)))),
        Shape("list add", .list(.staged(staged(2, text))), without: ["cut"]),
        Shape("list commit", .list(.committed(committed())), without: ["permanent"]),
        Shape("list commit", .list(.committed(committed(expires: nil)))),
        Shape("list drop", .list(.dropped("a", 7))),
        Shape(
            "list show", .list(.all([listView()])),
            without: [
                "name", "entries", "ipv4", "ipv6", "expires", "ttl_seconds", "permanent",
                "committed", "uid", "dry_run", "ips", "next",
            ]),
        Shape(
            "list show", .list(.page(listView(), Page(rows: [one], next: one))),
            without: ["lists", "permanent", "dry_run"]),
        Shape(
            "list show", .list(.page(dryList, Page(rows: [one], next: one))),
            without: ["lists", "permanent"]),
        Shape(
            "list show", .list(.page(refusedList, Page(rows: [one], next: one))),
            without: ["lists", "permanent", "dry_run"], isEnforced: true),
        Shape(
            "check", .check(CheckAnswer(network: one, ban: loose)),
            without: special.union(["results", "list"]), isEnforced: true),
        Shape("guard stats", .guardStats(dropping), isEnforced: true),
        Shape("enforce verify", .audited(audit)), Shape("enforce repair", .audited(repair)),
        Shape(
            "check", .checks([CheckAnswer(network: one, ban: held)]),
            without: checkFields.subtracting(["results"]).union(["ip", "banned"])),
        Shape(
            "hit", .hit(HitAnswer(network: one, outcome: .admitted(remaining: 5), strikes: 1)),
            without: ["status", "retry_after_seconds", "strikes", "banned"]),
        Shape(
            "hit",
            .hit(HitAnswer(network: one, outcome: .limited(retryAfterSeconds: 5), strikes: 1)),
            without: ["remaining"]),
        Shape(
            "hit",
            .hit(HitAnswer(network: one, outcome: .banned(retryAfterSeconds: 5), strikes: 0)),
            without: ["remaining"]),
        Shape(
            "strike", .strike(StrikeAnswer(network: one, strikes: 0, ban: held, isAllowed: true)),
            without: special),
        Shape("success", .cleared(one, 2)), Shape("clear", .cleared(one, 0)),
        Shape("ban", .banned(held), without: special.union(["results"])),
        Shape(
            "ban", .bannedEach([.done(held), .refused(one, refused)]),
            without: checkFields.subtracting(["results"]).union(["ip", "banned"])),
        Shape("confirm", .confirmed(held), without: special.union(["results"])),
        Shape("ban", .banned(pending), without: ["permanent", "results"]),
        Shape(
            "confirm", .confirmedEach([.done(held), .refused(one, refused)]),
            without: checkFields.subtracting(["results"]).union(["ip", "banned"])),
        Shape(
            "unban", .unbanned(UnbanAnswer(network: one)),
            without: ["results", "still_held_by", "list"]),
        Shape(
            "unban", .unbanned(UnbanAnswer(network: one, holder: one, list: text)),
            without: ["results"]),
        Shape(
            "unban", .unbannedEach([.done(UnbanAnswer(network: one)), .refused(one, refused)]),
            without: ["ip", "unbanned", "still_held_by", "list"]),
        Shape("bans", .bans(Page(rows: [held], next: one))),
        Shape(
            "strikes", .strikes(Page(rows: [strikeView(one, items: 2, reason: text)], next: nil))),
        Shape(
            "why",
            .why(why(bans: [held], events: [event(1, details: text, reason: text)], text: text)),
            without: ["cut"]),
        Shape("guard stats", .guardStats(host.guardStats)), Shape("guard cleanup", .removed(3)),
        Shape("status", .status(host), without: ["cut"]),
        Shape("health", .health(host), without: ["cut"]),
        Shape("metrics", .metrics(host), without: ["cut"]),
        Shape("stats system", .systemStats(host)),
        Shape("metrics history", .history(history(2), hours: 1)),
        Shape("processes", .processes(scan(2, name: text), top: 10, now: moment), without: ["cut"]),
        Shape("processes", .processes(nil, top: 10, now: moment), without: ["cut"]),
        Shape("disks", .disks([mount("/"), mount("/" + text)], now: moment), without: ["cut"]),
        Shape(
            "events",
            .events(EventPage(total: 1, events: [event(1, details: text, reason: text)], next: 1))),
        Shape("watch", .watching([.guard])), Shape("snapshot", .snapshot(lsn: 9)),
        Shape("reload", .reloaded(applied: [text], restartRequired: [text])),
        Shape(
            "config",
            .config(
                json: [
                    "paths", "probe", "health", "guard", "enforce", "store", "limits", "access",
                    "events", "gate", "slo",
                ].map { "\"\($0)\":{}" }.joined(separator: ","))),
    ] + serviceReplies(text).map { Shape($0.verb, $0.reply, without: $0.absent) }
}

@Suite struct ReplyTests {
    @Test func everyReplyHasTheFieldsOfItsRow() throws {
        for shape in shapes("x") {
            let row = try #require(CommandTable.row(shape.verb))
            let reply = try #require(object(shape.reply), "\(shape.verb) is no object")
            let declared = Set(row.reply.map(\.name))
            let written = reply.members.map(\.name)
            #expect(Set(written).count == written.count, "\(shape.verb) says a member twice")
            #expect(Set(written) == declared.subtracting(shape.absent), "\(shape.verb)")
        }
        // Every row is answered by one of them.
        #expect(Set(shapes("x").map(\.verb)) == Set(CommandTable.rows.map(\.verb)))
    }

    @Test func beforeTheFirstSampleAllAreThereButItsDetails() throws {
        for (verb, reply) in [
            ("status", Reply.status(report(nil))), ("health", .health(report(nil))),
            ("stats system", .systemStats(report(nil))),
        ] {
            let row = try #require(CommandTable.row(verb))
            let names = try #require(object(reply)).members.map(\.name)
            #expect(Set(names) == Set(row.reply.map(\.name)).subtracting(["cut"]))
        }
        let metrics = try #require(object(.metrics(report(nil))))
        #expect(metrics["metrics"]?["cpu"] == .null && metrics["cpu"] == nil)
    }

    @Test func nothingUnfitStandsRaw() throws {
        for shape in shapes(hostile) {
            let line = line(shape.reply)
            #expect(object(line) != nil, "\(shape.verb)")
            let shown = try #require(String(validating: line.dropLast(), as: UTF8.self))
            let unfit = shown.unicodeScalars.contains { scalar in
                switch scalar.value {
                case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069:
                    true
                default: false
                }
            }
            #expect(!unfit, "\(shape.verb)")
        }
        let checked = object(.check(CheckAnswer(network: one, ban: ban(one, reason: hostile))))
        #expect(checked?["reason"]?.text == hostile)
    }

    @Test func theGuardWordByWord() {
        let wide = ban(network("2001:db8::/64"), expires: nil, ttl: nil, automatic: true)
        let replies: [(Reply, String)] = [
            (.pong, #"{"pong":true}"#),
            (.check(CheckAnswer(network: one, ban: nil)), #"{"ip":"203.0.113.9","banned":false}"#),
            (
                .check(CheckAnswer(network: one, ban: ban(network("203.0.113.0/24")))),
                #"{"ip":"203.0.113.9","banned":true,"expires":"2026-11-21T09:21:30Z","#
                    + #""ttl_seconds":600,"reason":"abuse","source":"sshd","#
                    + #""match":"203.0.113.0/24","automatic":false,"#
                    + #""created":"2026-11-21T09:11:30Z","uid":1000}"#
            ),
            (
                .check(CheckAnswer(network: network("2001:db8::/64"), ban: wide)),
                #"{"ip":"2001:db8::/64","banned":true,"expires":null,"ttl_seconds":null,"#
                    + #""permanent":true,"reason":"abuse","source":"sshd","#
                    + #""match":"2001:db8::/64","automatic":true,"#
                    + #""created":"2026-11-21T09:11:30Z","uid":1000}"#
            ),
            (
                .hit(HitAnswer(network: one, outcome: .admitted(remaining: 99), strikes: 0)),
                #"{"ip":"203.0.113.9","allowed":true,"remaining":99}"#
            ),
            (
                .hit(HitAnswer(network: one, outcome: .limited(retryAfterSeconds: 60), strikes: 1)),
                #"{"ip":"203.0.113.9","allowed":false,"status":429,"retry_after_seconds":60,"#
                    + #""strikes":1,"banned":false}"#
            ),
            (
                .hit(HitAnswer(network: one, outcome: .banned(retryAfterSeconds: nil), strikes: 0)),
                #"{"ip":"203.0.113.9","allowed":false,"status":403,"retry_after_seconds":null,"#
                    + #""strikes":0,"banned":true}"#
            ),
            (
                .strike(StrikeAnswer(network: one, strikes: 2, ban: nil)),
                #"{"ip":"203.0.113.9","strikes":2,"banned":false}"#
            ),
            (
                .strike(StrikeAnswer(network: one, strikes: 0, ban: ban(one))),
                #"{"ip":"203.0.113.9","strikes":0,"banned":true,"#
                    + #""expires":"2026-11-21T09:21:30Z","ttl_seconds":600}"#
            ),
            (
                .strike(StrikeAnswer(network: one, strikes: 0, ban: wide)),
                #"{"ip":"203.0.113.9","strikes":0,"banned":true,"expires":null,"#
                    + #""ttl_seconds":null,"permanent":true}"#
            ),
            (
                .strike(StrikeAnswer(network: one, strikes: 0, ban: nil, isAllowed: true)),
                #"{"ip":"203.0.113.9","strikes":0,"banned":false,"allowed_by_rule":true}"#
            ),
            (.cleared(one, 2), #"{"ip":"203.0.113.9","cleared":2}"#),
            (
                .banned(wide),
                #"{"ip":"2001:db8::/64","banned":true,"expires":null,"ttl_seconds":null,"#
                    + #""permanent":true,"reason":"abuse","source":"sshd"}"#
            ),
            (
                .bannedEach([
                    .done(ban(one)),
                    .refused(network("10.0.0.0/8"), Refusal(.refused, "no", hint: "h")),
                ]),
                #"{"results":[{"ip":"203.0.113.9","banned":true,"#
                    + #""expires":"2026-11-21T09:21:30Z","ttl_seconds":600,"reason":"abuse","#
                    + #""source":"sshd"},{"ip":"10.0.0.0/8","code":"refused","message":"no","#
                    + #""hint":"h"}]}"#
            ),
            (.unbanned(UnbanAnswer(network: one)), #"{"ip":"203.0.113.9","unbanned":true}"#),
            (
                .unbanned(UnbanAnswer(network: one, holder: network("203.0.113.0/24"), list: "a")),
                #"{"ip":"203.0.113.9","unbanned":true,"still_held_by":"203.0.113.0/24","list":"a"}"#
            ),
            (
                .unbannedEach([
                    .refused(one, Refusal(.notFound, "not banned")),
                    .done(UnbanAnswer(network: one)),
                ]),
                #"{"results":[{"ip":"203.0.113.9","code":"not-found","message":"not banned"},"#
                    + #"{"ip":"203.0.113.9","unbanned":true}]}"#
            ),
            (
                .bans(Page(rows: [ban(one)], next: network("2001:db8::/64"))),
                #"{"bans":[{"ip":"203.0.113.9","expires":"2026-11-21T09:21:30Z","#
                    + #""ttl_seconds":600,"reason":"abuse","source":"sshd","automatic":false,"#
                    + #""created":"2026-11-21T09:11:30Z","uid":1000}],"next":"2001:db8::/64"}"#
            ),
            (.bans(Page(rows: [], next: nil)), #"{"bans":[],"next":null}"#),
            (
                .why(why(items: 1)),
                #"{"ip":"203.0.113.9","banned":false,"verdict":"admitted; 2 of 3 strikes","#
                    + #""bans":[],"strikes":1,"strike_items":[{"at":"2026-11-21T09:11:30Z","#
                    + #""expires":"2026-11-21T09:16:30Z","weight":1,"reason":"abuse","#
                    + #""source":"sshd","uid":0}],"hits":12,"rate_limit":100,"#
                    + #""rate_window_seconds":60,"allowed_by":null,"offenses":0,"offenses_until":null,"events":[]}"#
            ),
            (
                .guardStats(report(nil).guardStats),
                #"{"active_bans":3,"ips_with_strikes":4,"total_tracked_ips":7,"#
                    + #""tracked_rates":5,"max_tracked":1000000,"lists":0,"listed":0,"#
                    + #""max_listed":2000000}"#
            ),
            (
                .watching([]),
                #"{"watching":["health","guard","slo","gate","store","config"]}"#
            ),
        ]
        for (reply, expected) in replies { #expect(text(reply) == "ok \(expected)\n") }
    }

    /// S5-07.
    @Test func events() {
        let member =
            #"{"id":7,"event":"ban","cpu":2.8,"ram":91.8,"disk":null,"details":"banned","#
            + #""severity":"warning","timestamp":"2026-11-21T09:11:30.751145Z","#
            + #""ip":"203.0.113.9","uid":0,"expires":"2026-11-21T09:21:30Z"}"#
        #expect(
            text(.events(EventPage(total: 9, events: [event(7)], next: 7)))
                == "ok {\"total\":9,\"events\":[\(member)],\"next\":7}\n")
        var line: [UInt8] = []
        event(7).writeLine(to: &line)
        Event.writeLostLine(12, to: &line)
        #expect(
            String(decoding: line, as: UTF8.self)
                == "event \(member)\nevent {\"lost\":12}\n")
    }

    /// S1-03: names and rounding; the trail's line and the reply agree.
    @Test func metrics() throws {
        var trail: [UInt8] = []
        report(sample()).writeTrail(to: &trail)
        #expect(
            String(decoding: trail, as: UTF8.self)
                == #"{"ts":"2026-11-21T09:11:30.751145Z","ok":false,"metrics":{"cpu":54.4,"#
                + #""mem":74.1,"mem_available_mb":4249.6,"disk":6.9,"disk_free_gb":212.62,"#
                + #""process_count":387},"issues":[{"level":"issue","code":"disk_high","#
                + #""message":"disk x is full"}]}"#)
        let reply = try #require(object(.metrics(report(sample()))))
        let short = try JSONValue(parsing: trail.span)
        for name in ["ts", "ok", "metrics", "issues"] { #expect(reply[name] == short[name]) }
        #expect(reply["age_seconds"]?.double == 1.3)
        #expect(reply["host_uptime_seconds"]?.integer == 727_924)
        #expect(reply["scope"]?["kind"]?.text == "container")
        #expect(reply["pressure"]?["cpu"]?["some"]?["avg10"]?.double == 1.5)
        #expect(reply["cores"]?.elements.count == 2)
        #expect(reply["mounts"]?.elements.last?["stale"]?.bool == true)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300])
    func anUptimeThatIsNoneIsNull(seconds: Double) {
        var odd = sample()
        odd.uptimeSeconds = seconds
        #expect(object(.status(report(odd)))?["host_uptime_seconds"] == .null)
        #expect(object(.metrics(report(odd)))?["host_uptime_seconds"] == .null)
    }

    /// S3-01.
    @Test func systemStats() {
        #expect(
            text(.systemStats(report(sample())))
                == #"ok {"status":"warning","timestamp":"2026-11-21T09:11:30.751145Z","#
                + #""system":{"platform":"Linux-6.1.0-x86_64","hostname":"x","#
                + #""python_version":null,"runtime_version":"1.0.0"},"#
                + #""cpu":{"percent":54.4,"count":10,"count_physical":5,"#
                + #""frequency_current":2400.5,"frequency_max":3500.0},"#
                + #""memory":{"percent":74.1,"used_gb":11.85,"available_gb":4.15,"#
                + #""total_gb":16.00},"disk":{"percent":6.86,"used_gb":15.65,"#
                + #""total_gb":228.27,"free_gb":212.62},"network":{"bytes_sent":3497960448,"#
                + #""bytes_recv":4383902720,"packets_sent":31926612,"packets_recv":75243577},"#
                + #""processes":{"total":387}}"# + "\n")
    }

    /// S3-02.
    @Test func processes() {
        let entry =
            #"{"pid":12345,"name":"python","cpu_percent":25.5,"memory_percent":8.3,"#
            + #""memory_mb":1350.0}"#
        #expect(
            text(.processes(scan(3), top: 1, now: moment))
                == #"ok {"status":"success","timestamp":"2026-11-21T09:11:30.751145Z","#
                + "\"by_cpu\":[\(entry)],\"by_memory\":[\(entry)],\"total\":387}\n")
    }

    /// S3-03.
    @Test func disks() {
        #expect(
            text(.disks([mount("/")], now: moment))
                == #"ok {"status":"success","timestamp":"2026-11-21T09:11:30.751145Z","#
                + #""partitions":[{"device":"/dev/sda1","mountpoint":"/","fstype":"ext4","#
                + #""total_gb":228.27,"used_gb":15.65,"free_gb":212.62,"percent":6.86,"#
                + #""stale":false}],"total":1}"# + "\n")
    }

    /// S5-08.
    @Test func metricsHistory() {
        #expect(
            text(.history(history(1, next: noon), hours: 1))
                == #"ok {"period_hours":1,"data_points":1,"step_seconds":60,"metrics":["#
                + #"{"timestamp":"2026-11-21T09:11:30Z","cpu":54.4,"ram":74.1,"disk":6.9,"#
                + #""cpu_max":54.4,"ram_max":74.1,"load":0.50}],"#
                + #""next":"2026-11-21T09:11:30Z"}"# + "\n")
    }
}
