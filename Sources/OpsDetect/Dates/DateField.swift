// The fields that a date pattern can name, read out of the text of their groups.

/// A named group of a date pattern, by its name.
enum DateField: String {
    case year = "Y"
    case shortYear = "y"
    case month = "m"
    case monthName = "B"
    case shortMonthName = "b"
    case day = "d"
    case hour = "H"
    case hourOfHalf = "I"
    case half = "p"
    case minute = "M"
    case second = "S"
    case weekdayName = "A"
    case shortWeekdayName = "a"
    case weekday = "w"
    case yearday = "j"
    case weekFromSunday = "U"
    case weekFromMonday = "W"
    case offset = "z"
    case zone = "Z"

    /// Hours of a clock of twelve, and which half of the day they are in.
    struct HalfOfDay {
        var hour = -1
        var isAfternoon = false

        /// 12 am is midnight, 12 pm noon; without a half it is the morning.
        func apply(to fields: inout DateFields) {
            guard hour >= 0 else { return }
            fields.hour =
                isAfternoon ? (hour == 12 ? 12 : hour + 12) : (hour == 12 ? 0 : hour)
        }
    }

    /// Puts what the group says into `fields`.
    func read(_ text: Span<UInt8>, into fields: inout DateFields, _ half: inout HalfOfDay) {
        switch self {
        case .half:
            half.isAfternoon = DateName.isEqual(text, "pm")
        case .monthName, .shortMonthName:
            let month = DateName.month(text, isShort: self == .shortMonthName)
            fields.month = month ?? 0
            fields.isUnreadable = fields.isUnreadable || month == nil
        case .weekdayName, .shortWeekdayName:
            let weekday = DateName.weekday(text, isShort: self == .shortWeekdayName)
            fields.weekday = weekday ?? 0
            fields.isUnreadable = fields.isUnreadable || weekday == nil
        case .offset, .zone:
            fields.zone = ZoneName.minutes(of: text).map { .offset($0) } ?? .unknown
        default:
            guard let number = Self.number(text) else {
                fields.isUnreadable = true
                return
            }
            read(number, into: &fields, &half)
        }
    }

    private func read(_ number: Int, into fields: inout DateFields, _ half: inout HalfOfDay) {
        switch self {
        case .year: fields.year = number
        case .shortYear: fields.year = number <= 2_000 ? number + 2_000 : number
        case .month: fields.month = number
        case .day: fields.day = number
        case .hour:
            fields.hour = number
            half.hour = -1
        case .hourOfHalf: half.hour = number
        case .minute: fields.minute = number
        case .second: fields.second = number
        case .weekday: fields.weekday = number == 0 ? 6 : number - 1
        case .yearday: fields.yearday = number
        case .weekFromSunday, .weekFromMonday:
            fields.week = number
            fields.weekStartsOnMonday = self == .weekFromMonday
        default: break
        }
    }

    /// A number of ASCII digits with spaces around it, at most 999,999,999.
    private static func number(_ text: Span<UInt8>) -> Int? {
        var value = 0
        var digits = 0
        var isOver = false
        for index in 0..<text.count {
            let byte = text[index]
            if byte == 0x20 {
                isOver = digits > 0
            } else {
                guard (0x30...0x39).contains(byte), digits < 9, !isOver else { return nil }
                value = value * 10 + Int(byte - 0x30)
                digits += 1
            }
        }
        return digits > 0 ? value : nil
    }
}

/// Instants written as one number.
enum EpochNumber {
    /// Seconds since 1970 with an optional fraction, in milliseconds.  A long one of 13 digits and
    /// more is in milliseconds, of 16 and more without a point in microseconds.
    static func milliseconds(_ text: Span<UInt8>, isLong: Bool) -> Int64? {
        guard text.count <= 24 else { return nil }
        var whole: Int64 = 0
        var digits = 0
        var position = 0
        while position < text.count, (0x30...0x39).contains(text[position]) {
            guard digits < 18 else { return nil }
            whole = whole * 10 + Int64(text[position] - 0x30)
            digits += 1
            position += 1
        }
        guard digits > 0 else { return nil }
        let hasPoint = position < text.count
        guard !hasPoint || text[position] == 0x2E else { return nil }
        if isLong, text.count >= 13 {
            if !hasPoint, digits >= 16 { return whole / 1_000 }
            return whole
        }
        guard digits <= 15 else { return nil }
        var milliseconds = whole * 1_000
        var unit: Int64 = 100
        position += 1
        while position < text.count {
            guard (0x30...0x39).contains(text[position]) else { return nil }
            milliseconds += Int64(text[position] - 0x30) * unit
            unit /= 10
            position += 1
        }
        return milliseconds
    }

    /// `@` and 24 hexadecimal digits: the seconds of the first 16, without their offset of 2^62.
    /// Leap seconds are left in, as fail2ban leaves them: ten seconds and more too late.
    static func tai64n(_ text: Span<UInt8>) -> Int64? {
        guard text.count == 25, text[0] == 0x40 else { return nil }
        var seconds: Int64 = 0
        for index in 2..<17 {
            let byte = text[index]
            switch byte {
            case 0x30...0x39: seconds = seconds << 4 | Int64(byte - 0x30)
            case 0x61...0x66: seconds = seconds << 4 | Int64(byte - 0x61 + 10)
            default: return nil
            }
        }
        let (milliseconds, isOver) = seconds.multipliedReportingOverflow(by: 1_000)
        return isOver ? nil : milliseconds
    }
}
