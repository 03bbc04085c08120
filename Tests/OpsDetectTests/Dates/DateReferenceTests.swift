// The detector beside the installed fail2ban: the same cut, the same time.

import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Dates, as the installed fail2ban reads them")
struct DateReferenceTests {
    typealias Question = Fail2banDates.Question
    typealias Answer = Fail2banDates.Answer

    /// 2026-11-28 19:10:12 UTC.
    static let now: Int64 = 1_795_893_012

    /// Asks both, and says where they differ without being known to; how many lines had a date, by
    /// pattern.
    private func compare(_ questions: [Question], zone: String) throws -> [String: Int] {
        let logZone = try Zones.named(zone)
        let answers = try Fail2banDates.answers(to: [.zone(zone)] + questions)
        var detector = try DateDetector(pattern: nil, zone: logZone)
        var now: Int64 = 0
        var next = 0
        var pattern = "default"
        var dated: [String: Int] = [:]
        var differences: [String] = []
        for question in questions {
            switch question {
            case .detector(let text):
                pattern = text ?? "default"
                detector = try DateDetector(pattern: text, zone: logZone)
            case .now(let seconds): now = seconds
            case .zone: break
            case .line(let line):
                let bytes = Array(line.utf8)
                let finding = detector.find(in: bytes.span, now: now * 1_000)
                let ours = Answer(cut: finding?.cut, time: finding?.time)
                let theirs = next < answers.count ? answers[next] : Answer()
                next += 1
                if theirs.cut != nil { dated[pattern, default: 0] += 1 }
                guard ours != theirs, Departure.of(line, ours, theirs, logZone) == nil else {
                    continue
                }
                differences.append(
                    "\(line.debugDescription) by \(pattern): \(ours); fail2ban: \(theirs)")
            }
        }
        #expect(next == answers.count)
        #expect(differences.prefix(10).joined(separator: "\n") == "")
        return dated
    }

    @Test(
        "A new detector for each line finds and reads what fail2ban does",
        .enabled(
            if: Fail2banDates.isInstalled, "fail2ban is not installed: nothing to compare with"),
        arguments: ["Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata"])
    func single(zone: String) throws {
        var samples = DateSamples(seed: UInt64(zone.utf8.count))
        var questions: [Question] = [.now(Self.now)]
        for _ in 0..<800 {
            questions += [.detector(nil), .line(samples.line())]
        }
        let dated = try compare(questions, zone: zone)
        #expect(dated["default", default: 0] > 300)
    }

    @Test(
        "A detector learns from the lines before as fail2ban's does",
        .enabled(
            if: Fail2banDates.isInstalled, "fail2ban is not installed: nothing to compare with"))
    func sequences() throws {
        var samples = DateSamples(seed: 2)
        var questions: [Question] = []
        for _ in 0..<80 {
            questions += [.detector(nil)]
            let shapes = (0..<samples.number(1...4)).map { _ in samples.number(0...22) }
            var now = Self.now
            for _ in 0..<30 {
                now += Int64(samples.number(0...90))
                questions += [
                    .now(now), .line(samples.asciiLine(shape: samples.random.pick(shapes))),
                ]
            }
        }
        let dated = try compare(questions, zone: "Europe/Berlin")
        #expect(dated["default", default: 0] > 1_000)
    }

    @Test(
        "Every datepattern of the installed filters reads as fail2ban's does",
        .enabled(
            if: Fail2banDates.isInstalled, "fail2ban is not installed: nothing to compare with"))
    func filters() throws {
        let patterns = try Fail2banDates.patternsOfFilters()
        #expect(patterns.count > 15)
        var samples = DateSamples(seed: 3)
        var questions: [Question] = [.now(Self.now)]
        for pattern in patterns {
            for turn in 0..<120 {
                if turn % 3 == 0 { questions.append(.detector(pattern)) }
                questions.append(.line(turn % 3 == 0 ? samples.line() : samples.asciiLine()))
            }
            for line in Notations.linesOfFilters {
                questions += [.detector(pattern), .line(line), .line(samples.mutated(line))]
            }
        }
        let dated = try compare(questions, zone: "America/New_York")
        for pattern in patterns { #expect(dated[pattern, default: 0] > 0, "\(pattern)") }
    }

    @Test(
        "Patterns in every part of the notation read as fail2ban's do",
        .enabled(
            if: Fail2banDates.isInstalled, "fail2ban is not installed: nothing to compare with"))
    func notation() throws {
        var samples = DateSamples(seed: 77)
        var questions: [Question] = [.now(Self.now)]
        for sample in Notations.all {
            for line in sample.lines {
                for line in [line, line + " x", "[" + line] {
                    questions += [.detector(sample.pattern), .line(line)]
                }
                for _ in 0..<40 {
                    questions += [.detector(sample.pattern), .line(samples.mutated(line))]
                }
            }
        }
        let dated = try compare(questions, zone: "Europe/Berlin")
        for sample in Notations.all {
            #expect(dated[sample.pattern, default: 0] >= sample.lines.count, "\(sample.pattern)")
        }
    }
}

/// Where the detector means to differ from fail2ban.
enum Departure: CaseIterable {
    /// mktime(3) chooses by its last answer where the clock changes.
    case clockChange
    /// `%ExY` ends in 2049, not with the decade that fail2ban was started in.
    case laterYear
    /// Digits of other scripts make no number.
    case otherDigits
    /// fail2ban compares a date of one zone with now in another, and forgets the day when a zone's
    /// offset crosses midnight on the way to the year before.
    case zoneWithoutYear

    /// Which one explains a difference, if any does.
    static func of(
        _ line: String, _ ours: Fail2banDates.Answer, _ theirs: Fail2banDates.Answer,
        _ zone: LogZone
    ) -> Departure? {
        let text = ours.cut.map { String(decoding: Array(line.utf8)[$0], as: UTF8.self) } ?? ""
        if let time = ours.time, (2_030...2_049).contains(year(time)),
            (30...49).contains(where: { text.contains("20\($0)") })
        {
            return .laterYear
        }
        guard ours.cut == theirs.cut else { return nil }
        if ours.time == nil, line.unicodeScalars.contains("\u{661}") { return .otherDigits }
        guard let time = ours.time, let other = theirs.time else { return nil }
        if abs(time - other) == 3_600_000,
            zone.offset(at: time / 1_000 - 7_200) != zone.offset(at: time / 1_000 + 7_200)
        {
            return .clockChange
        }
        let hasNoYear = !text.contains("2026") && !text.contains("2025")
        let hasZone = text.contains { "+-ZUGCPEM".contains($0) }
        let days = abs(time - other) / 86_400_000
        return hasNoYear && hasZone && [1, 365, 366].contains(days) ? .zoneWithoutYear : nil
    }

    private static func year(_ time: Int64) -> Int {
        CivilDate(days: Int(floorDivide(time, by: 86_400_000).quotient)).year
    }
}

/// Patterns and lines for them.
enum Notations {
    struct Sample {
        var pattern: String
        var lines: [String]
    }

    /// A line for each date of the filters that no general sample has.
    static let linesOfFilters = [
        #"<co ts="2026-11-28T19:10:12.123" x"#, "L 28/11/2026 - 19:10:12: x",
        "[28/Nov/2026 19:10:12] x", "a.b -- c -- - 2026-11-28T19:10:12+00:00 x",
        "=ERROR REPORT===== 2026-11-28 19:10:12 x", "2026:11:28-19:10:12: x",
        "11/28/2026 19:10:12 x", "28/Nov./2026:19:10:12 +0100 x", "t=2026-11-28T19:10:12+0100 x",
        "Nov-28-26 19:10:12 x", "<34>1 2026-11-28T19:10:12.5Z x", "19:10:12.123 x",
        "Nov 28, 2026 7:10:12 PM x", "type=X msg=audit(1795893012.123:7): x",
        "@4000000050d506482dbdf024 x", "1795893012 x", "<W>2026-11-28 19:10:12.123 x",
        "x [2026-11-28 19:10:12 ] x", "2026-11-28 19:10:12 x", "11-28 19:10:12.5 x",
    ]

    static let all: [Sample] = [
        Sample(
            pattern: "%Y-%m-%d %H:%M:%S", lines: ["2026-11-28 19:10:12", "1999-02-29 00:00:00"]),
        Sample(pattern: "^%y%m%d %k:%M", lines: ["261128  7:10", "991231 23:59"]),
        Sample(pattern: "%A, %d %B %Y %H:%M", lines: ["Saturday, 28 November 2026 19:10"]),
        Sample(
            pattern: "%Y %j %H:%M", lines: ["2026 332 19:10", "2024 366 00:00", "2023 366 00:00"]),
        Sample(pattern: "%j %H:%M", lines: ["332 19:10", "360 01:00", "001 00:00"]),
        Sample(
            pattern: "%Y week %U %a %H:%M",
            lines: ["2026 week 47 Sat 19:10", "2026 week 0 Mon 1:00"]),
        Sample(
            pattern: "%Y week %W day %w %H",
            lines: ["2026 week 47 day 0 19", "2025 week 00 day 6 1"]),
        Sample(pattern: "%G-%V-%u %H:%M", lines: ["2026-48-6 19:10"]),
        Sample(
            pattern: "%b %d, %Y %I:%M %p",
            lines: ["Nov 28, 2026 12:10 AM", "Nov 28, 2026 12:10 pm"]),
        Sample(pattern: "%m/%d/%y %l:%M %p", lines: ["11/28/26  7:10 PM", "11/28/26 11:10 AM"]),
        Sample(pattern: "%I:%M", lines: ["12:10", "07:10"]),
        Sample(pattern: "at %Exl:%ExM:%ExS", lines: ["at  7:10:12", "at 12:10:12"]),
        Sample(pattern: "%c", lines: ["Sat Nov 28 19:10:12 2026", "Sat Nov  8 19:10:12 2026"]),
        Sample(pattern: "%x %X", lines: ["11/28/26 19:10:12"]),
        Sample(
            pattern: "%Y-%m-%d %H:%M:%S %Exz",
            lines: [
                "2026-11-28 19:10:12 CET", "2026-11-28 19:10:12 UTC+0530",
                "2026-11-28 19:10:12 -03:30", "2026-11-28 19:10:12 Z", "2026-11-28 19:10:12 XYZ",
            ]),
        Sample(
            pattern: "%ExZ %ExY%Exm%Exd%ExH%ExM%ExS",
            lines: ["CET 20261128191012", "M 20261128191012"]),
        Sample(pattern: "%Z %Y-%m-%d %Exk:%M", lines: ["EST 2026-11-28 19:10"]),
        Sample(pattern: "100%% %Y-%m-%d", lines: ["100% 2026-11-28"]),
        Sample(pattern: "{UNB}%Y%m%d", lines: ["x20261128y", "20261128"]),
        Sample(pattern: "**%Y%m%d**", lines: ["x20261128y", "20261128"]),
        Sample(pattern: "%H:%M:%S$", lines: ["x 19:10:12"]),
        Sample(
            pattern: "^(?:%Y-)?%m-%d %H:%M",
            lines: ["2026-11-28 19:10", "11-28 19:10", "12-28 19:10", "02-29 10:00"]),
        Sample(pattern: "(?i)^at %H:%M:%S on", lines: ["AT 19:10:12 on", "at 23:10:12 ON"]),
        Sample(pattern: #"^x(=%Y-%m-%d=) %H:%M"#, lines: ["x=2026-11-28= 19:10"]),
        Sample(
            pattern: #"(?P<Y>\d+)/(?P<m>\d+)/(?P<d>\d+)"#,
            lines: [
                "2026/11/28", "99999/99/99", "0/0/0", "2026/02/30", "123456789012345678901/1/1",
            ]),
        Sample(
            pattern: "EPOCH",
            lines: ["1795893012", "[1795893012.123]", "x audit(1795893012.123:77)"]),
        Sample(
            pattern: "LEPOCH",
            lines: ["1795893012", "1795893012123", "1795893012123456", "1795893012123.5"]),
        Sample(pattern: "^Epoch", lines: ["1795893012", "[1795893012]"]),
        Sample(pattern: #"^\w+ {EPOCH}"#, lines: ["at 1795893012.5678"]),
        Sample(pattern: #""ts":{LEPOCH},"#, lines: [#"{"ts":1795893012123,"x":1}"#]),
        Sample(pattern: "TAI64N", lines: ["@4000000050d506482dbdf024"]),
        Sample(pattern: "^tai64n", lines: ["@4000000050d506482dbdf024"]),
        Sample(pattern: "{NONE}", lines: ["no date", "2026-11-28 19:10:12"]),
        Sample(pattern: "{DEFAULT}", lines: ["Nov 28 19:10:12"]),
        Sample(
            pattern: "^{DATE}", lines: ["Nov 28 19:10:12", "1795893012", "2026-11-28T19:10:12Z"]),
        Sample(pattern: "{date}>", lines: ["Nov 28 19:10:12>"]),
        Sample(
            pattern: "^at %Y\n^on {DATE}\n{^LN-BEG}",
            lines: ["at 2026", "on 2026-11-28 19:10:12", "28/Nov/2026:19:10:12"]),
    ]
}
