// The time of a JSON line: a number of seconds, milliseconds, microseconds or nanoseconds since
// 1970, told apart by its size, or a text as RFC 3339 has it.
//
// The size is unmistakable: as seconds 10^11 is the year 5138, as milliseconds it is 1973.

/// Times of JSON lines, as milliseconds since 1970.
package enum JSONTime {
    /// Reads a number or the text of a string; nil: it is not a time.  A text without a zone is
    /// `zoneMinutes` east of UTC; nil: such a text is not a time.
    package static func milliseconds(_ text: Span<UInt8>, zoneMinutes: Int? = nil) -> Int64? {
        guard (1...64).contains(text.count) else { return nil }
        return number(text) ?? date(text, zoneMinutes)
    }

    // MARK: Numbers

    /// `1700000000`, `1700000000.123`, `1.7e9`, `1700000000123`.
    private static func number(_ text: Span<UInt8>) -> Int64? {
        var place = 0
        guard let whole = digits(text, &place, atMost: 19) else { return nil }
        var nanoseconds: Int64 = 0
        if skip(".", text, &place) {
            guard let fraction = fraction(text, &place) else { return nil }
            nanoseconds = fraction
        }
        if place < text.count { return exponential(text) }
        switch whole {
        case ..<100_000_000_000: return whole * 1_000 + nanoseconds / 1_000_000
        case ..<100_000_000_000_000: return whole
        case ..<100_000_000_000_000_000: return whole / 1_000
        default: return whole / 1_000_000
        }
    }

    /// `1.7000000001234e+09`, as Go writes large numbers.
    private static func exponential(_ text: Span<UInt8>) -> Int64? {
        var bytes: [UInt8] = []
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"),
                UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"):
                bytes.append(text[index])
            default: return nil
            }
        }
        guard let seconds = Double(String(decoding: bytes, as: UTF8.self)), seconds >= 0,
            seconds < 1e20
        else { return nil }
        switch seconds {
        case ..<1e11: return Int64(seconds * 1e3)
        case ..<1e14: return Int64(seconds)
        case ..<1e17: return Int64(seconds / 1e3)
        default: return Int64(seconds / 1e6)
        }
    }

    // MARK: Dates

    /// `2026-01-31T10:20:30.123Z`, `2026-01-31 10:20:30+0100`.
    private static func date(_ text: Span<UInt8>, _ zoneMinutes: Int?) -> Int64? {
        var place = 0
        guard let year = exactly(4, text, &place), skip("-", text, &place),
            let month = exactly(2, text, &place), (1...12).contains(month),
            skip("-", text, &place), let day = exactly(2, text, &place),
            (1...Int64(CivilDate.days(inMonth: Int(month), of: Int(year)))).contains(day),
            skip("T", text, &place) || skip("t", text, &place) || skip(" ", text, &place),
            let hour = exactly(2, text, &place), hour < 24, skip(":", text, &place),
            let minute = exactly(2, text, &place), minute < 60, skip(":", text, &place),
            let second = exactly(2, text, &place), second <= 60
        else { return nil }
        var nanoseconds: Int64 = 0
        if skip(".", text, &place) || skip(",", text, &place) {
            guard let fraction = fraction(text, &place) else { return nil }
            nanoseconds = fraction
        }
        guard let zone = zone(text, &place) ?? zoneMinutes.map(Int64.init), place == text.count
        else { return nil }
        let days = CivilDate(year: Int(year), month: Int(month), day: Int(day)).days
        let minutes = (Int64(days) * 24 + hour) * 60 + minute - zone
        return (minutes * 60 + second) * 1_000 + nanoseconds / 1_000_000
    }

    /// Minutes east of UTC; nil: there is no zone.
    private static func zone(_ text: Span<UInt8>, _ place: inout Int) -> Int64? {
        if skip("Z", text, &place) || skip("z", text, &place) { return 0 }
        let isWest = skip("-", text, &place)
        guard isWest || skip("+", text, &place), let hours = exactly(2, text, &place) else {
            return nil
        }
        _ = skip(":", text, &place)
        guard let minutes = exactly(2, text, &place), hours < 24, minutes < 60 else { return nil }
        return (isWest ? -1 : 1) * (hours * 60 + minutes)
    }

    // MARK: Parts

    /// The nanoseconds of the digits behind a decimal point; nil: there are none.
    private static func fraction(_ text: Span<UInt8>, _ place: inout Int) -> Int64? {
        var nanoseconds: Int64 = 0
        var scale: Int64 = 100_000_000
        let first = place
        while place < text.count, text[place] &- 0x30 < 10 {
            nanoseconds += Int64(text[place] - 0x30) * scale
            scale /= 10
            place += 1
        }
        return place > first ? nanoseconds : nil
    }

    private static func digits(
        _ text: Span<UInt8>, _ place: inout Int, atMost count: Int
    ) -> Int64? {
        var number: Int64 = 0
        let first = place
        while place < text.count, text[place] &- 0x30 < 10 {
            let (ten, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, more) = ten.addingReportingOverflow(Int64(text[place] - 0x30))
            guard place - first < count, !overflow, !more else { return nil }
            number = sum
            place += 1
        }
        return place > first ? number : nil
    }

    private static func exactly(
        _ count: Int, _ text: Span<UInt8>, _ place: inout Int
    ) -> Int64? {
        guard place + count <= text.count else { return nil }
        var number: Int64 = 0
        for index in place..<place + count {
            let digit = text[index] &- 0x30
            guard digit < 10 else { return nil }
            number = number * 10 + Int64(digit)
        }
        place += count
        return number
    }

    private static func skip(
        _ character: Unicode.Scalar, _ text: Span<UInt8>, _ place: inout Int
    ) -> Bool {
        guard place < text.count, text[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }
}
