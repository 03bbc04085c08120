// Durations as people write them: a whole number and ms, s, m, h or d, nothing between.

/// Milliseconds to text and back.
package enum DurationText {
    /// Coarsest first.
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// Milliseconds; nil for what is not a duration, or longer than an Int64 holds.
    package static func parse(_ bytes: Span<UInt8>) -> Int64? {
        var number: Int64 = 0
        var digits = 0
        while digits < bytes.count, case let digit = bytes[digits] &- UInt8(ascii: "0"), digit < 10
        {
            let (tens, isOver) = number.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = tens.addingReportingOverflow(Int64(digit))
            if isOver || isOverToo || (number == 0 && digits > 0) { return nil }
            number = sum
            digits += 1
        }
        let unit: Int64
        switch (bytes.count - digits, digits == bytes.count ? 0 : bytes[digits]) {
        case (1, UInt8(ascii: "d")): unit = 86_400_000
        case (1, UInt8(ascii: "h")): unit = 3_600_000
        case (1, UInt8(ascii: "m")): unit = 60_000
        case (1, UInt8(ascii: "s")): unit = 1_000
        case (2, UInt8(ascii: "m")) where bytes[digits + 1] == UInt8(ascii: "s"): unit = 1
        default: return nil
        }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit)
        return digits == 0 || overflow ? nil : milliseconds
    }

    /// Parses a text in the same way.
    package static func parse(_ text: String) -> Int64? { parse(text.utf8.span) }

    /// The shortest exact text, in the coarsest unit that divides.
    package static func text(_ milliseconds: Int64) -> String {
        for unit in units where milliseconds != 0 && milliseconds % unit.milliseconds == 0 {
            return String(milliseconds / unit.milliseconds) + unit.suffix
        }
        return "0s"
    }
}
