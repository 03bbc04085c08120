// What opsd raises by itself: one row a rule, each with its severity unless `[incidents.rules]`
// says another.  The keys are for good, and no message has a figure in its beginning: the same
// fault is the same incident, whatever its figures are.

/// A rule by which opsd raises incidents.  The raw value is its key in `[incidents.rules]`.
package enum IncidentRule: String, Hashable, Sendable, CaseIterable {
    /// The host has been CRITICAL for `health.hold`.
    case health
    case cpuHigh = "cpu_high"
    case memoryHigh = "memory_high"
    case memoryLow = "memory_low"
    case diskHigh = "disk_high"
    case diskLow = "disk_low"
    case mountStale = "mount_stale"
    case tableFull = "table_full"
    /// An error budget burns so fast that it pages.
    case sloBurn = "slo_burn"
    /// An error budget burns faster than it should.
    case sloBurnSlow = "slo_burn_slow"
    case sloLatency = "slo_latency"
    case gateClosed = "gate_closed"
    case storeDegraded = "store_degraded"
    case enforceFailed = "enforce_failed"
    case satelliteSilent = "satellite_silent"
    /// Work of a configured kind waits, and nobody takes it.
    case noWorker = "no_worker"
    case channelParked = "channel_parked"

    /// Its severity by default; nil: it raises nothing.
    package var severity: Severity? {
        switch self {
        case .health, .diskHigh, .mountStale, .sloBurn, .storeDegraded, .enforceFailed,
            .noWorker, .channelParked:
            .critical
        case .memoryHigh, .memoryLow, .diskLow, .tableFull, .sloBurnSlow, .sloLatency,
            .gateClosed, .satelliteSilent:
            .warning
        // A busy processor is no fault by itself; `health` tells when it is one.
        case .cpuHigh: nil
        }
    }

    /// When it raises an incident, in one sentence.
    package var summary: String {
        switch self {
        case .health: "The host has been CRITICAL for health.hold."
        case .cpuHigh: "CPU usage is above probe.cpu_issue."
        case .memoryHigh: "Memory usage is above probe.memory_issue."
        case .memoryLow: "Less memory is available than probe.memory_available_warning."
        case .diskHigh: "A file system is fuller than probe.disk_issue."
        case .diskLow: "A file system has less space left than probe.disk_free_warning."
        case .mountStale: "A file system does not answer."
        case .tableFull: "A table of the guard has reached nine tenths of its bound."
        case .sloBurn: "An error budget burns so fast that it is gone within days."
        case .sloBurnSlow: "An error budget burns faster than it should."
        case .sloLatency: "A latency target is missed."
        case .gateClosed: "The deploy gate is closed."
        case .storeDegraded: "The state cannot be written to the disk."
        case .enforceFailed: "The kernel refuses bans."
        case .satelliteSilent: "A program around opsd, such as opswatch, has been silent for 60 s."
        case .noWorker: "Work has waited for 60 s, and nobody takes it."
        case .channelParked: "A channel has failed five times in a row."
        }
    }

    /// What to do, in words for whoever is woken by it.
    package var advice: String {
        switch self {
        case .health:
            "Look at `opsctl health` and `opsctl processes`: it is CPU, memory or a disk."
        case .cpuHigh: "`opsctl processes` shows who uses the CPU."
        case .memoryHigh, .memoryLow:
            "`opsctl processes` shows who uses the memory; the kernel may end a process soon."
        case .diskHigh, .diskLow:
            "`opsctl disks` shows the file systems, and `du -xh --max-depth=2` what fills one."
        case .mountStale:
            "The file system does not answer: look at its server, or at dmesg(1) for its disk."
        case .tableFull:
            "`opsctl guard stats` shows the tables; raise `guard.max_tracked`, or lift bans."
        case .sloBurn, .sloBurnSlow, .sloLatency:
            "`opsctl slo status` shows the objective: what was deployed or changed lately?"
        case .gateClosed: "`opsctl gate status` says why; deploys wait, or `opsctl gate override`."
        case .storeDegraded:
            "The state is in memory only: look at the disk of /var/lib/opsd.  Do not restart "
                + "opsd before it is back."
        case .enforceFailed:
            "Bans are recorded and not enforced: see `opsctl enforce verify` and the journal."
        case .satelliteSilent: "See `systemctl status` of the program, and its journal."
        case .noWorker: "Nobody delivers: see `systemctl status opspager`, and `opsctl work list`."
        case .channelParked:
            "`opsctl pager status` has the last error of the channel; `opsctl pager test` tries it."
        }
    }
}

/// The severities of what opsd raises by itself.
package struct IncidentRules: Hashable, Sendable {
    /// Those that are not the defaults.
    private var changed: [IncidentRule: Severity?] = [:]

    package init() {}

    /// The severity of a rule; nil: it raises nothing.
    package subscript(rule: IncidentRule) -> Severity? {
        get { changed[rule] ?? rule.severity }
        set { changed[rule] = newValue == rule.severity ? nil : .some(newValue) }
    }
}

/// Something that is wrong now, or may be, in the eyes of a rule.
package struct IncidentCondition: Hashable, Sendable {
    /// Whether it is.
    package enum Standing: Hashable, Sendable {
        case wrong
        /// It cannot be told: an incident of it stays as it is.
        case unknown
    }

    package var rule: IncidentRule
    /// What it is about, where there are several: a mount, an objective; may be empty.
    package var thing: String
    package var standing: Standing
    /// No figures in its first 50 code points.
    package var message: String
    /// With the figures.
    package var details: String

    /// Whether a rule has something to say cannot be told.
    package static func unknown(_ rule: IncidentRule, thing: String = "") -> IncidentCondition {
        var condition = IncidentCondition(rule, thing: thing, "")
        condition.standing = .unknown
        return condition
    }

    package init(
        _ rule: IncidentRule, thing: String = "", _ message: String, details: String = ""
    ) {
        self.rule = rule
        self.thing = thing
        standing = .wrong
        self.message = message
        self.details = details
    }

    /// The key of its incident.
    package var key: String { thing.isEmpty ? rule.rawValue : "\(rule.rawValue):\(thing)" }

    /// The source of its incident: the pager's own cannot be silenced.
    package var source: String { rule == .channelParked || rule == .noWorker ? "opspager" : "opsd" }
}

/// Which conditions have lasted: in memory, made anew after a start.
package struct ConditionClock: Sendable {
    private struct Entry: Sendable {
        var condition: IncidentCondition
        /// Milliseconds of boot time.
        var since: Int64
        /// When it was seen last.
        var seen: Int64
    }

    /// How long something is wrong before it is an incident, milliseconds.
    package static let raiseAfter: Int64 = 30_000
    /// How long it is well before the incident ends, milliseconds.
    package static let resolveAfter: Int64 = 60_000
    /// Conditions remembered.
    package static let limit = 512

    private var entries: [String: Entry] = [:]
    /// When the first conditions were seen.
    private var began: Int64?

    package init() {}

    /// Takes what is so now; returns what is to be raised, and the keys whose incidents stay.
    /// Incidents of other keys are to be resolved, except when `isYoung`.
    package mutating func observe(
        _ conditions: [IncidentCondition], at now: Int64
    ) -> (raise: [IncidentCondition], stay: Set<String>, isYoung: Bool) {
        let began = began ?? now
        self.began = began
        for condition in conditions {
            if condition.standing == .unknown {
                // Neither begins nor ends by it.
                entries[condition.key]?.seen = now
                continue
            }
            if let entry = entries[condition.key] {
                entries[condition.key] = Entry(
                    condition: condition, since: entry.since, seen: now)
            } else if entries.count < Self.limit {
                entries[condition.key] = Entry(condition: condition, since: now, seen: now)
            }
        }
        entries = entries.filter { now - $0.value.seen < Self.resolveAfter }
        // What comes and goes within seconds has not lasted.
        for (key, entry) in entries where entry.seen != now && now - entry.since < Self.raiseAfter {
            entries[key] = nil
        }
        let raise = entries.values
            .filter { $0.seen == now && now - $0.since >= $0.condition.rule.raiseAfter }
            .map(\.condition).sorted { $0.key < $1.key }
        let unknown = conditions.filter { $0.standing == .unknown }.map(\.key)
        return (
            raise, Set(entries.keys).union(unknown), now - began < Self.resolveAfter
        )
    }
}

extension IncidentRule {
    /// How long it is wrong before it is an incident, milliseconds.
    package var raiseAfter: Int64 {
        switch self {
        // These have lasted already, by rules of their own.
        case .health, .sloBurn, .sloBurnSlow, .sloLatency, .gateClosed, .satelliteSilent,
            .noWorker, .channelParked, .storeDegraded, .enforceFailed:
            0
        case .cpuHigh, .memoryHigh, .memoryLow, .diskHigh, .diskLow, .mountStale, .tableFull:
            ConditionClock.raiseAfter
        }
    }
}
