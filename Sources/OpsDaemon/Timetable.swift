// The daemon's recurring work and its periods.

import OpsConfig
import OpsLinux
import OpsSystemd

/// When what is due.
struct Timetable {
    static let second: Int64 = 1_000_000_000
    /// How long a broken log is left alone before it is mended, and between tries.
    static let mendSeconds: Int64 = 1
    /// How often a snapshot is thought about.
    static let snapshotCheckSeconds: Int64 = 1
    static let pruneSeconds: Int64 = 3_600
    /// How often addresses that must not be banned are looked for.
    static let surroundingsSeconds: Int64 = 5

    var sample: Recurring
    var processes: Recurring
    var mounts: Recurring
    var trail: Recurring
    var watchdog: Recurring?
    /// Once a second: status text, sweeps, stuck probes, journal.
    var housekeeping: Recurring
    var mend: Mending
    var prune: Recurring
    /// When the last snapshot began; nanoseconds of boot time.
    var lastSnapshot: Int64
    var scope: Recurring
    var surroundings: Recurring

    init(_ configuration: Configuration, _ manager: ServiceManager, at now: Int64) {
        let probe = configuration.probe
        sample = Recurring(every: probe.intervalMilliseconds * 1_000_000, from: now)
        processes = Recurring(every: probe.processesMilliseconds * 1_000_000, from: now)
        mounts = Recurring(every: probe.mountsMilliseconds * 1_000_000, from: now)
        // The first line waits for a sample with CPU and mounts in it.
        trail = Recurring(
            every: probe.trailIntervalMilliseconds * 1_000_000,
            from: now + 2 * probe.intervalMilliseconds * 1_000_000)
        if let period = manager.watchdogMicroseconds {
            watchdog = Recurring(every: Int64(clamping: period) * 1_000 / 2, from: now)
        }
        housekeeping = Recurring(every: Self.second, from: now)
        mend = Mending(due: .max)
        prune = Recurring(every: Self.pruneSeconds * Self.second, from: now)
        scope = Recurring(every: 60 * Self.second, from: now + 60 * Self.second)
        surroundings = Recurring(
            every: Self.surroundingsSeconds * Self.second,
            from: now + Self.surroundingsSeconds * Self.second)
        lastSnapshot = now
    }

    /// Other periods.
    mutating func adopt(_ configuration: Configuration, at now: Int64) {
        let probe = configuration.probe
        sample.adopt(probe.intervalMilliseconds * 1_000_000, at: now)
        processes.adopt(probe.processesMilliseconds * 1_000_000, at: now)
        mounts.adopt(probe.mountsMilliseconds * 1_000_000, at: now)
        trail.adopt(probe.trailIntervalMilliseconds * 1_000_000, at: now)
    }

    /// The nearest of all.
    var next: Int64 {
        min(
            min(sample.due, processes.due, mounts.due, trail.due),
            min(
                watchdog?.due ?? .max, housekeeping.due, mend.due, prune.due, scope.due,
                surroundings.due))
    }
}

/// The next try to mend a broken log.
struct Mending {
    var due: Int64

    mutating func postpone(at now: Int64) {
        due = now + Timetable.mendSeconds * Timetable.second
    }

    /// Whether to try now; the next try is later.
    mutating func take(at now: Int64) -> Bool {
        if now < due { return false }
        postpone(at: now)
        return true
    }
}

/// Work by the wall clock.
enum Calendar {
    static let day: Int64 = 86_400 * Timetable.second

    /// The next time it is so many minutes after midnight UTC; nanoseconds since 1970.
    static func next(minutes: Int, after now: Int64) -> Int64 {
        let today = now / day * day + Int64(minutes) * 60 * Timetable.second
        return today > now ? today : today + day
    }
}

/// How late the loop serves its timers.
struct LoopLag {
    private(set) var last: Int64 = 0
    private var worst: Int64 = 0
    private var worstBefore: Int64 = 0
    private var minute: Int64 = 0

    /// Notes a lateness, nanoseconds.
    mutating func note(_ lateness: Int64, at now: Int64) {
        last = lateness
        let current = now / (60 * Timetable.second)
        if current != minute {
            worstBefore = current == minute + 1 ? worst : 0
            worst = 0
            minute = current
        }
        worst = max(worst, lateness)
    }

    /// The latest of this minute and the one before; nanoseconds.
    var max2Minutes: Int64 { max(worst, worstBefore) }
}
