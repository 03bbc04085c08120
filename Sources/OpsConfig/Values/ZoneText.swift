// Time zones as the configuration writes them.

/// A zone of dates that do not name one.
enum ZoneText {
    /// The host's own.
    case local
    /// Minutes east of UTC.
    case offset(Int)

    /// The largest offset: `+14:00` is in use.
    private static let limitMinutes = 14 * 60

    /// `local`, `UTC`, or `+HH:MM` and `-HH:MM`; nil for anything else.
    init?(parsing text: String) {
        switch text {
        case "local": self = .local
        case "UTC": self = .offset(0)
        default:
            guard let minutes = Self.offset(Array(text.utf8)) else { return nil }
            self = .offset(minutes)
        }
    }

    private static func offset(_ bytes: [UInt8]) -> Int? {
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-")
        else { return nil }
        let digits = [bytes[1], bytes[2], bytes[4], bytes[5]].map { Int($0) - 0x30 }
        guard digits.allSatisfy({ (0...9).contains($0) }), digits[2] < 6 else { return nil }
        let minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3]
        guard minutes <= limitMinutes else { return nil }
        return bytes[0] == UInt8(ascii: "-") ? -minutes : minutes
    }

    /// Minutes east of UTC as text; nil: `local`.
    static func text(_ minutes: Int?) -> String {
        guard let minutes else { return "local" }
        if minutes == 0 { return "UTC" }
        func twoDigits(_ value: Int) -> String { String(String(value + 100).suffix(2)) }
        let size = abs(minutes)
        return (minutes < 0 ? "-" : "+") + twoDigits(size / 60) + ":" + twoDigits(size % 60)
    }
}
