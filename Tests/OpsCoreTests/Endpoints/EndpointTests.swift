// Endpoints: reports, states, uptime, records and bounds.

import OpsTestKit
import Testing

@testable import OpsCore

/// A world in which endpoints are checked: what a daemon's seconds do, without a daemon.
private struct Checking {
    var world = World()

    init(_ names: [String] = ["shop"], slo: String? = nil) {
        adopt(names, slo: slo)
        world.advance(milliseconds: 3_600_000 - world.now.wallMilliseconds % 3_600_000)
    }

    mutating func adopt(_ names: [String], slo: String? = nil) {
        var endpoints: [String: EndpointSettings] = [:]
        for name in names {
            var settings = EndpointSettings()
            settings.url = "https://\(name).example.org/"
            settings.slo = slo
            endpoints[name] = settings
        }
        world.state.adopt(endpoints, at: world.now)
    }

    mutating func report(
        _ state: EndpointState, _ name: String = "shop", latency: Double? = 12,
        reason: String? = nil, certificateDays: Int64? = nil
    ) throws {
        var report = EndpointReport(
            name, state, latencyMilliseconds: state == .down ? nil : latency, reason: reason)
        report.certificateDays = certificateDays
        let command = EndpointCommand.report(report)
        let decision = try world.state.decide(
            .endpoint(command), by: Caller(uid: 7, role: .check), at: world.now)
        if let telemetry = decision.telemetry { world.state.apply(telemetry) }
    }

    @discardableResult
    mutating func keep() -> [Change] {
        let changes = world.state.drainObservations()
        for change in changes { world.commit(change) }
        return changes
    }

    mutating func pass(seconds: Int64) {
        world.advance(milliseconds: seconds * 1_000)
        keep()
    }

    func row(_ name: String = "shop") throws -> EndpointRow {
        let page = try world.state.endpoints(EndpointQuery(name: name), at: world.now)
        return try #require(page.rows.first)
    }

    var told: [EventKind] {
        world.state.events.all.map(\.kind).filter {
            [.endpointDown, .endpointUp, .endpointUnknown].contains($0)
        }
    }
}

@Suite struct EndpointTests {
    @Test func whatNobodyToldOfIsUnknown() throws {
        let checking = Checking()
        let row = try checking.row()
        #expect(row.state == .unknown && row.since == nil && row.uptime == [nil, nil, nil])
        #expect(throws: Refusal.self) {
            var checking = checking
            try checking.report(.up, "other")
        }
    }

    /// A state is recorded once, however often it is reported; its changes are events.
    @Test func changesOfStateAreRecordedAndTold() throws {
        var checking = Checking()
        var records = 0
        for state in [.up, .up, .slow, .down, .down, .up] as [EndpointState] {
            try checking.report(state, reason: state == .down ? "status: 503" : nil)
            records += checking.keep().count
            checking.world.advance(milliseconds: 30_000)
        }
        #expect(records == 4)
        #expect(checking.told == [.endpointDown, .endpointUp])
        #expect(
            checking.world.state.events.all.last?.details
                == "shop is up; it was down for 1m")
        let row = try checking.row()
        #expect(row.state == .up && row.recent.count == 6)
        #expect(row.uptime[0].map { ($0 * 100).rounded() } == 6_667)
    }

    /// Without a report for two intervals, the timeout and 10 s nothing is known, and what was
    /// wrong neither goes on nor ends.
    @Test func silenceIsNotAnAnswer() throws {
        var checking = Checking()
        try checking.report(.down, reason: "connect: refused")
        checking.pass(seconds: 75)
        #expect(try checking.row().state == .down)
        #expect(
            checking.world.state.endpointConditions(at: checking.world.now).map(\.standing)
                == [.wrong])
        checking.pass(seconds: 1)
        #expect(try checking.row().state == .unknown)
        #expect(
            checking.world.state.endpointConditions(at: checking.world.now)
                .allSatisfy { $0.standing == .unknown })
        try checking.report(.up)
        #expect(try checking.row().state == .up)
        #expect(checking.world.state.endpointConditions(at: checking.world.now).isEmpty)
    }

    @Test func whatCannotBeCheckedCountsForNothing() throws {
        var checking = Checking(slo: "default")
        try checking.report(.unknown, latency: nil, reason: "no network")
        checking.keep()
        #expect(try checking.row().uptime[0] == nil && checking.row().recent.isEmpty)
        #expect(checking.told == [.endpointUnknown])
        let level = checking.world.state.services.levels[.standard]
        #expect((level?.number ?? 0) == 0)
    }

    /// S4-01: a site has an objective without a line of its code.
    @Test func aCheckIsAnEventOfItsObjective() throws {
        var checking = Checking(slo: "default")
        checking.world.state.adopt([Objective(.standard)], GateRules())
        for state in [.up, .slow, .down] as [EndpointState] { try checking.report(state) }
        checking.keep()
        let budget = checking.world.state.budget(Objective(.standard), at: checking.world.now)
        #expect(budget.counts.good == 2 && budget.counts.bad == 1)
    }

    @Test func uptimeIsThatOfItsWindow() throws {
        var checking = Checking()
        try checking.report(.down)
        for _ in 0..<25 {
            checking.pass(seconds: 3_600)
            try checking.report(.up)
        }
        let uptime = try checking.row().uptime
        #expect(uptime[0] == 100)
        #expect(uptime[1].map { ($0 * 100).rounded() } == 9_615)
        #expect(uptime[2].map { ($0 * 100).rounded() } == 9_615)
    }

    /// Counts against an exact recount, over gaps longer than what is kept.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func periodsAreThoseOfARecount(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var periods = CheckPeriods(length: 24)
        var all: [Int64: (Int, Int)] = [:]
        var now: Int64 = 1_000
        for _ in 0..<400 {
            now += Int64(random.pick([0, 0, 0, 1, 1, 2, 30] as [UInt64]))
            let isDown = random.next() % 3 == 0
            periods.add(isDown: isDown, at: now)
            let before = all[now] ?? (0, 0)
            all[now] = (before.0 + 1, before.1 + (isDown ? 1 : 0))
            for length in [1, 5, 24] as [Int64] {
                let window = all.filter { $0.key > now - length && $0.key <= now }.values
                let (checks, down) = window.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
                let exact = checks == 0 ? nil : Double(checks - down) * 100 / Double(checks)
                #expect(periods.uptime(length, endingWith: now) == exact)
            }
            #expect(periods.counts.count <= 24)
        }
    }

    /// What is only counted is a record every quarter of an hour, and before a stop.
    @Test func countsAreGathered() throws {
        var checking = Checking()
        try checking.report(.up)
        #expect(checking.keep().count == 1)
        var records = 0
        for _ in 0..<40 {
            checking.world.advance(milliseconds: 30_000)
            try checking.report(.up)
            records += checking.keep().count
        }
        #expect(records == 1)
        let before = checking.world.state.endpoints["shop"]?.hours
        for change in checking.world.state.drainEndpoints() { checking.world.commit(change) }
        #expect(checking.world.state.endpoints["shop"]?.hours != before)
        #expect(checking.world.state.drainEndpoints().isEmpty)
    }

    /// A restart: what is kept is shown until it is old, and counts on.
    @Test func aRestartGoesOn() throws {
        var checking = Checking()
        try checking.report(.down, reason: "status: 503")
        checking.keep()
        let image = checking.world.state.image(at: checking.world.now)
        var state = State(hashKey: (1, 2))
        for entry in image.entries { state.restore(entry) }
        checking.world.state = state
        let now = checking.world.now
        checking.world.commit(
            .clockSet(offset: now.wallMilliseconds - now.bootMilliseconds, step: nil))
        checking.adopt(["shop"])
        #expect(try checking.row().state == .down)
        checking.world.advance(milliseconds: 30_000)
        try checking.report(.up)
        checking.keep()
        #expect(checking.told == [.endpointUp])
        #expect(try checking.row().uptime[0] == 50)
    }

    @Test func areloadKeepsWhatIsKnown() throws {
        var checking = Checking(["a", "shop", "z"])
        try checking.report(.up)
        checking.adopt(["shop"])
        #expect(try checking.row().state == .up && checking.row().recent.count == 1)
        checking.keep()
        checking.adopt(["other"])
        #expect(checking.world.state.endpoints["shop"] != nil)
        #expect(checking.world.state.endpoints.count == 1)
    }

    /// 2,000 that go down in one second are recorded over several; none is lost.
    @Test func aFloodOfChangesIsSpread() throws {
        let names = (0..<2_000).map { "e\($0)" }
        var checking = Checking(names)
        for name in names { try checking.report(.down, name) }
        var records = 0
        for _ in 0..<20 {
            let count = checking.keep().count
            #expect(count <= EndpointBounds.recordsPerSecond)
            records += count
        }
        #expect(records == 2_000 && checking.told.count > 0)
        #expect(checking.world.state.endpoints.keptCount == 2_000)
    }

    /// Names that come and go do not fill the table.
    @Test func theTableHasABound() throws {
        var checking = Checking()
        for round in 0..<3 {
            let names = (0..<2_000).map { "r\(round)-\($0)" }
            checking.adopt(names)
            for name in names { try checking.report(.up, name) }
            for _ in 0..<21 { checking.keep() }
            checking.world.advance(milliseconds: 1_000)
        }
        #expect(checking.world.state.endpoints.keptCount == EndpointBounds.kept)
        #expect(checking.world.state.endpoints["r0-0"] == nil)
        #expect(checking.world.state.endpoints["r2-1999"] != nil)
    }

    @Test func pagesGoByName() throws {
        let checking = Checking(["a", "b", "c"])
        let first = try checking.world.state.endpoints(
            EndpointQuery(limit: 2), at: checking.world.now)
        #expect(first.rows.map(\.name) == ["a", "b"] && first.next == "b")
        let last = try checking.world.state.endpoints(
            EndpointQuery(limit: 2, after: "b"), at: checking.world.now)
        #expect(last.rows.map(\.name) == ["c"] && last.next == nil)
    }

    @Test func theDailyCheckNamesWhatIsNotUp() throws {
        var checking = Checking(["a", "b", "c"])
        try checking.report(.up, "a")
        try checking.report(.down, "b", reason: "status: 503")
        let health = checking.world.state.dailyHealth(
            sources: [], since: 0, at: checking.world.now)
        #expect(health.counts == [.up: 1, .down: 1, .unknown: 1] && !health.isOK)
        #expect(health.summary == "endpoints: b down, c unknown")
        for change in checking.world.state.dailyHealthChanges(
            health, .warning, at: checking.world.now)
        {
            checking.world.commit(change)
        }
        #expect(checking.world.state.events.all.last?.kind == .incidentOpened)
        try checking.report(.up, "b")
        try checking.report(.up, "c")
        let well = checking.world.state.dailyHealth(sources: [], since: 0, at: checking.world.now)
        #expect(well.isOK)
        for change in checking.world.state.dailyHealthChanges(
            well, .warning, at: checking.world.now)
        {
            checking.world.commit(change)
        }
        #expect(checking.world.state.events.all.last?.kind == .incidentResolved)
    }

    @Test(arguments: [
        ("https://a.b/c?d", "a.b", 443, "/c?d"),
        ("http://[2001:db8::1]:81", "2001:db8::1", 81, "/"),
        ("tcp://h:1", "h", 1, ""), ("dns://192.0.2.53/x.y", "192.0.2.53", 53, "/x.y"),
        ("icmp://h", "h", 0, ""), ("unix:///run/a", "", 0, "/run/a"),
        ("postgres://h/db", "h", 5_432, "/db"), ("redis://h:7", "h", 7, ""),
    ])
    func urlsAreRead(text: String, host: String, port: UInt16, path: String) throws {
        let target = try #require(EndpointTarget(text))
        #expect(target.host == host && target.port == port && target.path == path)
    }

    @Test(arguments: [
        "", "https", "https://", "https:///x", "https://a:0/", "https://a:65536/", "https://a:/",
        "https://a b/", "https://u@a/", "tcp://a", "tcp://a:1/x", "icmp://a:1", "dns://a",
        "dns://a/",
        "unix://a/b", "unix://", "https://[::1", "https://[a]/", "https://-é/",
        "file:///etc/passwd",
        "https://a..b/", "redis://a/1", "postgres://a/b/c",
    ])
    func whatIsNoURLIsRefused(text: String) { #expect(EndpointTarget(text) == nil) }

    /// An endpoint that moved to plain http has none that could end.
    @Test func aCertificateThatIsGoneIsForgotten() throws {
        var checking = Checking()
        try checking.report(.up, certificateDays: 3)
        #expect(try checking.row().certificateDays == 3)
        try checking.report(.down)
        #expect(try checking.row().certificateDays == 3, "it was not seen")
        try checking.report(.up)
        #expect(try checking.row().certificateDays == nil)
    }

    /// What was found of an endpoint before it was left out says nothing of it now.
    @Test func whatComesBackIsUnknownUntilItIsAsked() throws {
        var checking = Checking()
        try checking.report(.down, reason: "connect: refused")
        checking.pass(seconds: 1)
        checking.adopt([])
        checking.adopt(["shop"])
        #expect(try checking.row().state == .unknown)
        let conditions = checking.world.state.endpointConditions(at: checking.world.now)
        #expect(conditions.allSatisfy { $0.standing == .unknown })
        try checking.report(.up)
        #expect(try checking.row().state == .up)
        // Nor what was found of another URL.
        try checking.report(.down)
        var settings = EndpointSettings()
        settings.url = "https://elsewhere.example.org/"
        checking.world.state.adopt(["shop": settings], at: checking.world.now)
        #expect(try checking.row().state == .unknown)
    }
}
