// What the loop does about a store that is not what it was: files that are gone, a lock that is
// another's, snapshots that fail.

import Foundation
import OpsConfig
import OpsCore
import OpsStore
import Testing

@testable import OpsDaemon

@Suite struct StoreTroubleTests {
    private let loop = FakeLoop.settled()
    private let client: FakeClient

    init() { client = loop.connect() }

    /// A second passes.
    private func second() {
        loop.advance(1)
        loop.settle()
    }

    private func said(_ word: String) -> [String] {
        loop.errands.compactMap { errand in
            guard case .say(_, let text) = errand, text.hasPrefix(word) else { return nil }
            return text
        }
    }

    private var storeComponent: String {
        let health = loop.ask(client, "health")[line: 0]
        guard let start = health.range(of: "{\"name\":\"store\"")?.lowerBound,
            let end = health[start...].firstIndex(of: "}")
        else { return "" }
        return String(health[start...end])
    }

    // MARK: Files

    /// Once a second while something is written, else every four; and never twice at a time.
    @Test func theThreadLooksEachSecond() {
        loop.disk = .waiting
        for _ in 0..<5 {
            loop.advance(1)
            loop.turn()
        }
        #expect(loop.looks.count == 1)
        loop.disk = .prompt
        loop.turn()
        #expect(loop.looks.isEmpty)
        loop.disk = .waiting
        loop.advance(1)
        loop.turn()
        #expect(loop.looks == [LogNeeds(snapshot: 0, isWhole: true)])
        loop.disk = .prompt
        loop.turn()
        var looks = 0
        for _ in 0..<8 {
            loop.disk = .waiting
            loop.advance(1)
            loop.turn()
            looks += loop.looks.count
            loop.disk = .prompt
            loop.turn()
        }
        #expect(looks == 2)
        _ = loop.ask(client, "ban 192.0.2.1")
        loop.disk = .waiting
        loop.advance(1)
        loop.turn()
        #expect(loop.looks.count == 1)
    }

    /// A hung disk holds up the look, and nobody else.
    @Test func aLookThatHangsHoldsNobodyUp() {
        loop.disk = .waiting
        second()
        #expect(loop.looks.count == 1)
        #expect(loop.ask(client, "ping") == ["ok {\"pong\":true}"])
        #expect(loop.ask(client, "status")[line: 0].contains("\"degraded\":false"))
    }

    @Test func whatIsGoneDegradesAndIsRepaired() {
        loop.sight.fault = LogFailure(message: "/state/wal/1.wal was removed")
        loop.advance(1)
        loop.turn()
        loop.turn()
        loop.sight.fault = nil
        #expect(loop.engine.log.isDegraded)
        #expect(storeComponent.contains("\"ok\":false"))
        #expect(storeComponent.contains("/state/wal/1.wal was removed"))
        #expect(loop.ask(client, "ban 192.0.2.1")[line: 0].hasSuffix(",\"durable\":false}"))
        second()
        second()
        #expect(!loop.engine.log.isDegraded)
        #expect(loop.journal.contains { $0.hasSuffix(" detached") })
        #expect(loop.snapshotsFinished == 1)
        let told = loop.announced.map(\.kind).filter { $0 == .degraded || $0 == .recovered }
        #expect(told == [.degraded, .recovered])
        #expect(storeComponent.contains("\"ok\":true"))
        #expect(loop.ask(client, "ban 192.0.2.2").map { $0.contains("durable") } == [false])
    }

    /// While the log is broken only what the repair writes is looked at.
    @Test func aBrokenLogNeedsItsOpenSegmentAlone() {
        loop.disk = .broken
        _ = loop.ask(client, "ban 192.0.2.1")
        loop.disk = .waiting
        loop.advance(1)
        loop.turn()
        #expect(loop.looks.last?.isWhole == false)
    }

    // MARK: The lock

    @Test func aLockThatIsTakenAgainIsTold() {
        loop.sight.lockTaken = "/state/lock was removed, and is locked again"
        second()
        #expect(said("lock: ").count == 1)
        #expect(storeComponent.contains("\"ok\":true"))
    }

    @Test func aLockThatCannotBeTakenIsAFaultOfTheStore() {
        loop.sight.lockFault = "/state/lock: openat: Is a directory (EISDIR)"
        for _ in 0..<3 { second() }
        #expect(said("lock: ").count == 1)
        #expect(storeComponent.contains("\"ok\":false,\"detail\":\"not locked: /state/lock"))
        #expect(loop.ask(client, "status")[line: 0].contains("\"fault\":\"not locked: "))
        #expect(!loop.engine.log.isDegraded)
        loop.sight.lockFault = nil
        second()
        second()
        #expect(storeComponent.contains("\"ok\":true"))
    }

    /// Nothing that was decided is acknowledged any more: the other process does not know of it.
    @Test(arguments: [false, true]) func aLockThatIsAnothersEndsIt(_ isRepair: Bool) {
        loop.disk = .waiting
        loop.advance(1)
        loop.send(client, "ban 192.0.2.1\n")
        var fault = LogFailure(message: "another opsd uses /state")
        fault.isUsurped = true
        if isRepair {
            loop.collect([.failed(fault)])
        } else {
            loop.sight.fault = fault
        }
        loop.disk = .prompt
        loop.turn()
        #expect(loop.loop.isFinished)
        #expect(loop.loop.usurped == "another opsd uses /state")
        #expect(client.take() == [])
    }

    // MARK: Snapshots

    private func failSnapshots() {
        loop.snapshotFault = "/state/snapshot.jsonl: unlinkat: Is a directory (EISDIR)"
        _ = loop.ask(client, "ban 192.0.2.1")
        #expect(loop.ask(client, "snapshot").map { $0.hasPrefix("err ") } == [true])
    }

    @Test func aSnapshotThatFailsIsAFaultOfTheStore() {
        failSnapshots()
        #expect(storeComponent.contains("\"ok\":false"))
        #expect(storeComponent.contains("the last snapshot failed: /state/snapshot.jsonl"))
        let status = loop.ask(client, "status")[line: 0]
        #expect(status.contains("\"degraded\":false,\"snapshot_failures\":1,\"fault\":\""))
        #expect(loop.statusLine.hasSuffix("; the store has a fault (opsctl health)"))
        // Nothing is lost, so an acknowledgement is one.
        #expect(loop.ask(client, "ban 192.0.2.9").map { $0.contains("durable") } == [false])
        #expect(said("snapshot: ").count == 1)
        #expect(said("snapshot: ")[0].hasSuffix("the log keeps everything, and grows"))
    }

    /// What was logged before counts on, so that nothing is forgotten.
    @Test func whatWasLoggedCountsOn() {
        _ = loop.ask(client, "ban 192.0.2.8")
        let bytes = loop.engine.log.bytesSinceSnapshot
        let changes = loop.engine.log.changesSinceSnapshot
        failSnapshots()
        #expect(loop.engine.log.bytesSinceSnapshot > bytes)
        #expect(loop.engine.log.changesSinceSnapshot > changes)
        loop.snapshotFault = nil
        second()
        #expect(loop.snapshotsFinished == 1)
        #expect(loop.engine.log.changesSinceSnapshot == 0)
    }

    /// After 1, 2, 4, ... seconds, at most five minutes.
    @Test func itIsTriedAgainEverLater() {
        failSnapshots()
        var tries: [Int] = []
        for at in 1...1_300 {
            let before = loop.loop.snapshotTicket
            second()
            if loop.loop.snapshotTicket > before { tries.append(at) }
        }
        #expect(tries == [1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1_111])
        #expect(said("snapshot: ").count == tries.count + 1)
        loop.snapshotFault = nil
        for _ in 0..<300 { second() }
        #expect(storeComponent.contains("\"ok\":true"))
        #expect(said("snapshot: written again").count == 1)
        #expect(loop.ask(client, "status")[line: 0].contains("\"snapshot_failures\":12"))
    }

    /// A repair needs its snapshot soon: it is tried each second, and not told each time.
    @Test func aRepairTriesEachSecond() {
        loop.snapshotFault = "no"
        loop.disk = .broken
        _ = loop.ask(client, "ban 192.0.2.1")
        loop.disk = .prompt
        for _ in 0..<20 { second() }
        #expect(loop.loop.snapshotTicket >= 18)
        #expect(said("snapshot: ").count <= 6)
        loop.snapshotFault = nil
        second()
        second()
        #expect(!loop.engine.log.isDegraded)
        #expect(storeComponent.contains("\"ok\":true"))
    }
}
