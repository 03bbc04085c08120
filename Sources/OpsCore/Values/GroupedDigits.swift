// Whole numbers for people: opsctl, opsbench and the daemon's own texts write them alike.

extension BinaryInteger {
    /// `1234567` as `1,234,567`.
    package var grouped: String {
        let digits = String(magnitude)
        var text = self < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}
