import OpsCore
import Testing

@testable import OpsDetect

@Suite("The time of a failure")
struct FilterTimeTests {
    /// Reads lines with dates such as `2017-07-14 02:40:00`, which is `someTime` in UTC.
    private func filter(
        _ patterns: [String] = ["^refused <HOST>$"], datePattern: String? = nil
    ) throws -> FilterLines {
        try FilterLines(patterns, datePattern: datePattern)
    }

    private func times(
        _ filter: FilterLines, _ line: String, at time: LineTime = .inLine
    ) -> [Int64] {
        filter.findings(line, at: time).map { ($0.time - someTime) / 1000 }
    }

    @Test("The date is cut out of the line, and what is around it joins")
    func cut() throws {
        let filter = try filter([#"^\[\] refused <HOST>$"#, "^refused <HOST>$"])
        #expect(times(filter, "[2017-07-14 02:39:50] refused 192.0.2.1") == [-10])
        #expect(filter.run.lineTime == someTime - 10_000)
    }

    @Test("A late line counts at its own time, and none is later than now")
    func clamped() throws {
        let filter = try filter(["^ ?refused <HOST>$"])
        #expect(times(filter, "2017-07-14 02:39:00 refused 192.0.2.1") == [-60])
        #expect(times(filter, "2017-07-13 02:40:00 refused 192.0.2.1") == [-86_400])
        #expect(times(filter, "2017-07-14 02:40:01 refused 192.0.2.1") == [0])
        #expect(times(filter, "2031-01-01 00:00:00 refused 192.0.2.1") == [0])
        #expect(filter.run.lineTime ?? 0 > someTime)
    }

    @Test(
        "Of several dates in a line that was just written, its own is the one that is about now",
        arguments: [
            "2016-01-01 00:00:00", "14/Jul/2017:01:40:00 +0000", "2017-07-14T03:40:00Z",
            "2017-07-13 02:40:00, 2017-07-12 02:40:00, 2017-07-11 02:40:00",
            "2017-07-13 02:40:00" + String(repeating: " and so on", count: 150),
        ])
    func forged(_ user: String) throws {
        let pattern = "^192[.\\d]+ .* \\[(?:[-\\d]+ [:\\d]+)?\\] refused <HOST>$"
        let filter = try filter([pattern])
        let line = "192.0.2.1 \(user) [2017-07-14 02:39:58] refused 192.0.2.1"
        let found = filter.findings(line, at: .inLine, isFresh: true)
        #expect(found.map { ($0.time - someTime) / 1000 } == [-2])
        // It says nothing of the clock: whose date it is, nobody knows.
        #expect(filter.run.lineTime == nil)
        // Of old lines nothing is known, so the first date counts.
        let old = filter.findings(line, at: .inLine)
        #expect(old.map(\.time) != [someTime - 2000])
    }

    @Test("A date beside the log's own does not tell that its clock is right")
    func forgedClock() throws {
        let filter = try filter(["^.* \\[.*\\] refused <HOST>$"])
        filter.run.clockOffset = -3_600_000
        let line = "192.0.2.1 2017-07-14 02:40:00 [2017-07-14 01:39:58] refused 192.0.2.1"
        let found = filter.findings(line, at: .inLine, isFresh: true)
        #expect(found.map { ($0.time - someTime) / 1000 } == [-2])
        #expect(filter.run.lineTime == nil)
        _ = filter.findings(
            "192.0.2.1 x [2017-07-14 01:39:58] refused 192.0.2.1", at: .inLine, isFresh: true)
        #expect(filter.run.lineTime == someTime - 3_602_000)
    }

    @Test("A line without a date happened with the last one that has one, or else now")
    func undated() throws {
        let filter = try filter(["^ ?refused <HOST>$"])
        #expect(times(filter, "refused 192.0.2.1") == [0])
        #expect(filter.run.statistics.withoutDate == 1)
        #expect(filter.run.lineTime == nil)
        #expect(times(filter, "2017-07-14 02:39:01 refused 192.0.2.1") == [-59])
        #expect(times(filter, "refused 192.0.2.1") == [-59])
        filter.now += 1000
        #expect(times(filter, "refused 192.0.2.1") == [1])
        #expect(filter.run.statistics.withoutDate == 3)
    }

    @Test("Where the source knows the time no date is looked for, and none is cut out")
    func known() throws {
        let filter = try filter(["^2017-07-14 02:39:50 refused <HOST>$"])
        let line = "2017-07-14 02:39:50 refused 192.0.2.1"
        #expect(times(filter, line, at: .known(someTime - 7000)) == [-7])
        #expect(filter.run.lineTime == nil)
        #expect(times(filter, line, at: .inLine) == [])
    }

    @Test("Where it only knows when the line came, a date in the line counts and is cut out")
    func arrived() throws {
        let filter = try filter(["^ ?refused <HOST>$"])
        let came = LineTime.arrived(someTime - 7000)
        #expect(times(filter, "2017-07-14 02:39:50 refused 192.0.2.1", at: came) == [-10])
        #expect(times(filter, "refused 192.0.2.1", at: came) == [-7])
        #expect(filter.run.statistics.withoutDate == 0)
    }

    @Test("The offset of the source's clock is taken off dates, not off known times")
    func offset() throws {
        let filter = try filter(["^ ?refused <HOST>$"])
        filter.run.clockOffset = 3_600_000
        #expect(times(filter, "2017-07-14 03:39:50 refused 192.0.2.1") == [-10])
        #expect(filter.run.lineTime == someTime + 3_590_000)
        #expect(times(filter, "refused 192.0.2.1", at: .known(someTime - 7000)) == [-7])
        filter.run.clockOffset = .min
        #expect(times(filter, "2017-07-14 02:39:50 refused 192.0.2.1").count == 1)
    }

    @Test("A date pattern that may be empty makes the date optional")
    func optional() throws {
        let filter = try filter(["^refused <HOST>$"], datePattern: "{NONE}")
        #expect(times(filter, "refused 192.0.2.1") == [0])
        #expect(filter.run.statistics.withoutDate == 0)
        #expect(times(filter, "2017-07-14 02:39:50 refused 192.0.2.1") == [])
    }

    @Test("A date that no calendar has is cut out, and the line happened now")
    func unreadable() throws {
        let filter = try filter(
            ["^ refused <HOST>$"], datePattern: #"^%Y-%m-%d"#)
        #expect(times(filter, "2017-02-30 refused 192.0.2.1") == [0])
        // After a line with a date it is left in, as the line is taken to have none.
        #expect(times(filter, "2017-07-14 refused 192.0.2.1").count == 1)
    }

    @Test("Lines of several have each its date cut out, and count at the last one's")
    func severalLines() throws {
        let filter = try FilterLines(
            [#"^ opened by <HOST>$<SKIPLINES>^ refused$"#], maxLines: 5)
        #expect(times(filter, "2017-07-14 02:39:50 opened by 192.0.2.1") == [])
        #expect(times(filter, "2017-07-14 02:39:51 other") == [])
        #expect(times(filter, "2017-07-14 02:39:52 refused") == [-8])
    }
}
