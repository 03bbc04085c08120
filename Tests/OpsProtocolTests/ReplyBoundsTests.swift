// No reply is longer than `reply_bytes`, whatever is in it; it says so if something did not fit,
// and pages followed from `next` to `next` give every row once.

import Testing

@testable import OpsCore
@testable import OpsProtocol

private let limit = 1_048_576
/// The longest texts there can be; each byte becomes six.
private let reason = String(repeating: "\u{1b}", count: Bounds.reasonBytes)
private let source = String(repeating: "\u{1b}", count: Bounds.sourceBytes)
private let details = String(repeating: "\u{1b}", count: Bounds.detailsBytes)
private let path = "/" + String(repeating: "\u{1b}", count: 4_094)

private func wide(_ number: Int) -> Network {
    Network(high: 0x1111_2222_3333_4444, low: 0x5555_6666_7777_0000 + UInt64(number), length: 128)
}

private func worstBan(_ number: Int) -> BanView {
    var view = ban(wide(number), expires: nil, ttl: nil, reason: reason, source: source)
    view.uid = .max
    return view
}

/// A ban whose other claim, of a ninth source, stays.
private func worstLift(_ number: Int) -> UnbanAnswer {
    UnbanAnswer(
        network: wide(number), sources: Array(repeating: source, count: Bounds.claims),
        holder: wide(number), heldBy: source)
}

private func worstHost() -> HostReport {
    var big = sample()
    big.cores = (0..<8_192).map { CoreUsage(index: $0, usage: big.cpu) }
    big.mounts = (0..<128).map { _ in mount(path) }
    let names = (0..<4_096).map { _ in String(repeating: "\u{1b}", count: 64) }
    big.disks = names.map { DiskDevice(name: $0, counters: DiskCounters(), rates: DiskRates()) }
    big.interfaces = names.map { NetworkInterface(name: $0, counters: NetworkCounters()) }
    var host = report(big)
    host.findings = big.mounts.map { HealthFinding(.diskHigh, "disk \($0.mountpoint) is full") }
    return host
}

/// Replies at their worst.
private func worst() -> [(name: String, reply: Reply)] {
    let refusal = Refusal(
        .refused, String(repeating: "\u{1b}", count: 500), hint: String(repeating: "x", count: 999))
    let host = worstHost()
    return [
        ("check", .checks((0..<1_000).map { CheckAnswer(network: wide($0), ban: worstBan($0)) })),
        ("ban", .bannedEach((0..<1_000).map { .done(worstBan($0)) })),
        ("ban refused", .bannedEach((0..<1_000).map { .refused(wide($0), refusal) })),
        ("unban", .unbannedEach((0..<1_000).map { .refused(wide($0), refusal) })),
        ("unban lifted", .unbannedEach((0..<1_000).map { .done(worstLift($0)) })),
        ("bans", .bans(Page(rows: (0..<1_000).map(worstBan), next: wide(0)))),
        (
            "strikes",
            .strikes(
                Page(
                    rows: (0..<17).map { strikeView(wide($0), items: 999, reason: reason) },
                    next: nil))
        ),
        (
            "why",
            .why(
                why(
                    bans: (0..<129).map(worstBan), items: 999,
                    events: (0..<20).map { event($0, details: details, reason: reason) },
                    text: reason))
        ),
        (
            "events",
            .events(
                EventPage(
                    total: 1_000, events: (0..<1_000).map { event($0, details: details) }, next: nil
                ))
        ),
        ("status", .status(host)), ("health", .health(host)), ("metrics", .metrics(host)),
        ("disks", .disks(host.sample?.mounts ?? [], now: moment)),
        (
            "processes",
            .processes(
                scan(100, name: String(repeating: "\u{1b}", count: 64)), top: 100, now: moment)
        ),
        ("history", .history(history(1_000), hours: 1)), ("commands", .commands),
    ]
}

@Suite struct ReplyBoundsTests {
    @Test func noReplyIsLongerThanItsBound() {
        for (name, reply) in worst() {
            let line = line(reply, limitBytes: limit)
            #expect(line.count <= limit, "\(name) has \(line.count) bytes")
            #expect(line.suffix(2).elementsEqual("}\n".utf8), "\(name)")
        }
    }

    /// Replies of which each target has a share.
    private let targets = ["check", "ban", "ban refused", "unban", "unban lifted"]

    /// Less than `reply_bytes` may be: everything but `results` of hundreds of targets.
    @Test func noReplyIsLongerThanTheLeastBound() {
        // What the commands are is as long as it is.
        #expect(line(.commands, limitBytes: 65_536).count <= 131_072)
        for (name, reply) in worst() where !targets.contains(name) && name != "commands" {
            let line = line(reply, limitBytes: 65_536)
            #expect(line.count <= 65_536, "\(name) has \(line.count) bytes")
            #expect(object(line) != nil, "\(name)")
        }
    }

    @Test func resultsKeepEveryTargetAndLoseTextsFirst() throws {
        let mixed = (0..<1_000).map { CheckAnswer(network: wide($0), ban: worstBan($0)) }
        var plain = mixed
        plain[500].ban = ban(wide(500))
        let results = try #require(object(.checks(plain), limitBytes: limit)?["results"]).elements
        try #require(results.count == 1_000)
        #expect(results[0]["cut"]?.bool == true && results[0]["reason"] == nil)
        #expect(results[0]["banned"]?.bool == true && results[0]["permanent"]?.bool == true)
        #expect(results[500]["cut"] == nil && results[500]["reason"]?.text == "abuse")
    }

    @Test func aStruckRowKeepsTheNewestItems() throws {
        let view = strikeView(wide(0), items: 999, reason: reason)
        let page = Reply.strikes(Page(rows: [view], next: nil))
        let row = try #require(object(page)?["strikes"]?.elements.first)
        let items = try #require(row["items"]).elements
        #expect(row["cut"]?.bool == true && row["strikes"]?.integer == 999)
        #expect((10..<999).contains(items.count))
        let times = items.compactMap { $0["at"]?.text.flatMap { Timestamp.parse($0) } }
        let newest = view.items.suffix(items.count).map { $0.at * 1_000 }
        #expect(times == newest)
    }

    @Test func whyHasAllThatIsUsual() throws {
        let report = why(
            bans: [ban(wide(0))], items: 999, events: (0..<20).map { event($0) },
            text: "failed login as root, 3 times")
        let story = try #require(object(.why(report)))
        #expect(story["cut"] == nil)
        #expect(story["strike_items"]?.elements.count == 999)
        #expect(story["events"]?.elements.count == 20)
    }

    @Test(arguments: [0, 300, 1_000, 5_000, 65_536])
    func walkedPagesGiveEveryRowOnce(limitBytes: Int) throws {
        let all = (0..<100).map { ban(address($0), reason: $0 % 7 == 0 ? reason : "abuse") }
        var seen: [String] = []
        var rest = all[...]
        while true {
            // The table gives ten rows at a time, and says whether there are more.
            let rows = Array(rest.prefix(10))
            let more = rest.count > rows.count ? rows.last?.network : nil
            let page = try #require(
                object(.bans(Page(rows: rows, next: more)), limitBytes: limitBytes))
            let written = try #require(page["bans"]).elements.compactMap { $0["ip"]?.text }
            #expect(!written.isEmpty)
            seen += written
            guard let next = page["next"]?.text else { break }
            #expect(next == written.last)
            let place = try #require(all.firstIndex { $0.network == Network(parsing: next) })
            rest = all[(place + 1)...]
        }
        #expect(seen == all.map { "\($0.network)" })
    }

    @Test(arguments: [0, 1_000, 65_536])
    func walkedEventsComeOnce(limitBytes: Int) throws {
        let all = (0..<60).reversed().map {
            event(UInt64($0), details: $0 % 5 == 0 ? details : "banned")
        }
        var seen: [Int64] = []
        var rest = all[...]
        while true {
            let events = Array(rest.prefix(10))
            let more = rest.count > events.count ? events.last?.id : nil
            let page = try #require(
                object(
                    .events(EventPage(total: 60, events: events, next: more)),
                    limitBytes: limitBytes))
            let ids = try #require(page["events"]).elements.compactMap { $0["id"]?.integer }
            #expect(!ids.isEmpty)
            seen += ids
            guard let next = page["next"]?.integer else { break }
            #expect(next == ids.last)
            rest = all.drop { $0.id >= UInt64(next) }
        }
        #expect(seen == all.map { Int64($0.id) })
    }

    @Test func historyStopsAtItsBound() throws {
        let page = try #require(object(.history(history(1_000), hours: 1), limitBytes: 65_536))
        let points = try #require(page["metrics"]).elements
        #expect(points.count < 1_000 && page["data_points"]?.integer == Int64(points.count))
        #expect(page["next"]?.text == points.last?["timestamp"]?.text)
        let whole = try #require(object(.history(history(1_000), hours: 1)))
        #expect(whole["data_points"]?.integer == 1_000 && whole["next"] == .null)
    }

    @Test func aReplyIsAppended() {
        var buffer = Array("event {}\n".utf8)
        Reply.bans(Page(rows: (0..<50).map { ban(address($0)) }, next: nil))
            .writeLine(to: &buffer, limitBytes: 4_096)
        let appended = Array(buffer.dropFirst(9))
        #expect(appended.count <= 4_096 && appended.count > 3_500)
        #expect(object(appended)?["next"]?.text != nil)
    }
}
