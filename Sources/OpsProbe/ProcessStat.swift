// /proc/[pid]/stat: one line about a process, whose second field may contain any bytes.

/// What is used of /proc/[pid]/stat.  Source: proc(5).
struct ProcessStat: Hashable, Sendable {
    /// Where the name is, between its parentheses.
    let name: Range<Int>
    /// User and system time, in ticks.
    let ticks: UInt64
    /// When it started, in ticks after boot; unique together with the pid.
    let start: UInt64
    let residentPages: UInt64

    /// nil when it is not a whole line.  The name ends at the *last* parenthesis, after which only
    /// numbers follow: a process may be named `) R 1 (`.
    init?(_ bytes: Span<UInt8>) {
        var lines = Fields(bytes)
        guard lines.number(bytes) != nil, lines.consume(" (", bytes) else { return nil }
        var close = bytes.count - 1
        while close >= lines.at, bytes[close] != 0x29 { close -= 1 }
        guard close >= lines.at, bytes[bytes.count - 1] == 0x0a else { return nil }
        name = lines.at..<close
        var fields = Fields(at: close + 1, end: bytes.count - 1)
        // State (3) to cmajflt (13); then utime, stime; cutime (16) to itrealvalue (21); vsize.
        guard fields.skip(11, bytes), let user = fields.number(bytes),
            let system = fields.number(bytes), fields.skip(6, bytes),
            let start = fields.number(bytes), fields.skip(1, bytes),
            let pages = fields.number(bytes)
        else { return nil }
        ticks = user &+ system
        self.start = start
        residentPages = pages
    }
}
