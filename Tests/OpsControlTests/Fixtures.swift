// Replies as the daemon gives them, one a command, and a clock.

import OpsControl
import OpsProtocol

enum Fixtures {
    /// 2026-11-21T10:41:48Z.
    static let now: Int64 = 1_795_257_708_000

    static let plain = View(isColoured: false, columns: nil, nowMilliseconds: now)
    static let terminal = View(isColoured: true, columns: 80, nowMilliseconds: now)

    static func json(_ text: String) throws -> JSONValue {
        let bytes = Array(text.utf8)
        return try JSONValue(parsing: bytes.span)
    }

    static let status = #"""
        {"status":"STRESSED","ok":false,"issues":[{"level":"issue","code":"cpu_high","message":"CPU at 99.5 %, above 80 %"},{"level":"warning","code":"disk_free_low","message":"0.9 GB free on /, below 1 GB"}],"uptime_seconds":93784,"host":"web-1","host_uptime_seconds":864321,"age_seconds":0.7,"metrics":{"cpu":99.5,"mem":71.2,"mem_available_mb":2330.8,"disk":86.9,"disk_free_gb":0.9,"process_count":1103,"load1":3.01,"load5":2.52,"load15":1.85,"iowait":2.0,"steal":0.5,"swap":1.5,"cpu_count":2},"scope":{"kind":"container","cpu_cores":2.00},"guard":{"active_bans":1234,"ips_with_strikes":56,"total_tracked_ips":1290,"tracked_rates":7,"max_tracked":1000000},"store":{"lsn":1200,"durable_lsn":1200,"snapshot_lsn":0,"fsync":"always","degraded":false},"own":{"version":"0.1.0","rss_bytes":9711680,"cpu_seconds":1.031,"threads":3,"loop_lag_ms":0.03,"loop_lag_max_ms":33.98,"connections":1,"dropped_records":0},"enforcement":"none","last_event_id":1}
        """#

    static let ban = #"""
        {"ip":"203.0.113.9","expires":"2026-11-21T11:41:48Z","ttl_seconds":3600,"reason":"failed login","source":"sshd","automatic":true,"created":"2026-11-21T10:31:48Z","uid":0}
        """#

    static let event = #"""
        {"id":27,"event":"ban","cpu":1.0,"ram":3.2,"disk":16.9,"details":"banned by command","severity":"info","timestamp":"2026-11-21T10:41:48.492299Z","ip":"203.0.113.9","reason":"abuse","source":"","uid":0,"expires":"2026-11-21T11:41:49Z"}
        """#

    static let strikeItem = #"""
        {"at":"2026-11-21T10:40:48Z","expires":"2026-11-21T10:45:48Z","weight":1,"reason":"login","source":"sshd","uid":999}
        """#

    static let mount = #"""
        {"device":"/dev/vda","mountpoint":"/srv/data","fstype":"ext4","total_gb":251.97,"used_gb":200.01,"free_gb":40.47,"percent":83.17,"stale":true}
        """#

    static let sample = #"""
        {"ts":"2026-11-21T10:41:47.758700Z","ok":true,"age_seconds":0.7,"metrics":{"cpu":9.5,"process_count":103},"issues":[],"scope":{"kind":"host"},"cpu":{"percent":9.5,"user":6.8,"system":2.7,"iowait":0.0,"steal":0.5,"count":2},"cores":[{"core":0,"percent":10.0},{"core":1,"percent":null}],"load":{"one":3.01,"five":2.52,"fifteen":1.85},"memory":{"percent":3.2,"total_bytes":25276514304,"available_bytes":24464146432,"used_bytes":812367872},"swap":{"percent":0.0,"total_bytes":0,"used_bytes":0},"pressure":{"cpu":{"some":{"avg10":59.75},"full":{"avg10":0.00}}},"disks":[{"device":"vda","read_bytes_per_second":135679,"written_bytes_per_second":195038,"reads_per_second":18.6,"writes_per_second":10.4,"busy_percent":0.0}],"network":[{"interface":"eth0","received_bytes":16729911,"sent_bytes":25403,"receive_errors":1,"receive_drops":2,"send_errors":3,"send_drops":4,"received_bytes_per_second":0,"sent_bytes_per_second":1200}],"mounts":[\#(mount)],"running":5,"blocked":0}
        """#

    static let history = #"""
        {"period_hours":1,"data_points":3,"step_seconds":5,"metrics":[{"timestamp":"2026-11-21T10:41:35Z","cpu":0.0,"ram":50.0,"disk":16.9,"cpu_max":0.5,"ram_max":50.1,"load":0.01},{"timestamp":"2026-11-21T10:41:40Z","cpu":55.5,"ram":51.0,"disk":16.9,"cpu_max":70.0,"ram_max":52.0,"load":1.01},{"timestamp":"2026-11-21T10:41:45Z","cpu":null,"ram":null,"disk":null,"cpu_max":null,"ram_max":null,"load":null}],"next":null}
        """#

    /// Verb and reply of every command that is answered.
    static let replies: [(verb: String, reply: String)] = [
        ("ping", #"{"pong":true}"#),
        ("version", #"{"version":"0.1.0","protocol":1}"#),
        (
            "commands",
            #"{"commands":[{"verb":"ping","role":"read","summary":"Ask whether the daemon answers."}]}"#
        ),
        (
            "config",
            #"{"paths":{"socket":"/run/opsd/opsd.sock"},"guard":{"strikes":3,"window":"5m","allow":["127.0.0.0/8","::1/128"],"success_clears":true}}"#
        ),
        ("reload", #"{"applied":["guard.strikes"],"restart_required":["paths.socket"]}"#),
        ("snapshot", #"{"lsn":42}"#),
        ("status", status),
        (
            "health",
            #"{"ok":false,"status":"CRITICAL","word":"degraded","components":[{"name":"loop","ok":true,"detail":"last timer served 0.0 ms late"},{"name":"store","ok":false,"detail":"fsync: Input/output error"}],"issues":[{"level":"issue","code":"cpu_high","message":"CPU at 99.5 %, above 80 %"}]}"#
        ),
        ("metrics", sample),
        ("metrics history", history),
        (
            "processes",
            #"{"status":"success","timestamp":"2026-11-21T10:41:46.792652Z","by_cpu":[{"pid":4711,"name":"swift-frontend","cpu_percent":99.0,"memory_percent":0.7,"memory_mb":158.1}],"by_memory":[{"pid":1,"name":"systemd","cpu_percent":0.0,"memory_percent":0.1,"memory_mb":17.8}],"total":103}"#
        ),
        (
            "disks",
            #"{"status":"success","timestamp":"2026-11-21T10:41:48.500954Z","partitions":[\#(mount)],"total":1}"#
        ),
        (
            "stats system",
            #"{"status":"healthy","system":{"platform":"Linux","python_version":null},"cpu":{"percent":9.5}}"#
        ),
        (
            "check",
            #"{"results":[{"ip":"192.0.2.1","banned":false},{"ip":"203.0.113.9","banned":true,"expires":"2026-11-21T11:41:48Z","ttl_seconds":3600,"reason":"abuse","source":"ops","match":"203.0.113.0/24","automatic":false,"created":"2026-11-21T10:41:48Z","uid":0},{"ip":"198.51.100.1","banned":true,"expires":null,"ttl_seconds":null,"permanent":true,"reason":"","source":"","match":"198.51.100.1"}]}"#
        ),
        (
            "hit",
            #"{"ip":"203.0.113.9","allowed":false,"status":429,"retry_after_seconds":58,"strikes":1,"banned":false}"#
        ),
        (
            "strike",
            #"{"ip":"203.0.113.9","strikes":0,"banned":true,"expires":"2026-11-21T10:51:48Z","ttl_seconds":600}"#
        ),
        ("success", #"{"ip":"203.0.113.9","cleared":2}"#),
        ("clear", #"{"ip":"203.0.113.9","cleared":0}"#),
        ("ban", ban),
        ("unban", #"{"ip":"203.0.113.9","unbanned":true}"#),
        (
            "bans",
            #"{"bans":[\#(ban),{"ip":"2001:db8::/64","expires":null,"ttl_seconds":null,"permanent":true,"reason":"","source":"","automatic":false,"created":"2026-11-21T10:41:48Z","uid":1000}],"next":null}"#
        ),
        (
            "strikes",
            #"{"strikes":[{"ip":"203.0.113.9","strikes":1,"items":[\#(strikeItem)]}],"next":null}"#
        ),
        (
            "why",
            #"{"ip":"203.0.113.9","banned":true,"verdict":"banned by the rules; hits answer 403","bans":[\#(ban)],"strikes":1,"strike_items":[\#(strikeItem)],"hits":12,"rate_limit":100,"rate_window_seconds":60,"allowed_by":null,"events":[\#(event)]}"#
        ),
        (
            "guard stats",
            #"{"active_bans":1,"ips_with_strikes":2,"total_tracked_ips":3,"tracked_rates":4,"max_tracked":1000000,"lists":2,"listed":986514,"max_listed":2000000}"#
        ),
        ("guard cleanup", #"{"removed":3}"#),
        (
            "list show",
            #"{"lists":[{"name":"big","entries":986514,"ipv4":986514,"ipv6":0,"expires":null,"ttl_seconds":null,"permanent":true,"committed":"2026-11-21T13:06:46Z","uid":0}]}"#
        ),
        ("list drop", #"{"name":"big","dropped":true,"entries":986514}"#),
        ("events", #"{"total":1,"events":[\#(event)],"next":null}"#),
        ("something new", #"{"a":1,"b":{"c":[1,2],"d":[{"e":"f"}]},"g":null}"#),
    ]
}
