// Times against a calendar that walks day by day and knows nothing but the lengths of the months.

import OpsProtocol
import OpsTestKit
import Testing

private func written(_ seconds: Int64) -> String {
    var bytes: [UInt8] = []
    Timestamp.write(seconds: seconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

private func writtenMicroseconds(_ microseconds: Int64) -> String {
    var bytes: [UInt8] = []
    Timestamp.write(microseconds: microseconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

private func isLeap(_ year: Int) -> Bool {
    year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
}

private func text(_ number: Int, _ digits: Int) -> String {
    let plain = String(number)
    return String(repeating: "0", count: digits - plain.count) + plain
}

@Suite struct TimestampTests {
    /// Every day of the years, from the second at which the first of them begins.
    private func walk(_ years: ClosedRange<Int>, from start: Int64) {
        var day = start
        for year in years {
            let months = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            for (month, days) in months.enumerated() {
                for date in 1...days {
                    let stamp = "\(text(year, 4))-\(text(month + 1, 2))-\(text(date, 2))T"
                    guard written(day) == stamp + "00:00:00Z",
                        written(day + 86_399) == stamp + "23:59:59Z",
                        Timestamp.parse(stamp + "00:00:00Z") == day * 1_000,
                        Timestamp.parse(stamp + "23:59:59.999Z") == day * 1_000 + 86_399_999
                    else {
                        Issue.record("\(stamp) is wrong: \(written(day))")
                        return
                    }
                    day += 86_400
                }
                for date in [0, days + 1] {
                    let stamp = "\(text(year, 4))-\(text(month + 1, 2))-\(text(date, 2))T00:00:00Z"
                    #expect(Timestamp.parse(stamp) == nil)
                }
            }
        }
    }

    @Test func everyDayOf1970To2100() { walk(1970...2100, from: 0) }

    /// Seconds from date(1): `date -u -d 2400-01-01 +%s`.
    @Test(
        arguments: [
            (0, -62_167_219_200), (1600, -11_676_096_000), (1900, -2_208_988_800),
            (2400, 13_569_465_600), (9999, 253_370_764_800),
        ] as [(Int, Int64)])
    func farYears(year: Int, start: Int64) { walk(year...year, from: start) }

    @Test(
        arguments: [
            ("2025-10-20T15:41:40Z", 1_760_974_900_000),
            ("2025-10-20t15:41:40z", 1_760_974_900_000),
            ("2025-10-20T15:41:40.7Z", 1_760_974_900_700),
            ("2025-10-20T15:41:40.751145Z", 1_760_974_900_751),
            ("2025-10-20T15:41:40.0009999999999999999999Z", 1_760_974_900_000),
            ("2025-10-20T17:41:40+02:00", 1_760_974_900_000),
            ("2025-10-20T10:11:40-05:30", 1_760_974_900_000),
            ("2025-10-20T15:41:40+00:00", 1_760_974_900_000),
            ("2025-10-20T15:41:40-00:00", 1_760_974_900_000),
            ("2025-10-21T15:40:40.5+23:59", 1_760_974_900_500),
            ("1969-12-31T23:59:59.999Z", -1), ("0000-01-01T00:00:00Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59-23:59", 253_402_387_139_000),
            ("0", 0), ("1", 1_000), ("1760974900", 1_760_974_900_000), ("0.5", 500),
            ("1760974900.751145", 1_760_974_900_751), ("999999999999", 999_999_999_999_000),
        ] as [(String, Int64)])
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp.parse(text) == milliseconds)
    }

    @Test(arguments: [
        "", " ", "-", ".", "-1", "+1", "1.", ".5", "1e9", "0x10", "01", "1 ", " 1", "1000000000000",
        "99999999999999999999999", "1,5", "１", "2025-10-20", "2025-10-20T15:41Z",
        "2025-10-20T15:41:40", "2025-10-20 15:41:40Z", "2025-10-20T15:41:40.Z",
        "2025-10-20T15:41:40,5Z", "2025-10-20T15:41:40ZZ", "2025-10-20T15:41:40Z ",
        "2025-10-20T15:41:40+2:00", "2025-10-20T15:41:40+0200", "2025-10-20T15:41:40+02",
        "2025-10-20T15:41:40+24:00", "2025-10-20T15:41:40+00:60", "2025-10-20T15:41:40+",
        "2025-10-20T24:00:00Z", "2025-10-20T15:60:00Z", "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z", "2025-01-00T00:00:00Z", "2025-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2025-04-31T00:00:00Z",
        // Leap seconds: no clock here has them.
        "2016-12-31T23:59:60Z", "2015-06-30T23:59:60Z",
        "-025-10-20T15:41:40Z", "12025-10-20T15:41:40Z", "025-10-20T15:41:40Z",
        "2025-1-20T15:41:40Z", "2025-10-2T15:41:400Z", "2025:10:20T15:41:40Z",
        "2025-10-20T15.41.40Z", "2025-+1-20T15:41:40Z", "２025-10-20T15:41:40Z", "now", "null",
        "2025-10-20T15:41:40UTC", "2025-10-20T15:41:40\u{0}",
    ])
    func refuses(text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    @Test func writesMicrosecondsAndClamps() {
        #expect(writtenMicroseconds(1_760_974_900_751_145) == "2025-10-20T15:41:40.751145Z")
        #expect(writtenMicroseconds(0) == "1970-01-01T00:00:00.000000Z")
        #expect(writtenMicroseconds(-1) == "1969-12-31T23:59:59.999999Z")
        #expect(written(.max) == "9999-12-31T23:59:59Z")
        #expect(written(.min) == "0000-01-01T00:00:00Z")
        #expect(writtenMicroseconds(.max).hasPrefix("9999-12-31T23:59:59."))
        #expect(writtenMicroseconds(.min).hasPrefix("0000-01-01T00:00:00."))
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func roundTrips(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let seconds = Int64.random(in: -62_167_219_200...253_402_300_799, using: &random)
            #expect(Timestamp.parse(written(seconds)) == seconds * 1_000)
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func mutatedTimesNeverTrap(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let samples = ["2025-10-20T15:41:40.751145+02:00", "1760974900.751145"]
        for _ in 0..<2_000 {
            var bytes = Array(samples[Int(random.next() % 2)].utf8)
            for _ in 0..<random.next() % 4 where !bytes.isEmpty {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8(ascii: "9"), at: place)
                }
            }
            _ = Timestamp.parse(bytes.span)
        }
    }
}
