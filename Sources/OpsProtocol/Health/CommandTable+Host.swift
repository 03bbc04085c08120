// The rows about the host.

import OpsCore

extension CommandTable {
    static let hostRows: [CommandRow] = [
        CommandRow(
            "status", .read, [.heavy, .readsObservations],
            "Show the host, the guard and the daemon on one screen.",
            reply: [
                ReplyField("status", "HEALTHY, STRESSED or CRITICAL"),
                ReplyField("ok", "false: there is an issue, or a component does not work"),
                ReplyField("issues", "list of {level, code, message, held, thing}"),
                ReplyField("uptime_seconds", "seconds, of the daemon"),
                ReplyField("run", "which start of opsd this is, 16 hexadecimal digits"),
                ReplyField("host", "host name"),
                ReplyField("host_uptime_seconds", "seconds, of the host"),
                ReplyField("age_seconds", "seconds, of the sample"),
                ReplyField("metrics", "object: cpu, mem, disk (percent), ..."),
                ReplyField("scope", "object: host, container or cgroup, with its limits"),
                ReplyField(
                    "guard", "object, as guard stats; by_source has the five with most strikes"),
                ReplyField(
                    "store",
                    "object: lsn, durable_lsn, degraded, snapshot_failures, ...; fault says what "
                        + "else is wrong"),
                ReplyField("own", "object: rss_bytes, cpu_seconds, loop_lag_ms, turn_max_ms, ..."),
                ReplyField("enforcement", "none, or how bans are enforced"),
                ReplyField(
                    "satellites",
                    "list of {name, version, connections, connected_seconds, last_request_seconds, "
                        + "silent}: the programs around opsd that are expected or were heard"),
                ReplyField(
                    "slo",
                    "object: objectives, how many of them are ok, watch, broken, firing and "
                        + "unknown, and worst, a list of {slo, state}, five at most"),
                ReplyField("gate", "object: gate (open, closed or unknown), reason"),
                ReplyField("last_event_id", "integer"), cut,
            ]
        ) { _ in .status },
        CommandRow(
            "health", .read, [], "Show the state of the components, and the host's issues.",
            details: "A satellite that should be there and has sent no request for "
                + "\(SatelliteReport.silenceNanoseconds / 1_000_000_000) s is a component that does "
                + "not work.",
            also: RoleSet(.pager),
            reply: [
                ReplyField("ok", "true or false"),
                ReplyField("status", "HEALTHY, STRESSED or CRITICAL"),
                ReplyField("word", "healthy, warning or degraded, for the same sample"),
                ReplyField("held_status", "the status that has lasted health.hold"),
                ReplyField(
                    "levels",
                    "object: for cpu, mem and disk (/), above which percent there is a warning, and "
                        + "critical; null: never"),
                ReplyField("components", "list of {name, ok, detail}"),
                ReplyField("issues", "list of {level, code, message, held, thing}"), cut,
            ]
        ) { _ in .health },
        CommandRow(
            "metrics", .read, [], "Show all figures of the latest sample.",
            reply: [
                ReplyField("ts", "time of the sample"), ReplyField("ok", "true: no issue"),
                ReplyField("age_seconds", "seconds, of the sample"),
                ReplyField(
                    "metrics",
                    "object: cpu, mem, mem_available_mb, disk, disk_free_gb, process_count"),
                ReplyField("issues", "list of {level, code, message, held, thing}"),
                ReplyField("scope", "object"), ReplyField("cpu", "object, percent"),
                ReplyField("cores", "list: each CPU"), ReplyField("load", "object"),
                ReplyField("memory", "object, bytes"), ReplyField("swap", "object, bytes"),
                ReplyField("pressure", "object, percent; empty if the kernel does not measure it"),
                ReplyField("disks", "list: I/O of each device"),
                ReplyField("network", "list: each interface"),
                ReplyField("mounts", "list: each mount"), ReplyField("running", "tasks"),
                ReplyField("blocked", "tasks"), ReplyField("host_uptime_seconds", "seconds"),
                cut,
            ]
        ) { _ in .metrics },
        CommandRow(
            "metrics history", .read, .heavy, "Show samples over time, oldest first.",
            details: "Figures of each second are kept for an hour, of each minute for 30 days.",
            [
                Argument(
                    "hours", .integer(1...8_760), .keyword, defaultText: "24",
                    "how far back, in hours"),
                Argument(
                    "step", .seconds(1...86_400), .keyword,
                    "time between points; if left out, the shortest that fits a page"),
                Argument(
                    "after", .time, .keyword,
                    "continue after this time: the `next` of the last page"),
            ],
            reply: [
                ReplyField("period_hours", "integer"), ReplyField("data_points", "integer"),
                ReplyField("step_seconds", "integer"),
                ReplyField("metrics", "list of {timestamp, cpu, ram, disk, ...}"),
                ReplyField("next", "what to pass as after; null: no more"),
            ], example: "metrics history hours=1 step=1m"
        ) {
            .metricsHistory(
                hours: $0.integer("hours") ?? 24, stepSeconds: $0.integer("step"),
                after: $0.time("after").map { $0 / 1_000 })
        },
        CommandRow(
            "processes", .read, .heavy,
            "Show the processes that use the most CPU and the most memory.",
            [Argument("top", .integer(1...100), .keyword, defaultText: "10", "entries per list")],
            reply: [
                ReplyField("status", "success"), ReplyField("timestamp", "time of the scan"),
                ReplyField(
                    "by_cpu", "list of {pid, name, cpu_percent, memory_percent, memory_mb}"),
                ReplyField("by_memory", "the same"), ReplyField("total", "number of processes"),
                cut,
            ], example: "processes top=5"
        ) { .processes(top: $0.integer("top") ?? 10) },
        CommandRow(
            "disks", .read, .heavy,
            "Show the space on every mount, virtual file systems left out.",
            details: "Stale: the mount did not answer, or the call failed (fault); its figures are "
                + "from before.  A mount hidden by another is left out.  An automount is measured "
                + "when it is mounted and after its disk was used, for measuring keeps it mounted.",
            reply: [
                ReplyField("status", "success"), ReplyField("timestamp", "time"),
                ReplyField(
                    "partitions",
                    "list of {device, mountpoint, fstype, total_gb, used_gb, free_gb, percent, stale, "
                        + "inodes, inodes_free, inode_percent, read_only, fault}"
                ),
                ReplyField("total", "number of partitions"), cut,
            ]
        ) { _ in .disks },
        CommandRow(
            "stats system", .read, [], "Show the host's statistics in one object.",
            reply: [
                ReplyField("status", "healthy, warning or degraded"),
                ReplyField("timestamp", "time of the sample"), ReplyField("system", "object"),
                ReplyField("cpu", "object"), ReplyField("memory", "object, GB"),
                ReplyField("disk", "object, GB, of /"),
                ReplyField("network", "object, counters since boot"),
                ReplyField("processes", "object"),
            ]
        ) { _ in .systemStats },
    ]
}
