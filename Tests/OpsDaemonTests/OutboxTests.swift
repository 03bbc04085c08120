// Events wait for the log, leave in order, and leave once.

import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct OutboxTests {
    private func event(_ id: UInt64) -> Event {
        Event(id: id, kind: .ban, severity: .info, wall: 0, gauges: Gauges(), details: "\(id)")
    }

    private func filled(_ sequences: [UInt64]) -> Outbox {
        var outbox = Outbox()
        for (index, sequence) in sequences.enumerated() {
            outbox.append(event(UInt64(index)), waitingFor: sequence)
        }
        return outbox
    }

    static let cases: [(UInt64, [UInt64])] = [
        (0, []), (1, [0]), (2, [0, 1]), (4, [0, 1]), (5, [0, 1, 2, 3]), (9, [0, 1, 2, 3]),
    ]

    @Test(arguments: cases)
    func whatIsSafeLeavesInOrder(safe: UInt64, ids: [UInt64]) {
        var outbox = filled([1, 2, 5, 5])
        #expect(outbox.take(upTo: safe).map(\.id) == ids)
        #expect(outbox.firstID == (ids.count < 4 ? UInt64(ids.count) : nil))
        #expect(outbox.isEmpty == (ids.count == 4))
        #expect(outbox.take(upTo: safe).isEmpty)
        #expect(outbox.take(upTo: .max).count == 4 - ids.count)
    }

    @Test func whatComesBehindWaitsForItself() {
        var outbox = filled([1])
        #expect(outbox.take(upTo: 1).count == 1)
        outbox.append(event(7), waitingFor: 2)
        #expect(outbox.take(upTo: 1).isEmpty)
        outbox.relax()
        #expect(outbox.take(upTo: 2).map(\.id) == [7])
    }
}
