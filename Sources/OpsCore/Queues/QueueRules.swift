// What a queue must keep to (S4-03); nothing of it is durable.

/// `[queue.NAME]`, and what counts for a queue without a section.
package struct QueueRules: Hashable, Sendable {
    /// The most queues that the configuration names, and that are known in all.
    package static let limit = 256

    /// So many waiting are too many; 0: any number is fine.
    package var depth = 50
    /// So few a minute are too few while something waits; 0: any pace is fine.
    package var rate = 10
    /// Such a share of failures is too large, per cent; 0: any share is fine.
    package var failed = 5
    /// Fewer in the last minutes tell nothing about the share of failures.
    package var sample = 20
    /// How long something may wait without any progress, milliseconds.
    package var stuckMilliseconds: Int64 = 600_000
    /// How long nothing need be reported, milliseconds.
    package var silentMilliseconds: Int64 = 300_000

    /// The defaults.
    package init() {}
}

/// The fixed bounds of queues.
package enum QueueBounds {
    /// The most jobs that wait, and the largest counter that is reported: a JSON number holds it.
    package static let count = 1 << 53
    /// The longest time that the oldest job waits, seconds.
    package static let oldestSeconds = 3_650 * 86_400
    /// The time over which paces and shares are measured, milliseconds.
    static let window: Int64 = 300_000
    /// The time from one point of measurement to the next, and the time for which reports must
    /// agree before a verdict turns: under a minute, since a timer of a minute is not exact.
    static let step: Int64 = 50_000
    /// A pace over less than this says nothing.
    static let leastSpan: Int64 = 30_000
    /// What was reported is logged this often at most, unless a verdict turns.
    static let logged: Int64 = 60_000
    /// A queue without a section that nobody has reported for this long is forgotten.
    static let forgotten: Int64 = 86_400_000
    /// The most points that a queue keeps.
    package static let points = 8
    /// How much the oldest job's age may be off from one report to the next.
    static let slack: Int64 = 2_000
}
