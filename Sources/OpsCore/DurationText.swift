// Durations as people write them: a whole number and ms, s, m, h or d, nothing between.

/// Milliseconds to text and back.
package enum DurationText {
    /// Coarsest first.
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// Milliseconds; nil for what is no duration, or longer than an Int64 holds.
    package static func parse(_ text: String) -> Int64? {
        let digits = text.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard !digits.isEmpty, digits.count == 1 || digits.first != UInt8(ascii: "0"),
            let number = Int64(Substring(digits)),
            let unit = units.first(where: {
                text.utf8.dropFirst(digits.count).elementsEqual($0.suffix.utf8)
            })
        else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : milliseconds
    }

    /// The shortest exact text, in the coarsest unit that divides.
    package static func text(_ milliseconds: Int64) -> String {
        for unit in units where milliseconds != 0 && milliseconds % unit.milliseconds == 0 {
            return String(milliseconds / unit.milliseconds) + unit.suffix
        }
        return "0s"
    }
}
