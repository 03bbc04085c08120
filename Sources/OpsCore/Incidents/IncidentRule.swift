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
    case inodesHigh = "inodes_high"
    case readOnly = "read_only"
    case mountStale = "mount_stale"
    case stealHigh = "steal_high"
    case cpuLimit = "cpu_limit"
    case memoryLimit = "memory_limit"
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
    /// Spending has reached a cap.
    case costCap = "cost_cap"
    /// Spending has come near a cap.
    case costAlert = "cost_alert"
    case endpointDown = "endpoint_down"
    case endpointSlow = "endpoint_slow"
    /// The certificate of an endpoint ends soon.
    case endpointCertificate = "endpoint_cert"
    /// The daily check (S4-01) has failed.
    case dailyHealth = "daily_health"
    case queueStuck = "queue_stuck"
    case queueFailing = "queue_failing"
    case queueDeep = "queue_deep"
    case queueSlow = "queue_slow"
    case queueSilent = "queue_silent"
    case diskFullSoon = "disk_full_soon"

    /// Its severity by default; nil: it raises nothing.
    package var severity: Severity? {
        switch self {
        case .health, .diskHigh, .inodesHigh, .readOnly, .mountStale, .memoryLimit, .sloBurn,
            .storeDegraded, .enforceFailed, .noWorker, .channelParked, .costCap, .endpointDown,
            .queueStuck, .queueFailing:
            .critical
        case .memoryHigh, .memoryLow, .diskLow, .stealHigh, .cpuLimit, .tableFull, .sloBurnSlow,
            .sloLatency, .gateClosed, .satelliteSilent, .costAlert, .endpointSlow,
            .endpointCertificate, .dailyHealth, .queueDeep, .queueSlow, .queueSilent,
            .diskFullSoon:
            .warning
        // A busy processor is not a fault by itself; `health` tells when it is one.
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
        case .inodesHigh: "A file system has fewer inodes left than probe.inode_issue allows."
        case .readOnly: "A file system that took writes takes none any more."
        case .mountStale: "A file system cannot be measured, or does not answer."
        case .stealHigh: "The hypervisor takes more than 20 % of the CPU for a minute."
        case .cpuLimit: "The container uses nearly all CPU time that it may."
        case .memoryLimit: "The container uses nearly all memory that it may."
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
        case .costCap: "Spending on AI models has reached a cap."
        case .costAlert: "Spending on AI models has reached costs.alert per cent of a cap."
        case .endpointDown: "An endpoint does not answer as it should."
        case .endpointSlow: "An endpoint takes longer to answer than its slow allows."
        case .endpointCertificate: "The certificate of an endpoint ends within its cert_days."
        case .dailyHealth:
            "The check at health.daily found an endpoint that is not up, or incidents of opswatch."
        case .queueStuck:
            "Something waits in a queue, and nothing was taken for queue.NAME.stuck."
        case .queueFailing:
            "The share of a queue's jobs that fail has reached queue.NAME.failed."
        case .queueDeep: "As many wait in a queue as queue.NAME.depth says, or more."
        case .queueSlow:
            "Something waits in a queue, and no more are taken a minute than queue.NAME.rate."
        case .queueSilent: "Nobody has reported a queue for queue.NAME.silent."
        case .diskFullSoon:
            "A file system is full within 24 h by the paces of 24 hours and of 7 days."
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
        case .inodesHigh:
            "Too many files: `df -i` shows the file system, `du --inodes -xd2` where they are."
        case .readOnly:
            "The kernel found an error on it: see dmesg(1), then check the disk with fsck(8)."
        case .mountStale:
            "The file system does not answer: look at its server, or at dmesg(1) for its disk."
        case .stealHigh: "The host of this virtual machine is overloaded: ask its provider."
        case .cpuLimit, .memoryLimit:
            "Raise the limit of the container, or see `opsctl processes` for who uses most."
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
        case .costCap:
            "Calls are denied or go to cheaper models: `opsctl cost status` shows where the money "
                + "went, `opsctl cost set-cap` allows more, `opsctl cost correct` a wrong amount."
        case .costAlert:
            "`opsctl cost status` shows which model it is, and when the cap will be reached."
        case .endpointDown, .endpointSlow:
            "`opsctl endpoints` shows since when; `opscheck --once NAME` asks it now, and shows how "
                + "long each step takes."
        case .endpointCertificate:
            "Renew the certificate, and reload the server that shows it: `opscheck --once NAME` "
                + "says which one it shows."
        case .dailyHealth:
            "daily_health.json in the log directory has what was found, `opsctl endpoints` how it "
                + "is now."
        case .queueStuck, .queueSlow:
            "`opsctl queue status` shows the queue: is its worker alive, and what does it wait for?"
        case .queueFailing: "See the log of the queue's worker for why its jobs fail."
        case .queueDeep:
            "`opsctl queue status` shows whether it is worked off; if so, more workers are needed."
        case .queueSilent:
            "Nothing is known of the queue: see `systemctl list-timers` and the reporter's journal."
        case .diskFullSoon:
            "`opsctl forecast` shows the paces, and `du -xh --max-depth=2` what fills the disk."
        }
    }
}

/// The severities of what opsd raises by itself.
package struct IncidentRules: Hashable, Sendable {
    /// Those that are not the defaults.
    private var changed: [IncidentRule: Severity?] = [:]

    /// The defaults.
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

    /// By which rule.
    package var rule: IncidentRule
    /// What it is about, where there are several: a mount, an objective; may be empty.
    package var thing: String
    /// Whether it is wrong, or that cannot be told.
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

    /// Something that is wrong.
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

/// Which conditions there were lately: in memory, made anew after a start.
package struct ConditionClock: Sendable {
    /// How long it is well before the incident ends, milliseconds.
    package static let resolveAfter: Int64 = 60_000
    /// Conditions remembered.
    package static let limit = 1_024

    /// When each was seen last, milliseconds of boot time.
    private var seen: [String: Int64] = [:]
    /// When the first look was.
    private var began: Int64?

    /// Nothing was seen yet.
    package init() {}

    /// Takes what is so now; returns the keys whose incidents stay.
    /// - Returns: nil: nothing has been looked at for long enough to say that something is well.
    package mutating func observe(
        _ conditions: [IncidentCondition], at now: Int64
    ) -> Set<String>? {
        let began = began ?? now
        self.began = began
        for condition in conditions {
            if seen[condition.key] != nil || seen.count < Self.limit { seen[condition.key] = now }
        }
        seen = seen.filter { now - $0.value < Self.resolveAfter }
        let stay = Set(seen.keys).union(conditions.map(\.key))
        return now - began < Self.resolveAfter ? nil : stay
    }
}
