// What every domain must do, shown on whatever a snapshot can hold of it: it comes back and is in
// the next snapshot, its deadlines move with the boot, and what has a deadline ends.  A domain that
// forgets one of these compiles, answers, and loses its table at some later start.
//
// Which of its numbers are deadlines is read off the lines: the members whose names end in
// `deadline_ms`.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsStore

extension DomainEntry {
    /// What must have been restored before it.
    fileprivate var foundation: [DomainEntry] {
        switch self {
        case .list, .service(.head), .service(.override), .place, .work, .incident: []
        case .service(.minutes(let name, _)), .service(.hourSketch(let name, _)),
            .service(.minuteSketch(let name, _)):
            [.service(.head(name, number: 0, baseline: 0, alerts: [:], gate: GateHold()))]
        case .cost(.minutes(let name, _)), .cost(.hours(let name, _)):
            [.cost(.model(name, number: 0, .fine))]
        case .cost, .endpoint, .queue, .trend: []
        }
    }
}

extension State {
    fileprivate init(holding entries: [DomainEntry]) {
        self.init(hashKey: (1, 2))
        for entry in entries { restore(entry) }
    }

    /// What a snapshot has of the domains, as bytes.
    fileprivate func snapshot(at now: Moment) -> [UInt8] {
        let header = SnapshotHeader(
            sequence: 1, bootID: bootID, taken: Moment(boot: 0, wall: 0), clockOffset: clockOffset,
            lastEventID: 0, minReader: minReader)
        var bytes: [UInt8] = []
        var writer = SnapshotWriter(header, into: &bytes)
        for entry in image(at: now).entries {
            for step in 0..<entry.steps { writer.append(entry, step: step, into: &bytes) }
        }
        writer.finish(through: 1, into: &bytes)
        return bytes
    }

    /// All deadlines that the snapshot names, in milliseconds, ascending; not those that never
    /// come.
    fileprivate var deadlines: [Int64] {
        let text = String(decoding: snapshot(at: RegistryTests.start), as: UTF8.self)
        return text.split(separator: "deadline_ms\":").dropFirst()
            .compactMap { Int64($0.prefix { $0.isNumber }) }
            .sorted()
    }
}

@Suite struct RegistryTests {
    /// Before any deadline.
    fileprivate static let start = Moment(boot: -1_000_000, wall: 0)

    private static let kinds = SnapshotEntryKind.allCases.filter { kind in
        var random = SeededGenerator(seed: 0)
        return random.entry(kind) != nil
    }

    /// States with an entry of a kind each, and what it builds on.
    private func states(_ kind: SnapshotEntryKind, _ body: (DomainEntry, State) -> Void) {
        var random = SeededGenerator(seed: 21)
        for _ in 0..<100 {
            guard let entry = random.entry(kind) else { return }
            body(entry, State(holding: entry.foundation + [entry]))
        }
    }

    @Test(arguments: kinds) func whatComesBackIsInTheNextSnapshot(kind: SnapshotEntryKind) {
        var found = 0
        // Not all samples are anything that a table holds: an empty sketch, a minute without an
        // event.
        states(kind) { entry, state in
            if state.image(at: Self.start).entries.contains(entry) { found += 1 }
        }
        #expect(found > 10, "\(kind)")
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func aSnapshotOfAllKindsIsTheState(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var entries: [DomainEntry] = []
        for _ in 0..<60 {
            guard let entry = random.entry(random.pick(Self.kinds)) else { continue }
            entries += entry.foundation + [entry]
        }
        let state = State(holding: entries)
        let found = try readSnapshot(state.snapshot(at: Self.start)).0.entries
        let again = State(holding: found)
        #expect(found == state.image(at: Self.start).entries && !found.isEmpty)
        #expect(again.image(at: Self.start).entries == found)
        #expect(again.nextDeadline == state.nextDeadline)
        #expect(again.minReader == state.minReader)
    }

    @Test(arguments: kinds) func deadlinesMoveWithTheBoot(kind: SnapshotEntryKind) {
        let step: Int64 = 7_000_000
        // No time between the boots, and the clock was not set.
        let rebase = Rebase(
            lastBoot: 0, earlierOffset: 0, boot: step, wall: 0, bootID: BootID(high: 3, low: 4))
        states(kind) { entry, state in
            var moved = state
            moved.apply(.rebased(rebase), Stamp(moment: Moment(boot: 0, wall: 0)))
            #expect(moved.deadlines == state.deadlines.map { $0 + step }, "\(entry)")
        }
    }

    @Test(arguments: kinds) func whatHasADeadlineEnds(kind: SnapshotEntryKind) {
        states(kind) { entry, before in
            var state = before
            // What ends may leave something that ends later: an item of work is kept for a week.
            for _ in 0..<10 {
                guard let deadline = state.deadlines.first else { break }
                #expect(state.nextDeadline == deadline, "\(entry)")
                let moment = Moment(boot: deadline * 1_000_000, wall: 0)
                let early = Moment(boot: moment.boot - 1_000_000, wall: 0)
                #expect(state.dueInDomains(at: early, atMost: 10).isEmpty, "\(entry)")
                for change in state.dueInDomains(at: moment, atMost: 10) {
                    state.apply(change, Stamp(moment: moment))
                }
                #expect(!state.deadlines.contains(deadline), "\(entry)")
            }
            #expect(state.nextDeadline == nil, "\(entry)")
        }
    }

    /// Kinds whose lines are all numbers, which no version will add a member to.
    private static let closed: Set<SnapshotEntryKind> = [
        .minutes, .hourSketch, .minuteSketch, .gateOverride, .incidentNumbers, .costCap,
        .costMinutes, .costHours,
    ]

    /// Going to an older version and back loses nothing that was on a line of this one.
    @Test(arguments: Set(kinds).subtracting(closed))
    func aMemberOfANewerVersionIsKept(kind: SnapshotEntryKind) throws {
        var random = SeededGenerator(seed: 22)
        for _ in 0..<20 {
            guard let entry = random.entry(kind) else { return }
            var lines = String(
                decoding: State(holding: [entry]).snapshot(at: Self.start), as: UTF8.self
            ).split(separator: "\n").dropLast().map(String.init)
            lines[1] = lines[1].dropLast() + #","later":{"of":[1]}}"#
            let (memory, _, extras) = try readSnapshot(SnapshotExtrasTests.closed(lines))
            var bytes: [UInt8] = []
            var writer = SnapshotWriter(
                try #require(memory.header), extras: extras, into: &bytes)
            for item in memory.items { writer.append(item, into: &bytes) }
            let again = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            #expect(again.map(String.init) == lines, "\(entry)")
        }
    }

    @Test func someEntriesHaveDeadlines() {
        var count = 0
        states(.list) { _, state in count += state.deadlines.count }
        #expect(count > 25)
    }
}
