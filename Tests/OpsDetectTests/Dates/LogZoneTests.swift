// Zones: files, rules, and what local time becomes where the clock changes.

@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Time zones of logs")
struct LogZoneTests {
    private func seconds(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int) -> Int64
    {
        let days = CivilDate(year: year, month: month, day: day).days
        return Int64(days) * 86_400 + Int64(hour * 3_600 + minute * 60)
    }

    @Test("Days and dates go back and forth over 3,000 years, and weekdays follow each other")
    func calendar() {
        var weekday = CivilDate.weekday(ofDays: -719_162)
        for days in -719_162...400_000 {
            let date = CivilDate(days: days)
            guard date.days == days, date.isDate, CivilDate.weekday(ofDays: days) == weekday else {
                Issue.record("day \(days): \(date)")
                return
            }
            weekday = (weekday + 1) % 7
        }
        #expect(CivilDate(days: 0) == CivilDate(year: 1970, month: 1, day: 1))
        #expect(CivilDate(days: 20_785) == CivilDate(year: 2026, month: 11, day: 28))
        #expect(CivilDate.weekday(ofDays: 20_785) == 5)
    }

    @Test(
        "A file gives the offsets that the C library gives, from 1950 to 2100",
        arguments: [
            "Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata", "Australia/Lord_Howe",
            "Africa/Casablanca", "America/Sao_Paulo", "Pacific/Apia", "Antarctica/Troll",
            "Europe/Dublin", "America/Nuuk", "Asia/Gaza",
        ])
    func offsets(name: String) throws {
        let zone = try Zones.named(name)
        // Of this thread alone: localtime_rz(3) is not in glibc, and TZ is the whole process's.
        let answers = try Reference.offsets(
            name, from: -631_152_000, to: 4_102_444_800, step: 1_234_567)
        var differences = 0
        for (at, offset) in answers where zone.offset(at: at) != offset { differences += 1 }
        #expect(answers.count > 3_000)
        #expect(differences == 0)
    }

    @Test("A rule alone gives the same as the file")
    func rule() throws {
        let file = try Zones.named("Europe/Berlin")
        let rule = try LogZone(rule: "CET-1CEST,M3.5.0,M10.5.0/3")
        for at in stride(from: Int64(1_000_000_000), to: 3_000_000_000, by: 86_400 * 3 + 7) {
            #expect(file.offset(at: at) == rule.offset(at: at))
        }
        for wrong in [
            "", "Europe/Berlin", "CE", "CET-25", "CET-1CEST,M13.5.0,M10.5.0", "CET-1X,",
            "CET-1CEST,M3.5.0",
        ] {
            #expect(throws: DateFault.self) { try LogZone(rule: wrong) }
        }
    }

    @Test("fail2ban's zones of logs: offsets and abbreviations, without summer time")
    func logTimeZone() throws {
        for (text, minutes) in [
            ("UTC", 0), ("Z", 0), ("UTC+0200", 120), ("-05:00", -300), ("GMT-03", -180),
            ("CET", 60),
            ("CET+0100", 120), ("NST", -210),
        ] {
            #expect(try LogZone(logTimeZone: text) == LogZone(minutes: minutes), "\(text)")
        }
        for wrong in ["", "Europe/Berlin", "UTC+2", "XYZ", "cet", "+9900", "UTC+02001"] {
            #expect(throws: DateFault.self) { try LogZone(logTimeZone: wrong) }
        }
    }

    @Test("An hour that was twice has two instants: the later one unless it is still to come")
    func overlap() throws {
        let zone = try Zones.named("Europe/Berlin")
        // 02:30 on 25 October 2026, in summer time and an hour later in winter time.
        let instants = zone.instants(ofLocal: seconds(2026, 10, 25, 2, 30))
        let first = seconds(2026, 10, 25, 0, 30)
        #expect(instants == LocalInstants(earlier: first, later: first + 3_600))
        #expect(instants.choice(now: first) == first)
        #expect(instants.choice(now: first + 3_539) == first)
        #expect(instants.choice(now: first + 3_540) == first + 3_600)
        #expect(instants.choice(now: first + 86_400) == first + 3_600)
        // The hour before, and the hour after, were once.
        for (hour, utc) in [(1, 23), (3, 26)] {
            let once = zone.instants(ofLocal: seconds(2026, 10, 25, hour, 59))
            #expect(once.earlier == once.later)
            #expect(once.later == seconds(2026, 10, 24, utc, 59))
        }
    }

    @Test("An hour that never was counts on from before the gap")
    func gap() throws {
        let zone = try Zones.named("America/New_York")
        let instants = zone.instants(ofLocal: seconds(2026, 3, 8, 2, 30))
        #expect(instants.earlier == seconds(2026, 3, 8, 7, 30))
        #expect(instants.later == instants.earlier)
        // A whole day that Samoa left out.
        let apia = try Zones.named("Pacific/Apia")
        let lost = apia.instants(ofLocal: seconds(2011, 12, 30, 12, 0))
        #expect(lost.earlier == seconds(2011, 12, 30, 22, 0))
    }

    @Test("Local time and back is the same second, in every zone and at every offset")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 5)
        for name in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"] {
            let zone = try Zones.named(name)
            var clock = LogClock(zone: zone)
            for _ in 0..<2_000 {
                let utc = Int64(random.next() % 4_000_000_000)
                let local = utc + zone.offset(at: utc)
                let instants = zone.instants(ofLocal: local)
                #expect(instants.earlier == utc || instants.later == utc)
                _ = clock.offset(at: utc)
                #expect(clock.instant(ofLocal: local, now: utc) == instants.choice(now: utc))
            }
        }
    }

    @Test("Files that are cut short or changed are refused or read, and nothing traps")
    func hostile() throws {
        var random = SeededGenerator(seed: 6)
        let whole = try Zones.bytes("America/New_York")
        for length in 0..<whole.count {
            let part = Array(whole.prefix(length))
            #expect(throws: DateFault.self) { try LogZone(file: part.span, name: "x") }
        }
        for _ in 0..<2_000 {
            var bytes = whole
            for _ in 0..<4 {
                let place = Int(random.next() % UInt64(random.next() % 2 == 0 ? 100 : bytes.count))
                bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
            guard let zone = try? LogZone(file: bytes.span, name: "x") else { continue }
            for at in [Int64.min, -1 << 40, 0, 1_795_893_012, 1 << 40, .max] {
                _ = zone.offset(at: at)
                _ = zone.instants(ofLocal: at)
            }
        }
    }
}

/// What the C library of another process says.
private enum Reference {
    static func offsets(
        _ zone: String, from: Int64, to: Int64, step: Int64
    ) throws -> [(at: Int64, offset: Int64)] {
        let directory = try ScratchDirectory()
        let times = stride(from: from, through: to, by: Int64.Stride(step)).map { "@\($0)" }
        let questions = try directory.write(
            Array((times.joined(separator: "\n") + "\n").utf8), to: "times")
        let status = system(
            "TZ=\(zone) date -f \(questions) '+%s %z' >\(directory.path(of: "offsets"))")
        guard status == 0 else { throw DateFault(message: "date(1) failed") }
        let text = String(decoding: try directory.bytes("offsets"), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let at = Int64(words[0]), let number = Int64(words[1]) else {
                return nil
            }
            return (at, number / 100 * 3_600 + number % 100 * 60)
        }
    }
}
