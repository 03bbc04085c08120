// How a reply is to be shown, and the available colours.

/// What a rendering depends on.  The same reply and view always give the same text.
struct View: Sendable {
    /// Escape sequences are allowed.
    var isColoured: Bool
    /// Width of the terminal; nil if the output is not a terminal and nothing is cut.
    var columns: Int?
    /// The wall clock, for "in 5m": milliseconds since 1970.
    var nowMilliseconds: Int64
    /// Names of users.
    var users = UserNames()
}

/// The meaning of a piece of text; `sequence` alone decides how it looks.
enum Paint: Sendable {
    case bold, dim, green, yellow, orange, red, alarm

    /// Select Graphic Rendition.  Source: ECMA-48, 8.3.117; 256 colours as xterm has them.
    var sequence: StaticString {
        switch self {
        case .bold: "\u{1b}[1m"
        case .dim: "\u{1b}[2m"
        case .green: "\u{1b}[32m"
        case .yellow: "\u{1b}[33m"
        case .orange: "\u{1b}[38;5;208m"
        case .red: "\u{1b}[31m"
        case .alarm: "\u{1b}[1;31m"
        }
    }

    /// S1-23: CPU is green below 60, red above 80; memory and disk below 70 and above 85.
    static func cpu(_ percent: Double) -> Paint { graded(percent, 60, 80) }
    static func space(_ percent: Double) -> Paint { graded(percent, 70, 85) }

    private static func graded(_ percent: Double, _ low: Double, _ high: Double) -> Paint {
        percent < low ? .green : percent > high ? .red : .yellow
    }
}
