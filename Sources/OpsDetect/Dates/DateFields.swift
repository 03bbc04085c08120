// What a date in a line says, field by field, and the instant that it stands for.
//
// 1. Without a year it is this year's, or last year's if that would be more than a day ahead of
//    now.
// 2. Without month and day it is today's, or yesterday's if that would be ahead of now.
// 3. Two digits of a year are 2000 and on.  Parts of a second are dropped.
// 4. What no calendar has is not a time: 30 February, 29 February without a year in a common year,
//    an hour of 24, a second of 60 (a leap second).
// 5. A zone in the date counts over the log's.  Rules 1 and 2 look at now in the same clock as the
//    date is in: fail2ban compares them across zones.
//
// Every field is bounded before it is reckoned with; no digits make it trap.

/// The fields of a date; -1: not in the line.
struct DateFields: Hashable, Sendable {
    /// What the date says about its zone.
    enum Zone: Hashable, Sendable {
        case none
        /// Minutes east of UTC.
        case offset(Int)
        /// A name that is not known: the date has no time then.
        case unknown
    }

    var year = -1
    var month = -1
    var day = -1
    var hour = 0
    var minute = 0
    var second = 0
    /// Day of the year, 1...366.
    var yearday = -1
    /// Week of the year, 0...53.
    var week = -1
    /// Whether `week` begins on Monday (`%W`), not on Sunday (`%U`).
    var weekStartsOnMonday = false
    /// 0 is Monday.
    var weekday = -1
    var zone = Zone.none
    /// A field could not be understood: there is no time.
    var isUnreadable = false

    /// The instant in milliseconds since 1970; nil if there is no such time.
    func time(now: Int64, clock: inout LogClock) -> Int64? {
        var offset: Int64?
        switch zone {
        case .none: break
        case .offset(let minutes): offset = Int64(minutes) * 60
        case .unknown: return nil
        }
        guard !isUnreadable, (0...23).contains(hour), (0...59).contains(minute),
            (0...59).contains(second)
        else { return nil }
        let nowUTC = floorDivide(now, by: 1_000).quotient
        // A whole year, month and day need no now.
        let localNow = nowUTC &+ (offset ?? clock.offset(at: nowUTC))
        guard var day = calendarDay(localNow: localNow) else { return nil }
        let ofDay = Int64(hour * 3_600 + minute * 60 + second)
        var local = Int64(day.date.days) * CivilDate.secondsPerDay + ofDay
        if day.isToday, local > localNow { local -= CivilDate.secondsPerDay }
        if day.isThisYear, local > localNow + CivilDate.secondsPerDay {
            day.date.year -= 1
            guard day.date.isDate else { return nil }
            local = Int64(day.date.days) * CivilDate.secondsPerDay + ofDay
        }
        let utc = offset.map { local - $0 } ?? clock.instant(ofLocal: local, now: nowUTC)
        return utc * 1_000
    }

    private struct Day {
        var date: CivilDate
        var isThisYear: Bool
        var isToday: Bool
    }

    private func calendarDay(localNow: Int64) -> Day? {
        if year >= 0, month >= 0, day >= 0 {
            let date = CivilDate(year: year, month: month, day: day)
            return date.isDate ? Day(date: date, isThisYear: false, isToday: false) : nil
        }
        let today = CivilDate(
            days: Int(floorDivide(localNow, by: CivilDate.secondsPerDay).quotient))
        var date = CivilDate(year: year >= 0 ? year : today.year, month: month, day: day)
        guard (1...9_999).contains(date.year) else { return nil }
        var isToday = false
        if month < 0 || day < 0 {
            if let number = dayOfYear(date.year) {
                let newYear = CivilDate(year: date.year, month: 1, day: 1)
                date = CivilDate(days: newYear.days + number - 1)
            } else if month < 0, day < 0 {
                date.month = today.month
                date.day = today.day
                isToday = true
            }
        }
        return date.isDate ? Day(date: date, isThisYear: year < 0, isToday: isToday) : nil
    }

    /// The day of the year by `%j`, or by week and day of the week; the latter may be in the year
    /// before (0 and less).
    private func dayOfYear(_ year: Int) -> Int? {
        if yearday >= 0 { return yearday }
        guard week >= 0, weekday >= 0 else { return nil }
        let newYear = CivilDate.weekday(ofDays: CivilDate(year: year, month: 1, day: 1).days)
        let first = weekStartsOnMonday ? newYear : (newYear + 1) % 7
        let ofWeek = weekStartsOnMonday ? weekday : (weekday + 1) % 7
        if week == 0 { return 1 + ofWeek - first }
        return 1 + (7 - first) % 7 + 7 * (week - 1) + ofWeek
    }
}

/// A zone and the period of it that was asked for last: the next line's is nearly always the same.
struct LogClock: Sendable {
    let zone: LogZone
    private var period: ZonePeriod

    init(zone: LogZone) {
        self.zone = zone
        period = zone.period(at: 0)
    }

    /// Seconds east of UTC at a second of UTC.
    mutating func offset(at utc: Int64) -> Int64 {
        if utc < period.from || utc >= period.until { period = zone.period(at: utc) }
        return period.offset
    }

    /// The instant of a local second, of two the one that `LocalInstants` chooses.
    mutating func instant(ofLocal local: Int64, now: Int64) -> Int64 {
        period.instant(ofLocal: local) ?? zone.instants(ofLocal: local).choice(now: now)
    }
}
