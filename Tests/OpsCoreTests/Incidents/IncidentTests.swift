// What people do with incidents: they take them on, resolve, note, list and silence them.

import OpsTestKit
import Testing

@testable import OpsCore

extension World {
    fileprivate mutating func silence(_ terms: SilenceTerms) throws -> SilenceView {
        guard case .incident(.silence(let view))? = try ask(.incident(.silence(terms))) else {
            throw Wrong()
        }
        return view
    }

    fileprivate mutating func list(_ query: IncidentQuery) throws -> IncidentPage {
        guard case .incident(.page(let page))? = try ask(.incident(.list(query))) else {
            throw Wrong()
        }
        return page
    }

    fileprivate mutating func show(_ name: IncidentName) throws -> IncidentView {
        guard case .incident(.shown(let view))? = try ask(.incident(.show(name))) else {
            throw Wrong()
        }
        return view
    }
}

private let day: Int64 = 86_400_000

@Suite struct IncidentTests {
    @Test func acknowledgedOnceMoreChangesNothing() throws {
        var world = World()
        try world.raise(.warning, "slow")
        try world.acknowledge(1)
        let before = world.log.count
        try world.acknowledge(1)
        #expect(world.log.count == before)
        let incident = try #require(world.state.incident(1))
        #expect(incident.stage == .acknowledged && incident.acknowledgedSeverity == .warning)
        try world.resolve(1)
        let refusal = world.refusal(.incident(.acknowledge(.id(1), note: nil)))
        #expect(refusal?.code == .refused)
    }

    @Test func byItsNumberOrItsFingerprint() throws {
        var world = World()
        let first = try world.raise(.warning, "slow").incident.fingerprint
        try world.resolve(1)
        try world.raise(.warning, "slow")
        #expect(try world.show(.fingerprint(first)).incident.id == 2, "the newest")
        try world.raise(.critical, "slow")
        #expect(world.refusal(.incident(.show(.fingerprint("0123456789ab"))))?.code == .notFound)
        #expect(world.refusal(.incident(.show(.id(9))))?.code == .notFound)
        for (text, name) in [
            ("17", IncidentName.id(17)), ("c75893c52574", .fingerprint("c75893c52574")),
            ("123456789012", .fingerprint("123456789012")), ("1234", .id(1_234)),
        ] {
            #expect(IncidentName(text) == name)
        }
        for text in ["", "0", "017", "-1", "C75893C52574", "c75893c5257", "99999999999999999999"] {
            #expect(IncidentName(text) == nil, "\(text)")
        }
    }

    @Test func notesAreKeptUpToAHundred() throws {
        var world = World()
        try world.raise(.warning, "slow")
        for number in 1...IncidentBounds.notes {
            try world.ask(.incident(.note(.id(1), text: "note \(number)")), uid: 7)
        }
        #expect(world.refusal(.incident(.note(.id(1), text: "x")))?.code == .tooMany)
        #expect(
            world.refusal(.incident(.resolve(.id(1), note: "x")))?.code == .tooMany,
            "nothing that was said is lost without a word")
        let view = try world.show(.id(1))
        #expect(view.notes.map(\.text) == (1...100).map { "note \($0)" })
        #expect(view.notes.allSatisfy { $0.uid == 7 })
        try world.resolve(1)
        world.advance(milliseconds: 30 * day)
        world.expire()
        #expect(world.state.incidents.notes.isEmpty, "they go with their incident")
        #expect(world.state.incidents.memoryBytes == 0)
    }

    @Test func aNoteMayComeWithTheEnd() throws {
        var world = World()
        try world.raise(.warning, "slow")
        try world.ask(.incident(.resolve(.id(1), note: "replaced the disk")))
        #expect(try world.show(.id(1)).notes.map(\.text) == ["replaced the disk"])
        #expect(world.state.events.newest?.reason == "replaced the disk")
    }

    @Test func resolvedOnesAreForgottenAfterAWhile() throws {
        var world = World()
        try world.raise(.warning, "one")
        try world.raise(.warning, "two")
        try world.resolve(1)
        world.advance(milliseconds: 30 * day - 1)
        world.expire()
        #expect(world.state.incidents.count == 2)
        world.advance(milliseconds: 1)
        world.expire()
        #expect(world.state.incident(1) == nil && world.state.incident(2) != nil)
        #expect(try world.raise(.warning, "one").incident.id == 3, "no number twice")
    }

    @Test func theListIsNarrowedAndComesInPages() throws {
        var world = World()
        for number in 1...6 {
            try world.raise(
                number % 2 == 0 ? .critical : .warning, "m\(number)", source: "s\(number)")
        }
        try world.resolve(2)
        try world.acknowledge(3)
        func ids(_ query: IncidentQuery) throws -> [UInt64] {
            var copy = world
            return try copy.list(query).incidents.map(\.id)
        }
        #expect(try ids(IncidentQuery()) == [6, 5, 4, 3, 1])
        #expect(try ids(IncidentQuery(stages: .all)) == [6, 5, 4, 3, 2, 1])
        #expect(try ids(IncidentQuery(stages: .open)) == [6, 5, 4, 1])
        #expect(try ids(IncidentQuery(stages: .acknowledged)) == [3])
        #expect(try ids(IncidentQuery(stages: .resolved)) == [2])
        #expect(try ids(IncidentQuery(stages: .all, severity: .critical)) == [6, 4, 2])
        #expect(try ids(IncidentQuery(source: "s[45]")) == [])
        #expect(try ids(IncidentQuery(source: "s?")) == [6, 5, 4, 3, 1])
        #expect(try ids(IncidentQuery(source: "*5")) == [5])
        world.advance(milliseconds: 10_000)
        try world.raise(.warning, "m1", source: "s1")
        let since = State.wallSeconds(world.now) - 5
        #expect(try ids(IncidentQuery(since: since)) == [1])
        let page = try world.list(IncidentQuery(limit: 2))
        #expect(page.incidents.map(\.id) == [6, 5] && page.total == 5 && page.next == 5)
        let last = try world.list(IncidentQuery(limit: 3, after: 5))
        #expect(last.incidents.map(\.id) == [4, 3, 1] && last.next == nil && last.total == 5)
    }

    @Test func theSummaryLooksBackTheHoursAskedFor() throws {
        var world = World()
        try world.raise(.critical, "old")
        world.advance(milliseconds: 3 * 3_600_000)
        for _ in 0..<3 { try world.raise(.warning, "new") }
        try world.raise(.warning, "other", source: "web")
        try world.resolve(3)
        let summary = world.state.incidentSummary(hours: 2, at: world.now)
        #expect(summary.total == 2 && summary.fingerprints == 2)
        #expect(summary.raises == 4 && summary.suppressed == 2)
        #expect(summary.stages == [.open: 1, .resolved: 1])
        #expect(summary.severities == [.warning: 2])
        #expect(summary.sources.map(\.name) == ["api", "web"])
        #expect(summary.groups.map(\.count) == [3, 1])
        let day = world.state.incidentSummary(hours: 24, at: world.now)
        #expect(day.total == 3 && day.groups.first?.message == "old", "the most severe first")
    }

    // MARK: Silences

    @Test func whatASilenceHoldsIsCounted() throws {
        var world = World()
        let terms = SilenceTerms(source: "back*", reason: "new disks", milliseconds: 7_200_000)
        #expect(try world.silence(terms).silence.id == 1)
        let held = try world.raise(.warning, "late", source: "backup")
        #expect(held.incident.silence == 1)
        try world.raise(.warning, "late", source: "backup")
        #expect(try world.raise(.warning, "late", source: "web").incident.silence == nil)
        #expect(world.state.incidents.silences[1]?.silenced == 2)
        guard case .incident(.silences(let views))? = try world.ask(.incident(.silences)) else {
            throw Wrong()
        }
        #expect(views.map(\.holds) == [1] && views[0].ttlSeconds == 7_200)
    }

    @Test func aSilenceHoldsWhatIsThereAndLetsItGoAtItsEnd() throws {
        var world = World()
        try world.raise(.warning, "late", source: "backup")
        _ = world.state.takeTouchedIncidents()
        let terms = SilenceTerms(source: "backup", reason: "x", milliseconds: 1_000)
        #expect(try world.silence(terms).holds == 1)
        #expect(world.state.incident(1)?.silence == 1)
        #expect(world.state.takeTouchedIncidents() == [1])
        world.advance(milliseconds: 1_000)
        world.expire()
        #expect(world.state.incident(1)?.silence == nil)
        #expect(world.state.takeTouchedIncidents() == [1], "it is to be told now")
        #expect(world.told.last == .silenceEnded)
        // Ended by command, and another one takes over.
        _ = try world.silence(terms)
        let all = SilenceTerms(source: "*", reason: "y", milliseconds: 1_000)
        #expect(try world.silence(all).silence.id == 3)
        try world.ask(.incident(.endSilence(2)))
        #expect(world.state.incident(1)?.silence == 3)
        #expect(world.refusal(.incident(.endSilence(2)))?.code == .notFound)
    }

    @Test func aSilenceOfASeverityHoldsNothingWorse() throws {
        var world = World()
        _ = try world.silence(
            SilenceTerms(severity: .warning, reason: "x", milliseconds: 60_000))
        #expect(try world.raise(.info, "a").incident.silence == 1)
        #expect(try world.raise(.warning, "b").incident.silence == 1)
        #expect(try world.raise(.critical, "c").incident.silence == nil)
        #expect(try world.raise(.critical, "b").incident.silence == nil, "worse is told")
    }

    @Test func aSilenceOfAFingerprintHoldsThatIncidentAlone() throws {
        var world = World()
        let print = try world.raise(.warning, "a").incident.fingerprint
        _ = try world.silence(
            SilenceTerms(fingerprint: print, reason: "x", milliseconds: 60_000))
        #expect(world.state.incident(1)?.silence == 1)
        #expect(try world.raise(.warning, "b").incident.silence == nil)
        #expect(try world.raise(.critical, "a").incident.silence == nil, "another fingerprint")
    }

    @Test func nothingSilencesACriticalOneOfThePager() throws {
        var world = World()
        _ = try world.silence(SilenceTerms(source: "*", reason: "x", milliseconds: 60_000))
        let critical = try world.raise(.critical, "no channel works", source: "opspager")
        #expect(critical.incident.silence == nil)
        #expect(try world.raise(.warning, "slow", source: "opspager").incident.silence == 1)
        #expect(try world.raise(.critical, "down", source: "api").incident.silence == 1)
    }

    @Test func silencesHaveBounds() throws {
        var world = World()
        for terms in [
            SilenceTerms(reason: "x", milliseconds: 1_000),
            SilenceTerms(source: "*", reason: "x", milliseconds: 30 * day + 1),
        ] {
            #expect(world.refusal(.incident(.silence(terms)))?.code == .badArgument)
        }
        for _ in 0..<IncidentBounds.silences {
            _ = try world.silence(SilenceTerms(source: "a", reason: "x", milliseconds: 30 * day))
        }
        let more = SilenceTerms(source: "a", reason: "x", milliseconds: 1_000)
        #expect(world.refusal(.incident(.silence(more)))?.code == .tooMany)
    }

    @Test(arguments: [
        ("*", "", true), ("", "", true), ("", "a", false), ("a*c", "abbc", true),
        ("a*c", "abbd", false), ("?", "é", true), ("?", "", false), ("**x**", "axb", true),
        ("*ab*ab", "abab", true), ("*ab*ab", "aab", false), ("a?c", "abc", true),
    ])
    func globs(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(Glob.matches(pattern, text) == matches)
    }
}
