// The daemon's settings as values: numbers with their units, and all defaults.  A value returned by
// `Configuration.load` has passed every check; the file format, the ranges and the descriptions are
// in ConfigurationKey, which says what each key means.

package import OpsCore

/// Everything that `opsd.toml` sets.  `Configuration()` is the meaning of an empty file.
package struct Configuration: Hashable, Sendable {
    /// The path of the file unless another is given.
    package static let defaultFile = "/etc/opsd/opsd.toml"

    /// `[paths]`.
    package var paths = Paths()
    /// `[probe]`.
    package var probe = Probe()
    /// `[health]`.
    package var health = Health()
    /// `[guard]`.
    package var `guard` = GuardRules()
    /// `guard.bans_file`.
    package var guardFiles = GuardFiles()
    /// `[watch]`, `[watch.source.NAME]` and `[watch.rule.NAME]`.
    package var watch = WatchSettings()
    /// `[incidents.rules]`.
    package var incidentRules = IncidentRules()
    /// `[pager]` and its routes, and of its channels what opsd must know.
    package var pager = PagerSettings()
    /// `[pager.channel.NAME]`, by name.
    package var channels: [String: ChannelSettings] = [:]
    /// `[enforce]`.
    package var enforce = Enforce()
    /// `[store]`.
    package var store = Store()
    /// `[limits]`.
    package var limits = Limits()
    /// `[access]`.
    package var access = Access()
    /// `[events]`.
    package var events = Events()
    /// `[trails]`.
    package var trails = Trails()
    /// `[incidents]`.
    package var incidents = IncidentSettings()
    /// `[gate]`.
    package var gate = GateRules()
    /// `[costs]`, and its models by name.
    package var costs = CostRules()
    /// `costs.exempt`: users alone.
    package var costsExempt: [Principal] = []
    /// `[costs.models.NAME]`, by name; `costs` has them too.
    package var costModels: [String: ModelRules] = [:]
    /// `[check]`.
    package var check = CheckSettings()
    /// `[endpoint.NAME]`, by name.
    package var endpoints: [String: EndpointSettings] = [:]
    /// `[queue.NAME]`, by name.
    package var queues: [String: QueueRules] = [:]
    /// `[slo.NAME]`, by name; never empty.
    package var objectives = [Objective(.standard)]

    /// Every default.
    package init() { addLibraryPolicies() }
}

extension Configuration {
    /// `[paths]`: absolute paths.
    package struct Paths: Hashable, Sendable {
        /// The socket of clients.
        package var socket = "/run/opsd/opsd.sock"
        /// The directory of the log, the snapshots and the history.
        package var state = "/var/lib/opsd"
        /// The directory of the NDJSON trails.
        package var log = "/var/log/opsd"
    }

    /// What of the guard is kept in files for others.
    package struct GuardFiles: Hashable, Sendable {
        /// Whether `ip_bans.json` is kept in the log directory.
        package var keepsBans = false
    }

    /// `[probe]`: how often things are measured, and which values are an issue or a warning.
    package struct Probe: Hashable, Sendable {
        /// The time between samples.
        package var intervalMilliseconds: Int64 = 1_000
        /// The time between scans of processes.
        package var processesMilliseconds: Int64 = 10_000
        /// The time between measurements of free space.
        package var mountsMilliseconds: Int64 = 10_000
        /// The time between lines of sys_probe.log.
        package var trailIntervalMilliseconds: Int64 = 60_000
        /// Whether network file systems are measured too.
        package var remoteMounts = false
        /// CPU use above which there is an issue.
        package var cpuIssuePercent = 80
        /// Memory use above which there is an issue.
        package var memoryIssuePercent = 85
        /// Use of a mount above which there is an issue.
        package var diskIssuePercent = 85
        /// Use of a mount's inodes above which there is an issue.
        package var inodeIssuePercent = 90
        /// Available memory below which there is a warning.
        package var memoryAvailableWarningMebibytes = 100
        /// Free space of a mount below which there is a warning.
        package var diskFreeWarningGibibytes = 1
        /// Paths and patterns of mounts that are left out.
        package var mountsExclude: [String] = []
        /// `[probe.mount.PATH]`, by mount point.
        package var mounts: [String: MountLimits] = [:]
    }

    /// `[health]`: when the host is STRESSED or CRITICAL.
    package struct Health: Hashable, Sendable {
        /// CPU or memory use above which the host is STRESSED.
        package var stressedPercent = 75
        /// CPU or memory use above which the host is CRITICAL.
        package var criticalPercent = 90
        /// How long a change must last before it is announced.
        package var holdMilliseconds: Int64 = 30_000
        /// Whether the fullest mount counts like CPU and memory.
        package var includeDisk = false
        /// When `health_check` is made: minutes after midnight UTC, or `TimeOfDay.never`.
        package var dailyCheckMinutes = 475
        /// When `daily_health.json` is made: minutes after midnight UTC, or `TimeOfDay.never`.
        package var dailyHealthMinutes = 480
    }

    /// `[store]`: how state is written to disk.
    package struct Store: Hashable, Sendable {
        /// When a change is forced to disk.
        package var fsync = Fsync.always
        /// The time between snapshots of changed state.
        package var snapshotIntervalMilliseconds: Int64 = 300_000

        /// When a change is forced to disk.
        package enum Fsync: String, Sendable, CaseIterable {
            /// Before the reply to the request that made it.
            case always
            /// Once a second.
            case everysec
            /// Never: the kernel decides.
            case no
        }
    }

    /// `[limits]`: limits of the socket.
    package struct Limits: Hashable, Sendable {
        /// The longest request line.
        package var lineBytes = 65_536
        /// The longest reply.
        package var replyBytes = 1_048_576
        /// How long after its first byte a request must be complete.
        package var lineTimeoutMilliseconds: Int64 = 10_000
        /// The most connections at once.
        package var connections = 10_000
        /// The most connections of one user.
        package var connectionsPerUser = 1_000
    }

    /// `[access]`: who has which role.  Root and the daemon's own user are always admin.
    package struct Access: Hashable, Sendable {
        /// Who may do everything.
        package var admin: [Principal] = [.user("root")]
        /// Who may read and report.
        package var report: [Principal] = [.group("opsd-report")]
        /// Who may read.
        package var read: [Principal] = [.group("opsd")]
        /// The log detector: who is named here has the role `watch` alone.
        package var watch: [Principal] = [.user("opswatch")]
        /// The pager: who is named here has the role `pager` alone.
        package var pager: [Principal] = [.user("opspager")]
        /// The endpoint checker: who is named here has the role `check` alone.
        package var check: [Principal] = [.user("opscheck")]
    }

    /// `[events]`: the record of what happened.
    package struct Events: Hashable, Sendable {
        /// How many events are kept in memory.
        package var tail = 1_000
        /// The age at which rotated files of events are removed; 0: they stay while there is room.
        package var retentionMilliseconds: Int64 = 0
        /// The size at which events.ndjson is rotated.
        package var rotateBytes = 67_108_864
        /// What events.ndjson and its rotated files have together at most, bytes; 0: no bound.
        package var maxBytes = 1_073_741_824
        /// Whether a link to events.ndjson has the name that the programs before opsd knew.
        package var complianceLink = true
    }

    /// `[trails]`: the files in the log directory.
    package struct Trails: Hashable, Sendable {
        /// The age at which rotated files are compressed; 0: never.
        package var compressAfterMilliseconds: Int64 = 30 * 86_400_000
        /// The age at which rotated files, but for those of events, are removed; 0: never.
        package var deleteAfterMilliseconds: Int64 = 90 * 86_400_000
    }
}
