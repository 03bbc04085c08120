// fail2ban's times: `600`, `10m`, `1d 6h`, `60*60*24`, `-1`.  A number is of seconds unless a unit
// follows it; terms that stand side by side are added.  A month is a twelfth of a year of 365.25
// days; `m` is a minute.
//
// Source: jail.conf(5), "TIME ABBREVIATION FORMAT".

/// Reads a time.
struct DurationExpression {
    private var bytes: ArraySlice<UInt8>
    private var depth = 0

    /// Seconds; nil: it is not a time.
    static func seconds(_ text: String) -> Double? {
        guard text.utf8.count <= 256 else { return nil }
        var reading = DurationExpression(bytes: text.configBytes[...])
        guard let value = reading.sum(), value.isFinite, reading.peek() == nil else { return nil }
        return value
    }

    /// Milliseconds, at most those of ten thousand years; nil: it is not a time.
    static func milliseconds(_ text: String) -> Int64? {
        let limit = 3.2e14
        return seconds(text).map { Int64(min(max($0 * 1_000, -limit), limit)) }
    }

    private init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    private mutating func peek() -> UInt8? {
        bytes = bytes.drop(while: ConfigBytes.isSpace)
        return bytes.first
    }

    private mutating func sum() -> Double? {
        guard depth < 16, var value = product() else { return nil }
        while let next = peek() {
            if next == 0x2b || next == 0x2d {
                bytes.removeFirst()
                guard let other = product() else { return nil }
                value += next == 0x2b ? other : -other
            } else if ConfigBytes.isDigit(next) {
                guard let other = product() else { return nil }
                value += other
            } else {
                break
            }
        }
        return value
    }

    private mutating func product() -> Double? {
        guard var value = factor() else { return nil }
        while let next = peek(), next == 0x2a || next == 0x2f {
            bytes.removeFirst()
            guard let other = factor() else { return nil }
            value = next == 0x2a ? value * other : value / other
        }
        return value
    }

    private mutating func factor() -> Double? {
        var sign = 1.0
        while let next = peek(), next == 0x2b || next == 0x2d {
            bytes.removeFirst()
            if next == 0x2d { sign = -sign }
        }
        if peek() == 0x28 {
            bytes.removeFirst()
            depth += 1
            defer { depth -= 1 }
            guard let value = sum(), peek() == 0x29 else { return nil }
            bytes.removeFirst()
            return sign * value
        }
        let digits = bytes.prefix { ConfigBytes.isDigit($0) || $0 == 0x2e }
        guard let number = Double(digits.text) else { return nil }
        bytes = bytes.dropFirst(digits.count)
        guard let next = peek(), ConfigBytes.isLetter(next) else { return sign * number }
        let name = bytes.prefix(while: ConfigBytes.isLetter)
        guard let unit = Self.units[name.text.asciiLowered] else { return nil }
        bytes = bytes.dropFirst(name.count)
        return sign * number * unit
    }

    private static let units: [String: Double] = {
        let year = 31_557_600.0
        let all: [(Double, String)] = [
            (1, "s ss se sec second seconds"), (60, "m mm mi min minute minutes"),
            (3_600, "h hh ho hou hour hours"), (86_400, "d dd da day days"),
            (604_800, "w ww we wee week weeks"), (year / 12, "mo mon month months"),
            (year, "y yy ye yea year years"),
        ]
        var units: [String: Double] = [:]
        for (seconds, names) in all {
            for name in names.words(separatedBy: " ") { units[name] = seconds }
        }
        return units
    }()
}
