// What a date means: the year that it leaves out, the day, the hour that is there twice.

import Testing

@testable import OpsDetect

@Suite("What dates mean")
struct DateTimeTests {
    /// What each line is read as, seconds of UTC, at a `now` of UTC.
    struct Row: Sendable, CustomTestStringConvertible {
        var line: String
        var now: String
        var time: String?
        var zone = "UTC"
        var pattern: String?
        var testDescription: String { "\(line) at \(now)" }
    }

    static let rows: [Row] = [
        // The turn of the year.
        Row(line: "Dec 31 23:59:59 x", now: "2027-01-01 00:00:01", time: "2026-12-31 23:59:59"),
        Row(line: "Dec 31 23:59:59 x", now: "2026-12-31 23:59:58", time: "2026-12-31 23:59:59"),
        Row(line: "Jan  1 00:00:01 x", now: "2026-12-31 23:59:59", time: "2026-01-01 00:00:01"),
        Row(line: "Jan  1 00:00:01 x", now: "2027-01-01 00:00:00", time: "2027-01-01 00:00:01"),
        // A day ahead is a clock that is wrong; more is last year.
        Row(line: "Nov 29 19:10:12 x", now: "2026-11-28 19:10:12", time: "2026-11-29 19:10:12"),
        Row(line: "Nov 29 19:10:13 x", now: "2026-11-28 19:10:12", time: "2025-11-29 19:10:13"),
        // 29 February.
        Row(line: "Feb 29 10:00:00 x", now: "2028-03-01 00:00:00", time: "2028-02-29 10:00:00"),
        Row(line: "Feb 29 10:00:00 x", now: "2026-03-01 00:00:00", time: nil),
        Row(line: "Feb 29 10:00:00 x", now: "2028-01-01 00:00:00", time: nil),
        Row(line: "2024-02-29 10:00:00", now: "2026-03-01 00:00:00", time: "2024-02-29 10:00:00"),
        Row(line: "2023-02-29 10:00:00", now: "2026-03-01 00:00:00", time: nil),
        Row(line: "2026-04-31 10:00:00", now: "2026-05-01 00:00:00", time: nil),
        // Time alone.
        Row(line: "19:10:12 x", now: "2026-11-28 19:10:12", time: "2026-11-28 19:10:12"),
        Row(line: "19:10:13 x", now: "2026-11-28 19:10:12", time: "2026-11-27 19:10:13"),
        Row(line: "23:59:59 x", now: "2027-01-01 00:00:00", time: "2026-12-31 23:59:59"),
        // No calendar has these.
        Row(line: "2026-11-28 19:10:60", now: "2026-11-28 19:10:12", time: nil),
        Row(line: "Nov 28 24:10:12", now: "2026-11-28 19:10:12", time: nil),
        // Two digits of a year; fractions are dropped.
        Row(line: "28/11/26 19:10:12", now: "2026-11-28 19:10:12", time: "2026-11-28 19:10:12"),
        Row(line: "261128 19:10:12", now: "2026-11-28 19:10:12", time: "2026-11-28 19:10:12"),
        Row(
            line: "2026-11-28 19:10:12.999999", now: "2026-11-28 19:10:12",
            time: "2026-11-28 19:10:12"),
        // Day before month.
        Row(line: "02/01/2026 10:00:00", now: "2026-11-28 19:10:12", time: "2026-01-02 10:00:00"),
        // A zone in the line counts over the log's.
        Row(
            line: "2026-11-28T19:10:12+05:30", now: "2026-11-28 19:10:12",
            time: "2026-11-28 13:40:12",
            zone: "Europe/Berlin"),
        Row(
            line: "2026-11-28 19:10:12Z", now: "2026-11-28 19:10:12", time: "2026-11-28 19:10:12",
            zone: "Europe/Berlin"),
        Row(
            line: "28/Nov/2026:19:10:12 -0500", now: "2026-11-28 19:10:12",
            time: "2026-11-29 00:10:12", zone: "Asia/Kolkata"),
        Row(
            line: "Nov 28 19:10:12 x", now: "2026-11-28 19:10:12", time: "2026-11-28 18:10:12",
            zone: "Europe/Berlin"),
        // The turn of the year in another zone: fail2ban reads 22:30 of 1 January 2026 here.
        Row(
            line: "+02:00 Jan  1 00:30:00 x", now: "2026-12-30 10:00:00",
            time: "2025-12-31 22:30:00"),
        // The hour that is there twice, and the one that is not.
        Row(
            line: "2026-10-25 02:30:00", now: "2026-10-25 00:30:00", time: "2026-10-25 00:30:00",
            zone: "Europe/Berlin"),
        Row(
            line: "2026-10-25 02:30:00", now: "2026-10-25 01:30:00", time: "2026-10-25 01:30:00",
            zone: "Europe/Berlin"),
        Row(
            line: "2026-03-29 02:30:00", now: "2026-03-29 01:30:00", time: "2026-03-29 01:30:00",
            zone: "Europe/Berlin"),
        // Numbers.
        Row(line: "1795893012 x", now: "2026-11-28 19:10:12", time: "2026-11-28 19:10:12"),
        Row(
            line: "x audit(1795893012.123:7): y", now: "2026-11-28 19:10:12",
            time: "2026-11-28 19:10:12.123"),
        Row(
            line: "1795893012123", now: "2026-11-28 19:10:12", time: "2026-11-28 19:10:12.123",
            pattern: "LEPOCH"),
        Row(
            line: "@400000006b0b27140badcafe", now: "2026-11-28 19:10:12",
            time: "2026-11-28 19:10:12"),
        // A pattern may begin with a directive that allows a space; fail2ban cannot compile it.
        Row(
            line: " 7:10", now: "2026-11-28 19:10:12", time: "2026-11-28 07:10:00", pattern: "%k:%M"
        ),
        // A month without a day; a zone that nobody knows: no time, and the line is not lost.
        Row(line: "Nov 2026", now: "2026-11-28 19:10:12", time: nil, pattern: "%b %Y"),
        Row(
            line: "2026-11-28 QQQ", now: "2026-11-28 19:10:12", time: nil, pattern: "%Y-%m-%d %Exz"),
        // Years from 2030 on do not depend on when the program was started.
        Row(line: "2031-01-01 00:00:00", now: "2026-11-28 19:10:12", time: "2031-01-01 00:00:00"),
    ]

    @Test("Each line is read as the table says", arguments: rows)
    func table(row: Row) throws {
        var detector = try DateDetector(pattern: row.pattern, zone: try Zones.named(row.zone))
        let line = Array(row.line.utf8)
        let finding = detector.find(in: line.span, now: Self.instant(row.now))
        #expect(finding != nil)
        #expect(finding?.time == row.time.map(Self.instant))
    }

    /// `2026-11-28 19:10:12.123` of UTC in milliseconds.
    private static func instant(_ text: String) -> Int64 {
        let numbers = text.split { " -:.".contains($0) }.map { Int64($0) ?? 0 }
        let days = CivilDate(year: Int(numbers[0]), month: Int(numbers[1]), day: Int(numbers[2]))
            .days
        let seconds = Int64(days) * 86_400 + numbers[3] * 3_600 + numbers[4] * 60 + numbers[5]
        return seconds * 1_000 + (numbers.count > 6 ? numbers[6] : 0)
    }

    @Test("A zone of fixed minutes has no summer time")
    func fixed() throws {
        var detector = try DateDetector(pattern: nil, zone: LogZone(minutes: 60))
        for line in ["Jul 28 19:10:12 x", "Nov 28 19:10:12 x"] {
            let bytes = Array(line.utf8)
            let finding = detector.find(in: bytes.span, now: Self.instant("2026-11-28 19:10:12"))
            #expect((finding?.time ?? 0) / 1_000 % 86_400 == 18 * 3_600 + 10 * 60 + 12)
        }
    }

    @Test("What is cut is group 1: the whole match, or the group that a pattern has")
    func cuts() throws {
        for (pattern, line, cut) in [
            (nil, "[28/Nov/2026:19:10:12 +0000] x", "28/Nov/2026:19:10:12 +0000"),
            (nil, "host-1 Nov  8 19:10:12 sshd", "Nov  8 19:10:12"),
            (
                #"^[^\[]*\[({DATE})"#, "1.2.3.4 - - [28/Nov/2026:19:10:12 +0000] x",
                "28/Nov/2026:19:10:12 +0000"
            ),
            (
                #"^[^\[]*(\[{DATE}\s*\])"#, "x [Sat Nov 28 19:10:12 2026] y",
                "[Sat Nov 28 19:10:12 2026]"
            ),
            (#"^<W>{DATE}"#, "<W>2026-11-28 19:10:12 y", "<W>2026-11-28 19:10:12"),
            ("{NONE}", "2026-11-28 19:10:12 y", ""),
        ] as [(String?, String, String)] {
            var detector = try DateDetector(pattern: pattern, zone: .utc)
            let bytes = Array(line.utf8)
            let date = detector.find(in: bytes.span, now: 1_795_893_012_000)
            let finding = try #require(date)
            #expect(String(decoding: bytes[finding.cut], as: UTF8.self) == cut)
            #expect((finding.time == nil) == cut.isEmpty)
        }
    }

    @Test("A date in a message does not win over the line's own")
    func messages() throws {
        var detector = try DateDetector(pattern: nil, zone: .utc)
        let line = Array("Nov 28 19:10:12 host sshd[7]: user 2001-01-01 00:00:00 from".utf8)
        for _ in 0..<3 {
            #expect(detector.find(in: line.span, now: 1_795_893_012_000)?.cut == 0..<15)
        }
        let bare = Array("host sshd[7]: user 2001-01-01 00:00:00 from".utf8)
        #expect(detector.find(in: bare.span, now: 1_795_893_012_000)?.cut == 19..<38)
        #expect(detector.find(in: line.span, now: 1_795_893_012_000)?.cut == 0..<15)
    }

    @Test(
        "Default dates are looked for at the beginning of a long line, those of access logs in all of it"
    )
    func longLines() throws {
        let now: Int64 = 1_795_893_012_000
        for (before, date, isFound) in [
            (500, "2026-11-28 19:10:12", true), (500, "2026-11-28 19:10:12.123456   +01:00", true),
            (620, "2026-11-28 19:10:12.5", true), (1_000, "2026-11-28 19:10:12", false),
            (1_000, "28/Nov/2026:19:10:12 +0100", true),
        ] {
            var detector = try DateDetector(pattern: nil, zone: .utc)
            let text = String(repeating: "-x", count: before / 2) + " " + date
            let line = Array((text + String(repeating: " x", count: 2_000)).utf8)
            let cut = detector.find(in: line.span, now: now)?.cut
            #expect(cut == (isFound ? before + 1..<before + 1 + date.utf8.count : nil), "\(date)")
        }
        // A pattern of one's own is looked for everywhere.
        var detector = try DateDetector(pattern: "at=%Y-%m-%d", zone: .utc)
        let line = Array((String(repeating: "x ", count: 4_000) + "at=2026-11-28").utf8)
        #expect(detector.find(in: line.span, now: now)?.cut == 8_000..<8_013)
    }

    @Test("A pattern that is wrong is refused, and the message says why")
    func faults() {
        for (pattern, reason) in [
            ("%Q", "\"%Q\" is not a directive"), ("100%", "\"%\" is not a directive"),
            ("(%Y", "missing closing parenthesis"), ("%Y{DATE", ""), ("x({DATE}", "missing"),
            (String(repeating: "%Y\n", count: 40), "at most 32"),
        ] {
            do {
                _ = try DateDetector(pattern: pattern, zone: .utc)
                #expect(reason.isEmpty, "\(pattern) was taken")
            } catch {
                #expect(error.message.contains(reason), "\(error.message)")
                #expect(error.message.contains("datepattern"))
            }
        }
    }
}
