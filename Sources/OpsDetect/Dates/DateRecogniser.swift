// The dates of nearly every log without a regular expression: syslog's, ISO 8601 with RFC 3339, and
// that of web servers' access logs.
//
// It answers only where the answer is plain: two digits for each field, one separator, a character
// of ASCII behind.  Anything else is `nil`, "ask the regular expression", and so is every way in
// which a regular expression would have to go back and try again.  A test holds both to the same
// answers.

/// A date's shape, and where it is looked for.
struct DateRecogniser: Hashable, Sendable {
    enum Shape: Hashable, Sendable {
        /// `2026-11-28T19:10:12.123+01:00`
        case iso
        /// `Nov 28 19:10:12`
        case syslog
        /// `28/Nov/2026:19:10:12 +0100`
        case accessLog
    }

    enum Place: Hashable, Sendable {
        /// At the line's beginning, with up to two characters before that belong to no word.
        case lineBegin
        /// At the line's very beginning.
        case first
        /// Behind the line's first `[`.
        case bracket
        /// Anywhere that a word can begin.
        case word
    }

    let shape: Shape
    let place: Place

    /// The patterns that it stands in for.
    init?(pattern: String) {
        var core = pattern[...]
        if core.hasPrefix("{^LN-BEG}") {
            core = core.dropFirst(9)
            place = .lineBegin
        } else if core.hasPrefix(#"^[^\[]*\[("#), core.hasSuffix(")") {
            core = core.dropFirst(#"^[^\[]*\[("#.utf8.count).dropLast()
            place = .bracket
        } else if core.hasPrefix("^") {
            core = core.dropFirst()
            place = .first
        } else {
            place = .word
        }
        switch core {
        case DatePatterns.iso, DatePatterns.isoOneSpace: shape = .iso
        case DatePatterns.syslog: shape = .syslog
        case DatePatterns.accessLog: shape = .accessLog
        default: return nil
        }
    }

    /// The first match at or after `from`.  `.some(nil)`: there is none.  `nil`: not known.
    func match(_ line: Span<UInt8>, from: Int) -> DateMatch?? {
        var start = 0
        var date = 0
        guard from == 0 || place == .word else { return nil }
        switch place {
        case .first: break
        case .lineBegin:
            while date < line.count, date < 2, Self.isASCIINonWord(line[date]) { date += 1 }
        case .bracket:
            while date < line.count, line[date] != UInt8(ascii: "[") { date += 1 }
            guard date < line.count else { return .some(nil) }
            date += 1
        case .word:
            guard let place = word(line, from: from) else { return nil }
            guard place >= 0 else { return .some(nil) }
            date = place
            start = place
        }
        var reading = Reading(position: date)
        let isRead: Bool
        switch shape {
        case .iso: isRead = reading.iso(line)
        case .syslog: isRead = reading.syslog(line)
        case .accessLog: isRead = reading.accessLog(line)
        }
        guard isRead else { return nil }
        return DateMatch(
            start: start, end: reading.position, cut: date..<reading.position,
            value: .fields(reading.fields))
    }

    /// Where a word begins that could be the first match; -1: there is no match.
    private func word(_ line: Span<UInt8>, from: Int) -> Int? {
        guard from < line.count else { return nil }
        var place = from
        if shape == .accessLog, from == 0 {
            // Its month between two separators is what nothing else in a line looks like.
            guard let month = Self.monthBetween(line) else { return nil }
            guard month >= 0 else { return -1 }
            guard month >= 2 else { return nil }
            place = month - 2
        }
        // A digit or a letter begins a word where none is before.
        let first = line[place]
        guard first < 0x80, !Self.isASCIINonWord(first) else { return nil }
        guard place == 0 || Self.isASCIINonWord(line[place - 1]) else { return nil }
        return place
    }

    /// The first separator before a month's name with the same one behind; -1: there is none.  nil
    /// if there is anything but ASCII before.
    private static func monthBetween(_ line: Span<UInt8>) -> Int? {
        var index = 0
        while index < line.count {
            let byte = line[index]
            if byte >= 0x80 { return nil }
            if byte == 0x2F || byte == 0x2D, index + 4 < line.count, line[index + 4] == byte,
                DateName.month(line, at: index + 1) != nil
            {
                return index
            }
            index &+= 1
        }
        return -1
    }

    @inline(__always)
    static func isASCIINonWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A, 0x80...: false
        default: true
        }
    }
}

// MARK: The shapes

/// A date that is being read.
private struct Reading {
    var position: Int
    var fields = DateFields()

    init(position: Int) { self.position = position }

    mutating func iso(_ line: Span<UInt8>) -> Bool {
        let start = position
        guard start + 19 <= line.count, let year = year(line, at: start),
            let month = Self.two(line, at: start + 5, 1...12),
            let day = Self.two(line, at: start + 8, 1...31)
        else { return false }
        let separator = line[start + 4]
        guard separator == 0x2D || separator == 0x2F || separator == 0x2E,
            line[start + 7] == separator, line[start + 10] == 0x54 || line[start + 10] == 0x20,
            clock(line, at: start + 11)
        else { return false }
        fields.year = year
        fields.month = month
        fields.day = day
        if position < line.count, line[position] == 0x2E || line[position] == 0x2C,
            !fraction(line)
        {
            return false
        }
        var zone = position
        while zone < line.count, line[zone] == 0x20 || line[zone] == 0x09 { zone += 1 }
        if zone < line.count, line[zone] < 0x20 { return false }
        return self.zone(line, at: zone) && isEnd(line)
    }

    mutating func syslog(_ line: Span<UInt8>) -> Bool {
        if DateName.month(line, at: position) == nil {
            guard let weekday = DateName.weekday(line, at: position), position + 3 < line.count,
                line[position + 3] == 0x20
            else { return false }
            fields.weekday = weekday
            position += 4
        }
        let start = position
        guard start + 15 <= line.count, let month = DateName.month(line, at: start),
            line[start + 3] == 0x20, line[start + 6] == 0x20
        else { return false }
        let isOneDigit = line[start + 4] == 0x20
        let day =
            isOneDigit ? Self.digit(line[start + 5]) : Self.two(line, at: start + 4, 1...31)
        guard let day, day > 0, clock(line, at: start + 7) else { return false }
        fields.month = month
        fields.day = day
        if position < line.count, line[position] == 0x2E, !fraction(line) { return false }
        if position + 5 <= line.count, line[position] == 0x20,
            let year = year(line, at: position + 1)
        {
            let end = position + 5
            if end == line.count || DateRecogniser.isASCIINonWord(line[end]) {
                fields.year = year
                position = end
            }
        }
        return isEnd(line)
    }

    mutating func accessLog(_ line: Span<UInt8>) -> Bool {
        let start = position
        guard start + 20 <= line.count, let day = Self.two(line, at: start, 1...31),
            let month = DateName.month(line, at: start + 3), let year = year(line, at: start + 7)
        else { return false }
        let separator = line[start + 2]
        guard separator == 0x2D || separator == 0x2F, line[start + 6] == separator,
            line[start + 11] == 0x3A || line[start + 11] == 0x20, clock(line, at: start + 12)
        else { return false }
        fields.year = year
        fields.month = month
        fields.day = day
        if position < line.count, line[position] == 0x2E, !fraction(line) { return false }
        guard position < line.count, line[position] == 0x20 else { return isEnd(line) }
        // This one matches in either case, and a zone in small letters is none.
        if position + 1 < line.count, [0x7A, 0x75, 0x67].contains(line[position + 1]) {
            return false
        }
        return zone(line, at: position + 1) && isEnd(line)
    }

    // MARK: Pieces

    /// `HH:MM:SS` of a time that exists, with plain bytes behind it.
    private mutating func clock(_ line: Span<UInt8>, at start: Int) -> Bool {
        guard start + 8 <= line.count, line[start + 2] == 0x3A, line[start + 5] == 0x3A,
            let hour = Self.two(line, at: start, 0...23),
            let minute = Self.two(line, at: start + 3, 0...59),
            let second = Self.two(line, at: start + 6, 0...59)
        else { return false }
        fields.hour = hour
        fields.minute = minute
        fields.second = second
        position = start + 8
        return isPlain(line, from: position)
    }

    /// One to six digits behind a point, if there are any; more are left to the regular expression.
    private mutating func fraction(_ line: Span<UInt8>) -> Bool {
        var end = position + 1
        while end < line.count, end < position + 8, line[end] &- 0x30 < 10 { end += 1 }
        let digits = end - position - 1
        guard digits <= 6 else { return false }
        if digits > 0 { position = end }
        return true
    }

    /// The zone at `start`, if there is one; false if that is not plain.
    private mutating func zone(_ line: Span<UInt8>, at start: Int) -> Bool {
        guard start < line.count else { return true }
        guard isPlain(line, from: start) else { return false }
        switch line[start] {
        case 0x5A: return name(line, at: start, "Z")
        case 0x55: return name(line, at: start, "UTC")
        case 0x47: return name(line, at: start, "GMT")
        case 0x2B, 0x2D: break
        default: return true
        }
        guard let hours = Self.two(line, at: start + 1, 0...99), hours < 20 else { return true }
        var end = start + 3
        var minutes = hours * 60
        let colon = end < line.count && line[end] == 0x3A ? 1 : 0
        if let rest = Self.two(line, at: end + colon, 0...99) {
            minutes += rest
            end += colon + 2
        }
        guard end == line.count || DateRecogniser.isASCIINonWord(line[end]) else { return false }
        fields.zone = .offset(line[start] == 0x2D ? -minutes : minutes)
        position = end
        return true
    }

    /// UTC by one of its names.  Where another word begins so, there is no zone.
    private mutating func name(_ line: Span<UInt8>, at start: Int, _ name: StaticString) -> Bool {
        let end = start + name.utf8CodeUnitCount
        guard end <= line.count else { return true }
        for index in 1..<max(1, name.utf8CodeUnitCount) {
            let wanted = name.utf8Start[index]
            // The same letter, but small: the regular expression knows whether that counts.
            guard line[start + index] == wanted else {
                return line[start + index] | 0x20 != wanted | 0x20
            }
        }
        if end == line.count || DateRecogniser.isASCIINonWord(line[end]) {
            fields.zone = .offset(0)
            position = end
        }
        return true
    }

    /// Whether the next few bytes are ASCII: Unicode has digits that count as such, and letters
    /// that fold to ASCII's.
    private func isPlain(_ line: Span<UInt8>, from start: Int) -> Bool {
        var high: UInt8 = 0
        for index in start..<max(start, min(start + 16, line.count)) { high |= line[index] }
        return high < 0x80
    }

    /// Whether the date can end here: a character of ASCII that belongs to no word, or nothing.
    private func isEnd(_ line: Span<UInt8>) -> Bool {
        position == line.count || DateRecogniser.isASCIINonWord(line[position])
    }

    /// 2000...2049.
    private func year(_ line: Span<UInt8>, at start: Int) -> Int? {
        guard start + 4 <= line.count, line[start] == 0x32, line[start + 1] == 0x30 else {
            return nil
        }
        return Self.two(line, at: start + 2, 0...49).map { 2_000 + $0 }
    }

    @inline(__always)
    private static func two(
        _ line: Span<UInt8>, at start: Int, _ bounds: ClosedRange<Int>
    ) -> Int? {
        guard start + 2 <= line.count, let tens = digit(line[start]),
            let ones = digit(line[start + 1])
        else { return nil }
        let number = tens * 10 + ones
        return bounds.contains(number) ? number : nil
    }

    @inline(__always)
    private static func digit(_ byte: UInt8) -> Int? {
        byte &- 0x30 < 10 ? Int(byte &- 0x30) : nil
    }
}
