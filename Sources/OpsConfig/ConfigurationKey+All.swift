// The table of keys.  To add one: a field with its default in Configuration, a row here, then
// `OPSD_REGENERATE=1 swift test --filter OpsConfigTests` for the shipped file and the manual page.

import OpsCore

private let milliseconds: Int64 = 1
private let seconds = 1_000 * milliseconds
private let minutes = 60 * seconds
private let hours = 60 * minutes
private let days = 24 * hours
private let lifetime = Bounds.lifetimeMilliseconds

extension ConfigurationSection {
    /// Every section, in the order of the shipped file.
    package static let all: [ConfigurationSection] = [
        .init(name: "paths", summary: "Where opsd keeps things."),
        .init(name: "probe", summary: "What is measured how often, and what figure is an issue."),
        .init(name: "health", summary: "When the host is STRESSED or CRITICAL."),
        .init(name: "guard", summary: "Strikes, bans and the rate limit of addresses."),
        .init(name: "enforce", summary: "Whether bans drop packets in the kernel."),
        .init(name: "store", summary: "How state reaches the disk."),
        .init(name: "limits", summary: "The bounds of the socket."),
        .init(
            name: "access",
            summary: "Who has which role; root and the daemon's own user are admin besides."),
        .init(name: "events", summary: "The record of what happened."),
        .init(
            name: "gate",
            summary: "The deploy gate: burn of the daily error budget closes and opens it."),
    ]
}

extension ConfigurationKey {
    /// Every key, section by section.
    package static let all: [ConfigurationKey] =
        paths + probe + health + `guard` + enforce + store + limits + access + events
        + gate

    private static let paths = rows(
        "paths",
        [
            .init(
                "socket", .path(\.paths.socket, limitBytes: 107), .restart,
                "The socket clients connect to; under the service manager, opsd.socket names it."),
            .init(
                "state", .path(\.paths.state, limitBytes: 1_024), .restart,
                "The directory of the write-ahead log, the snapshots and the history."),
            .init(
                "log", .path(\.paths.log, limitBytes: 1_024), .restart,
                "The directory of the NDJSON trails."),
        ])

    private static let probe = rows(
        "probe",
        [
            .init(
                "interval",
                .duration(\.probe.intervalMilliseconds, 100 * milliseconds...1 * minutes),
                .applied, "The sampling period."),
            .init(
                "processes", .duration(\.probe.processesMilliseconds, 1 * seconds...1 * hours),
                .applied, "The period of the process scan."),
            .init(
                "mounts", .duration(\.probe.mountsMilliseconds, 1 * seconds...1 * hours), .applied,
                "The period of asking every mount for its space."),
            .init(
                "trail_interval",
                .duration(\.probe.trailIntervalMilliseconds, 1 * seconds...1 * days), .applied,
                "The period of lines in sys_probe.log."),
            .init(
                "remote_mounts", .flag(\.probe.remoteMounts), .applied,
                "Whether network file systems are measured too."),
            .init(
                "cpu_issue", .integer(\.probe.cpuIssuePercent, 1...100, unit: "percent"), .applied,
                "CPU use above which the probe reports an issue."),
            .init(
                "mem_issue", .integer(\.probe.memoryIssuePercent, 1...100, unit: "percent"),
                .applied,
                "Memory use above which the probe reports an issue."),
            .init(
                "disk_issue", .integer(\.probe.diskIssuePercent, 1...100, unit: "percent"),
                .applied,
                "Use of any one mount above which the probe reports an issue."),
            .init(
                "mem_available_warning_mb",
                .integer(
                    \.probe.memoryAvailableWarningMebibytes, 0...16_777_216,
                    unit: "MiB"),
                .applied, "Available memory below which the probe warns."),
            .init(
                "disk_free_warning_gb",
                .integer(
                    \.probe.diskFreeWarningGibibytes, 0...1_048_576,
                    unit: "GiB"),
                .applied, "Free space of any one mount below which the probe warns."),
        ])

    private static let health = rows(
        "health",
        [
            .init(
                "stressed", .integer(\.health.stressedPercent, 1...99, unit: "percent"), .applied,
                "CPU or memory use above which the host is STRESSED; less than critical."),
            .init(
                "critical", .integer(\.health.criticalPercent, 2...100, unit: "percent"), .applied,
                "CPU or memory use above which the host is CRITICAL."),
            .init(
                "hold", .duration(\.health.holdMilliseconds, 0 * seconds...1 * hours), .applied,
                "A change of status is announced after it has lasted so long."),
            .init(
                "include_disk", .flag(\.health.includeDisk), .applied,
                "Whether the fullest mount counts as CPU and memory do."),
            .init(
                "daily_check", .timeOfDay(\.health.dailyCheckMinutes), .applied,
                "When a health_check event with the figures of the moment is made each day."),
        ])

    private static let `guard` = rows(
        "guard",
        [
            .init(
                "strikes", .integer(\.guard.strikes, 1...1_000), .applied,
                "Strikes within window that ban."),
            .init(
                "window", .duration(\.guard.windowMilliseconds, 1 * seconds...lifetime), .applied,
                "How long a strike counts."),
            .init(
                "ban", .duration(\.guard.banMilliseconds, 1 * seconds...lifetime), .applied,
                "How long a ban lasts, unless it says otherwise."),
            .init(
                "rate_limit", .integer(\.guard.rateLimit, 1...65_535), .applied,
                "Requests admitted in any rate_window from one address."),
            .init(
                "rate_window", .duration(\.guard.rateWindowMilliseconds, 1 * seconds...1 * days),
                .applied, "The length of the sliding window that rate_limit is about."),
            .init(
                "ipv6_prefix", .integer(\.guard.ipv6Prefix, 32...128), .applied,
                "The prefix length of the network that a bare IPv6 address stands for."),
            .init(
                "max_tracked", .integer(\.guard.maxTracked, 1...16_777_216), .applied,
                "The most entries in each table: bans, struck addresses, rate windows."),
            .init(
                "max_listed", .integer(\.guard.maxListed, 1...16_777_216), .applied,
                "The most networks in all lists, with those being loaded."),
            .init(
                "allow", .networks(\.guard.allow, limit: Bounds.allowEntries), .applied,
                "Addresses and networks that are rate limited, but never struck or banned."),
            .init(
                "success_clears", .flag(\.guard.successClears), .applied,
                "Whether a reported success clears the strikes of its address."),
            .init(
                "ban_factor", .integer(\.guard.banFactor, 1...100), .applied,
                "Each further ban by the rules is so many times as long; 1: all are alike."),
            .init(
                "ban_max", .duration(\.guard.banMaxMilliseconds, 1 * seconds...lifetime), .applied,
                "The longest ban that ban_factor makes."),
            .init(
                "ban_memory", .duration(\.guard.banMemoryMilliseconds, 1 * seconds...lifetime),
                .applied, "How long after its last ban an address is known for it."),
            .init(
                "subnet_threshold", .integer(\.guard.subnetThreshold, 0...256), .applied,
                "So many addresses of one IPv4 /24, banned by the rules, ban it; 0: never."),
            .init(
                "subnet_threshold_ipv6", .integer(\.guard.subnetThresholdIPv6, 0...256), .applied,
                "So many networks of one IPv6 /48, banned by the rules, ban it; 0: never."),
            .init(
                "subnet_window",
                .duration(\.guard.subnetWindowMilliseconds, 1 * seconds...30 * days), .applied,
                "The bans that count towards a threshold are at most so old."),
            .init(
                "subnet_bans", .integer(\.guard.subnetBans, 1...65_536), .applied,
                "The most networks that are banned by a threshold at once."),
            .init(
                "protect_sessions", .flag(\.guard.protectSessions), .applied,
                "Whether addresses from which somebody is logged in by ssh are never banned."),
            .init(
                "dry_run", .flag(\.guard.dryRun), .applied,
                "Whether new bans are only recorded: nobody is refused for them."),
            .init(
                "dry_run_sources",
                .sources(\.guard.dryRunSources, limit: Bounds.dryRunSources), .applied,
                "The same for the bans of these sources alone."),
        ])

    private static let store = rows(
        "store",
        [
            .init(
                "fsync", .fsync(\.store.fsync), .restart,
                "When a change is forced to disk: before its reply, once a second, or never."),
            .init(
                "snapshot_interval",
                .duration(\.store.snapshotIntervalMilliseconds, 1 * seconds...1 * days), .applied,
                "State that changed is written out as a whole at least so often."),
        ])

    private static let limits = rows(
        "limits",
        [
            .init(
                "line_bytes", .integer(\.limits.lineBytes, 1_024...1_048_576, unit: "bytes"),
                .restart,
                "The longest request."),
            .init(
                "reply_bytes", .integer(\.limits.replyBytes, 524_288...16_777_216, unit: "bytes"),
                .restart,
                "The longest reply; longer lists come in pages."),
            .init(
                "line_timeout",
                .duration(\.limits.lineTimeoutMilliseconds, 100 * milliseconds...1 * hours),
                .applied, "A request must end so long after its first byte."),
            .init(
                "connections", .integer(\.limits.connections, 32...1_000_000), .applied,
                "The most connections at once; root and opsd's own user have 16 more."),
            .init(
                "connections_per_user", .integer(\.limits.connectionsPerUser, 1...1_000_000),
                .applied,
                "The most connections of one user at once; root is exempt."),
        ])

    private static let access = rows(
        "access",
        [
            .init("admin", .principals(\.access.admin, limit: 64), .applied, "May do everything."),
            .init(
                "report", .principals(\.access.report, limit: 64), .applied,
                "May read, and report hits, strikes, successes and observations."),
            .init("read", .principals(\.access.read, limit: 64), .applied, "May read."),
        ])

    private static let events = rows(
        "events",
        [
            .init(
                "tail", .integer(\.events.tail, 10...100_000), .restart,
                "The number of events kept in memory, for the events command and new watchers."),
            .init(
                "retention", .duration(\.events.retentionMilliseconds, 1 * hours...3_650 * days),
                .applied,
                "Rotated event files older than this are removed."),
            .init(
                "rotate_bytes",
                .integer(\.events.rotateBytes, 65_536...1_099_511_627_776, unit: "bytes"),
                .applied, "The size at which events.ndjson is rotated."),
        ])

    private static let gate = rows(
        "gate",
        [
            .init(
                "close_above", .integer(\.gate.closeAbovePercent, 1...1_000_000, unit: "percent"),
                .applied, "Burn of the last 24 hours above which the gate closes."),
            .init(
                "close_after", .duration(\.gate.closeAfterMilliseconds, 0 * seconds...7 * days),
                .applied, "How long the burn must be above it."),
            .init(
                "open_below", .integer(\.gate.openBelowPercent, 1...1_000_000, unit: "percent"),
                .applied, "Burn below which the gate opens again; not above close_above."),
            .init(
                "open_after", .duration(\.gate.openAfterMilliseconds, 0 * seconds...7 * days),
                .applied, "How long the burn must be below it."),
            .init(
                "flag_refresh",
                .duration(\.gate.flagRefreshMilliseconds, 1 * seconds...1 * hours), .applied,
                "How often deploy_gate.flag is written again while the gate is closed."),
            .init(
                "flag_life", .duration(\.gate.flagLifeMilliseconds, 2 * seconds...1 * days),
                .applied,
                "How long the flag counts when nobody refreshes it; longer than flag_refresh."),
        ])

    struct Row {
        let name: String
        let shape: Shape
        let reload: Reload
        let summary: String

        init(_ name: String, _ shape: Shape, _ reload: Reload, _ summary: String) {
            self.name = name
            self.shape = shape
            self.reload = reload
            self.summary = summary
        }
    }

    static func rows(_ section: String, _ rows: [Row]) -> [ConfigurationKey] {
        rows.map { row in
            ConfigurationKey(
                section: section, name: row.name, shape: row.shape, reload: row.reload,
                summary: row.summary)
        }
    }
}
