// Events wait for the log, leave in order, and leave once.

import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct OutboxTests {
    private func event(_ id: UInt64) -> Event {
        Event(id: id, kind: .ban, severity: .info, wall: 0, gauges: Gauges(), details: "\(id)")
    }

    /// Three turns: two events that wait for 1 and 2, one for 3, and two for 5.
    private func filled() -> Outbox {
        var outbox = Outbox()
        for (id, sequence) in ([1, 2, 3, 5, 5] as [UInt64]).enumerated() {
            outbox.append(event(UInt64(id)), waitingFor: sequence)
            if id == 1 || id == 2 || id == 4 { #expect(outbox.removeReady(through: 0).isEmpty) }
        }
        return outbox
    }

    static let cases: [(UInt64, [[UInt64]])] = [
        (0, []), (1, []), (2, [[0, 1]]), (3, [[0, 1], [2]]), (4, [[0, 1], [2]]),
        (5, [[0, 1], [2], [3, 4]]), (.max, [[0, 1], [2], [3, 4]]),
    ]

    @Test(arguments: cases)
    func aTurnsEventsLeaveTogetherWhenAllAreSafe(safe: UInt64, ids: [[UInt64]]) {
        var outbox = filled()
        #expect(outbox.removeReady(through: safe).map { $0.map(\.id) } == ids)
        let count = ids.joined().count
        #expect(outbox.firstID == (count < 5 ? UInt64(count) : nil))
        #expect(outbox.isEmpty == (count == 5))
        #expect(outbox.removeReady(through: safe).isEmpty)
        #expect(outbox.removeReady(through: .max).joined().count == 5 - count)
    }

    @Test func whatComesBehindWaitsForItself() {
        var outbox = filled()
        #expect(outbox.removeReady(through: 5).count == 3)
        outbox.append(event(7), waitingFor: 6)
        #expect(outbox.firstID == 7 && !outbox.isEmpty)
        outbox.relax()
        #expect(outbox.removeReady(through: 5).isEmpty)
        outbox.relax()
        #expect(outbox.removeReady(through: 6).map { $0.map(\.id) } == [[7]])
    }

    @Test func whatFindsNoRoomIsCounted() {
        var outbox = Outbox()
        for id in 0..<Outbox.limit + 3 { outbox.append(event(UInt64(id)), waitingFor: 1) }
        #expect(outbox.lost == 3)
        #expect(outbox.removeReady(through: 1).joined().count == Outbox.limit)
        outbox.append(event(1), waitingFor: 2)
        #expect(outbox.lost == 3)
    }
}
