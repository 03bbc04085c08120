// A reply for every case of `Reply`, in every form that its members can have, by topic.

@testable import OpsCore
@testable import OpsProtocol

/// A reply, the command it answers, and the declared members that it may leave out.
struct Shape: Sendable {
    var verb: String
    var reply: Reply
    var absent: Set<String>

    /// Members that are present only if the kernel enforces bans are left out as well.
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
/// What a plain ban does not have.
private let special: Set<String> = ["permanent", "dry_run", "unconfirmed", "confirmed_expires"]
/// What says something of the claims of other sources.
private let others: Set<String> = ["held_by", "held_until", "warning"]
/// What is inside `results` when there are several.
private let perTarget = checkFields.subtracting(["results"]).union(["ip", "banned"])

/// Every case of `Reply`, with `text` wherever there is text.
func shapes(_ text: String) -> [Shape] {
    daemonShapes(text) + hostShapes(text) + checkShapes(text) + banShapes(text) + pageShapes(text)
        + listShapes(text) + detectorShapes(text) + workShapes(text) + incidentShapes(text)
        + pagerShapes(text) + costShapes(text) + endpointShapes(text) + queueShapes(text)
        + serviceReplies(text).map { Shape($0.verb, $0.reply, without: $0.absent) }
}

private func daemonShapes(_ text: String) -> [Shape] {
    let sections = [
        "paths", "probe", "health", "guard", "watch", "pager", "enforce", "store", "limits",
        "access",
        "events",
        "incidents", "gate", "costs", "check", "endpoint", "queue", "slo",
    ]
    return [
        Shape("ping", .pong), Shape("version", .version(text)), Shape("commands", .commands),
        Shape("watch", .watching([.guard])),
        Shape("audit status", .auditStatus(AuditChainReport(directory: text))),
        Shape("snapshot", .snapshot(lsn: 9), without: ["for", "directory", "left_out"]),
        Shape(
            "snapshot",
            .olderSnapshot(
                OlderSnapshot(.first, sequence: 9, directory: text, leftOut: [.claims: 3]))),
        Shape("reload", .reloaded(applied: [text], restartRequired: [text])),
        Shape(
            "config",
            .config(json: sections.map { "\"\($0)\":{}" }.joined(separator: ","))),
    ]
}

private func hostShapes(_ text: String) -> [Shape] {
    let host = report(sample(text: text), text: text)
    return [
        Shape("status", .status(host), without: ["cut"]),
        Shape("health", .health(host), without: ["cut"]),
        Shape("metrics", .metrics(host), without: ["cut"]),
        Shape("stats system", .systemStats(host)),
        Shape("metrics history", .history(history(2), hours: 1)),
        Shape("processes", .processes(scan(2, name: text), top: 10, now: moment), without: ["cut"]),
        Shape("processes", .processes(nil, top: 10, now: moment), without: ["cut"]),
        Shape("disks", .disks([mount("/"), mount("/" + text)], now: moment), without: ["cut"]),
    ]
}

private func held(_ text: String) -> BanView { ban(one, reason: text, source: text) }

private func checkShapes(_ text: String) -> [Shape] {
    let held = held(text)
    var loose = held
    loose.enforcement = .refused(text)
    return [
        Shape("check", .check(CheckAnswer(network: one, ban: nil)), without: checkFields),
        Shape(
            "check", .check(CheckAnswer(network: one, ban: held)),
            without: special.union(["results", "list"])),
        Shape(
            "check", .check(CheckAnswer(network: one, ban: ban(one, list: text))),
            without: special.union(["results"])),
        Shape(
            "check", .check(CheckAnswer(network: one, ban: loose)),
            without: special.union(["results", "list"]), isEnforced: true),
        Shape("check", .checks([CheckAnswer(network: one, ban: held)]), without: perTarget),
        Shape(
            "hit", .hit(HitAnswer(network: one, outcome: .admitted(remaining: 5), strikes: 1)),
            without: ["status", "retry_after_seconds", "strikes", "banned", "cut"]),
        Shape(
            "hit",
            .hit(HitAnswer(network: one, outcome: .limited(retryAfterSeconds: 5), strikes: 1)),
            without: ["remaining", "cut"]),
        Shape(
            "hit",
            .hit(
                HitAnswer(
                    network: one, outcome: .banned(retryAfterSeconds: 5), strikes: 0, isCut: true)),
            without: ["remaining"]),
        Shape(
            "strike", .strike(StrikeAnswer(network: one, strikes: 0, ban: held, isAllowed: true)),
            without: special.union(["counted", "repeated", "cut"])),
        Shape(
            "strike",
            .strike(
                StrikeAnswer(
                    network: one, strikes: 0, ban: held, isAllowed: true, isCounted: false,
                    isCut: true, isRepeated: true)), without: special),
        Shape("success", .cleared(one, 2)), Shape("clear", .cleared(one, 0)),
    ]
}

private func banShapes(_ text: String) -> [Shape] {
    let held = held(text)
    var pending = held
    pending.isDryRun = true
    pending.isUnconfirmed = true
    pending.confirmedExpires = 1_761_070_000
    var longer = held
    longer.others = .warned(resolver: one, .heldBy(text, until: 1_761_070_000))
    var exact = held
    exact.others = .dropped([text])
    let refused = Refusal(.refused, text, hint: text)
    return [
        Shape(
            "ban", .banned(held),
            without: special.union(others).union(["results", "dropped_sources"])),
        Shape(
            "ban", .banned(longer), without: special.union(["results", "dropped_sources"])),
        Shape("ban", .banned(exact), without: special.union(others).union(["results"])),
        Shape(
            "ban", .banned(pending),
            without: others.union(["permanent", "results", "dropped_sources"])),
        Shape(
            "ban", .bannedEach([.done(held), .refused(one, refused)]),
            without: perTarget.union(others).union(["dropped_sources"])),
        Shape("confirm", .confirmed(held), without: special.union(["results"])),
        Shape(
            "confirm", .confirmedEach([.done(held), .refused(one, refused)]), without: perTarget),
        Shape(
            "unban", .unbanned(UnbanAnswer(network: one, sources: [text])),
            without: ["results", "still_held_by", "held_by", "list"]),
        Shape(
            "unban",
            .unbanned(UnbanAnswer(network: one, sources: [text], holder: one, list: text)),
            without: ["results", "held_by"]),
        Shape(
            "unban",
            .unbanned(UnbanAnswer(network: one, sources: [text], holder: one, heldBy: text)),
            without: ["results", "list"]),
        Shape(
            "unban",
            .unbannedEach([
                .done(UnbanAnswer(network: one, sources: [text])), .refused(one, refused),
            ]),
            without: ["ip", "unbanned", "sources", "still_held_by", "held_by", "list"]),
    ]
}

private func pageShapes(_ text: String) -> [Shape] {
    let stats = report(nil).guardStats
    var dropping = stats
    dropping.dropped = [DroppedBy(set: text, packets: 1, bytes: 2)]
    let audit = AuditReport(
        elements: 1, missing: 2, extra: 3, wrong: 4, isAltered: true, examples: [text])
    var repair = audit
    repair.isRepaired = true
    let event = event(1, details: text, reason: text)
    return [
        Shape("bans", .bans(Page(rows: [held(text)], next: one))),
        Shape(
            "strikes", .strikes(Page(rows: [strikeView(one, items: 2, reason: text)], next: nil))),
        Shape(
            "why", .why(why(bans: [held(text)], events: [event], text: text)),
            without: ["cut", "older_events"]),
        Shape("places", .places(PlacesPage(places: [Place(stream: text, number: 9)], next: text))),
        Shape("guard stats", .guardStats(stats)),
        Shape("guard stats", .guardStats(dropping), isEnforced: true),
        Shape("guard cleanup", .removed(3)),
        Shape("enforce verify", .audited(audit)), Shape("enforce repair", .audited(repair)),
        Shape(
            "events", .events(EventPage(total: 1, events: [event], next: 1)),
            without: ["compressed_files", "fault"]),
    ]
}

private func detectorShapes(_ text: String) -> [Shape] {
    var source = sourceRow(text, .denied, isStale: true)
    (source.report.path, source.report.detail) = (text, text)
    var rule = ruleRow(text, .sampled, isStale: true)
    rule.report.detail = text
    return [
        Shape("hello", .hello(.opswatch, version: text, run: 1)),
        Shape("detector source", .detector(.noted)), Shape("detector rule", .detector(.noted)),
        Shape("detector event", .detector(.told(false, untold: 7))),
        Shape(
            "detector sources", .detector(.sources(DetectorPage(rows: [source], next: text)))),
        Shape("detector rules", .detector(.rules(DetectorPage(rows: [rule], next: text)))),
    ]
}

private func listShapes(_ text: String) -> [Shape] {
    let page = Page(rows: [one], next: one)
    var dryRun = listView()
    dryRun.isDryRun = true
    var refused = listView()
    refused.enforcement = .refused(text)
    return [
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
            "list show", .list(.page(listView(), page)), without: ["lists", "permanent", "dry_run"]),
        Shape("list show", .list(.page(dryRun, page)), without: ["lists", "permanent"]),
        Shape(
            "list show", .list(.page(refused, page)),
            without: ["lists", "permanent", "dry_run"], isEnforced: true),
    ]
}
