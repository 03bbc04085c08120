// The Gregorian calendar, and nothing else: days since 1970-01-01 from a date and back.
//
// Every function is total: whatever numbers come in, nothing traps.  Whether a date exists is asked
// of `isDate`; `days` of a date that does not exist is the day it would be by counting on.
//
// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

/// A day of the Gregorian calendar, which is taken to reach back before 1582.
struct CivilDate: Hashable, Sendable {
    /// 1...9999 in what the detector makes; any year in what `init(days:)` is asked for.
    var year: Int
    /// 1...12.
    var month: Int
    /// 1...31.
    var day: Int

    static let secondsPerDay: Int64 = 86_400

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date of a day counted from 1970-01-01.
    init(days: Int) {
        // Years begin in March here, so that the leap day is the last of its year.
        let shifted = min(max(days, -1_000_000_000), 1_000_000_000) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        day = ofYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    var days: Int {
        let bounded = min(max(year, -1_000_000), 1_000_000)
        let shiftedYear = month <= 2 ? bounded - 1 : bounded
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let safeMonth = min(max(month, 1), 12)
        let shiftedMonth = safeMonth > 2 ? safeMonth - 3 : safeMonth + 9
        let ofYear = (153 * shiftedMonth + 2) / 5 + min(max(day, -1_000), 1_000) - 1
        let ofEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear
        return era * 146_097 + ofEra - 719_468
    }

    /// Whether the calendar has it, in the years 1 to 9999.
    var isDate: Bool {
        (1...9_999).contains(year) && (1...12).contains(month) && day >= 1
            && day <= Self.days(inMonth: month, of: year)
    }

    static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The day of the week of a day since 1970: 0 is Monday.
    static func weekday(ofDays days: Int) -> Int {
        // 1970-01-01 was a Thursday.
        ((days % 7) + 7 + 3) % 7
    }
}

/// Quotient and remainder for which the remainder is never negative.  `by` is above zero.
func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let remainder = value % divisor
    return remainder < 0
        ? (value / divisor - 1, remainder + divisor) : (value / divisor, remainder)
}
