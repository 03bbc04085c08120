// The rules of the tail (EventTail.swift, T1 to T4) against a slow model.

import OpsTestKit
import Testing

@testable import OpsCore

/// The same rules over a plain list.
private struct SlowTail {
    var capacity: Int
    var events: [Event] = []

    mutating func append(_ event: Event) {
        events.append(event)
        trim()
    }

    mutating func trim() {
        let share = capacity / Topic.allCases.count
        while events.count > capacity {
            let over = Topic.allCases.filter { topic in
                events.count { $0.kind.topic == topic } > share
            }
            guard let index = events.firstIndex(where: { over.contains($0.kind.topic) }) else {
                return
            }
            events.remove(at: index)
        }
    }
}

@Suite struct EventTailTests {
    private static let kinds: [EventKind] = [
        .health, .ban, .sloFiring, .gateClosed, .started, .reload, .logLost, .workFailed,
        .incidentOpened, .costWarning, .queueBad,
    ]

    private static func event(_ id: UInt64, _ kind: EventKind) -> Event {
        Event(
            id: id, kind: kind, severity: .info, wall: Int64(id), gauges: Gauges(), details: "")
    }

    @Test func thereIsAKindOfEachTopic() {
        #expect(Set(Self.kinds.map(\.topic)) == Set(Topic.allCases))
    }

    /// T1 to T4: what is kept, and from where on of each topic, over many sizes and mixtures.
    @Test(arguments: [1, 2, 8, 9, 10, 17, 18, 40, 100], 0..<6)
    func keepsWhatTheSlowOneKeeps(capacity: Int, seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed * 1_000 + capacity))
        var tail = EventTail(capacity: capacity)
        var model = SlowTail(capacity: capacity)
        var all: [Event] = []
        for step in 0..<600 {
            // A topic floods for a while, and then another.
            let flood = Self.kinds[step / 97 % Self.kinds.count]
            let kind = random.next() % 8 == 0 ? random.pick(Self.kinds) : flood
            tail.append { id in
                let event = Self.event(id, kind)
                model.append(event)
                all.append(event)
                return event
            }
            if step % 53 == 52 {
                let size = 1 + Int(random.next() % UInt64(capacity + 5))
                tail.resize(to: size)
                model.capacity = size
                model.trim()
            }
            expect(tail, is: model, of: all)
        }
    }

    private func expect(_ tail: EventTail, is model: SlowTail, of all: [Event]) {
        #expect(tail.all == model.events && tail.count == model.events.count)
        #expect(tail.newest == all.last && tail.lastID == all.last?.id)
        let kept = Set(model.events.map(\.id))
        for topic in Topic.allCases {
            let gone = all.last { $0.kind.topic == topic && !kept.contains($0.id) }
            #expect(tail.floor(of: TopicSet([topic])) == gone?.id ?? 0)
        }
        for id in [0, 1, UInt64(all.count / 2), UInt64(all.count), .max] {
            let place = tail.place(from: id)
            #expect(place == tail.places.upperBound || tail.id(at: place) >= id)
            #expect(place == 0 || tail.id(at: place - 1) < id)
        }
        for place in tail.places {
            #expect(tail[place]?.id ?? tail.id(at: place) == tail.id(at: place))
            #expect(tail.topic(at: place) == tail[place]?.kind.topic)
        }
    }

    /// S5: a flood of bans pushes out bans, and no event of another topic.
    @Test func aFloodOfBansErasesNothingElse() {
        var tail = EventTail()
        for _ in 0..<8 { tail.append { Self.event($0, .health) } }
        for _ in 0..<2_500 { tail.append { Self.event($0, .ban) } }
        #expect(tail.count == 1_000)
        #expect(tail.all.prefix(8).allSatisfy { $0.kind == .health })
        #expect(tail.floor(of: TopicSet([.health])) == 0)
        #expect(tail.floor(of: TopicSet([.guard])) == 1_516)
    }

    /// What a snapshot held is the tail that it was, and the next events change both alike.
    @Test(arguments: 0..<20) func restoredItGoesOnAlike(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var tail = EventTail(capacity: 50)
        for _ in 0..<300 {
            let kind = random.next() % 3 == 0 ? random.pick(Self.kinds) : .ban
            tail.append { Self.event($0, kind) }
        }
        var restored = EventTail(capacity: 50)
        restored.restore(lastID: tail.lastID)
        for event in tail.all { restored.restore(event) }
        #expect(restored == tail)
        for topic in Topic.allCases {
            // It may not know that nothing is missing, but never the other way round.
            let topics = TopicSet([topic])
            #expect(restored.floor(of: topics) >= tail.floor(of: topics))
            if tail.floor(of: topics) > 0,
                let first = tail.all.first(where: { $0.kind.topic == topic })
            {
                #expect(restored.floor(of: topics) < first.id)
            }
        }
        for _ in 0..<100 {
            let kind = random.pick(Self.kinds)
            tail.append { Self.event($0, kind) }
            restored.append { Self.event($0, kind) }
            #expect(restored == tail)
        }
    }

    /// Events come once, and in the order of their ids.
    @Test func restoreTakesNoEventTwice() {
        var tail = EventTail(capacity: 10)
        for id in [5, 6, 6, 3, 9] as [UInt64] { tail.restore(Self.event(id, .ban)) }
        #expect(tail.all.map(\.id) == [5, 6, 9] && tail.lastID == 9)
        #expect(tail.floor(of: TopicSet([.guard])) == 4, "of one topic none is missing between")
        #expect(tail.floor(of: TopicSet([.health])) == 8)
    }
}
