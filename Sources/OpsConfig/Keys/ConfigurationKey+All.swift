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
        .init(
            name: "probe",
            summary:
                "How often things are measured, and above which values the probe reports an issue."),
        .init(name: "health", summary: "When the host is STRESSED or CRITICAL."),
        .init(name: "guard", summary: "Strikes, bans and the rate limit of addresses."),
        .init(
            name: "watch",
            summary:
                "What opswatch finds in logs.  opsd checks these sections, and opswatch reads them."
        ),
        .init(
            name: "pager",
            summary:
                "How incidents reach people.  opsd decides what is told and when; opspager delivers it."
        ),
        .init(name: "enforce", summary: "Whether bans drop packets in the kernel."),
        .init(name: "store", summary: "How state is written to disk."),
        .init(name: "limits", summary: "Limits of the socket."),
        .init(
            name: "access",
            summary: "Who has which role; root and the daemon's own user are always admin."),
        .init(name: "events", summary: "The record of what happened."),
        .init(name: "trails", summary: "What becomes of the files in the log directory."),
        .init(name: "incidents", summary: "How long incidents are told once, and kept."),
        .init(
            name: "incidents.rules",
            summary: "What opsd raises by itself, and how severe it is."),
        .init(
            name: "gate",
            summary:
                "The deploy gate, which closes and opens by the burn of the daily error budget."),
        .init(
            name: "costs",
            summary: "What AI models may cost in any 24 hours, and what happens at a cap."),
        .init(
            name: "check",
            summary:
                "What opscheck asks for.  opsd checks these sections, and opscheck reads them."
        ),
    ]
}

extension ConfigurationKey {
    /// Every key, section by section.
    package static let all: [ConfigurationKey] =
        paths + probe + health + `guard` + watch + pager + enforce + store + limits + access
        + events + trails + incidents + incidentRules + gate + costs + check

    private static let paths = rows(
        "paths",
        [
            .init(
                "socket", .path(\.paths.socket, limitBytes: 107), .restart,
                "The socket that clients connect to; under the service manager, opsd.socket sets it."
            ),
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
                .applied, "How often the host is sampled."),
            .init(
                "processes", .duration(\.probe.processesMilliseconds, 1 * seconds...1 * hours),
                .applied, "How often processes are scanned."),
            .init(
                "mounts", .duration(\.probe.mountsMilliseconds, 1 * seconds...1 * hours), .applied,
                "How often the free space of every mount is measured."),
            .init(
                "trail_interval",
                .duration(\.probe.trailIntervalMilliseconds, 1 * seconds...1 * days), .applied,
                "How often a line is written to sys_probe.log."),
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
                "inode_issue", .integer(\.probe.inodeIssuePercent, 1...100, unit: "percent"),
                .applied,
                "Use of any one mount's inodes above which the probe reports an issue."),
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
            .init(
                "mounts_exclude", .mounts(\.probe.mountsExclude, limit: Bounds.mountPatterns),
                .applied, "Mounts that are left out: neither measured nor listed."),
        ])

    private static let health = rows(
        "health",
        [
            .init(
                "stressed", .integer(\.health.stressedPercent, 1...99, unit: "percent"), .applied,
                "CPU or memory use above which the host is STRESSED; must be less than critical."),
            .init(
                "critical", .integer(\.health.criticalPercent, 2...100, unit: "percent"), .applied,
                "CPU or memory use above which the host is CRITICAL."),
            .init(
                "hold", .duration(\.health.holdMilliseconds, 0 * seconds...1 * hours), .applied,
                "How long a change of status must last before it is announced."),
            .init(
                "include_disk", .flag(\.health.includeDisk), .applied,
                "Whether the fullest mount counts like CPU and memory."),
            .init(
                "daily_check", .timeOfDay(\.health.dailyCheckMinutes), .applied,
                "When a health_check event with the current values is made each day."),
            .init(
                "daily", .timeOfDay(\.health.dailyHealthMinutes), .applied,
                "When daily_health.json is written each day: endpoints, and what the rules of opswatch found; a failure is an incident."
            ),
        ])

    private static let `guard` = rows(
        "guard",
        [
            .init(
                "strikes", .integer(\.guard.strikes, 1...1_000), .applied,
                "How many strikes within window lead to a ban."),
            .init(
                "window", .duration(\.guard.windowMilliseconds, 1 * seconds...lifetime), .applied,
                "How long a strike counts."),
            .init(
                "ban", .duration(\.guard.banMilliseconds, 1 * seconds...lifetime), .applied,
                "How long a ban lasts, unless it has its own ttl."),
            .init(
                "rate_limit", .integer(\.guard.rateLimit, 1...65_535), .applied,
                "How many requests of one address are admitted in any rate_window."),
            .init(
                "rate_window", .duration(\.guard.rateWindowMilliseconds, 1 * seconds...1 * days),
                .applied, "The length of the sliding window for rate_limit."),
            .init(
                "ipv6_prefix", .integer(\.guard.ipv6Prefix, 32...128), .applied,
                "An IPv6 address without a prefix length stands for its network of this length."),
            .init(
                "max_tracked", .integer(\.guard.maxTracked, 1...16_777_216), .applied,
                "The most entries in each table: bans, struck addresses, rate windows."),
            .init(
                "max_listed", .integer(\.guard.maxListed, 1...16_777_216), .applied,
                "The most networks in all lists, including those being loaded."),
            .init(
                "allow", .networks(\.guard.allow, limit: Bounds.allowEntries), .applied,
                "Addresses and networks that are rate limited, but never struck or banned."),
            .init(
                "success_clears", .flag(\.guard.successClears), .applied,
                "Whether a reported success clears the strikes of its address."),
            .init(
                "ban_factor", .integer(\.guard.banFactor, 1...100), .applied,
                "Each further ban of an address by the rules lasts this many times as long as the one before; 1: equally long; 2: 10, 20, 40 minutes and so on."
            ),
            .init(
                "ban_max", .duration(\.guard.banMaxMilliseconds, 1 * seconds...lifetime), .applied,
                "The longest ban that ban_factor can lead to."),
            .init(
                "ban_memory", .duration(\.guard.banMemoryMilliseconds, 1 * seconds...lifetime),
                .applied, "How long after its last ban an address is remembered for ban_factor."),
            .init(
                "subnet_threshold", .integer(\.guard.subnetThreshold, 0...256), .applied,
                "How many addresses of one IPv4 /24 must be banned by the rules to ban all of it; 0: never."
            ),
            .init(
                "subnet_threshold_ipv6", .integer(\.guard.subnetThresholdIPv6, 0...256), .applied,
                "How many networks of one IPv6 /48 must be banned by the rules to ban all of it; 0: never."
            ),
            .init(
                "subnet_window",
                .duration(\.guard.subnetWindowMilliseconds, 1 * seconds...30 * days), .applied,
                "How old the bans that count towards a threshold may be."),
            .init(
                "subnet_bans", .integer(\.guard.subnetBans, 1...65_536), .applied,
                "The most networks that are banned by a threshold at once."),
            .init(
                "protect_sessions", .flag(\.guard.protectSessions), .applied,
                "Whether addresses of ssh sessions are never banned."),
            .init(
                "dry_run", .flag(\.guard.dryRun), .applied,
                "Whether new bans are only recorded and not enforced."),
            .init(
                "dry_run_sources",
                .sources(\.guard.dryRunSources, limit: Bounds.dryRunSources), .applied,
                "Sources whose new bans are only recorded and not enforced."),
            .init(
                "bans_file", .flag(\.guardFiles.keepsBans), .applied,
                "Whether ip_bans.json in the log directory holds the bans and strikes; it is "
                    + "written when they have changed, once a second at most, and less often "
                    + "where there are more than 20,000."),
        ])

    private static let watch = rows(
        "watch",
        [
            .init(
                "rules", .library(\.watch.library), .applied,
                "The rules of the library that are on.  Each counts by itself: as [guard.source.NAME] of its name says, else 5 strikes within 10 minutes ban."
            ),
            .init(
                "fail2ban", .path(\.watch.fail2ban, limitBytes: 1_024), .applied,
                "The directory of fail2ban's configuration, for rules with a filter."),
            .init(
                "strike_private", .flag(\.watch.strikePrivate), .applied,
                "Whether addresses of private networks are reported too."),
            .init(
                "cpu_share", .integer(\.watch.cpuSharePercent, 1...100, unit: "percent"), .applied,
                "The most CPU time of one core that a rule may take; above it the rule looks at a sample of the lines, and says so."
            ),
        ])

    private static let incidentRules = rows(
        "incidents.rules",
        IncidentRule.allCases.map { rule in
            .init(
                rule.rawValue, .severity(\.incidentRules[rule]), .applied, rule.summary)
        })

    private static let pager = rows(
        "pager",
        [
            .init(
                "tick", .duration(\.pager.tickMilliseconds, 10 * seconds...1 * hours), .applied,
                "How often incidents of a route with moment = \"tick\" are told, all of them together."
            ),
            .init(
                "quiet", .hours(\.pager.quiet), .applied,
                "When warnings wait, to be told together at its end."),
            .init(
                "keep", .duration(\.pager.keepMilliseconds, 10 * minutes...7 * days), .applied,
                "How long a page is tried before it is given up."),
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
                "How often a snapshot of all state is written if it has changed."),
        ])

    private static let limits = rows(
        "limits",
        [
            .init(
                "line_bytes", .integer(\.limits.lineBytes, 1_024...1_048_576, unit: "bytes"),
                .restart,
                "The longest request line."),
            .init(
                "reply_bytes", .integer(\.limits.replyBytes, 524_288...16_777_216, unit: "bytes"),
                .restart,
                "The longest reply; longer lists come in pages."),
            .init(
                "line_timeout",
                .duration(\.limits.lineTimeoutMilliseconds, 100 * milliseconds...1 * hours),
                .applied, "How long after its first byte a request must be complete."),
            .init(
                "connections", .integer(\.limits.connections, 32...1_000_000), .applied,
                "The most connections at once; 16 more are reserved for root and opsd's own user."),
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
            .init(
                "watch", .principals(\.access.watch, limit: 64), .applied,
                "May do what opswatch does, and nothing else, whatever other roles they have."),
            .init(
                "pager", .principals(\.access.pager, limit: 64), .applied,
                "May do what opspager does, and nothing else, whatever other roles they have."),
            .init(
                "check", .principals(\.access.check, limit: 64), .applied,
                "May do what opscheck does, and nothing else, whatever other roles they have."),
        ])

    private static let incidents = rows(
        "incidents",
        [
            .init(
                "dedup", .duration(\.incidents.dedupMilliseconds, 1 * minutes...7 * days), .applied,
                "Repeats of an incident that was told are only counted for this long."),
            .init(
                "keep", .duration(\.incidents.keepMilliseconds, 1 * hours...3_650 * days), .applied,
                "Resolved incidents are kept for this long, if there is room."),
        ])

    private static let gate = rows(
        "gate",
        [
            .init(
                "close_above", .integer(\.gate.closeAbovePercent, 1...1_000_000, unit: "percent"),
                .applied, "Burn of the last 24 hours above which the gate closes."),
            .init(
                "close_after", .duration(\.gate.closeAfterMilliseconds, 0 * seconds...7 * days),
                .applied, "How long the burn must be above close_above to close the gate."),
            .init(
                "open_below", .integer(\.gate.openBelowPercent, 1...1_000_000, unit: "percent"),
                .applied, "Burn below which the gate opens again; must not be above close_above."),
            .init(
                "open_after", .duration(\.gate.openAfterMilliseconds, 0 * seconds...7 * days),
                .applied, "How long the burn must be below open_below to open the gate."),
            .init(
                "unknown", .gateWord(\.gate.unknown), .applied,
                "What the gate says, and the flag, where there is no data to tell."),
            .init(
                "flag_refresh",
                .duration(\.gate.flagRefreshMilliseconds, 1 * seconds...1 * hours), .applied,
                "How often deploy_gate.flag is written again while the gate is closed."),
            .init(
                "flag_life", .duration(\.gate.flagLifeMilliseconds, 2 * seconds...1 * days),
                .applied,
                "How long the flag is valid when it is not refreshed; must be longer than flag_refresh."
            ),
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
