// The loop's recurring work: one enum, each case with its period, its first time and, in
// `EventLoop.perform(_: Round)`, what it does.  There is no other list of it.

import OpsConfig

/// What is done again and again, in the order in which it is done in a turn.
enum Round: Int, CaseIterable {
    case sample
    case processes, mounts, hostNetworks, scope
    case probeTrail
    // Once a second.
    case settleMemory, clock, rates, services, costs, queues, trends, conditions, dailyHealth
    case latestBudget, latestCosts, budgetTrail, gateFlag, bansFile
    case incidentTrail, incidentSummary
    case stuckCalls, journal, relax, logMark, accepting, logSync, storeLook, snapshot, status
    case prune
    /// A broken log is repaired; due only while it is broken.
    case logRepair
    /// The sign of life comes last: it says that a turn with real work went through.
    case watchdog
}

/// When each round is due.
struct Rounds {
    static let second: Int64 = 1_000_000_000
    /// One for each `Round`, in its order.
    private var all: [Recurring]

    init(_ configuration: Configuration, watchdogNanoseconds: Int64?, at now: Int64) {
        all = Round.allCases.map { round in
            let period = Self.period(round, configuration, watchdogNanoseconds)
            return Recurring(
                every: period ?? .max, from: Self.first(round, configuration, period, at: now))
        }
    }

    /// The time from one run to the next, nanoseconds; nil: it never runs by itself.
    private static func period(
        _ round: Round, _ configuration: Configuration, _ watchdogNanoseconds: Int64?
    ) -> Int64? {
        let probe = configuration.probe
        return switch round {
        case .sample: probe.intervalMilliseconds * 1_000_000
        case .processes: probe.processesMilliseconds * 1_000_000
        case .mounts: probe.mountsMilliseconds * 1_000_000
        // How often addresses that must not be banned are looked for.
        case .hostNetworks: 5 * second
        case .scope, .latestBudget, .latestCosts, .incidentSummary: 60 * second
        case .probeTrail: probe.trailIntervalMilliseconds * 1_000_000
        case .settleMemory, .clock, .rates, .services, .costs, .queues, .trends, .conditions,
            .dailyHealth, .gateFlag, .stuckCalls, .journal, .relax, .logMark, .accepting, .logSync,
            .storeLook, .snapshot, .status, .budgetTrail, .bansFile, .incidentTrail:
            second
        case .prune: 3_600 * second
        // The time from a failure of the log to its repair, and between two tries.
        case .logRepair: second
        case .watchdog: watchdogNanoseconds.map { $0 / 2 }
        }
    }

    private static func first(
        _ round: Round, _ configuration: Configuration, _ period: Int64?, at now: Int64
    ) -> Int64 {
        guard let period else { return .max }
        return switch round {
        case .logRepair: .max
        // The first line waits for a sample with CPU and mounts in it.
        case .probeTrail: now + 2 * configuration.probe.intervalMilliseconds * 1_000_000
        case .latestBudget, .latestCosts, .incidentSummary: now + second
        case .hostNetworks, .scope: now + period
        default: now
        }
    }

    /// Adopts the periods of new settings.
    mutating func adopt(_ configuration: Configuration, at now: Int64) {
        for round in Round.allCases where round != .watchdog {
            guard let period = Self.period(round, configuration, nil) else { continue }
            all[round.rawValue].adopt(period, at: now)
        }
    }

    /// Whether it is due now; if so, it is due again a period later.
    mutating func fireIfDue(_ round: Round, at now: Int64) -> Bool {
        all[round.rawValue].fireIfDue(at: now)
    }

    /// How late it is now; 0 before its time.
    func lateness(_ round: Round, at now: Int64) -> Int64 { all[round.rawValue].lateness(at: now) }

    /// When it is due: nanoseconds of boot time.
    func due(_ round: Round) -> Int64 { all[round.rawValue].due }

    /// Makes it due a period from now.
    mutating func postpone(_ round: Round, at now: Int64) { all[round.rawValue].restart(at: now) }

    /// Makes it due never, until it is postponed.
    mutating func cancel(_ round: Round) { all[round.rawValue].suspend() }

    /// When the first of all is due: nanoseconds of boot time.
    var next: Int64 {
        var next = Int64.max
        for recurring in all { next = min(next, recurring.due) }
        return next
    }
}

/// Work by the wall clock.
enum Calendar {
    static let day: Int64 = 86_400 * Rounds.second

    /// The next time it is this many minutes after midnight UTC; nanoseconds since 1970.
    static func next(minutes: Int, after now: Int64) -> Int64 {
        let today = now / day * day + Int64(minutes) * 60 * Rounds.second
        return today > now ? today : today + day
    }
}

/// The quarters of an hour of the wall clock, or its hours.
struct ClockPeriods {
    /// Nanoseconds.
    let length: Int64
    /// For this long a period counts as just begun.
    private static let grace: Int64 = 60 * Rounds.second
    /// The period of the last look; nil: there was none yet.
    private var last: Int64?

    init(length: Int64) { self.length = length }

    /// Whether one has begun since the last look; nanoseconds since 1970.  A clock that is set into
    /// the middle of another period begins none.
    mutating func hasBegun(at wall: Int64) -> Bool {
        let period = wall / length
        defer { last = period }
        guard let last, last != period else { return false }
        return wall - period * length < Self.grace
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
        let current = now / (60 * Rounds.second)
        if current != minute {
            worstBefore = current == minute + 1 ? worst : 0
            worst = 0
            minute = current
        }
        worst = max(worst, lateness)
    }

    /// The greatest lateness of this minute and the one before; nanoseconds.
    var max2Minutes: Int64 { max(worst, worstBefore) }
}
