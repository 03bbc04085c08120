// Times in the protocol: written as RFC 3339 in UTC, without a calendar library; read strictly,
// with any offset, or as plain seconds since 1970.

import OpsCore

/// RFC 3339 dates and plain epoch seconds.
package enum Timestamp {
    /// Length in bytes of `2026-11-21T09:11:30Z`, and of a time with microseconds.
    static let secondsBytes = 20
    static let microsecondsBytes = 27

    /// Appends `2026-11-21T09:11:30Z`.  Years outside 0...9999 are clamped.
    package static func write(seconds: Int64, to output: inout [UInt8]) {
        output.append(addingCapacity: secondsBytes) { write(seconds: seconds, to: &$0) }
    }

    /// Appends `2026-11-21T09:11:30.751145Z`.
    package static func write(microseconds: Int64, to output: inout [UInt8]) {
        output.append(addingCapacity: microsecondsBytes) {
            write(microseconds: microseconds, to: &$0)
        }
    }

    /// Writes whole seconds into reserved memory of `secondsBytes`.
    static func write(seconds: Int64, to output: inout OutputSpan<UInt8>) {
        writeWhole(seconds, to: &output)
        output.append(UInt8(ascii: "Z"))
    }

    /// Writes microseconds into reserved memory of `microsecondsBytes`.
    static func write(microseconds: Int64, to output: inout OutputSpan<UInt8>) {
        let seconds = floorDivide(microseconds, 1_000_000)
        writeWhole(seconds, to: &output)
        output.append(UInt8(ascii: "."))
        output.append(
            decimal: UInt64(truncatingIfNeeded: microseconds &- seconds &* 1_000_000), digits: 6)
        output.append(UInt8(ascii: "Z"))
    }

    /// `2026-11-21T09:11:30`: nineteen bytes, each at its place.
    private static func writeWhole(_ seconds: Int64, to output: inout OutputSpan<UInt8>) {
        let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799
        let clamped = min(max(seconds, range.lowerBound), range.upperBound)
        // Counted from the year 0, no value is negative.
        let since = UInt64(truncatingIfNeeded: clamped &- range.lowerBound)
        let days = UInt32(truncatingIfNeeded: since / 86_400)
        let second = UInt32(truncatingIfNeeded: since &- UInt64(days) &* 86_400)
        let (year, month, day) = date(ofDay: days)
        let century = year / 100
        let minute = second / 60
        let hour = minute / 60
        output.append(19) { bytes in
            writeTwoDigits(century, bytes)
            writeTwoDigits(year &- century &* 100, bytes + 2)
            bytes[4] = UInt8(ascii: "-")
            writeTwoDigits(month, bytes + 5)
            bytes[7] = UInt8(ascii: "-")
            writeTwoDigits(day, bytes + 8)
            bytes[10] = UInt8(ascii: "T")
            writeTwoDigits(hour, bytes + 11)
            bytes[13] = UInt8(ascii: ":")
            writeTwoDigits(minute &- hour &* 60, bytes + 14)
            bytes[16] = UInt8(ascii: ":")
            writeTwoDigits(second &- minute &* 60, bytes + 17)
        }
    }

    /// Milliseconds since 1970 of an RFC 3339 date (`T` or `t`, but no space; `Z`, `z` or an
    /// offset; a fraction of any length, cut to milliseconds), or of whole or fractional seconds
    /// since 1970.  nil for anything else.
    package static func parse(_ bytes: Span<UInt8>) -> Int64? {
        if bytes.count > 5, isDigit(bytes, 3), bytes[4] == UInt8(ascii: "-") {
            return parseDate(bytes)
        }
        return parseSeconds(bytes)
    }

    /// Parses text in the same forms as `parse` of bytes.
    package static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        return parse(bytes.span)
    }

    // MARK: Inside

    private static func parseSeconds(_ bytes: Span<UInt8>) -> Int64? {
        var index = 0
        var seconds: Int64 = 0
        while index < bytes.count, isDigit(bytes, index) {
            if index == 12 { return nil }
            seconds = seconds * 10 + Int64(bytes[index] & 0xf)
            index += 1
        }
        if index == 0 || (index > 1 && bytes[0] == UInt8(ascii: "0")) { return nil }
        guard let milliseconds = fraction(bytes, &index), index == bytes.count else { return nil }
        return seconds * 1_000 + milliseconds
    }

    private static func parseDate(_ bytes: Span<UInt8>) -> Int64? {
        guard bytes.count >= 20, let year = number(bytes, 0, 4), bytes[4] == UInt8(ascii: "-"),
            let month = number(bytes, 5, 2), bytes[7] == UInt8(ascii: "-"),
            let day = number(bytes, 8, 2), bytes[10] | 0x20 == UInt8(ascii: "t"),
            let hour = number(bytes, 11, 2), bytes[13] == UInt8(ascii: ":"),
            let minute = number(bytes, 14, 2), bytes[16] == UInt8(ascii: ":"),
            let second = number(bytes, 17, 2)
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= daysIn(month, year), hour < 24,
            minute < 60, second < 60
        else { return nil }
        var index = 19
        guard let milliseconds = fraction(bytes, &index),
            let offset = offset(bytes, &index), index == bytes.count
        else { return nil }
        let days = self.day(year, month, day)
        let seconds = days * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - offset
        return seconds * 1_000 + milliseconds
    }

    /// `.123...` in milliseconds; 0 where there is none.
    private static func fraction(_ bytes: Span<UInt8>, _ index: inout Int) -> Int64? {
        guard index < bytes.count, bytes[index] == UInt8(ascii: ".") else { return 0 }
        index += 1
        let start = index
        var value: Int64 = 0
        var scale: Int64 = 1_000
        while index < bytes.count, isDigit(bytes, index) {
            if scale > 1 {
                scale /= 10
                value += Int64(bytes[index] & 0xf) * scale
            }
            index += 1
        }
        return index > start ? value : nil
    }

    /// `Z` or `+hh:mm` in seconds.
    private static func offset(_ bytes: Span<UInt8>, _ index: inout Int) -> Int64? {
        guard index < bytes.count else { return nil }
        if bytes[index] | 0x20 == UInt8(ascii: "z") {
            index += 1
            return 0
        }
        let isWest = bytes[index] == UInt8(ascii: "-")
        guard isWest || bytes[index] == UInt8(ascii: "+"), bytes.count >= index + 6,
            let hours = number(bytes, index + 1, 2), bytes[index + 3] == UInt8(ascii: ":"),
            let minutes = number(bytes, index + 4, 2), hours < 24, minutes < 60
        else { return nil }
        index += 6
        let seconds = Int64(hours * 3_600 + minutes * 60)
        return isWest ? -seconds : seconds
    }

    private static func isDigit(_ bytes: Span<UInt8>, _ index: Int) -> Bool {
        bytes[index] &- UInt8(ascii: "0") < 10
    }

    private static func number(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        guard start + count <= bytes.count else { return nil }
        var value = 0
        for index in start..<start + count {
            guard isDigit(bytes, index) else { return nil }
            value = value * 10 + Int(bytes[index] & 0xf)
        }
        return value
    }

    /// Writes two digits of a number below 100.
    @inline(__always)
    private static func writeTwoDigits(_ value: UInt32, _ bytes: UnsafeMutablePointer<UInt8>) {
        // Divides by ten, exactly for every value below 100.
        let tens = (value &* 103) >> 10
        let ones = value &- tens &* 10
        UnsafeMutableRawPointer(bytes).storeBytes(
            of: UInt16(truncatingIfNeeded: 0x3030 | tens | ones << 8).littleEndian,
            as: UInt16.self)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value / divisor - (value % divisor < 0 ? 1 : 0)
    }

    private static func daysIn(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970 of a date in the Gregorian calendar; years begin in March, so that the leap
    /// day is the last.
    private static func day(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// The date of a day since 1 January of the year 0, in the Gregorian calendar, with
    /// multiplications in place of divisions.  Source: Neri and Schneider, "Euclidean affine
    /// functions and their application to calendar algorithms", 2022.
    private static func date(
        ofDay days: UInt32
    ) -> (year: UInt32, month: UInt32, day: UInt32) {
        // Years begin in March here; day 0 is 1 March of the year -400.
        let day = days &+ (146_097 - 60)
        let centuries = 4 &* day &+ 3
        let century = centuries / 146_097
        let years = (centuries &- century &* 146_097) / 4 &* 4 &+ 3
        let product = UInt64(2_939_745) &* UInt64(years)
        let yearOfCentury = UInt32(truncatingIfNeeded: product >> 32)
        let dayOfYear = UInt32(truncatingIfNeeded: product) / 2_939_745 / 4
        let months = 2_141 &* dayOfYear &+ 197_913
        let month = months >> 16
        let isNext = dayOfYear >= 306
        return (
            year: century &* 100 &+ yearOfCentury &- 400 &+ (isNext ? 1 : 0),
            month: isNext ? month &- 12 : month,
            day: (months & 0xffff) / 2_141 &+ 1
        )
    }
}
