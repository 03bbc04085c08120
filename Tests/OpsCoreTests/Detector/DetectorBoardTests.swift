// What opswatch has told: bounded, stale after half a minute, gone after ten.

import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct DetectorBoardTests {
    private static let second: Int64 = 1_000_000_000
    private var board = DetectorBoard()
    private var now = World.start

    private mutating func advance(_ seconds: Int64) {
        now.boot += seconds * Self.second
        now.wall += seconds * Self.second
    }

    private mutating func tell(_ name: String, _ state: SourceReport.State = .reading) throws {
        try board.note(SourceReport(name, state), at: now)
    }

    private func rows(limit: Int = 1_000, after: String? = nil) -> [SourceRow] {
        board.sources(DetectorQuery(limit: limit, after: after), at: now).rows
    }

    @Test mutating func whatIsOldIsStaleThenGone() throws {
        try tell("auth")
        advance(30)
        #expect(rows().map(\.isStale) == [false])
        advance(1)
        #expect(rows().map(\.isStale) == [true] && rows().map(\.ageSeconds) == [31])
        advance(569)
        board.sweep(at: now)
        #expect(board.count == 1)
        advance(1)
        board.sweep(at: now)
        #expect(board.count == 0)
    }

    @Test mutating func theReporterMayEndARow() throws {
        try tell("auth")
        try tell("auth", .gone)
        try tell("never", .gone)
        try board.note(RuleReport("sshd", .active), at: now)
        try board.note(RuleReport("sshd", .gone), at: now)
        #expect(board.count == 0)
    }

    /// Fresh rows stay, and a stale one makes room: the one told of longest ago.
    @Test mutating func atMostFiveHundredAndTwelve() throws {
        for number in 0..<DetectorBounds.rows { try tell("s\(number)") }
        #expect(throws: Refusal(.tooMany, "512 sources are reported already")) { try tell("more") }
        try tell("s7", .missing)
        advance(20)
        try tell("s0")
        advance(11)
        try tell("more")
        #expect(rows().count == DetectorBounds.rows)
        #expect(!rows().contains { $0.report.name == "s1" })
        #expect(rows().contains { $0.report.name == "s0" })
        for number in 0..<DetectorBounds.rows {
            try board.note(RuleReport("r\(number)", .active), at: now)
        }
        #expect(throws: Refusal(.tooMany, "512 rules are reported already")) {
            try board.note(RuleReport("more", .active), at: now)
        }
    }

    @Test mutating func pagesAreByName() throws {
        for name in ["b", "a", "d", "c"] { try tell(name) }
        let first = board.sources(DetectorQuery(limit: 3), at: now)
        #expect(first.rows.map(\.report.name) == ["a", "b", "c"] && first.next == "c")
        let rest = board.sources(DetectorQuery(limit: 3, after: "c"), at: now)
        #expect(rest.rows.map(\.report.name) == ["d"] && rest.next == nil)
    }

    @Test mutating func agesAreOfTheClocks() throws {
        var report = SourceReport("auth", .reading)
        report.lastLine = now.wall / 1_000_000 - 5_000
        report.lastMatch = now.wall / 1_000_000 + 60_000
        try board.note(report, at: now)
        advance(2)
        let row = try #require(rows().first)
        #expect(row.lineAgeSeconds == 7 && row.matchAgeSeconds == 0 && row.ageSeconds == 2)
    }

    /// CPU time between two reports, as a share of one core.
    @Test mutating func whatARuleCosts() throws {
        func tell(_ microseconds: Int) throws {
            var report = RuleReport("sshd", .active)
            report.cpuMicroseconds = microseconds
            try board.note(report, at: now)
        }
        func percent() -> Double? {
            board.rules(DetectorQuery(), at: now).rows.first?.cpuPercent
        }
        try tell(1_000_000)
        #expect(percent() == nil)
        advance(10)
        try tell(1_500_000)
        #expect(percent() == 5)
        try tell(1_500_000)
        #expect(percent() == 5, "two reports in one turn say nothing new")
        advance(10)
        try tell(20)
        #expect(percent() == nil, "opswatch has started again")
    }
}

@Suite struct DetectorEventBudgetTests {
    private static let second: Int64 = 1_000_000_000

    private func event(_ source: String, _ kind: EventKind = .logLost) -> DetectorEvent {
        DetectorEvent(kind, source: source, detail: "4 KiB")
    }

    @Test func tenAMinuteOfOneKindAndSource() {
        var budget = DetectorEventBudget()
        for _ in 0..<10 { #expect(budget.take(event("a"), at: 0) == 0) }
        #expect(budget.take(event("a"), at: 59 * Self.second) == nil)
        #expect(budget.take(event("a"), at: 59 * Self.second) == nil)
        #expect(budget.untold(event("a")) == 2)
        // Others are not held up.
        #expect(budget.take(event("b"), at: 0) == 0)
        #expect(budget.take(event("a", .filterSlow), at: 0) == 0)
        // What was not told is told with the next.
        #expect(budget.take(event("a"), at: 60 * Self.second) == 2)
        #expect(budget.take(event("a"), at: 60 * Self.second) == 0)
    }

    @Test func aHundredAndTwentyAMinuteOfAll() {
        var budget = DetectorEventBudget()
        let told = (0..<300).count { budget.take(event("s\($0)"), at: 0) != nil }
        #expect(told == DetectorBounds.allEventsPerMinute)
        #expect(budget.take(event("s299"), at: 61 * Self.second) == 1)
    }

    /// Names that somebody makes up do not fill the memory.
    @Test func namesAreBounded() {
        var budget = DetectorEventBudget()
        for number in 0..<5_000 { _ = budget.take(event("s\(number)"), at: 0) }
        #expect(budget.untold(event("s1023")) == 1 && budget.untold(event("s1024")) == 0)
    }

    @Test func whatTheEventSays() {
        #expect(event("nginx").note(untold: 0, uid: 7).details == "nginx: 4 KiB")
        #expect(
            event("nginx").note(untold: 3, uid: 7).details
                == "nginx: 4 KiB; 3 more before it were not told")
        #expect(DetectorEvent(.sourceBack, source: "a").note(untold: 0, uid: 7).details == "a")
        var long = event("nginx")
        long.detail = repeatedText("x", 2_000)
        let details = long.note(untold: 3, uid: 7).details
        #expect(details.utf8.count == Bounds.detailsBytes)
        #expect(details.hasSuffix("; 3 more before it were not told"))
        for kind in DetectorEvent.kinds { #expect(kind.topic == .detector) }
        let all = EventKind.allCases.filter { $0.topic == .detector }
        #expect(Set(all) == Set(DetectorEvent.kinds))
    }

    private func repeatedText(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count)
    }
}
