// Spending in the daemon: replies over the socket, incidents, the files in the log directory.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct CostEngineTests {
    private static let configuration: Configuration = {
        var configuration = Configuration()
        for (name, cap) in [("gpt-4o", 15), ("gpt-4o-mini", 10)] {
            var model = ModelRules()
            model.cap = MicroUSD(Int64(cap) * MicroUSD.perDollar)
            if let name = ModelName(name) { configuration.costs.models[name] = model }
        }
        return configuration
    }()

    private func content(_ loop: FakeLoop, _ name: String) -> [String] {
        loop.takeTrailJobs().compactMap { job in
            guard case .replace(name, let bytes) = job else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// S2-22 and its flat form, as a client sees them.
    @Test func theExampleOfTheDocument() {
        let loop = FakeLoop.settled(Self.configuration)
        let client = loop.connect(role: .report)
        let empty = loop.ask(client, "cost status").last ?? ""
        for member in [#""ok":true"#, #""alert_level":"OK""#, #""global_utilization_pct":0.0"#] {
            #expect(empty.contains(member))
        }
        #expect(
            loop.ask(client, "cost record model=gpt-4o usd=12.30") == [#"ok {"counted":true}"#])
        _ = loop.ask(client, "cost record model=gpt-4o-mini usd=6.20")
        let status = loop.ask(client, "cost status").last ?? ""
        #expect(
            status.contains(
                #""period_hours":24,"total_spent_usd":18.50,"daily_cap_usd":25.00,"#
                    + #""global_utilization_pct":74.0,"by_model":{"gpt-4o":{"spent_usd":12.30,"#
                    + #""cap_usd":15.00,"utilization_pct":82.0,"#), "\(status)")
        #expect(status.contains(#""alert_level":"OK","action":"NONE""#))
    }

    /// A reservation is on disk before anybody is told of it.
    @Test func aReservationIsAnsweredOnceItIsOnDisk() {
        let loop = FakeLoop.settled(Self.configuration)
        let client = loop.connect(role: .report)
        for line in [
            "cost reserve model=gpt-4o usd=1", "cost record model=gpt-4o usd=1 key=k",
            "cost settle 1 usd=0.5",
        ] {
            loop.disk = .waiting
            loop.send(client, line + "\n")
            loop.turn()
            #expect(client.take().isEmpty, "\(line)")
            loop.disk = .prompt
            loop.settle()
            #expect(client.take().last?.hasPrefix("ok ") == true, "\(line)")
        }
        // What is only gathered is acknowledged at once.
        loop.disk = .waiting
        loop.send(client, "cost record model=gpt-4o usd=1\n")
        loop.turn()
        #expect(client.take() == [#"ok {"counted":true}"#])
    }

    /// S2-25: a cap that is reached is an incident by itself, and a flag; both end.
    @Test func aCapThatIsReachedIsAnIncidentAndAFlag() throws {
        let loop = FakeLoop.settled(Self.configuration)
        let client = loop.connect(role: .admin)
        _ = loop.ask(client, "cost record model=gpt-4o usd=15")
        for _ in 0..<3 {
            loop.advance(1)
            loop.turn()
        }
        let open = loop.engine.state.openIncidents
        #expect(Set(open.compactMap(\.rule)) == ["cost_cap", "cost_alert"])
        #expect(open.allSatisfy { $0.message.contains("gpt-4o") })
        let flag = try #require(content(loop, "cost_throttle.flag").last)
        #expect(
            flag.hasPrefix(#"{"action":"THROTTLE","all":false,"models":["gpt-4o"],"#)
                && flag.contains("expires_at"))
        let denied = loop.ask(client, "cost reserve model=gpt-4o usd=0.1").last ?? ""
        #expect(denied.contains(#""decision":"deny","reason":"the cap of gpt-4o is 15.00 USD"#))
        #expect(denied.contains(#""id":null"#))
        // It is refreshed while it lasts, and goes with the cause.
        for _ in 0..<62 {
            loop.advance(1)
            loop.turn()
        }
        #expect(!content(loop, "cost_throttle.flag").isEmpty)
        _ = loop.ask(client, "cost set-cap gpt-4o usd=100")
        _ = loop.takeTrailJobs()
        for _ in 0..<130 {
            loop.advance(1)
            loop.turn()
        }
        #expect(loop.engine.state.openIncidents.isEmpty)
        let removed = loop.takeTrailJobs().contains { job in
            if case .remove("cost_throttle.flag") = job { true } else { false }
        }
        #expect(removed)
    }

    /// `costs.json` follows what was spent; `costs.ndjson` gets a line an hour.
    @Test func theFilesAreKept() {
        let loop = FakeLoop.settled(Self.configuration)
        let client = loop.connect(role: .report)
        loop.advance(120)
        loop.turn()
        #expect(content(loop, "costs.json").isEmpty, "nothing was ever spent")
        _ = loop.ask(client, "cost record model=gpt-4o usd=12.30")
        var (latest, lines) = ([String](), [String]())
        for _ in 0..<150 {
            loop.advance(60)
            loop.turn()
            for job in loop.takeTrailJobs() {
                if case .replace("costs.json", let bytes) = job {
                    latest.append(String(decoding: bytes, as: UTF8.self))
                }
                if case .append(.costs, let bytes, _) = job {
                    lines.append(String(decoding: bytes, as: UTF8.self))
                }
            }
        }
        #expect(latest.count == 1 && latest[0].contains(#""total_spent_usd":12.30"#))
        #expect(latest.first?.hasPrefix(#"{"ok":true,"data":{"ts":"#) == true)
        #expect(lines.count == 2, "\(lines)")
    }

    @Test func rolesAreThoseOfTheTable() {
        let loop = FakeLoop.settled(Self.configuration)
        let reader = loop.connect(uid: 8, role: .read)
        let reporter = loop.connect(uid: 9, role: .report)
        for line in [
            "cost record model=a usd=1", "cost reserve model=a usd=1", "cost check model=a",
        ] {
            #expect(loop.ask(reader, line).last?.contains("forbidden") == true, "\(line)")
            #expect(loop.ask(reporter, line).last?.hasPrefix("ok") == true, "\(line)")
        }
        for line in ["cost correct 1 usd=1", "cost set-cap usd=1"] {
            #expect(loop.ask(reporter, line).last?.contains("forbidden") == true, "\(line)")
        }
        #expect(loop.ask(reader, "cost status").last?.hasPrefix("ok") == true)
        #expect(
            loop.ask(reporter, "cost reserve model=a usd=1 exempt=true").last?
                .contains("costs.exempt") == true)
        loop.engine.configuration.costsExempt = [.userID(9)]
        loop.engine.adopt(loop.engine.configuration)
        #expect(
            loop.ask(reporter, "cost reserve model=a usd=1 exempt=true").last?
                .contains(#""decision":"allow""#) == true)
    }

    /// What 100 clients were allowed, whatever they ask at once and however often opsd is killed,
    /// is never more than the cap; and what was acknowledged is there after each kill.
    @Test(arguments: 1...6 as ClosedRange<UInt64>) func noCrowdGetsPastTheCap(seed: UInt64) {
        var crowd = Crowd(seed: seed)
        for _ in 0..<400 { crowd.step() }
        crowd.check()
        #expect(crowd.acknowledged > 200 && crowd.denied > 50 && crowd.kills > 0)
    }
}

/// A hundred clients that spend, and an opsd that is killed.
private struct Crowd {
    var random: SeededGenerator
    var loop: FakeLoop
    var clients: [FakeClient] = []
    /// Acknowledged and open: number and micro-USD.
    var held: [UInt64: Int64] = [:]
    /// Acknowledged as settled.
    var settled: [UInt64: Int64] = [:]
    var (acknowledged, denied, kills) = (0, 0, 0)
    private var history: [(stamp: Stamp, change: Change)] = []
    private static let cap: Int64 = 20_000_000

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        loop = FakeLoop.settled(Self.configuration)
        connect()
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.costs.dailyCap = MicroUSD(cap)
        return configuration
    }

    private mutating func connect() {
        clients = (0..<100).map { loop.connect(uid: 1_000 + UInt32($0), role: .report) }
    }

    mutating func step() {
        loop.advance(0.01)
        loop.disk = random.pick([.prompt, .waiting])
        // Who comes at once is served in one turn.
        for client in clients where random.next() % 4 == 0 {
            let micros = random.next() % 400_000
            let model = random.pick(["gpt-4o", "gpt-4o-mini", "other"])
            if random.next() % 3 == 0, let (id, amount) = held.randomElement(using: &random) {
                // What it cost is never more than what was held.
                let cost = Int64(random.next() % UInt64(amount + 1))
                loop.send(client, "cost settle \(id) usd=\(MicroUSD(cost))\n")
                held[id] = nil
            } else {
                loop.send(
                    client, "cost reserve model=\(model) usd=\(MicroUSD(Int64(micros)))\n")
            }
        }
        loop.turn()
        read()
        if random.next() % 40 == 0 { kill() }
        check()
    }

    private mutating func read() {
        for client in clients {
            for line in client.take() {
                guard line.hasPrefix("ok ") else { continue }
                let bytes = Array(line.utf8.dropFirst(3))
                guard let reply = try? JSONValue(parsing: bytes.span) else { continue }
                let id = reply["id"]?.integer.map { UInt64($0) }
                let micros = reply["usd"]?.double.map { Int64(($0 * 1e6).rounded()) }
                if reply["decision"]?.text == "deny" { denied += 1 }
                guard let id, let micros else { continue }
                acknowledged += 1
                if reply["state"]?.text == "open" { held[id] = micros }
                if reply["state"]?.text == "settled" { settled[id] = micros }
            }
        }
    }

    /// The cap holds, by opsd's own count and by that of the clients.
    func check() {
        let costs = loop.engine.state.costs
        let status = loop.engine.costStatus
        let counted = status.total.spent.micros + status.total.reserved.micros
        let known = held.values.reduce(0, +) + settled.values.reduce(0, +)
        if counted > Self.cap || known > counted {
            Issue.record("\(known) known, \(counted) counted, the cap is \(Self.cap)")
        }
        for (id, micros) in settled where costs.entry(id)?.amount.micros != micros {
            Issue.record("number \(id) was settled with \(micros)")
        }
    }

    /// `kill -9`: what is not on the disk is gone, and so are the connections.
    private mutating func kill() {
        kills += 1
        history += loop.recordsAfterKill(startedAfter: history.count, using: &random)
        let state = State(replaying: history)
        let now = loop.now
        loop = FakeLoop(Self.configuration, state: state, sequence: UInt64(history.count))
        loop.now = now
        loop.engine.begin(at: now)
        loop.settle()
        connect()
        // A settlement that was not acknowledged may have been done or not.
        for (id, micros) in held where loop.engine.state.costs.entry(id)?.state != .open {
            Issue.record("number \(id) with \(micros) was acknowledged and is not held")
        }
    }
}
