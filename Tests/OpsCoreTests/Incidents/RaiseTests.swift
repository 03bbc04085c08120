// What a raise does, rule by rule (State+Raise.swift).

import OpsTestKit
import Testing

@testable import OpsCore

extension World {
    @discardableResult
    mutating func raise(
        _ severity: Severity, _ message: String, source: String = "api", key: String? = nil,
        uid: UInt32 = 1_000
    ) throws -> Raised {
        let terms = RaiseTerms(severity, source: source, message: message, key: key)
        guard case .incident(.raised(let raised))? = try ask(.incident(.raise(terms)), uid: uid)
        else { throw Wrong() }
        return raised
    }

    mutating func resolve(_ id: UInt64) throws {
        try ask(.incident(.resolve(.id(id), note: nil)))
    }

    mutating func acknowledge(_ id: UInt64) throws {
        try ask(.incident(.acknowledge(.id(id), note: nil)))
    }

    /// The kinds of the events of the inbox, the oldest first.
    var told: [EventKind] { state.events.all.map(\.kind).filter { $0.topic == .incident } }
}

private let hour: Int64 = 3_600_000

@Suite struct RaiseTests {
    @Test func theFingerprintIsThatOfS2() {
        let lost = Incident.fingerprint(
            .critical, source: "healthcheck", message: "Database connection lost")
        #expect(lost == "c75893c52574")
        #expect(Incident.fingerprint(.info, source: "api", message: "Test") == "f582d812d413")
        let long = String(repeating: "ä", count: 50)
        let one = Incident.fingerprint(.info, source: "a", message: long)
        #expect(one == Incident.fingerprint(.info, source: "a", message: long + "more"))
        #expect(one != Incident.fingerprint(.info, source: "a", message: String(long.dropLast())))
        // Code points, not characters: the accent is the fifty-first.
        let accent = String(repeating: "x", count: 49) + "e\u{301}"
        #expect(
            Incident.fingerprint(.info, source: "a", message: accent)
                == Incident.fingerprint(
                    .info, source: "a", message: String(repeating: "x", count: 49) + "e"))
    }

    @Test func aRaiseMaySayHowOftenItHappened() throws {
        var world = World()
        func terms(_ count: UInt64, _ severity: Severity = .warning) -> RaiseTerms {
            var terms = RaiseTerms(severity, source: "log", message: "ERROR", key: "errors")
            terms.count = count
            return terms
        }
        for count in [0, IncidentBounds.countLimit + 1] {
            #expect(throws: Refusal.self) {
                try world.ask(.incident(.raise(terms(count))), uid: 1_000)
            }
        }
        try world.ask(.incident(.raise(terms(5))), uid: 1_000)
        #expect(
            world.state.domains.incidents[1]?.raises == 5
                && world.state.domains.incidents[1]?.repeats == 4)
        try world.ask(.incident(.raise(terms(10))), uid: 1_000)
        #expect(
            world.state.domains.incidents[1]?.raises == 15
                && world.state.domains.incidents[1]?.repeats == 14)
        // Worse: told, with what came before; those that came with it are counted for the next.
        try world.ask(.incident(.raise(terms(3, .critical))), uid: 1_000)
        #expect(
            world.state.domains.incidents[1]?.raises == 18
                && world.state.domains.incidents[1]?.earlierRepeats == 14)
        #expect(world.state.domains.incidents[1]?.repeats == 2)
        try world.resolve(1)
        try world.ask(.incident(.raise(terms(1))), uid: 1_000)
        #expect(
            world.state.domains.incidents[2]?.raises == 1
                && world.state.domains.incidents[2]?.repeats == 0)
    }

    @Test func ruleI1OneIncidentAGroup() throws {
        var world = World()
        let first = try world.raise(.warning, "disk is slow")
        let second = try world.raise(.warning, "disk is slow")
        let other = try world.raise(.warning, "disk is slow", source: "web")
        #expect(first.outcome == .opened && first.incident.id == 1)
        #expect(second.outcome == .repeated && second.incident.id == 1)
        #expect(other.outcome == .opened && other.incident.id == 2)
        #expect(second.incident.fingerprint == first.incident.fingerprint)
        // The key decides where there is one, and is not the message of another.
        let keyed = try world.raise(.warning, "latency 17 ms", key: "latency")
        let again = try world.raise(.warning, "latency 18 ms", key: "latency")
        #expect(keyed.incident.id == 3 && again.incident.id == 3)
        #expect(again.incident.fingerprint == keyed.incident.fingerprint)
        #expect(try world.raise(.warning, "latency").incident.id == 4)
        // Two ways to write one character are two groups, as they are two fingerprints.
        #expect(try world.raise(.info, "caf\u{e9}").incident.id == 5)
        #expect(try world.raise(.info, "cafe\u{301}").incident.id == 6)
    }

    @Test func ruleI2RepeatsAreCountedAndNotTold() throws {
        var world = World()
        try world.raise(.critical, "Database connection lost", source: "healthcheck")
        for _ in 0..<17 {
            world.advance(milliseconds: 60_000)
            let raised = try world.raise(
                .critical, "Database connection lost", source: "healthcheck")
            #expect(raised.outcome.isSuppressed)
        }
        // What is milder than the highest so far is a repeat as well.
        #expect(
            try world.raise(.info, "Database connection lost", source: "healthcheck").outcome
                == .repeated)
        let incident = try #require(world.state.incident(1))
        #expect(incident.raises == 19 && incident.repeats == 18 && incident.window == 1)
        #expect(incident.highest == .critical && incident.severity == .info)
        #expect(world.told == [.incidentOpened])
    }

    @Test func ruleI3WorseIsAlwaysTold() throws {
        var world = World()
        try world.raise(.warning, "pool is full")
        try world.acknowledge(1)
        #expect(try world.raise(.warning, "pool is full").outcome == .repeated)
        let raised = try world.raise(.critical, "pool is full")
        #expect(raised.outcome == .worse)
        #expect(raised.incident.stage == .open && raised.incident.acknowledgedSeverity == nil)
        #expect(raised.incident.window == 2 && raised.incident.repeats == 0)
        #expect(raised.incident.earlierRepeats == 1)
        #expect(
            raised.incident.fingerprint
                == Incident.fingerprint(.critical, source: "api", message: "pool is full"))
        // The highest counts, so coming down and up again is nothing new.
        #expect(try world.raise(.warning, "pool is full").outcome == .repeated)
        #expect(try world.raise(.critical, "pool is full").outcome == .repeated)
        #expect(world.told == [.incidentOpened, .incidentAcknowledged, .incidentWorse])
    }

    @Test func ruleI4AfterTheWindowItIsToldAgain() throws {
        var world = World()
        try world.raise(.warning, "slow")
        world.advance(milliseconds: hour - 1)
        #expect(try world.raise(.warning, "slow").outcome == .repeated)
        world.advance(milliseconds: 1)
        let again = try world.raise(.warning, "slow, still")
        #expect(again.outcome == .opened, "another beginning of the message is another group")
        let told = try world.raise(.warning, "slow")
        #expect(told.outcome == .again && told.incident.window == 2)
        #expect(told.incident.earlierRepeats == 1 && told.incident.repeats == 0)
        try world.acknowledge(1)
        world.advance(milliseconds: 2 * hour)
        #expect(try world.raise(.warning, "slow").outcome == .repeated, "somebody is at it")
        #expect(world.state.incident(1)?.window == 2)
    }

    @Test func theWindowIsThatOfTheSettings() throws {
        var world = World()
        var settings = IncidentSettings()
        settings.dedupMilliseconds = 60_000
        world.state.adopt(settings)
        try world.raise(.warning, "slow")
        world.advance(milliseconds: 60_000)
        #expect(try world.raise(.warning, "slow").outcome == .again)
    }

    @Test func ruleI5AfterResolveItIsANewOne() throws {
        var world = World()
        try world.raise(.critical, "down")
        try world.resolve(1)
        let raised = try world.raise(.critical, "down")
        #expect(raised.outcome == .opened && raised.incident.id == 2)
        #expect(raised.incident.raises == 1)
        // Three turns of it, for whoever looks for flapping.
        #expect(raised.incident.changes.count == 3)
        #expect(world.state.incident(1)?.stage == .resolved)
        #expect(world.told == [.incidentOpened, .incidentResolved, .incidentOpened])
    }

    @Test func ruleI6AFloodIsOneIncident() throws {
        var world = World()
        for number in 0..<100 { try world.raise(.warning, "item \(number) failed") }
        let first = try world.raise(.warning, "item 100 failed")
        #expect(first.isFlooded && first.outcome == .opened && first.incident.isFlood)
        for number in 101..<500 {
            #expect(try world.raise(.warning, "item \(number) failed").outcome == .repeated)
        }
        let flood = try #require(world.state.incident(101))
        #expect(flood.raises == 400 && world.state.incidents.count == 101)
        let lines = flood.details.split(separator: "\n")
        #expect(lines.count == IncidentBounds.samples)
        #expect(lines.first == "WARNING api: item 100 failed")
        // What is known goes on by itself, what is worse is told, others are not concerned.
        #expect(try world.raise(.warning, "item 7 failed").incident.id == 8)
        let worse = try world.raise(.critical, "item 900 failed")
        #expect(worse.outcome == .worse && worse.incident.id == 101)
        #expect(try world.raise(.warning, "mine", source: "web").outcome == .opened)
        #expect(world.told.count { $0 == .incidentFlood } == 1)
        world.advance(milliseconds: 60_000)
        let later = try world.raise(.warning, "item 1000 failed")
        #expect(!later.isFlooded && later.outcome == .opened)
    }

    @Test func ruleI8WhatIsTooLongIsCutAndNotRefused() throws {
        var world = World()
        let long = String(repeating: "long ", count: 2_000)
        let raised = try world.raise(.warning, long)
        #expect(raised.incident.message.writtenBytes <= IncidentBounds.messageBytes)
        #expect(raised.incident.message.hasSuffix("\u{2026}"))
        #expect(
            raised.incident.fingerprint
                == Incident.fingerprint(.warning, source: "api", message: long))
        for (terms, argument) in [
            (RaiseTerms(.info, source: String(repeating: "s", count: 65), message: "x"), "source"),
            (RaiseTerms(.info, source: "", message: "x"), "source"),
            (RaiseTerms(.info, source: "s", message: ""), "msg"),
            (RaiseTerms(.info, source: "s", message: "x", key: ""), "key"),
        ] {
            let refusal = world.refusal(.incident(.raise(terms)))
            #expect(refusal?.code == .badArgument)
            #expect(refusal?.message.hasPrefix("\(argument):") == true)
        }
    }

    @Test func linksThatAreTooManyOrTooLongAreLeftOut() throws {
        var world = World()
        let long = "https://" + String(repeating: "x", count: 600)
        let terms = RaiseTerms(
            .info, source: "api", message: "x",
            links: ["a", long, "b", "c", "d", "e"])
        try world.ask(.incident(.raise(terms)))
        #expect(world.state.incident(1)?.links == ["a", "b", "c", "d"])
    }

    @Test func theDaemonRaisesAndResolvesByItself() throws {
        var world = World()
        let terms = RaiseTerms(
            .critical, source: "opsd", message: "the disk is full", key: "disk", rule: "disk")
        let (raised, changes) = try world.state.raise(terms, by: .daemon, at: world.now)
        for change in changes { world.commit(change) }
        #expect(raised.incident.rule == "disk")
        #expect(world.state.incident(1)?.steps.first?.uid == nil)
        #expect(world.state.events.newest?.uid == nil)
        for change in world.state.resolve(source: "opsd", key: "disk", at: world.now) {
            world.commit(change)
        }
        #expect(world.state.incident(1)?.stage == .resolved)
        #expect(world.state.resolve(source: "opsd", key: "disk", at: world.now).isEmpty)
    }

    @Test func pagingLearnsWhatChanged() throws {
        var world = World()
        try world.raise(.warning, "one")
        try world.raise(.warning, "two")
        #expect(world.state.takeTouchedIncidents() == [1, 2])
        #expect(world.state.takeTouchedIncidents().isEmpty)
        try world.raise(.warning, "two")
        #expect(world.state.takeTouchedIncidents() == [2])
        #expect(world.state.openIncidents.map(\.id) == [1, 2])
        // After a start everything that is not over is looked at.
        try world.resolve(1)
        var copy = world.replayed()
        copy.recoveryEnded()
        #expect(copy.takeTouchedIncidents() == [2])
        #expect(copy.takeFreshIncidents().isEmpty, "evidence is of the time of the raise")
    }
}
