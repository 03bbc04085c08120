// The rows about the host.

import OpsCore

extension CommandTable {
    static let hostRows: [CommandRow] = [
        CommandRow(
            "status", .read, [], "The host, the guard and the daemon on one screen.",
            reply: [
                ReplyField("status", "HEALTHY, STRESSED or CRITICAL"),
                ReplyField("ok", "false: an issue, or a component that does not work"),
                ReplyField("issues", "list of {level, code, message}"),
                ReplyField("uptime_seconds", "of the daemon"), ReplyField("host", "its name"),
                ReplyField("host_uptime_seconds", "of the host"),
                ReplyField("age_seconds", "of the sample"),
                ReplyField("metrics", "object: cpu, mem, disk (per cent), ..."),
                ReplyField("scope", "object: host, container or cgroup, with its limits"),
                ReplyField("guard", "object, as guard stats"),
                ReplyField("store", "object: lsn, durable_lsn, degraded, ..."),
                ReplyField("own", "object: rss_bytes, cpu_seconds, loop_lag_ms, turn_max_ms, ..."),
                ReplyField("enforcement", "none, or how bans are enforced"),
                ReplyField("last_event_id", "integer"), cut,
            ]
        ) { _ in .status },
        CommandRow(
            "health", .read, [], "The five components and the host's issues.",
            reply: [
                ReplyField("ok", "true or false"),
                ReplyField("status", "HEALTHY, STRESSED or CRITICAL"),
                ReplyField("word", "healthy, warning or degraded, of the same sample"),
                ReplyField("components", "list of {name, ok, detail}"),
                ReplyField("issues", "list of {level, code, message}"), cut,
            ]
        ) { _ in .health },
        CommandRow(
            "metrics", .read, [], "The latest sample, whole.",
            reply: [
                ReplyField("ts", "time of the sample"), ReplyField("ok", "no issue"),
                ReplyField("age_seconds", "of the sample"),
                ReplyField(
                    "metrics",
                    "object: cpu, mem, mem_available_mb, disk, disk_free_gb, process_count"),
                ReplyField("issues", "list of {level, code, message}"),
                ReplyField("scope", "object"), ReplyField("cpu", "object, per cent"),
                ReplyField("cores", "list"), ReplyField("load", "object"),
                ReplyField("memory", "object, bytes"), ReplyField("swap", "object, bytes"),
                ReplyField("pressure", "object, per cent; empty where the kernel has none"),
                ReplyField("disks", "list, I/O"), ReplyField("network", "list, interfaces"),
                ReplyField("mounts", "list"), ReplyField("running", "tasks"),
                ReplyField("blocked", "tasks"), ReplyField("host_uptime_seconds", "seconds"),
                cut,
            ]
        ) { _ in .metrics },
        CommandRow(
            "metrics history", .read, .heavy, "Samples over time, oldest first.",
            details: "Seconds are kept for an hour, minutes for 30 days.",
            [
                Argument(
                    "hours", .integer(1...8_760), .keyword, standard: "24", "how far back"),
                Argument(
                    "step", .seconds(1...86_400), .keyword,
                    "from one point to the next; by itself the finest that fits a page"),
                Argument("after", .time, .keyword, "go on behind this time: what `next` said"),
            ],
            reply: [
                ReplyField("period_hours", "integer"), ReplyField("data_points", "integer"),
                ReplyField("step_seconds", "integer"),
                ReplyField("metrics", "list of {timestamp, cpu, ram, disk, ...}"),
                ReplyField("next", "what to pass as after, or null"),
            ], example: "metrics history hours=1 step=1m"
        ) {
            .metricsHistory(
                hours: $0.integer("hours") ?? 24, stepSeconds: $0.integer("step"),
                after: $0.time("after").map { $0 / 1_000 })
        },
        CommandRow(
            "processes", .read, .heavy, "The processes that use most CPU and most memory.",
            [Argument("top", .integer(1...100), .keyword, standard: "10", "entries of a list")],
            reply: [
                ReplyField("status", "success"), ReplyField("timestamp", "time of the scan"),
                ReplyField(
                    "by_cpu", "list of {pid, name, cpu_percent, memory_percent, memory_mb}"),
                ReplyField("by_memory", "the same"), ReplyField("total", "processes"), cut,
            ], example: "processes top=5"
        ) { .processes(top: $0.integer("top") ?? 10) },
        CommandRow(
            "disks", .read, .heavy, "Every real mount.",
            reply: [
                ReplyField("status", "success"), ReplyField("timestamp", "time"),
                ReplyField(
                    "partitions",
                    "list of {device, mountpoint, fstype, total_gb, used_gb, free_gb, percent, stale}"
                ),
                ReplyField("total", "partitions"), cut,
            ]
        ) { _ in .disks },
        CommandRow(
            "stats system", .read, [], "The host's statistics in one object.",
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
