// The table and the struct are one: every key reaches a field of its own, every field has a key,
// and the bounds that the table states are the bounds that hold.

import OpsCore
import Testing

@testable import OpsConfig

/// The stored fields of a configuration, as `section.field`, with their values spelled out.
private func fields(_ configuration: Configuration) -> [String: String] {
    var fields: [String: String] = [:]
    for section in Mirror(reflecting: configuration).children
    where ![
        "objectives", "incidentRules", "costsExempt", "costModels", "queues",
    ].contains(section.label) {
        // [guard.source.NAME], [watch...], [pager...], [probe.mount.PATH] and
        // [pager.route.SEVERITY] have tests of their own.
        let named = [
            "sources", "rules", "mounts", "index", "channels", "critical", "warning", "info",
            "models", "exemptUsers",
        ]
        for field in Mirror(reflecting: section.value).children
        where !named.contains(field.label ?? "") {
            fields["\(section.label ?? "").\(field.label ?? "")"] = "\(field.value)"
        }
    }
    fields["costsExempt"] = "\(configuration.costsExempt)"
    for rule in IncidentRule.allCases {
        fields["incidentRules.\(rule)"] = "\(String(describing: configuration.incidentRules[rule]))"
    }
    return fields
}

/// A good value that is not the default.
private func otherValue(_ key: ConfigurationKey) -> String {
    switch key.shape {
    case .integer(let place, _, _): String(Configuration()[keyPath: place] + 1)
    case .duration(let place, _): "\"\(Configuration()[keyPath: place] + 1)ms\""
    case .flag(let place): String(!Configuration()[keyPath: place])
    case .timeOfDay: #""23:59""#
    case .path: #""/srv/\"a\"\\b é\u0020""#
    case .fsync: "\"no\""
    case .mode: "\"nftables\""
    case .gateWord: "\"closed\""
    case .networks: #"["192.0.2.0/24", "2001:db8::/32"]"#
    case .principals: #"["1000", "@wheel", "@0", "DOMAIN\\ops"]"#
    case .sources: #"["sshd", "a \"b\""]"#
    case .mounts: #"["/mnt/usb", "/a \"b\"/*"]"#
    case .library: #"["sshd", "dovecot"]"#
    case .hours: #""22:00-07:00""#
    case .severity: #""info""#
    case .users: #"["1000", "DOMAIN\\ops"]"#
    case .cap: "12.345678"
    case .endpoints: #"["tcp://192.0.2.1:443", "icmp://host"]"#
    }
}

/// Keys that are compared with another, and that other one out of the way.
private let room = [
    "health.critical": "stressed = 1", "gate.open_below": "close_above = 1000000",
    "gate.flag_life": "flag_refresh = \"1s\"",
]

/// The fields of those others.
private let roomFields: Set<String> = [
    "health.stressedPercent", "gate.closeAbovePercent", "gate.flagRefreshMilliseconds",
]

/// Entries of lists that are not names.
private let entries = [
    "guard.allow": "192.0.2.7", "probe.mounts_exclude": "/mnt", "check.control": "icmp://a",
]

private func file(_ key: ConfigurationKey, _ value: String) -> String {
    let room = room[key.path].map { $0 + "\n" } ?? ""
    return "[\(key.section)]\n\(room)\(key.name) = \(value)\n"
}

@Suite struct TableTests {
    @Test func emptyFileIsAllDefaults() throws {
        #expect(try load("") == Configuration())
        for section in ConfigurationSection.all {
            #expect(try load("[\(section.name)]\n") == Configuration())
        }
    }

    /// The defaults of the contract, spelled out once more.
    @Test func defaults() throws {
        let printed = Configuration().printed(networks: .test)
        let lines = printed.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            lines == [
                "[paths]", "socket = \"/run/opsd/opsd.sock\"", "state = \"/var/lib/opsd\"",
                "log = \"/var/log/opsd\"",
                "[probe]", "interval = \"1s\"", "processes = \"10s\"", "mounts = \"10s\"",
                "trail_interval = \"1m\"", "remote_mounts = false", "cpu_issue = 80",
                "mem_issue = 85", "disk_issue = 85", "inode_issue = 90",
                "mem_available_warning_mb = 100",
                "disk_free_warning_gb = 1", "mounts_exclude = []",
                "[health]", "stressed = 75", "critical = 90", "hold = \"30s\"",
                "include_disk = false", #"daily_check = "07:55""#, #"daily = "08:00""#,
                "[guard]", "strikes = 3", "window = \"5m\"", "ban = \"10m\"", "rate_limit = 100",
                "rate_window = \"1m\"", "ipv6_prefix = 64", "max_tracked = 1000000",
                "max_listed = 2000000",
                "allow = [\"127.0.0.0/8\", \"::1/128\"]", "success_clears = true",
                "ban_factor = 1", "ban_max = \"7d\"", "ban_memory = \"30d\"",
                "subnet_threshold = 0", "subnet_threshold_ipv6 = 8", "subnet_window = \"1h\"",
                "subnet_bans = 256", "protect_sessions = true", "dry_run = false",
                "dry_run_sources = []", "bans_file = false",
                "[guard.source.sshd]", "strikes = 5", "window = \"10m\"", "ban = \"10m\"",
                "ban_factor = 1", "ban_max = \"7d\"", "dry_run = false", "allow = []",
                "weight = 1",
                "[watch]", "rules = [\"sshd\"]", "fail2ban = \"/etc/fail2ban\"",
                "strike_private = false", "cpu_share = 5",
                "[pager]", "tick = \"5m\"", "quiet = \"never\"", "keep = \"1d\"",
                "[enforce]", "mode = \"auto\"", "clear_on_stop = false",
                "[store]", "fsync = \"always\"", "snapshot_interval = \"5m\"",
                "[limits]", "line_bytes = 65536", "reply_bytes = 1048576",
                "line_timeout = \"10s\"", "connections = 10000", "connections_per_user = 1000",
                "[access]", "admin = [\"root\"]", "report = [\"@opsd-report\"]",
                "read = [\"@opsd\"]", "watch = [\"opswatch\"]",
                "pager = [\"opspager\"]", "check = [\"opscheck\"]",
                "[events]", "tail = 1000", "retention = \"0s\"", "rotate_bytes = 67108864",
                "max_bytes = 1073741824", "compliance_link = true",
                "[trails]", "compress_after = \"30d\"", "delete_after = \"90d\"",
                "[incidents]", "dedup = \"1h\"", "keep = \"30d\"",
                "[incidents.rules]", "health = \"critical\"", "cpu_high = \"off\"",
                "memory_high = \"warning\"", "memory_low = \"warning\"",
                "disk_high = \"critical\"", "disk_low = \"warning\"",
                "inodes_high = \"critical\"", "read_only = \"critical\"",
                "mount_stale = \"critical\"", "steal_high = \"warning\"",
                "cpu_limit = \"warning\"", "memory_limit = \"critical\"",
                "table_full = \"warning\"", "slo_burn = \"critical\"",
                "slo_burn_slow = \"warning\"", "slo_latency = \"warning\"",
                "gate_closed = \"warning\"", "store_degraded = \"critical\"",
                "enforce_failed = \"critical\"", "satellite_silent = \"warning\"",
                "no_worker = \"critical\"", "channel_parked = \"critical\"",
                "cost_cap = \"critical\"", "cost_alert = \"warning\"",
                "endpoint_down = \"critical\"", "endpoint_slow = \"warning\"",
                "endpoint_cert = \"warning\"", "daily_health = \"warning\"",
                "queue_stuck = \"critical\"", "queue_failing = \"critical\"",
                "queue_deep = \"warning\"", "queue_slow = \"warning\"",
                "queue_silent = \"warning\"", "disk_full_soon = \"warning\"",
                "[gate]", "close_above = 200", "close_after = \"2h\"", "open_below = 200",
                "open_after = \"2h\"", "unknown = \"unknown\"", "flag_refresh = \"1m\"",
                "flag_life = \"5m\"",
                "[costs]", "daily_cap_usd = 25.00", "alert = 90", "exempt = []",
                "[check]", "at_once = 100", "control = []",
                "[slo.default]", "latency_p95_ms = 800",
                "latency_p99_ms = 1200", "daily_error_budget_pct = 1.0", "window = \"30d\"",
                "min_events = 20", "min_bad = 3", "latency_window = \"30m\"", "gate = true",
                "latency_gate = false",
            ])
    }

    @Test func everyKeyHasAFieldAndEveryFieldAKey() throws {
        let before = fields(Configuration())
        var reached: [String: String] = [:]
        for key in ConfigurationKey.all {
            let after = fields(try load(file(key, otherValue(key))))
            var changed = before.keys.filter { before[$0] != after[$0] }
            if room[key.path] != nil { changed.removeAll { roomFields.contains($0) } }
            #expect(changed.count == 1, "\(key.path) changes \(changed)")
            for field in changed {
                #expect(reached[field] == nil, "\(key.path) and \(reached[field] ?? "")")
                reached[field] = key.path
            }
        }
        #expect(Set(reached.keys) == Set(before.keys))
    }

    @Test func pathsAreUniqueAndSectionsKnown() {
        let paths = ConfigurationKey.all.map(\.path)
        #expect(Set(paths).count == paths.count)
        #expect(ConfigurationSection.all.flatMap(\.keys).map(\.path) == paths)
    }

    @Test func printedConfigurationLoadsToItself() throws {
        var text = ""
        for section in ConfigurationSection.all {
            text += "[\(section.name)]\n"
            for key in section.keys { text += "\(key.name) = \(otherValue(key))\n" }
        }
        let configuration = try load(text)
        #expect(try load(configuration.printed(networks: .test)) == configuration)
        #expect(configuration.paths.log == "/srv/\"a\"\\b é ")
        #expect(try load(Configuration().printed(networks: .test)) == Configuration())
    }

    @Test func longListsAreRoundTrippedOnLinesOfTheirOwn() throws {
        var configuration = Configuration()
        configuration.guard.allow = (0..<1_024).map { Network(ipv4: UInt32($0) << 8) }
        configuration.access.read = []
        let printed = configuration.printed(networks: .test)
        #expect(printed.contains("allow = [\n    \"0.0.0.0\",\n    \"0.0.1.0\",\n"))
        #expect(try load(printed) == configuration)
    }

    @Test(arguments: ConfigurationKey.all.map(\.path))
    func boundsHold(path: String) throws {
        let key = try #require(ConfigurationKey.all.first { $0.path == path })
        func faultsOfKey(_ value: String) -> [String] {
            faults(file(key, value)).filter { $0.contains(": \(path): ") }
        }
        func check(
            _ low: Int64, _ high: Int64, _ small: String, _ large: String,
            in form: (Int64) -> String
        ) {
            let line = room[key.path] == nil ? 2 : 3
            #expect(faultsOfKey(form(low)) == [])
            #expect(faultsOfKey(form(high)) == [])
            if low > 0 {
                #expect(
                    faultsOfKey(form(low - 1)) == [
                        "t.toml:\(line): \(path): \(form(low - 1)) is too \(small), must be \(key.allowed)"
                    ])
            }
            #expect(
                faultsOfKey(form(high + 1)) == [
                    "t.toml:\(line): \(path): \(form(high + 1)) is too \(large), must be \(key.allowed)"
                ])
        }
        func refuses(_ word: String, _ what: String) {
            #expect(
                faultsOfKey("\"\(word)\"") == [
                    "t.toml:2: \(path): \"\(word)\" is \(what), must be \(key.allowed)"
                ])
        }
        switch key.shape {
        case .integer(_, let range, _):
            check(Int64(range.lowerBound), Int64(range.upperBound), "small", "large") { "\($0)" }
        case .duration(_, let range):
            check(range.lowerBound, range.upperBound, "short", "long") { "\"\($0)ms\"" }
        case .path(_, let limit):
            let longest = "/" + String(repeating: "x", count: limit - 1)
            #expect(faultsOfKey("\"\(longest)\"") == [])
            #expect(
                faultsOfKey("\"\(longest)x\"") == [
                    "t.toml:2: \(path): \(limit + 1) bytes are too many, must be \(key.allowed)"
                ])
        case .timeOfDay:
            #expect(faultsOfKey("\"never\"") == [])
            refuses("24:00", "not a time of day")
        case .networks(_, let limit), .principals(_, let limit), .sources(_, let limit),
            .users(_, let limit), .mounts(_, let limit), .endpoints(_, let limit):
            let entry = entries[path] ?? "ops"
            let full = Array(repeating: "\"\(entry)\"", count: limit).joined(separator: ",")
            #expect(
                faultsOfKey("[\(full),\n\"x\"]") == [
                    "t.toml:3: \(path): too many entries, must be \(key.allowed)"
                ])
        case .library:
            let all = LibraryNames.all.map { "\"\($0)\"" }.joined(separator: ",")
            #expect(faultsOfKey("[\(all)]") == [])
            #expect(
                faultsOfKey("[\"sshd\",\n\"sshd\"]") == [
                    "t.toml:3: \(path): \"sshd\" is in the list twice"
                ])
        case .hours:
            #expect(faultsOfKey("\"never\"") == [])
            for wrong in ["22:00", "22:00-22:00", "22:00-never", "22:00-07:00-08:00"] {
                refuses(wrong, "not part of a day")
            }
        case .severity:
            #expect(faultsOfKey("\"off\"") == [])
            refuses("Critical", "not a severity")
        case .cap: refuses("all", "not an amount")
        case .flag, .fsync, .mode, .gateWord: break
        }
    }
}
