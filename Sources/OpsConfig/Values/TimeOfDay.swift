// A time of day as in the file: `07:55`, in UTC, or `never`; and a part of the day: `22:00-07:00`.

import OpsCore

/// Minutes after midnight.
package enum TimeOfDay {
    /// The number that stands for `never`.
    package static let never = -1

    /// `hh:mm`, 00:00 to 23:59, or `never`; nil for anything else.
    static func parse(_ text: String) -> Int? {
        if text == "never" { return never }
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":") else { return nil }
        let digits = [bytes[0], bytes[1], bytes[3], bytes[4]].map { Int($0) - 0x30 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        return hour < 24 && minute < 60 ? hour * 60 + minute : nil
    }

    static func text(_ minutes: Int) -> String {
        if minutes == never { return "never" }
        let (hour, minute) = (minutes / 60, minutes % 60)
        return "\(hour / 10)\(hour % 10):\(minute / 10)\(minute % 10)"
    }

    /// `hh:mm-hh:mm`, or `never`, which is nil within; nil for anything else.
    static func hours(_ text: String) -> QuietHours?? {
        if text == "never" { return .some(nil) }
        let times = text.split(separator: "-", omittingEmptySubsequences: false)
        guard times.count == 2, let from = parse(String(times[0])),
            let to = parse(String(times[1])), from != never, to != never, from != to
        else { return nil }
        return QuietHours(from: from, to: to)
    }

    static func text(_ hours: QuietHours?) -> String {
        hours.map { "\(text($0.from))-\(text($0.to))" } ?? text(never)
    }
}
