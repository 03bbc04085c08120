// What an incident has to tell: routes, windows, acknowledgement, ends, reminders, escalation,
// flapping and channels that are out, as tables of small stories.

import Testing

@testable import OpsCore

@Suite struct PagingRulesTests {
    static let start: Int64 = 1_000_000

    private func moment(_ seconds: Int64) -> Moment {
        Moment(
            boot: (Self.start + seconds) * 1_000_000_000,
            wall: (1_795_000_000 + seconds) * 1_000_000_000)
    }

    private func incident(_ severity: Severity = .critical) -> Incident {
        let group = IncidentGroup(source: "db", key: nil, message: "lost")
        var incident = Incident(
            id: 7, group: group, severity: severity, message: "lost", uid: 0,
            opened: 1_795_000_000, since: Self.start * 1_000,
            windowEnds: (Self.start + 3_600) * 1_000)
        incident.changes = [1_795_000_000]
        incident.steps = [IncidentStep(.raised, at: 1_795_000_000)]
        return incident
    }

    private var settings: PagerSettings {
        var settings = PagerSettings()
        settings.channels = [
            PagerChannel(name: "chat", kind: .telegram), PagerChannel(name: "mail", kind: .smtp),
            PagerChannel(name: "alive", kind: .heartbeat),
        ]
        settings.critical.channels = ["chat"]
        settings.critical.fallback = ["mail"]
        settings.warning.channels = ["mail"]
        return settings
    }

    private func look(
        _ incident: Incident, _ settings: PagerSettings, at seconds: Int64 = 0,
        parked: Set<String> = [], _ progress: (UInt64) -> PageProgress = { _ in .none }
    ) -> PagingOutcome {
        var troubles = ChannelTroubles()
        troubles.parked = parked
        return PagingRules(
            settings: settings, troubles: troubles, dedupMilliseconds: 3_600_000,
            now: moment(seconds)
        ).outcome(for: incident, progress: progress)
    }

    /// `chat:raise/1 mail:resolve/1=sent`
    private func text(_ outcome: PagingOutcome) -> String {
        outcome.incident.pages.map { mark in
            let end = mark.end.map { "=\($0.rawValue)" } ?? ""
            return "\(mark.channel):\(mark.reason.rawValue)/\(mark.number)\(end)"
        }.joined(separator: " ")
    }

    /// The same incident after all its pages were sent by an item of their own.
    private func sent(_ outcome: PagingOutcome) -> Incident {
        var incident = outcome.incident
        for index in incident.pages.indices where incident.pages[index].end == nil {
            incident.pages[index].item = UInt64(100 + index)
            incident.pages[index].end = .sent
        }
        return incident
    }

    @Test func anOpenIncidentIsToldOnceToEachChannelOfItsRoute() {
        let first = look(incident(), settings)
        #expect(text(first) == "chat:raise/1")
        #expect(text(look(first.incident, settings)) == "chat:raise/1")
        #expect(text(look(sent(first), settings, at: 600)) == "chat:raise/1=sent")
    }

    @Test func whatIsNeverToldHasNoPages() {
        #expect(look(incident(.info), settings).incident.pages.isEmpty)
        #expect(look(incident(), PagerSettings()).incident.pages.isEmpty)
        var routes = settings
        routes.critical.channels = ["alive", "gone"]
        routes.critical.fallback = []
        #expect(look(incident(), routes).incident.pages.isEmpty)
    }

    @Test func repeatsAreToldWhenTheirWindowEnds() {
        var told = sent(look(incident(), settings))
        told.repeats = 17
        told.raises = 18
        let early = look(told, settings, at: 3_599)
        #expect(text(early) == "chat:raise/1=sent")
        #expect(early.nextLook == (Self.start + 3_600) * 1_000)
        let late = look(told, settings, at: 3_600)
        #expect(text(late) == "chat:raise/1=sent chat:again/2")
        #expect(late.incident.pages.last?.count == 17)
        #expect(late.incident.repeats == 0)
        #expect(late.incident.window == 2)
        #expect(late.incident.windowEnds == (Self.start + 7_200) * 1_000)
        // Nothing came in the second: nothing is told at its end.
        #expect(text(look(sent(late), settings, at: 7_200)).hasSuffix("chat:again/2=sent"))
    }

    @Test func worseIsToldAgainAndTakesTheEarlierPageBack() {
        var warning = look(incident(.warning), settings)
        #expect(text(warning) == "mail:raise/1")
        warning.incident.pages[0].item = 5
        var worse = warning.incident
        worse.highest = .critical
        worse.severity = .critical
        worse.window = 2
        worse.steps.append(IncidentStep(.worse, at: 1_795_000_010))
        var routes = settings
        routes.critical.channels = ["mail"]
        let outcome = look(worse, routes, at: 10) { _ in .waiting }
        #expect(text(outcome) == "mail:raise/2")
        #expect(outcome.takenBack == [5])
        // What is being sent goes on.
        let begun = look(worse, routes, at: 10) { _ in .begun }
        #expect(text(begun) == "mail:raise/1 mail:raise/2")
        #expect(begun.takenBack == [])
    }

    @Test func acknowledgedIsSilentUntilWorse() {
        var taken = look(incident(), settings).incident
        taken.pages[0].item = 5
        taken.stage = .acknowledged
        let outcome = look(taken, settings) { _ in .waiting }
        #expect(outcome.incident.pages.isEmpty)
        #expect(outcome.takenBack == [5])
        taken.repeats = 5
        #expect(text(look(taken, settings, at: 9_000) { _ in .begun }) == "chat:raise/1")
    }

    @Test func anEndIsToldToWhomeverWasTold() {
        var over = sent(look(incident(), settings))
        over.stage = .resolved
        over.resolved = 1_795_000_100
        let outcome = look(over, settings, at: 100)
        #expect(text(outcome) == "chat:raise/1=sent chat:resolve/1")
        #expect(text(look(sent(outcome), settings, at: 200)) == text(look(sent(outcome), settings)))
        var silent = settings
        silent.critical.tellsEnd = false
        #expect(text(look(over, silent, at: 100)) == "chat:raise/1=sent")
    }

    @Test func anUnsentRaiseAndItsEndAreOneText() {
        var over = look(incident(), settings).incident
        over.pages[0].item = 5
        over.stage = .resolved
        over.resolved = 1_795_000_010
        let outcome = look(over, settings, at: 10) { _ in .waiting }
        #expect(text(outcome) == "chat:raise+resolve/1")
        #expect(outcome.takenBack == [5])
        // It is being sent: its end follows.
        #expect(
            text(look(over, settings, at: 10) { _ in .begun }) == "chat:raise/1 chat:resolve/1")
    }

    @Test func whatBeganAndEndedUnseenIsToldWhileItIsFresh() {
        var over = incident()
        over.stage = .resolved
        over.resolved = 1_795_000_000
        #expect(text(look(over, settings)) == "chat:raise+resolve/1")
        #expect(look(over, settings, at: 601).incident.pages.isEmpty)
        over.steps.append(IncidentStep(.acknowledged, at: 1_795_000_000))
        #expect(look(over, settings).incident.pages.isEmpty)
    }

    @Test func silencedIsToldWhenTheSilenceEnds() {
        var silenced = incident()
        silenced.silence = 1
        #expect(look(silenced, settings).incident.pages.isEmpty)
        silenced.silence = nil
        #expect(text(look(silenced, settings, at: 900)) == "chat:raise/1")
    }

    @Test func nobodyAcknowledges() {
        var routes = settings
        routes.critical.escalate = ["mail"]
        routes.critical.repeatMilliseconds = 600_000
        let told = sent(look(incident(), routes))
        #expect(look(told, routes).nextLook == (Self.start + 600) * 1_000)
        let reminded = look(told, routes, at: 600)
        #expect(text(reminded) == "chat:raise/1=sent chat:remind/1")
        let escalated = look(sent(reminded), routes, at: 900)
        #expect(text(escalated) == "chat:raise/1=sent chat:remind/1=sent mail:escalate/2")
        // One reminder is kept, the newest; what was missed is not made up for.
        let later = look(sent(escalated), routes, at: 6_000)
        #expect(text(later) == "chat:raise/1=sent mail:escalate/2=sent chat:remind/10")
        // What waits says the same: no second one joins it.
        #expect(text(look(later.incident, routes, at: 6_600)) == text(later))
    }

    @Test func anotherChannelStandsIn() {
        #expect(
            text(look(incident(), settings, parked: ["chat"])) == "chat:raise/1 mail:raise/1")
        var refused = look(incident(), settings).incident
        refused.pages[0].item = 5
        refused.pages[0].end = .refused
        #expect(text(look(refused, settings)) == "chat:raise/1=refused mail:raise/1")
    }

    @Test func whatComesAndGoesIsToldOnce() {
        var flapping = sent(look(incident(), settings))
        flapping.changes = [0, 60, 120, 180, 240].map { 1_795_000_000 + $0 }
        let outcome = look(flapping, settings, at: 240)
        #expect(text(outcome) == "chat:raise/1=sent chat:flapping/1")
        flapping = sent(outcome)
        flapping.stage = .resolved
        flapping.resolved = 1_795_000_250
        let during = look(flapping, settings, at: 250)
        #expect(text(during) == "chat:raise/1=sent chat:flapping/1=sent")
        #expect(during.nextLook == (Self.start + 600) * 1_000)
        #expect(
            text(look(flapping, settings, at: 600))
                == "chat:raise/1=sent chat:flapping/1=sent chat:resolve/1")
    }

    /// However often it is asked, and whatever was lost, the marks are those that they should be.
    @Test func askingAgainChangesNothing() {
        for stage in IncidentStage.allCases {
            for severity in [Severity.info, .warning, .critical] {
                var one = incident(severity)
                one.stage = stage
                one.resolved = stage == .resolved ? 1_795_000_005 : nil
                let first = look(one, settings, at: 5)
                let second = look(first.incident, settings, at: 5)
                #expect(first.incident == second.incident)
                // A crash took the marks: they are made again.
                #expect(
                    look(one, settings, at: 6).incident.pages.map(\.reason)
                        == first.incident.pages.map(\.reason))
            }
        }
    }
}
