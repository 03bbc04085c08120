// The bounds of the inbox, and what is true of it whatever happens: counts add up, a replayed log
// is the same state, what is derived is what the tables say.

import OpsTestKit
import Testing

@testable import OpsCore

extension World {
    /// As fast as a test needs it: changes are applied, and not kept for replay.
    fileprivate mutating func raiseFast(_ terms: RaiseTerms) throws -> Raised {
        let (raised, changes) = try state.raise(terms, by: Caller(uid: 7, role: .report), at: now)
        for change in changes { state.apply(change, Stamp(moment: now)) }
        return raised
    }
}

@Suite struct IncidentBoundTests {
    /// I7: nothing that is open ever goes, and nothing is raised without being counted somewhere.
    @Test func aFullInboxCountsInFloods() throws {
        var world = World()
        let room = IncidentBounds.incidents - IncidentBounds.keptForFloods
        for number in 0..<room {
            _ = try world.raiseFast(RaiseTerms(.warning, source: "s\(number)", message: "m"))
        }
        #expect(world.state.incidents.count == room)
        let first = try world.raiseFast(RaiseTerms(.critical, source: "t0", message: "m"))
        #expect(first.isFlooded && first.incident.group == .flood("t0"))
        #expect(first.incident.highest == .critical && first.incident.details == "CRITICAL t0: m")
        for number in 1..<200 {
            let raised = try world.raiseFast(
                RaiseTerms(.warning, source: "t\(number)", message: "m"))
            #expect(raised.isFlooded)
        }
        #expect(world.state.incidents.count == IncidentBounds.incidents)
        let all = try #require(
            world.state.incidents.active(.flood(IncidentBounds.daemonSource)))
        #expect(all.raises == 200 - 63)
        #expect(world.state.incidents.activeCount == IncidentBounds.incidents)
        // One that is over makes room again.
        try world.resolve(1)
        try world.resolve(2)
        for id in 3...70 as ClosedRange<UInt64> { try world.resolve(id) }
        let raised = try world.raiseFast(RaiseTerms(.warning, source: "u", message: "m"))
        #expect(!raised.isFlooded && world.state.incident(1) == nil, "the oldest that is over")
        #expect(world.state.incidents.count <= IncidentBounds.incidents)
    }

    /// I7: evidence goes first, then what is over.
    @Test func memoryIsBounded() throws {
        var world = World()
        let details = String(repeating: "d", count: IncidentBounds.detailsBytes)
        let message = String(repeating: "m", count: 900)
        let evidence = String(repeating: "e", count: IncidentBounds.evidenceBytes)
        for number in 0..<12_000 {
            let raised = try world.raiseFast(
                RaiseTerms(
                    .warning, source: "s\(number)", message: "\(number) \(message)",
                    details: details))
            #expect(world.state.incidents.memoryBytes <= IncidentBounds.memoryBytes + 8_192)
            if raised.isFlooded { break }
            let changes = world.state.evidence(for: raised.incident.id, evidence, at: world.now)
            for change in changes { world.state.apply(change, Stamp(moment: world.now)) }
        }
        #expect(world.state.incidents.evidence.isEmpty, "it went before any incident was refused")
        #expect(world.state.incidents.activeCount > 6_000)
        #expect(world.state.openIncidents.contains { $0.isFlood })
        #expect(world.state.incident(1) != nil)
    }

    @Test func theEvidenceOfTheOldestGoes() throws {
        var world = World()
        let evidence = String(repeating: "e", count: IncidentBounds.evidenceBytes)
        for number in 0..<5_000 {
            let raised = try world.raiseFast(
                RaiseTerms(.warning, source: "s\(number)", message: "m"))
            let changes = world.state.evidence(for: raised.incident.id, evidence, at: world.now)
            for change in changes { world.state.apply(change, Stamp(moment: world.now)) }
        }
        let inbox = world.state.incidents
        #expect(inbox.count == 5_000 && inbox.memoryBytes <= IncidentBounds.memoryBytes)
        #expect(inbox.evidence[1] == nil && inbox.evidence[5_000]?.text == evidence)
        #expect(inbox.evidence.count > 2_000)
    }

    @Test func evidenceIsWrittenOnce() throws {
        var world = World()
        try world.raise(.warning, "slow")
        #expect(world.state.takeFreshIncidents() == [1])
        for change in world.state.evidence(for: 1, "then", at: world.now) { world.commit(change) }
        #expect(world.state.evidence(for: 1, "now", at: world.now).isEmpty)
        #expect(world.state.evidence(for: 9, "now", at: world.now).isEmpty)
        #expect(world.state.incidents.evidence[1]?.text == "then")
    }

    /// Counts add up over random raises, resolves and restarts, and the log alone gives the same.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func countsAddUp(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var world = World()
        var raises: UInt64 = 0
        var silenced: UInt64 = 0
        for _ in 0..<400 {
            world.advance(milliseconds: random.pick([0, 10, 1_000, 600_000]))
            switch random.next() % 16 {
            case 0:
                let open = world.state.openIncidents
                if !open.isEmpty { try world.resolve(random.pick(open).id) }
            case 1:
                let open = world.state.openIncidents
                if !open.isEmpty { try world.acknowledge(random.pick(open).id) }
            case 2:
                _ = try? world.ask(
                    .incident(
                        .silence(
                            SilenceTerms(
                                severity: random.pick([nil, .warning]),
                                source: random.pick(["a*", "b"]), reason: "x",
                                milliseconds: 100_000))))
            case 3:
                let held = world.state.incidents.silences.sorted
                if !held.isEmpty { try world.ask(.incident(.endSilence(random.pick(held).id))) }
            case 4: world.expire()
            case 5:
                var copy = world.replayed()
                copy.recoveryEnded()
                #expect(
                    copy.image(at: world.now).entries == world.state.image(at: world.now).entries)
                world.state = copy
            default:
                let raised = try world.raise(
                    random.pick(Severity.allCases), "m\(random.next() % 6)",
                    source: random.pick(["a", "ab", "b"]), key: random.pick([nil, "k"]))
                raises += 1
                if raised.incident.silence != nil { silenced += 1 }
                #expect(world.state.incident(raised.incident.id) == raised.incident)
            }
            let inbox = world.state.incidents
            for incident in inbox.table.sorted where incident.stage.isActive {
                #expect(inbox.active(incident.group)?.id == incident.id)
                #expect(incident.silence == inbox.silence(holding: incident)?.id)
                #expect(inbox.incident(fingerprint: incident.fingerprint) != nil)
            }
            #expect(inbox.activeIDs.count == inbox.table.sorted.count { $0.stage.isActive })
        }
        let all = world.state.incidents.table.sorted
        #expect(all.reduce(0) { $0 + $1.raises } == raises)
        #expect(all.map(\.memoryBytes).reduce(0, +) == world.state.incidents.memoryBytes)
        #expect(silenced > 0)
    }

    /// The number of an incident that is forgotten is given to no other, after a snapshot either.
    @Test func aSnapshotKeepsTheNumbers() throws {
        var world = World()
        try world.raise(.warning, "slow")
        try world.resolve(1)
        world.advance(milliseconds: 31 * 86_400_000)
        world.expireDomains()
        #expect(world.state.incident(1) == nil)
        var restored = State(hashKey: (5, 6))
        for entry in world.state.image(at: world.now).entries { restored.restore(entry) }
        restored.recoveryEnded()
        world.state = restored
        #expect(try world.raise(.warning, "slow").incident.id == 2)
    }

    /// A reboot: windows and the time since the last step go on by the wall clock.
    @Test func timesMoveToTheNextBoot() throws {
        var world = World()
        try world.raise(.warning, "slow")
        world.advance(milliseconds: 1_800_000)
        let later = Moment(boot: 5_000_000_000, wall: world.now.wall + 600_000_000_000)
        world.commit(
            .rebased(
                Rebase(
                    lastBoot: world.now.bootMilliseconds, earlierOffset: world.state.clockOffset,
                    boot: later.bootMilliseconds, wall: later.wallMilliseconds,
                    bootID: BootID(high: 1, low: 1))))
        world.now = later
        let incident = try #require(world.state.incident(1))
        #expect(incident.windowEnds == 5_000 + 1_200_000)
        #expect(incident.since == 5_000 - 2_400_000)
        #expect(try world.raise(.warning, "slow").outcome == .repeated)
        world.advance(milliseconds: 1_200_000)
        #expect(try world.raise(.warning, "slow").outcome == .again)
    }
}
