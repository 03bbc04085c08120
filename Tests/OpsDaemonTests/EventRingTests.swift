// The ring against a list: what is collected, what is lost, and what a part of a run amounts to.

import OpsCore
import OpsProtocol
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct EventRingTests {
    private static let kinds: [EventKind] = [.ban, .reload, .health, .sloFiring, .started]

    private func event(_ id: UInt64, _ random: inout SeededGenerator) -> Event {
        Event(
            id: id, kind: Self.kinds.randomElement(using: &random) ?? .ban, severity: .info,
            wall: 0, gauges: Gauges(),
            details: String(repeating: "d", count: .random(in: 0...400, using: &random)))
    }

    private func line(_ event: Event) -> [UInt8] {
        var bytes: [UInt8] = []
        event.writeLine(to: &bytes)
        return bytes
    }

    @Test(arguments: 1...10) func behavesLikeAList(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let ring = EventRing(limitBytes: 8_192)
        var all: [Event] = []
        for _ in 0..<300 {
            let batch = (0..<Int.random(in: 0...20, using: &random)).map { place in
                event(UInt64(all.count + place + 1), &random)
            }
            all += batch
            ring.append(batch)
            for _ in 0..<Int.random(in: 0...25, using: &random) { _ = ring.renderNext() }
            #expect(ring.end == UInt64(all.count) + 1)
            #expect(ring.renderedEnd + UInt64(ring.waitingCount) == ring.end)
            #expect(ring.bytes <= 8_192 + 5 * 1_000)
            let topics = TopicSet(
                Topic.allCases.filter { _ in Bool.random(using: &random) })
            let number = UInt64.random(in: 1...ring.renderedEnd, using: &random)
            if ring.hasLost(number) { continue }
            var run = EventRun()
            let next = ring.collect(
                from: number, topics, limitBytes: .random(in: 1...4_000, using: &random),
                limitEvents: .random(in: 1...50, using: &random), into: &run)
            #expect(next > number || number == ring.renderedEnd)
            let wanted = all[Int(number) - 1..<Int(next) - 1].filter {
                topics.contains($0.kind.topic)
            }
            #expect(run.bytes == wanted.flatMap(line))
            #expect(run.marks.map(\.next) == wanted.map { $0.id + 1 })
        }
        #expect(ring.hasLost(1))
        for topic in Topic.allCases {
            let count = all.count { $0.kind.topic == topic }
            #expect(ring.total(of: TopicSet([topic])) == UInt64(count))
        }
        ring.clear()
        #expect(ring.bytes == 0 && ring.end == UInt64(all.count) + 1 && !ring.renderNext())
    }

    @Test func aPartOfARunEndsWithinAnEvent() {
        var run = EventRun()
        for (place, size) in [3, 1, 5].enumerated() {
            run.append(next: UInt64(place + 2)) { $0 += [UInt8](repeating: 0x61, count: size) }
        }
        let expected =
            [(0, 0), (1, 3), (1, 3), (1, 3), (2, 4)] + Array(repeating: (3, 9), count: 5)
        for (count, (events, end)) in expected.enumerated() {
            let sent = run.sent(count)
            #expect(sent.events == events && sent.end == end)
        }
    }

    @Test(arguments: 1...6) func lineBehavesLikeAnArray(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var line = SlotLine()
        var model: [Int] = []
        for _ in 0..<2_000 {
            let slot = Int.random(in: 0..<20, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                line.append(slot)
                if !model.contains(slot) { model.append(slot) }
            case 2:
                line.remove(slot)
                model.removeAll { $0 == slot }
            default: #expect(line.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(line.count == model.count && line.isEmpty == model.isEmpty)
            #expect(line.contains(slot) == model.contains(slot))
        }
    }

    @Test func lineKnowsWhoHasBeenServedSince() {
        var line = SlotLine()
        #expect(line.hasPassed(line.lastTicket))
        for slot in [4, 2, 9] { line.append(slot) }
        let ticket = line.lastTicket
        line.append(7)
        // It is in line already, and keeps its place.
        line.append(2)
        #expect(line.popFirst() == 4)
        line.remove(9)
        #expect(!line.hasPassed(ticket))
        #expect(line.popFirst() == 2)
        #expect(line.hasPassed(ticket) && line.count == 1)
        line.append(4)
        #expect(line.hasPassed(ticket) && !line.hasPassed(line.lastTicket))
    }
}
