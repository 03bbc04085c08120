// Queues in the daemon: replies over the socket, incidents, and what a stop and a crash keep.

import OpsConfig
import OpsCore
import OpsProtocol
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct QueueEngineTests {
    private static let configuration: Configuration = {
        var configuration = Configuration()
        configuration.queues["mail"] = QueueRules()
        return configuration
    }()

    /// A report is answered at once, and nothing of it waits for the disk; what turns is told.
    @Test func aReportIsAnsweredAtOnce() {
        let loop = FakeLoop.settled(Self.configuration)
        let client = loop.connect(role: .report)
        #expect(
            loop.ask(client, "queue report mail depth=3 processed=10")
                == [#"ok {"queue":"mail","state":"good"}"#])
        loop.disk = .waiting
        loop.send(client, "queue report mail depth=4 processed=12\n")
        loop.turn()
        #expect(client.take() == [#"ok {"queue":"mail","state":"good"}"#])
        loop.disk = .prompt
        loop.settle()
        let status = loop.ask(client, "queue status").last ?? ""
        #expect(status.contains(#""queue":"mail","state":"good","silent":false,"configured":true"#))
        #expect(status.contains(#""depth":4"#) && status.contains(#""processed_total":12"#))
        #expect(loop.ask(client, "queue status other").last?.hasPrefix("err ") == true)
    }

    /// Hostile names and numbers are refused, and change nothing.
    @Test(arguments: [
        "queue report", "queue report mail", "queue report -x depth=1", "queue report é depth=1",
        "queue report mail depth=-1", "queue report mail depth=NaN",
        "queue report mail depth=9007199254740993", "queue report mail depth=1e3",
        "queue report mail depth=18446744073709551616", "queue report mail depth=1 processed=-5",
        "queue report mail depth=1 oldest_seconds=-1", "queue report mail depth=1 depth=2",
        "queue report a/../../etc/passwd%00 depth=1",
        "queue report " + String(repeating: "n", count: 65) + " depth=1",
    ])
    func whatIsNoReportIsRefused(line: String) {
        let loop = FakeLoop.settled(Self.configuration)
        let client = loop.connect(role: .report)
        #expect(loop.ask(client, line).last?.hasPrefix(#"err {"code":"bad-argument""#) == true)
        #expect(loop.engine.state.queues.all.isEmpty)
    }

    /// What is bad is an incident, which ends by itself.
    @Test func whatIsBadIsAnIncident() {
        let loop = FakeLoop.settled(Self.configuration)
        let client = loop.connect(role: .admin)
        func pass(_ seconds: Int, _ line: String) {
            for second in 0..<seconds {
                if second % 60 == 0 { _ = loop.ask(client, line) }
                loop.advance(1)
                loop.turn()
            }
        }
        pass(180, "queue report mail depth=61")
        var open = loop.engine.state.openIncidents
        #expect(open.compactMap(\.rule) == ["queue_deep"])
        #expect(open.first?.message == "queue mail deep" && open.first?.severity == .warning)
        pass(240, "queue report mail depth=6")
        #expect(loop.engine.state.openIncidents.isEmpty)
        pass(1, "queue report mail depth=6")
        for _ in 0..<320 {
            loop.advance(1)
            loop.turn()
        }
        open = loop.engine.state.openIncidents
        #expect(open.compactMap(\.rule) == ["queue_silent"])
    }

    /// A stop loses nothing; a crash a minute of depths, and no job that was counted.
    @Test(arguments: [true, false]) func itIsThereAfterwards(isStop: Bool) throws {
        let scratch = try ScratchDirectory()
        var now = Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear)
        do {
            let store = try RealStore(scratch, now: now)
            for number in 0..<100 {
                let report = QueueReport(
                    try #require(QueueName("mail")), depth: UInt64(number),
                    processed: UInt64(number * 10))
                let decision = try store.engine.state.decide(
                    .queue(.report(report)), by: Caller(uid: 0, role: .admin), at: now)
                store.engine.begin(at: now)
                if case .one(let change) = decision.changes { store.engine.commit(change) }
                if let telemetry = decision.telemetry {
                    store.engine.update { $0.apply(telemetry) }
                }
                now.boot += 1_000_000_000
                now.wall += 1_000_000_000
            }
            if isStop { store.engine.flushQueues() }
            store.flush()
        }
        let found = try StateDirectory(path: scratch.state).recover(isForced: false) {
            State(rules: RealStore.rules, hashKey: (9, 9), eventCapacity: 1_000)
        }
        let queue = try #require(QueueName("mail").flatMap { found.state.queues[$0] })
        #expect(queue.depth == (isStop ? 99 : 60))
        #expect(queue.processed?.total == (isStop ? 990 : 600))
    }
}
