// Times and lengths of time as people read them, and as a mail's header has them.

import OpsProtocol

/// Times in words; always UTC.
enum PlainTime {
    /// `2026-11-29 02:00:00 UTC`.
    static func text(_ seconds: Int64) -> String {
        let stamp = stamp(seconds)
        return "\(stamp.prefix(10)) \(stamp.dropFirst(11).dropLast()) UTC"
    }

    /// `2026-11-29T02:00:00Z`.
    static func stamp(_ seconds: Int64) -> String {
        var bytes: [UInt8] = []
        Timestamp.write(seconds: seconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `1 h`, `15 min`, `2 d 3 h`: at most two units, rounded down.
    static func duration(_ seconds: Int64) -> String {
        let units: [(Int64, String)] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")]
        var rest = max(0, seconds)
        var parts: [String] = []
        for (size, name) in units {
            let count = rest / size
            rest %= size
            if count > 0 { parts.append("\(count) \(name)") } else if !parts.isEmpty { break }
            if parts.count == 2 { break }
        }
        return parts.isEmpty ? "0 s" : parts.joined(separator: " ")
    }

    /// `Sun, 29 Nov 2026 02:00:00 +0000`.  Source: RFC 5322, 3.3.
    static func mailDate(_ seconds: Int64) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let stamp = stamp(seconds)
        let number = Int((seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)) % 7 + 7) % 7
        let month = Int(stamp.dropFirst(5).prefix(2)).map { months[max(0, min(11, $0 - 1))] }
        return "\(days[number]), \(stamp.dropFirst(8).prefix(2)) \(month ?? "Jan")"
            + " \(stamp.prefix(4)) \(stamp.dropFirst(11).dropLast()) +0000"
    }
}
