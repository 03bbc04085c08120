// Replies that tests change piece by piece, and a clock.  `Examples.swift` has one for each
// command.

import OpsProtocol

@testable import OpsControl

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
        {"status":"STRESSED","ok":false,"issues":[{"level":"issue","code":"cpu_high","message":"CPU at 99.5 %, above 80 %"},{"level":"warning","code":"disk_free_low","message":"0.9 GB free on /, below 1 GB"}],"uptime_seconds":93784,"host":"web-1","host_uptime_seconds":864321,"age_seconds":0.7,"metrics":{"cpu":99.5,"mem":71.2,"mem_available_mb":2330.8,"disk":86.9,"disk_free_gb":0.9,"process_count":1103,"load1":3.01,"load5":2.52,"load15":1.85,"iowait":2.0,"steal":0.5,"swap":1.5,"cpu_count":2},"scope":{"kind":"container","cpu_cores":2.00},"guard":{"active_bans":1234,"ips_with_strikes":56,"total_tracked_ips":1290,"tracked_rates":7,"max_tracked":1000000},"store":{"lsn":1200,"durable_lsn":1200,"snapshot_lsn":0,"fsync":"always","degraded":false},"own":{"version":"0.2.0","rss_bytes":9711680,"cpu_seconds":1.031,"threads":3,"loop_lag_ms":0.03,"loop_lag_max_ms":33.98,"connections":1,"dropped_records":0},"enforcement":"none","last_event_id":1}
        """#

    static let ban = #"""
        {"ip":"203.0.113.9","expires":"2026-11-21T11:41:48Z","ttl_seconds":3600,"reason":"failed login","source":"sshd","automatic":true,"created":"2026-11-21T10:31:48Z","uid":0}
        """#

    static let event = #"""
        {"id":27,"event":"ban","cpu":1.0,"ram":3.2,"disk":16.9,"details":"banned by command","severity":"info","timestamp":"2026-11-21T10:41:48.492299Z","ip":"203.0.113.9","reason":"abuse","source":"","uid":0,"expires":"2026-11-21T11:41:49Z"}
        """#
}
