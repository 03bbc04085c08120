// What opsd says of the host and of itself, put together by the daemon for one reply.

/// What is asked of the host and of the daemon, which the state does not know.
package enum HostQuestion: Hashable, Sendable {
    case version, status, health, metrics, systemStats, disks, config
    /// The chain of events.
    case audit
    /// History, with the arguments of `Command.metricsHistory`.
    case history(hours: Int, stepSeconds: Int?, after: Int64?)
    /// The first `top` entries of each list.
    case processes(top: Int)
}

/// What the daemon knows of itself at one moment.
package struct Vitals: Hashable, Sendable {
    /// `Release.version`.
    package var version: String
    /// Which start of the daemon this is: 64 random bits.
    package var run: UInt64 = 0
    /// How long the daemon, not the host, has been up.
    package var uptimeSeconds: Int64 = 0
    /// The host's name, from uname(2).
    package var hostName = ""
    /// For example `Linux-6.1.0-18-amd64-x86_64`.
    package var platform = ""
    /// The newest change.
    package var sequence: UInt64 = 0
    /// The newest change that is on the disk.
    package var durableSequence: UInt64 = 0
    /// The newest change in a durable snapshot.
    package var snapshotSequence: UInt64 = 0
    /// `always`, `everysec` or `no`.
    package var fsync = "always"
    /// Why state is in memory alone; nil: it is not.
    package var degraded: String?
    /// What is wrong with the store although it is not degraded: no snapshot can be written, or no
    /// lock is held; nil: nothing.
    package var storeFault: String?
    /// Snapshots that failed since the start of the daemon.
    package var snapshotFailures: UInt64 = 0
    /// Resident set of the daemon.
    package var rssBytes: UInt64 = 0
    /// User and system time of the daemon since its start.
    package var cpuSeconds: Double = 0
    /// Threads of the daemon.
    package var threads = 0
    /// How late the last timer was served.
    package var loopLagMilliseconds: Double = 0
    /// The latest that any timer was served in the last minute.
    package var loopLagMaxMilliseconds: Double = 0
    /// The most CPU that one turn of the loop took in the last minute.
    package var turnMaxMilliseconds: Double = 0
    /// What 999 of 1,000 turns of the loop in the last minute took at most.
    package var turnP999Milliseconds: Double = 0
    /// Clients connected now.
    package var connections = 0
    /// Output that is not sent and input that is not served, of all clients; bytes of memory.
    package var heldBytes = 0
    /// Connections that were closed for what they, or their user, held.
    package var shedConnections: UInt64 = 0
    /// What is wrong with the trails; nil: nothing.
    package var trailsFault: String?
    /// Journal entries, trail lines and events that were lost.
    package var droppedRecords: UInt64 = 0
    /// What the probe cannot read; empty: nothing.
    package var probeMissing: [String] = []
    /// Calls that a mount holds up.
    package var stuckProbes = 0
    /// `none`, `nftables`, or `nftables:` and the errno's name where the kernel refuses.
    package var enforcement = "none"
    /// More about it, for `health`; nil: bans are recorded only, not enforced in the kernel.
    package var enforcementDetail: String?
    /// Whether bans that should be dropped are not.
    package var isEnforcementBroken = false

    package init(version: String) { self.version = version }
}

/// One of the five parts that `health` names, or a satellite.
package struct ComponentReport: Hashable, Sendable {
    /// Stable, for programs: `loop`, `store`, `trails`, `probe` and so on.
    package var name: String
    /// Whether it works.
    package var isOK: Bool
    /// How it stands, for people.
    package var detail: String

    package init(_ name: String, _ isOK: Bool, _ detail: String) {
        self.name = name
        self.isOK = isOK
        self.detail = detail
    }
}

/// The host and the daemon, for `status`, `health`, `metrics` and `stats system`.
package struct HostReport: Hashable, Sendable {
    /// When the report was made.
    package var now: Moment
    /// The latest sample; nil before the first.
    package var sample: Sample?
    /// The status of the latest sample, or the last one announced where the sample gives none.
    package var status: HealthStatus
    /// The status that has lasted `health.hold`: the one announced last.
    package var held = HealthStatus.healthy
    /// From where on each figure is a warning or critical.
    package var levels = HealthRules().levels
    /// The S3-01 word for the status.
    package var word: HealthWord
    /// Issues and warnings of the sample, issues first.
    package var findings: [HealthFinding]
    /// The parts of the daemon.
    package var components: [ComponentReport]
    /// The satellites that are expected or were heard.
    package var satellites: [SatelliteReport]
    /// Sizes of the guard's tables (S1-10).
    package var guardStats: GuardStats
    /// What the daemon knows of itself.
    package var vitals: Vitals
    /// The newest event's id; 0 before the first.
    package var lastEventID: UInt64
    /// The objectives; nil where the question is not about them.
    package var services: ServiceSummary?
    /// The deploy gate; nil likewise.
    package var gate: GateView?

    package init(
        now: Moment, sample: Sample?, status: HealthStatus, word: HealthWord,
        findings: [HealthFinding], components: [ComponentReport],
        satellites: [SatelliteReport] = [],
        guardStats: GuardStats,
        vitals: Vitals, lastEventID: UInt64
    ) {
        self.now = now
        self.sample = sample
        self.status = status
        self.word = word
        self.findings = findings
        self.components = components
        self.satellites = satellites
        self.guardStats = guardStats
        self.vitals = vitals
        self.lastEventID = lastEventID
    }

    /// S1-02: no issue; warnings leave it true.
    package var isOK: Bool { !findings.contains { $0.level == .issue } }

    /// No issue, and every component works.
    package var isHealthy: Bool { isOK && components.allSatisfy(\.isOK) }

    /// The age of the sample.
    package var ageSeconds: Double? {
        sample.map { max(0, Double(now.boot - $0.at.boot) / 1_000_000_000) }
    }
}
