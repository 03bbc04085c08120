// The log breaks: acknowledgements say so, reads go on, and the log is repaired.

import OpsConfig
import OpsCore
import OpsStore
import Testing

@testable import OpsDaemon

@Suite struct DegradedTests {
    private let loop: FakeLoop
    private let client: FakeClient

    init() {
        loop = FakeLoop()
        client = loop.connect()
    }

    private func breakLog() {
        loop.disk = .broken
        #expect(loop.ask(client, "ban 192.0.2.1").count == 1)
        #expect(loop.engine.log.isDegraded)
    }

    @Test func heldAcknowledgementsGoOutUndurable() {
        loop.disk = .waiting
        let other = loop.connect()
        loop.send(client, "ban 203.0.113.9\nping\nstrike 203.0.113.8\n")
        loop.send(other, "check 203.0.113.9\n")
        loop.disk = .broken
        loop.settle()
        let lines = client.take()
        #expect(lines.count == 3)
        #expect(lines[line: 0].hasSuffix(",\"durable\":false}"))
        #expect(lines[line: 1] == "ok {\"pong\":true}")
        #expect(lines[line: 2].hasSuffix(",\"durable\":false}"))
        // This reply acknowledges nothing.
        #expect(other.take().map { $0.contains("durable") } == [false])
    }

    @Test func laterMutationsSayItAndReadsDoNot() {
        breakLog()
        for line in [
            "ban 203.0.113.9", "strike 203.0.113.8", "clear 203.0.113.8", "unban 203.0.113.9",
        ] {
            #expect(loop.ask(client, line).map { $0.hasSuffix(",\"durable\":false}") } == [true])
        }
        for line in ["check 203.0.113.9", "bans", "guard stats", "events", "why 203.0.113.9"] {
            let replies = loop.ask(client, line)
            #expect(replies.map { $0.hasPrefix("ok ") } == [true])
            #expect(replies.map { $0.contains("durable\":false") } == [false])
        }
        // A change of nothing needs no disk.
        #expect(loop.ask(client, "clear 198.51.100.7").map { $0.contains("durable") } == [false])
    }

    @Test func statusAndHealthSaySo() {
        breakLog()
        #expect(loop.ask(client, "status")[line: 0].contains("\"degraded\":true"))
        let health = loop.ask(client, "health")[line: 0]
        #expect(health.contains("\"name\":\"store\",\"ok\":false,\"detail\":\"degraded"))
        #expect(loop.announced.map(\.kind).contains(.degraded))
    }

    @Test func nothingIsRecordedWhileNotRecording() {
        breakLog()
        let before = loop.journal.count
        _ = loop.ask(client, "ban 203.0.113.9", "strike 203.0.113.8")
        #expect(loop.journal.count == before)
        #expect(!loop.engine.log.isRecording)
    }

    @Test func repairedByANewSegmentAndASnapshot() throws {
        breakLog()
        let broken = loop.engine.log.sequence
        _ = loop.ask(client, "ban 203.0.113.9")
        loop.disk = .prompt
        loop.repairLog()
        #expect(loop.engine.log.isDegraded)
        // The snapshot begins as soon as the segment is open.
        loop.settle()
        let opened = "open \(StateFiles.segment(broken + 2)) detached"
        #expect(loop.journal.contains(opened))
        #expect(loop.snapshotsFinished == 1)
        #expect(!loop.engine.log.isDegraded)
        #expect(loop.announced.map(\.kind).suffix(1) == [.recovered])
        #expect(loop.ask(client, "ban 203.0.113.7").map { $0.contains("durable") } == [false])
        #expect(loop.engine.log.durable == loop.engine.log.sequence)
    }

    /// Nothing changes during the repair: what the new segment leaves out is in the snapshot.
    @Test func repairedWithoutAnyFurtherChange() {
        breakLog()
        loop.disk = .prompt
        loop.repairLog()
        loop.settle()
        loop.repairLog()
        for _ in 0..<1_000 { loop.turn() }
        #expect(loop.snapshotsFinished == 1)
        #expect(!loop.engine.log.isDegraded)
    }

    /// The first repairs fail too: it goes on trying.
    @Test(arguments: 1...4) func repairedWhenTheDiskTakesLongToComeBack(_ failures: Int) {
        breakLog()
        for _ in 0..<failures {
            loop.repairLog()
            loop.settle()
            #expect(loop.engine.log.isDegraded)
            #expect(!loop.engine.log.isRecording)
        }
        loop.disk = .prompt
        for _ in 0..<2 {
            loop.repairLog()
            loop.settle()
        }
        #expect(!loop.engine.log.isDegraded)
    }

    /// The new segment breaks as well, while the snapshot is being written or before it begins.
    @Test(arguments: [false, true]) func breaksAgainBeforeItIsWhole(_ isSaving: Bool) {
        breakLog()
        loop.disk = .prompt
        loop.repairLog()
        loop.settle()
        loop.disk = .waiting
        if isSaving { loop.repairLog() }
        loop.send(client, "ban 203.0.113.9\n")
        loop.disk = .broken
        loop.settle()
        #expect(loop.engine.log.isDegraded)
        #expect(!loop.engine.log.isRecording)
        loop.disk = .prompt
        for _ in 0..<3 {
            loop.repairLog()
            loop.settle()
        }
        #expect(!loop.engine.log.isDegraded)
    }

    /// One event, however often it breaks before it is repaired.
    @Test func oneEventForOneTrouble() {
        breakLog()
        for _ in 0..<3 {
            loop.repairLog()
            loop.settle()
        }
        #expect(loop.announced.filter { $0.kind == .degraded }.count == 1)
    }

    @Test func requestsThatWaitForASnapshotAreAnswered() {
        loop.disk = .waiting
        loop.send(client, "ban 203.0.113.9\nsnapshot\n")
        loop.disk = .broken
        loop.settle()
        let lines = client.take()
        #expect(lines.count == 2)
        #expect(lines.last?.hasPrefix("err ") == true)
    }
}
