// Something that the daemon does by the clock, with the boot time at which it is due next.  A late
// turn does it once and goes on from now: missed times are not made up for.

/// One thing that is done again and again.
struct Recurring {
    /// Nanoseconds of boot time.
    private(set) var due: Int64
    /// Nanoseconds.
    var period: Int64

    /// First due at `start`.
    init(every period: Int64, from start: Int64) {
        self.period = period
        due = start
    }

    /// Whether it is due now; if so, it is due again a period after it was due, or after now where
    /// that has passed.
    mutating func fireIfDue(at now: Int64) -> Bool {
        if now < due { return false }
        let next = due + period
        due = next > now ? next : now + period
        return true
    }

    /// Makes it due a period from now.
    mutating func restart(at now: Int64) { due = now + period }

    /// Makes it due never, until it is restarted.
    mutating func suspend() { due = .max }

    /// How late it is now; 0 before its time.
    func lateness(at now: Int64) -> Int64 { max(0, now - due) }

    /// Another period, from now on.
    mutating func adopt(_ period: Int64, at now: Int64) {
        if period == self.period { return }
        self.period = period
        if due != .max { due = min(due, now + period) }
    }
}
