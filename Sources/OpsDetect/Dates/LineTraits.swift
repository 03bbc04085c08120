// What a line has that a date may need, found in one pass: most default templates need no search
// then.
//
// A trait that is not there proves that the template does not match.  A line with anything but
// ASCII has every trait: Unicode has more digits, and letters that fold to ASCII.

/// Pieces of dates that a line has.
struct LineTraits: OptionSet, Hashable, Sendable {
    let rawValue: UInt16
    init(rawValue: UInt16) { self.rawValue = rawValue }

    /// `0:0:0` or `0:00:0`: the middle of a time of day.
    static let clock = LineTraits(rawValue: 1)
    /// `20` and two digits, then `-`, `/` or `.`.
    static let yearFirst = LineTraits(rawValue: 2)
    /// A digit, `-` or `/`, a digit.
    static let numericDate = LineTraits(rawValue: 4)
    /// The name of a month, then a space.
    static let monthSpace = LineTraits(rawValue: 8)
    /// The name of a month between two `-` or two `/`.
    static let monthBetween = LineTraits(rawValue: 16)
    /// The name of a month, then `-`.
    static let monthDash = LineTraits(rawValue: 32)
    /// Six digits in a row.
    static let sixDigits = LineTraits(rawValue: 64)
    /// Eight digits in a row.
    static let eightDigits = LineTraits(rawValue: 128)
    /// Ten digits in a row.
    static let tenDigits = LineTraits(rawValue: 256)
    /// `@`.
    static let at = LineTraits(rawValue: 512)

    static let all = LineTraits(rawValue: 1_023)

    /// Looks at every byte of a line.
    init(of line: Span<UInt8>) {
        var found: LineTraits = []
        var run = 0
        for index in 0..<line.count {
            let byte = line[index]
            if byte &- 0x30 < 10 {
                run &+= 1
                if run >= 6 {
                    found.insert(.sixDigits)
                    if run >= 8 { found.insert(.eightDigits) }
                    if run >= 10 { found.insert(.tenDigits) }
                }
                continue
            }
            let digitsBefore = run
            run = 0
            switch byte {
            case 0x80...:  // Not ASCII.
                self = .all
                return
            case 0x3A:  // :
                if digitsBefore > 0, Self.isMiddleOfClock(line, at: index) { found.insert(.clock) }
            case 0x2D, 0x2E, 0x2F:  // - . /
                Self.separator(line, at: index, digitsBefore: digitsBefore, &found)
            case 0x20:  // Space.
                if DateName.month(line, at: index - 3) != nil { found.insert(.monthSpace) }
            case 0x40:  // @
                found.insert(.at)
            default: break
            }
        }
        self = found
    }

    private static func isDigit(_ line: Span<UInt8>, _ index: Int) -> Bool {
        index >= 0 && index < line.count && line[index] &- 0x30 < 10
    }

    private static func isMiddleOfClock(_ line: Span<UInt8>, at index: Int) -> Bool {
        guard isDigit(line, index + 1) else { return false }
        let second = isDigit(line, index + 2) ? index + 3 : index + 2
        return second < line.count && line[second] == 0x3A && isDigit(line, second + 1)
    }

    private static func separator(
        _ line: Span<UInt8>, at index: Int, digitsBefore: Int, _ found: inout LineTraits
    ) {
        if digitsBefore >= 4, line[index - 4] == 0x32, line[index - 3] == 0x30 {
            found.insert(.yearFirst)
        }
        guard line[index] != 0x2E else { return }
        if digitsBefore > 0, isDigit(line, index + 1) { found.insert(.numericDate) }
        guard DateName.month(line, at: index - 3) != nil else { return }
        if line[index] == 0x2D { found.insert(.monthDash) }
        if index >= 4, line[index - 4] == line[index] { found.insert(.monthBetween) }
    }
}
