// Writes a fixture of the present version: a story that makes each kind of log record, with two
// snapshots that have each kind of line, and what the daemon answers of it then.
//
//     OPSD_FREEZE=v7 swift test --disable-xctest --filter FreezingTests
//
// It makes Tests/OpsDaemonTests/Fixtures/v7, and refuses where that is.  The story is told in
// requests and times alone; told again, it makes the same bytes.  After that `Fixture.newest` is
// v7, `FrozenFormatTests.laterRecords` and `laterLines` are empty, and its `members` name what is
// new.

import Foundation
import OpsConfig
import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

/// Snapshots as lines.
enum SnapshotText {
    /// These lines, and the trailer that a writer would append.
    static func closed(_ lines: [String], through: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in lines { bytes += Array((line + "\n").utf8) }
        let count = lines.count - 1
        bytes += Array(
            "{\"end\":\"snapshot\",\"count\":\(count),\"through\":\(through),\"crc32c\":\"".utf8)
        let sum = String(CRC32C.of(bytes), radix: 16)
        let zeros = String(repeating: "0", count: 8 - sum.utf8.count)
        return bytes + Array("\(zeros)\(sum)\"}\n".utf8)
    }

    /// All lines, the trailer among them.
    static func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The name of a line's first member, which is its kind.
    static func kind(_ line: String) -> String {
        String(line.dropFirst(2).prefix { $0 != "\"" })
    }

    private static let unknown = #","later":{"of":[1,-2.5e3,null,"\u00e4"]}"#
    private static let unknownLines = [
        #"{"forecast":"web","burn":0.5,"windows":[]}"#,
        #"{"event":3,"kind":"tide_turned","severity":"info","wall_ns":5,"details":"later"}"#,
    ]

    /// The same with lines and members that a future version may have, wherever they are kept.
    static func withUnknown(_ bytes: [UInt8]) throws -> [UInt8] {
        var lines = lines(bytes)
        let trailer = try JSONSerialization.jsonObject(with: Data(lines.removeLast().utf8))
        let through = try #require((trailer as? [String: Any])?["through"] as? UInt64)
        let kinds = [
            "opsd", "ban", "claim", "strikes", "offense", "event", "slo", "list", "work",
            "incident", "silence", "cost_summary", "cost_model", "cost_entry",
            "queue", "trend", "endpoint",
        ]
        for kind in kinds {
            let all = lines.indices.filter { Self.kind(lines[$0]) == kind }
            let place = try #require(all.last, "\(kind)")
            if all.contains(where: { lines[$0].contains(unknown) }) { continue }
            lines[place].removeLast()
            lines[place] += unknown + "}"
            if kind == "strikes", let end = lines[place].firstIndex(of: "}") {
                lines[place].insert(contentsOf: #","seen":true"#, at: end)
            }
        }
        if !lines.contains(unknownLines[0]) { lines.insert(contentsOf: unknownLines, at: 1) }
        return closed(lines, through: through)
    }
}

/// A daemon's life, turn by turn.
final class Story {
    static let day: Int64 = 86_400
    static let settings = """
        guard.strikes = 5
        guard.window = "10m"
        guard.ban = "1h"
        guard.ban_factor = 2
        guard.ban_memory = "1h"
        guard.subnet_threshold = 3
        guard.dry_run_sources = ["trial"]
        guard.source.login.strikes = 4
        guard.source.login.ban = "2h"
        events.tail = 150
        gate.close_after = "2m"
        gate.open_after = "2m"
        slo.api.availability = 99.9
        slo.api.min_events = 10
        slo.mail.availability = 99.0
        slo.slow.min_events = 10
        slo.web.availability = 99.5
        slo.web.min_events = 10
        slo.web.alerts = ["1h"]
        slo.web.no_data = "30m"
        pager.channel.mail.kind = "file"
        pager.channel.mail.path = "/var/log/opspager/mail"
        pager.channel.chat.kind = "file"
        pager.channel.chat.path = "/var/log/opspager/chat"

        """

    let scratch: ScratchDirectory
    private(set) var now = Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear)
    private(set) var bootID = FakeLoop.bootID
    private(set) var settings = ""
    private var running: RealStore?
    /// Where the reporters of strikes have come to.
    private var place = 0

    init(_ scratch: ScratchDirectory) { self.scratch = scratch }

    var store: RealStore { get throws { try #require(running) } }

    /// A start, after what ran before was killed.
    func start(_ more: String = "") throws {
        running = nil
        settings = Self.settings + more
        let configuration = try Configuration.load(
            Array(settings.utf8), file: "opsd.toml", networks: ConfigurationFile.notation)
        running = try RealStore(scratch, now: now, bootID: bootID, configuration: configuration)
        try store.engine.gauges = Gauges(cpu: 885, memory: 912)
        try pass(1)
    }

    func stop() { running = nil }

    /// Time passes, and then one turn is run.
    func pass(_ seconds: Int64) throws {
        now.boot += seconds * 1_000_000_000
        now.wall += seconds * 1_000_000_000
        try store.turn(at: now)
    }

    /// The wall clock is set.
    func set(by seconds: Int64) { now.wall += seconds * 1_000_000_000 }

    /// The machine boots.
    func boot() {
        stop()
        now.boot = 5_000_000_000
        bootID = OpsCore.BootID(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef)
    }

    /// Requests that must all succeed.
    func ask(_ lines: String...) throws {
        for line in lines {
            let reply = try store.ask(line, at: now)
            try #require(reply.hasPrefix("ok "), "\(line): \(reply)")
        }
    }

    func list(_ name: String, _ networks: [String]) throws {
        let begun = try store.ask("list begin \(name)", at: now)
        let token = try #require(try ReplyComparison.object(begun)["token"] as? Int, "\(begun)")
        try ask("list add \(token) \(networks.joined(separator: ","))", "list commit \(token)")
    }

    /// A snapshot, and in it what no version knows yet; then a crash.
    func snapshot() throws {
        try store.flush()
        try store.snapshot(at: now)
        stop()
        let bytes = try scratch.bytes("state/snapshot.jsonl")
        try scratch.write(try SnapshotText.withUnknown(bytes), to: "state/snapshot.jsonl")
    }
}

extension Story {
    /// Over 512 networks are several lines, and two families two chunks.
    private func long(_ number: Int) -> [String] {
        (0..<520).map { "198.18.\($0 / 256 + 4 * number).\($0 % 256)" }
            + ["203.0.113.240/28", "2001:db8:a::/48", "2001:db8:b:1::/64"]
    }

    /// What ends by itself.
    func passingThings(_ number: Int) throws {
        try store.engine.gauges = Gauges(cpu: 200, memory: 1_000, disk: 905)
        // More in one second than is announced.
        let many = (1...110).map { "192.0.2.\($0)" }.joined(separator: ",")
        try ask(
            "ban \(many) ttl=5m source=mass",
            "ban 203.0.113.\(number)1 ttl=permanent confirm=1m reason=\"nobody confirms\"",
            "strike 203.0.113.\(number)2 reason=once", "gate override ttl=1m reason=short")
        try list("brief ttl=2m", ["198.51.100.0/25", "2001:db8:ffff::/48"])
        try list("gone", ["198.51.100.128/25"])
        try ask("list drop gone")
        try passingIncidents(number)
        try ask("slo add web good=10 bad=10 latencies=3.5:10")
        try pass(1)
        try ask("slo add api good=90 bad=10 latencies=12.5:90,1900:10")
        try pass(1)
        // The alert gets worse, and the gate closes; then both are over.
        try ask("slo add api bad=50")
        for _ in 0..<4 { try pass(60) }
        try ask("slo add api good=1000000")
        try pass(1)
        try pass(120)
        try pass(600)
        try pass(1)
        // Both latency targets of `slow` are missed, and met again.
        try ask("slo add slow good=40 latencies=5000:40")
        try pass(61)
        try ask("slo add slow good=10000 latencies=1:10000")
        try pass(61)
        // Half an hour without an event of `web`.
        try pass(1_200)
        try ask("slo observe web latency_ms=12.5 status=200")
        try pass(1)
        try ask("slo rebaseline web reason=\"a new machine\"")
    }

    /// Claims of several sources, in every form, and strikes with places.
    func claims(_ number: Int) throws {
        let net = "100.64.\(number)"
        place += 16
        try ask(
            "ban \(net).1 ttl=100d source=a",
            "ban \(net).1 ttl=50d source=b reason=\"a \\\"second\\\"\"",
            "ban \(net).1 ttl=1d confirm=10m source=c", "confirm \(net).1 source=c",
            "ban \(net).1 ttl=2d confirm=1d source=d", "ban \(net).1 ttl=3d source=trial",
            "strike \(net).1 weight=4 source=login reason=late", "ban \(net).1 ttl=3d source=e",
            "unban \(net).1 source=e", "ban \(net).2 ttl=20d source=a",
            "ban \(net).2 ttl=10d source=b exact=true",
            "ban \(net).3 ttl=permanent confirm=1d source=a",
            "ban \(net).3 ttl=permanent source=b", "ban \(net).8 ttl=5d source=trial",
            "ban \(net).8 ttl=permanent source=trial exact=true",
            "strike \(net).4 source=login reason=x",
            "strike \(net).4 reason=y", "success \(net).4 source=login",
            "strike \(net).5 weight=2 source=login",
            "strike \(net).6 place=\"log a:\(place)\" reason=z",
            "strike \(net).7 weight=4 place=login:\(place) source=login",
            "strike \(net).7 weight=4 place=login:\(place) source=login",
            "strike 2001:db8:\(number):e::1 place=login:\(place + 1) source=mail")
        // A network that its three addresses make, and that another source bans for longer.
        try ask("ban 198.51.\(100 + number).0/24 ttl=100d source=a")
        for last in 1...3 {
            try ask("strike 198.51.\(100 + number).\(last) weight=5 reason=404 source=nginx")
        }
    }

    /// What is there when the story ends.
    func lastingThings(_ number: Int) throws {
        let net = "203.0.113.\(number)"
        try store.engine.gauges = Gauges(cpu: 885, memory: 912)
        try ask(
            "ban \(net)3 ttl=200d reason=\"5 failed \\\"logins\\\"\" source=sshd",
            "ban 198.51.\(number).0/24 ttl=permanent reason=\"nets \u{e4}\u{20ac}\u{1d11e}\"",
            "ban 2001:db8:\(number)::7 ttl=100d source=ops", "ban \(net)4 ttl=1d source=trial",
            "ban \(net)5 ttl=1d confirm=10m source=ops", "confirm \(net)5",
            "ban \(net)6 ttl=permanent confirm=1d", "ban \(net)7 ttl=5d confirm=1d source=trial",
            "ban \(net)8 ttl=1d", "unban \(net)8")
        // Three addresses make their network; one is banned for trial.
        for last in 1...3 {
            try ask("strike 198.19.\(number).\(last) weight=5 reason=404 source=nginx")
        }
        try ask(
            "strike 100.66.\(number).1 weight=5 source=trial", "strike \(net)9 reason=404",
            "strike \(net)9 weight=2 reason=\"a \\\"b\\\"\" source=nginx",
            "strike 2001:db8:\(number):f::1 source=login", "strike \(net)0 reason=x",
            "clear \(net)0", "strike \(net)0 reason=y", "success \(net)0")
        try claims(number)
        try work(number)
        try incidents(number)
        try costs(number)
        try queues(number)
        try endpoints(number)
        try list("drop", long(number))
        try list("timed ttl=90d", ["198.51.100.\(number)", "2001:db8:c::/48"])
        try ask(
            "slo add web good=7 bad=1 latencies=1.25:7,700:1",
            "slo add api good=5 bad=100000 latencies=0.5:5", "gate override ttl=1h reason=hotfix",
            "gate override to=auto", "gate override to=closed ttl=2d reason=\"a freeze\"")
        for _ in 0..<3 { try pass(60) }
        // What is slow now is so at the end, too.
        try ask("slo add slow good=10000 latencies=5000:10000")
        try pass(61)
        // The gate is about to close for this one.
        try ask("slo add mail good=1 bad=9")
        try pass(1)
    }

    /// All of it.
    func tell() throws {
        try start("slo.old.gate = false\n")
        try ask("slo add old good=5 latencies=10:5", "slo add api good=100 latencies=20:100")
        try lastingThings(4)
        try snapshot()
        // Just less than a month, and the wall clock is set.
        now.boot += (30 * Self.day - 3_600 * 2) * 1_000_000_000
        now.wall += (30 * Self.day - 3_600 * 2) * 1_000_000_000
        set(by: 90)
        try start()
        try passingThings(1)
        try lastingThings(1)
        try snapshot()
        try start()
        try passingThings(3)
        // An hour off, in which a month is over; an address that is banned is allowed now.
        now.wall += 3_600 * 1_000_000_000
        boot()
        try start("guard.allow = [\"127.0.0.0/8\", \"::1\", \"203.0.113.13\"]\n")
        try passingThings(2)
        try lastingThings(2)
        try pass(10)
    }

    /// What a client can see of it.
    var requests: [String] {
        get throws {
            let newest = try store.engine.state.events.lastID
            let addresses = [
                "203.0.113.13", "203.0.113.17", "203.0.113.23", "203.0.113.24", "203.0.113.25",
                "203.0.113.26", "203.0.113.27", "203.0.113.28", "203.0.113.29", "198.19.2.1",
                "198.19.2.200", "100.66.2.1", "198.18.9.7", "2001:db8:2::7", "2001:db8:2:f::1",
            ]
            return [
                "bans limit=1000", "bans source=nginx", "strikes limit=1000", "guard stats",
                "list show", "list show drop limit=1000", "list show timed",
                "events limit=100 after=\(newest + 1)", "slo status", "slo budget api",
                "slo budget web", "gate status", "gate check", "incidents state=all limit=100",
                "silence list",
                "check \(addresses.joined(separator: " "))",
            ] + addresses.map { "why \($0)" }
        }
    }
}

@Suite struct FreezingTests {
    private static let name = ProcessInfo.processInfo.environment["OPSD_FREEZE"]

    /// So that a fixture can be written when one is needed.
    @Test func theStoryCanBeTold() throws {
        let story = Story(try ScratchDirectory())
        try story.tell()
        for request in try story.requests {
            #expect(try story.store.ask(request, at: story.now).hasPrefix("ok "), "\(request)")
        }
    }

    @Test(.enabled(if: name != nil)) func writeAFixture() throws {
        let target = Fixture.folder + "/" + (try #require(Self.name))
        try #require(!FileManager.default.fileExists(atPath: target), "a fixture is never changed")
        let scratch = try ScratchDirectory()
        let story = Story(scratch)
        try story.tell()
        var answers = [Fixture.line(story.now, story.bootID)]
        for request in try story.requests {
            answers += ["> " + request, "< " + (try story.store.ask(request, at: story.now))]
        }
        try story.store.flush()
        story.stop()
        scratch.remove("state/lock")
        try trim(scratch)
        try scratch.write(Array(story.settings.utf8), to: "state/opsd.toml")
        try scratch.write(
            Array((answers.joined(separator: "\n") + "\n").utf8), to: "state/answers.txt")
        try FileManager.default.copyItem(atPath: scratch.state, toPath: target)
        try expectToldAgain(story, target)
    }

    /// What was answered before the crash is answered after it.
    private func expectToldAgain(_ story: Story, _ target: String) throws {
        let fixture = try Fixture(path: target)
        let copy = try ScratchDirectory()
        try fixture.copy(to: copy)
        let store = try RealStore(
            copy, now: fixture.now, bootID: fixture.bootID, configuration: fixture.configuration)
        for (request, reply) in fixture.answers {
            let found = store.ask(request, at: fixture.now)
            #expect(try ReplyComparison.difference(found, reply) == nil, "\(request)")
        }
    }

    /// Without the room that segments reserve.
    private func trim(_ scratch: ScratchDirectory) throws {
        for name in scratch.names("state/wal") {
            let bytes = try scratch.bytes("state/wal/" + name)
            let reading = try LogReader.read(bytes.span) { _, _, _ in }
            try #require(reading.ending == .clean)
            try scratch.write(Array(bytes[..<Int(reading.goodBytes)]), to: "state/wal/" + name)
        }
    }
}
