// What opswatch tells: rows that are not logged, and events that are.

import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct DetectorTests {
    private let loop = FakeLoop.settled()

    private func watch() -> FakeClient { loop.connect(uid: 70, role: .watch) }

    /// Rows are telemetry: nothing is logged, and no reply waits for the disk.
    @Test func rowsAreNotLogged() {
        loop.disk = .waiting
        let (client, other) = (watch(), loop.connect())
        loop.send(other, "ban 203.0.113.9\n")
        let before = loop.engine.log.sequence
        loop.send(
            client,
            "detector source auth state=reading lines=5\ndetector rule sshd state=active\n")
        #expect(client.take() == ["ok {\"noted\":true}", "ok {\"noted\":true}"])
        let reader = loop.connect(role: .read)
        loop.send(reader, "detector sources\n")
        #expect(reader.take().first?.contains("\"name\":\"auth\",\"state\":\"reading\"") == true)
        #expect(loop.engine.log.sequence == before)
    }

    /// An event is a change: its reply waits until a crash cannot take it back.
    @Test func anEventWaitsForTheLog() {
        loop.disk = .waiting
        let client = watch()
        loop.send(client, "detector event log_lost source=nginx detail=\"4 KiB\"\n")
        #expect(client.take() == [])
        #expect(loop.announced.isEmpty)
        loop.completeJobs()
        loop.turn()
        #expect(client.take() == ["ok {\"told\":true,\"untold\":0}"])
        #expect(loop.announced.map(\.kind) == [.logLost])
        #expect(loop.announced.first?.details == "nginx: 4 KiB")
        #expect(loop.announced.first?.uid == 70 && loop.announced.first?.severity == .warning)
    }

    /// What is beyond the budget makes no event; the reply says so and need not wait.
    @Test func beyondTheBudgetItIsCounted() {
        let client = watch()
        for _ in 0..<10 { _ = loop.ask(client, "detector event filter_slow source=a") }
        let before = loop.engine.log.sequence
        #expect(
            loop.ask(
                client, "detector event filter_slow source=a", "detector event filter_slow source=a"
            )
                == ["ok {\"told\":false,\"untold\":1}", "ok {\"told\":false,\"untold\":2}"])
        #expect(loop.engine.log.sequence == before)
        loop.advance(60)
        _ = loop.ask(client, "detector event filter_slow source=a")
        #expect(loop.announced.last?.details == "a; 2 more before it were not told")
    }

    /// Rows are forgotten by themselves ten minutes after the last word of them.
    @Test func rowsGoByThemselves() {
        let client = watch()
        _ = loop.ask(client, "detector source auth state=reading")
        loop.advance(601)
        loop.settle()
        #expect(loop.engine.detector.count == 0)
    }

    @Test(
        arguments: [
            "detector source", "detector source auth", "detector source auth state=fine",
            "detector source auth state=reading lines=-1",
            "detector rule sshd state=active share=101",
            "detector event", "detector event log_lost", "detector event ban source=a",
            "detector event started source=a",
        ])
    func whatIsNotUnderstood(_ line: String) {
        #expect(loop.ask(watch(), line).first?.contains("\"code\":\"bad-argument\"") == true)
    }
}
