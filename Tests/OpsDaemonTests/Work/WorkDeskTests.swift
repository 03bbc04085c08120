// Those who wait for work: who is first, what many of them cost, and how they are told that there
// was nothing.

import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct WorkDeskTests {
    private func taker(_ kinds: [String], until deadline: Int64) -> WorkDesk.Taker {
        WorkDesk.Taker(
            take: WorkTake(kinds, waitMilliseconds: 0, leaseMilliseconds: 60_000),
            deadline: deadline)
    }

    @Test func thoseThatWaitForTheSameAreOneQuestion() {
        let desk = WorkDesk()
        for slot in 0..<1_000 {
            let kinds = slot % 2 == 0 ? ["a"] : ["a", "b"]
            desk.append(taker(kinds, until: Int64(2_000 - slot)), slot)
        }
        #expect(desk.groups.map(\.kinds) == [["a"], ["a", "b"]])
        #expect(desk.groups.map(\.count) == [500, 500])
        #expect(desk.first == 0 && desk.next(after: 0) == 1)
        #expect(desk.firstDeadline == 1_001)
        #expect(desk.overdue(at: 1_000) == nil && desk.overdue(at: 1_001) == 999)
        for slot in (0..<1_000).reversed() where slot % 2 == 1 { desk.remove(slot) }
        #expect(desk.groups.map(\.count) == [500, 0])
        #expect(desk.firstDeadline == 1_002 && desk.next(after: 0) == 2)
    }

    /// Whoever asks for other kinds each time makes no list of them grow.
    @Test func listsOfKindsAreUsedAgain() {
        let desk = WorkDesk()
        desk.append(taker(["stays"], until: .max), 0)
        for round in 1...1_000 {
            desk.append(taker(["kind\(round)"], until: Int64(round)), 1)
            desk.remove(1)
        }
        #expect(desk.groups.count == 2)
        desk.remove(0)
        #expect(desk.first == nil && desk.firstDeadline == .max)
    }

    // MARK: At the engine

    private func waiting(_ loop: FakeLoop, _ count: Int, _ kind: String) -> [FakeClient] {
        (0..<count).map { _ in
            let client = loop.connect(uid: 0, role: .pager)
            loop.send(client, "work take \(kind) wait=10s\n")
            return client
        }
    }

    private func put(_ kind: String, _ loop: FakeLoop) {
        loop.put("k", kind: kind)
        loop.turn()
    }

    @Test func whoWaitsLongestIsFirstWhateverOthersWaitFor() {
        let loop = FakeLoop.settled()
        loop.engine.update { $0.workKinds = ["page/a", "page/b"] }
        let (first, second) = (waiting(loop, 50, "page/a"), waiting(loop, 2, "page/b"))
        put("page/b", loop)
        #expect(first.allSatisfy { $0.take().isEmpty })
        #expect(takenItem(second[0].take().last ?? "") != nil && second[1].take().isEmpty)
        put("page/a", loop)
        #expect(takenItem(first[0].take().last ?? "") != nil && first[1].take().isEmpty)
    }

    @Test func thousandsThatGetNothingAreToldSoInSlices() {
        let loop = FakeLoop.settled()
        loop.engine.update { $0.workKinds = ["page/a"] }
        let clients = waiting(loop, 150, "page/a")
        loop.advance(11)
        var told: [Int] = []
        for _ in 0..<3 {
            loop.turn()
            told.append(clients.count { !$0.take().isEmpty })
        }
        #expect(told == [64, 64, 22])
        #expect(loop.engine.work.isEmpty)
    }
}
