// Values for replies: plain ones, and ones full of everything that must be escaped in a line.

@preconcurrency import Glibc

@testable import OpsCore
@testable import OpsProtocol

/// Seconds of CPU that this thread has used: other work on the machine does not count.
func cpuSeconds() -> Double {
    var used = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used)
    return Double(used.tv_sec) + Double(used.tv_nsec) / 1e9
}

/// 2026-11-21T09:11:30Z.
let noon: Int64 = 1_795_252_290

/// Quotes, controls, C1, bidi marks, separators.
let hostile = "a\"\\\n\r\t\0\u{1b}[31m\u{7f}\u{85}\u{9b}\u{202e}\u{2066}\u{61c}\u{2028}é😀"

let moment = Moment(boot: 5_000_000_000, wall: noon * 1_000_000_000 + 751_145_000)

func network(_ text: String) -> Network { Network(parsing: text) ?? .ipv4Loopback }

/// The address this many after 10.0.0.0.
func address(_ number: Int) -> Network { Network(ipv4: 0x0a00_0000 + UInt32(number)) }

func ban(
    _ network: Network, expires: Int64? = noon + 600, ttl: Int64? = 600, reason: String = "abuse",
    source: String = "sshd", automatic: Bool = false, list: String? = nil
) -> BanView {
    BanView(
        network: network, expires: expires, ttlSeconds: ttl, created: noon, reason: reason,
        source: source, uid: 1_000, isAutomatic: automatic, list: list)
}

func staged(_ count: Int, _ text: String = "x") -> ListStaged {
    var staged = ListStaged()
    staged.refused = (0..<count).map {
        .init(network: address($0), refusal: Refusal(.refused, text))
    }
    return staged
}

func committed(expires: Int64? = noon + 600) -> ListCommitted {
    ListCommitted(
        name: "a", entries: 3, added: 1, removed: 2, isReplacement: true, expires: expires,
        ttlSeconds: expires.map { $0 - noon })
}

func listView() -> ListView {
    ListView(
        name: "a", entries: 3, ipv4: 2, ipv6: 1, expires: noon + 600, ttlSeconds: 600,
        committed: noon, uid: 0)
}

func strikeView(_ network: Network, items: Int, reason: String = "bad") -> StrikeView {
    StrikeView(
        network: network, strikes: items,
        items: (0..<items).map {
            StrikeView.Item(
                at: noon + Int64($0), expires: noon + 300, weight: 1, reason: reason,
                source: "sshd", uid: 0)
        })
}

func event(_ id: UInt64, details: String = "banned", reason: String? = nil) -> Event {
    Event(
        id: id, kind: .ban, severity: .warning, wall: moment.wall,
        gauges: Gauges(cpuPercent: 2.8, memoryPercent: 91.84, diskPercent: nil),
        details: details, network: network("203.0.113.9"), reason: reason, source: reason,
        uid: 0, expires: noon + 600)
}

func mount(_ path: String, stale: Bool = false) -> Mount {
    Mount(
        device: path == "/" ? "/dev/sda1" : path, mountpoint: path, fstype: "ext4",
        space: MountSpace(
            blockSize: 4_096, blocks: 59_839_611, free: 55_737_057, available: 55_737_057),
        stale: stale)
}

func sample(text: String = "x") -> Sample {
    var sample = Sample(at: Moment(boot: 3_750_000_000, wall: moment.wall))
    sample.cpu = CPUUsage(user: 50.04, system: 4.4, iowait: 1, steal: 0.25)
    sample.cores = [CoreUsage(index: 0, usage: sample.cpu), CoreUsage(index: 2, usage: nil)]
    sample.load = LoadAverage(one: 0.5, five: 1.25, fifteen: 2)
    sample.memory = MemoryUsage(totalBytes: 16 << 30, availableBytes: 4_456_000_000)
    sample.swap = SwapUsage(totalBytes: 0, freeBytes: 0)
    let line = PressureLine(avg10: 1.5, avg60: 0, avg300: 0.25, totalMicroseconds: 9)
    sample.pressure = Pressure(cpu: PressureStall(some: line))
    sample.disks = [DiskDevice(name: text, counters: DiskCounters(), rates: DiskRates())]
    sample.interfaces = [NetworkInterface(name: text, counters: NetworkCounters())]
    sample.networkTotal.sentBytes = 3_497_960_448
    sample.networkTotal.receivedBytes = 4_383_902_720
    sample.networkTotal.sentPackets = 31_926_612
    sample.networkTotal.receivedPackets = 75_243_577
    sample.processes = ProcessCounts(total: 387, running: 2, blocked: 0)
    sample.uptimeSeconds = 727_924.7
    sample.mounts = [mount("/"), mount("/" + text, stale: true)]
    sample.processor = Processor(
        count: 10, physical: 5, currentMegahertz: 2_400.5, maxMegahertz: 3_500)
    sample.scope = .container(
        ScopeLimits(cpuCores: 1.5, memoryLimitBytes: 1 << 30, memoryUsedBytes: 1 << 20))
    return sample
}

func satellites(_ version: String) -> [SatelliteReport] {
    [
        SatelliteReport(
            .opswatch, version: version, connections: 1, connectedSeconds: 7_200,
            lastRequestSeconds: 2, silentSeconds: nil)
    ]
}

func tallies(_ source: String) -> [SourceTally] {
    var own = SourceTally(source)
    (own.strikes, own.weight, own.bans) = (120, 130, 17)
    var others = SourceTally(nil)
    (others.strikes, others.weight) = (3, 3)
    return [own, others]
}

func sourceRow(_ name: String, _ state: SourceReport.State, isStale: Bool = false) -> SourceRow {
    var report = SourceReport(name, state)
    report.path = "/var/log/\(name).log"
    (report.lines, report.matches) = (120_000, 37)
    (report.lastLine, report.lastMatch) = (noon * 1_000, (noon - 90) * 1_000)
    (report.lagBytes, report.lostBytes) = (4_096, 0)
    return SourceRow(
        report, ageSeconds: isStale ? 75 : 3, lineAgeSeconds: 1, matchAgeSeconds: 91,
        isStale: isStale)
}

func ruleRow(_ name: String, _ state: RuleReport.State, isStale: Bool = false) -> RuleRow {
    var report = RuleReport(name, state)
    (report.looked, report.matched, report.strikes, report.ignored) = (120_000, 37, 36, 1)
    (report.limitReached, report.cpuMicroseconds) = (state == .sampled ? 2 : 0, 812_000)
    report.share = state == .sampled ? 20 : 100
    return RuleRow(
        report, ageSeconds: isStale ? 75 : 3, cpuPercent: isStale ? nil : 0.04, isStale: isStale)
}

func report(_ sample: Sample?, text: String = "x") -> HostReport {
    var vitals = Vitals(version: "1.0.0")
    vitals.hostName = text
    vitals.platform = "Linux-6.1.0-x86_64"
    vitals.degraded = text
    vitals.enforcement = "none"
    var report = HostReport(
        now: moment, sample: sample, status: .stressed, word: .warning,
        findings: [HealthFinding(.diskHigh, "disk \(text) is full")],
        components: [ComponentReport("loop", true, text)],
        satellites: satellites(text),
        guardStats: GuardStats(
            activeBans: 3, ipsWithStrikes: 4, trackedRates: 5, maxTracked: 1_000_000,
            bySource: tallies(text)),
        vitals: vitals, lastEventID: 7)
    report.services = ServiceSummary([.init(name: .standard, state: .ok)])
    report.gate = GateView(
        word: .open, reason: text, objective: nil, since: nil, burnPercent: nil, override: nil,
        parts: [])
    return report
}

func scan(_ count: Int, name: String = "python") -> ProcessScan {
    let entries = (0..<count).map {
        ProcessEntry(
            pid: Int32(12_345 + $0), name: name, cpuPercent: 25.46, memoryPercent: 8.25,
            memoryBytes: 1_415_577_600)
    }
    return ProcessScan(at: moment, total: 387, byCPU: entries, byMemory: entries)
}

func history(_ count: Int, next: Int64? = nil) -> HistoryPage {
    var tally = HistoryTally()
    tally.add(sample())
    let figures = HistoryFigures(tally)
    return HistoryPage(
        stepSeconds: 60,
        points: (0..<count).map { HistoryPoint(second: noon + Int64($0) * 60, figures: figures) },
        next: next)
}

func why(
    bans: [BanView] = [], items: Int = 2, events: [Event] = [], text: String = "abuse"
) -> WhyReport {
    WhyReport(
        network: network("203.0.113.9"), bans: bans,
        decides: bans.firstIndex { !$0.isDryRun } ?? bans.indices.first,
        strikes: strikeView(network("203.0.113.9"), items: items, reason: text),
        counts: items == 0 ? [] : [StrikeCount(source: nil, strikes: items, bansAt: 3)], hits: 12,
        rateLimit: 100, rateWindowSeconds: 60, allowedBy: nil, verdict: "admitted; 2 of 3 strikes",
        events: events)
}

/// The line of a reply.
func line(_ reply: Reply, limitBytes: Int = 1_048_576) -> [UInt8] {
    var line: [UInt8] = []
    reply.writeLine(to: &line, limitBytes: limitBytes)
    return line
}

func text(_ reply: Reply) -> String { String(decoding: line(reply), as: UTF8.self) }

/// The object of a reply's line; nil: the line is not a reply.
func object(_ line: [UInt8]) -> JSONValue? {
    guard line.starts(with: "ok {".utf8), line.last == 0x0a, !line.dropLast().contains(0x0a)
    else { return nil }
    let json = Array(line.dropFirst(3).dropLast())
    return try? JSONValue(parsing: json.span)
}

func object(_ reply: Reply, limitBytes: Int = 1_048_576) -> JSONValue? {
    object(line(reply, limitBytes: limitBytes))
}
