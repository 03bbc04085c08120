// The rule of a zone as in TZ, which the files of the zone database end with: standard time, summer
// time, and the two days of the year on which they change.
//
// Source: POSIX.1-2024, "Environment Variables", TZ; RFC 9636 section 3.3.1 (hours of -167...167).

/// Standard time, or standard and summer time that take turns every year.
struct ZoneRule: Hashable, Sendable {
    /// A day of a year.
    enum Day: Hashable, Sendable {
        /// 1...365, which never counts 29 February.
        case withoutLeapDay(Int)
        /// 0...365.
        case withLeapDay(Int)
        /// The week 1...5 (5: the last) in a month, of a weekday with 0 for Sunday.
        case weekday(month: Int, week: Int, day: Int)
    }

    /// When the clock changes: a day, and seconds from its midnight by the clock before the change.
    struct Change: Hashable, Sendable {
        var day: Day
        var seconds: Int64
    }

    /// Seconds east of UTC, and when each time begins.
    struct Summer: Hashable, Sendable {
        var offset: Int64
        var start: Change
        var end: Change
    }

    /// Seconds east of UTC.
    let standard: Int64
    /// nil: there is none.
    let summer: Summer?

    /// The period in which a second of UTC lies.
    func period(at utc: Int64) -> ZonePeriod {
        guard let summer else { return ZonePeriod(from: .min, until: .max, offset: standard) }
        let bounded = min(max(utc, -1 << 40), 1 << 40)
        let day = floorDivide(bounded, by: CivilDate.secondsPerDay).quotient
        let year = CivilDate(days: Int(day)).year
        var changes: [(at: Int64, offset: Int64)] = []
        for year in (year - 2)...(year + 2) {
            let end = Self.local(summer.end, in: year) - summer.offset
            let start = Self.local(summer.start, in: year) - standard
            changes.append((end, standard))
            changes.append((start, summer.offset))
        }
        // An end and a start at the same second are a year of summer time: the start counts.
        changes.sort {
            ($0.at, $0.offset == summer.offset ? 1 : 0) < (
                $1.at, $1.offset == summer.offset ? 1 : 0
            )
        }
        guard let last = changes.lastIndex(where: { $0.at <= bounded }) else {
            return ZonePeriod(from: .min, until: .max, offset: standard)
        }
        let next = last + 1 < changes.count ? changes[last + 1].at : bounded + 1
        return ZonePeriod(from: changes[last].at, until: next, offset: changes[last].offset)
    }

    /// The local second of a change in a year.
    private static func local(_ change: Change, in year: Int) -> Int64 {
        let newYear = CivilDate(year: year, month: 1, day: 1).days
        let day: Int
        switch change.day {
        case .withoutLeapDay(let number):
            day = newYear + number - 1 + (CivilDate.isLeap(year) && number >= 60 ? 1 : 0)
        case .withLeapDay(let number):
            day = newYear + number
        case .weekday(let month, let week, let weekday):
            let first = CivilDate(year: year, month: month, day: 1).days
            // Sunday is 0 here and 6 in the calendar.
            let toFirst = ((weekday + 6) % 7 - CivilDate.weekday(ofDays: first) + 7) % 7
            var ofMonth = toFirst + 7 * (week - 1)
            if ofMonth >= CivilDate.days(inMonth: month, of: year) { ofMonth -= 7 }
            day = first + ofMonth
        }
        return Int64(day) * CivilDate.secondsPerDay + change.seconds
    }
}

// MARK: Reading

extension ZoneRule {
    /// Reads a rule; nil unless every byte of it is understood.
    init?(_ text: [UInt8]) {
        var reader = RuleReader(text: text)
        guard text.count <= 256, reader.name(), let standard = reader.offset() else { return nil }
        self.standard = -standard
        guard !reader.isAtEnd else {
            summer = nil
            return
        }
        guard reader.name() else { return nil }
        var offset = -standard + 3_600
        if !reader.isAtEnd, !reader.isNext(",") {
            guard let own = reader.offset() else { return nil }
            offset = -own
        }
        if reader.isAtEnd {
            // What tzset(3) takes where no rule is given: that of the United States.
            summer = Summer(
                offset: offset,
                start: Change(day: .weekday(month: 3, week: 2, day: 0), seconds: 7_200),
                end: Change(day: .weekday(month: 11, week: 1, day: 0), seconds: 7_200))
            return
        }
        guard reader.take(","), let start = reader.change(), reader.take(","),
            let end = reader.change(), reader.isAtEnd
        else { return nil }
        summer = Summer(offset: offset, start: start, end: end)
    }
}

/// Walks over the text of a rule.
private struct RuleReader {
    let text: [UInt8]
    var position = 0

    init(text: [UInt8]) { self.text = text }

    var isAtEnd: Bool { position == text.count }

    func isNext(_ character: Unicode.Scalar) -> Bool {
        position < text.count && text[position] == UInt8(ascii: character)
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard isNext(character) else { return false }
        position += 1
        return true
    }

    /// Three letters or more, or anything in angle brackets.
    mutating func name() -> Bool {
        if take("<") {
            while position < text.count, !isNext(">") { position += 1 }
            return take(">")
        }
        let start = position
        while position < text.count, (text[position] | 0x20) >= 0x61,
            (text[position] | 0x20) <= 0x7A
        {
            position += 1
        }
        return position - start >= 3
    }

    mutating func number(upTo limit: Int) -> Int? {
        let start = position
        var value = 0
        while position < text.count, text[position] >= 0x30, text[position] <= 0x39 {
            value = value * 10 + Int(text[position] - 0x30)
            position += 1
            guard value <= limit else { return nil }
        }
        return position > start ? value : nil
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time(hours limit: Int) -> Int64? {
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard let hours = number(upTo: limit) else { return nil }
        var seconds = hours * 3_600
        if take(":") {
            guard let minutes = number(upTo: 59) else { return nil }
            seconds += minutes * 60
            if take(":") {
                guard let rest = number(upTo: 59) else { return nil }
                seconds += rest
            }
        }
        return Int64(isNegative ? -seconds : seconds)
    }

    mutating func offset() -> Int64? { time(hours: 24) }

    mutating func change() -> ZoneRule.Change? {
        guard let day = day() else { return nil }
        guard take("/") else { return ZoneRule.Change(day: day, seconds: 7_200) }
        guard let seconds = time(hours: 167) else { return nil }
        return ZoneRule.Change(day: day, seconds: seconds)
    }

    private mutating func day() -> ZoneRule.Day? {
        if take("J") {
            guard let number = number(upTo: 365), number >= 1 else { return nil }
            return .withoutLeapDay(number)
        }
        guard take("M") else { return number(upTo: 365).map { .withLeapDay($0) } }
        guard let month = number(upTo: 12), month >= 1, take("."),
            let week = number(upTo: 5), week >= 1, take("."), let day = number(upTo: 6)
        else { return nil }
        return .weekday(month: month, week: week, day: day)
    }
}
