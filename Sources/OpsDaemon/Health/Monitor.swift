// What is known of the host: the latest sample, its health, the history, the top processes.
// Telemetry: nothing here is logged, but a change of health that lasts becomes a `Change`.

import OpsConfig
import OpsCore

/// The watch over the host.
struct Monitor {
    private(set) var rules: HealthRules
    private(set) var sample: Sample?
    private(set) var history = History()
    private(set) var tracker: HealthTracker
    /// What is wrong by the latest sample, and whether it has lasted.
    private(set) var findings: [HealthFinding] = []
    private(set) var processes: ProcessScan?
    private var steal = StealWatch()
    private var lasting = FindingsWatch()

    init(_ configuration: Configuration) {
        rules = HealthRules(configuration)
        tracker = HealthTracker(holdMilliseconds: rules.holdMilliseconds)
    }

    /// New thresholds; a change of health that has not lasted yet goes on being timed.
    mutating func adopt(_ configuration: Configuration) {
        rules = HealthRules(configuration)
        tracker.holdMilliseconds = rules.holdMilliseconds
    }

    /// Takes a sample; returns the change of health to announce, and the minute that it ends.
    mutating func observe(_ sample: Sample) -> (change: Change?, minute: MinuteRecord?) {
        var sample = sample
        sample.stealLasts = steal.observe(sample.cpu, above: rules.stealIssue, at: sample.at)
        if let processes { sample.processes.total = processes.total }
        self.sample = sample
        findings = lasting.observe(
            rules.findings(in: sample), holdMilliseconds: rules.holdMilliseconds, at: sample.at)
        let minute = history.insert(sample)
        let transition = tracker.observe(rules.status(of: sample), at: sample.at)
        return (transition.map { .noted(Self.note($0)) }, minute)
    }

    /// Takes the list of processes; `metrics` says at once as many as it does.
    mutating func adopt(_ scan: ProcessScan) {
        processes = scan
        sample?.processes.total = scan.total
    }

    mutating func flushHistory() -> MinuteRecord? { history.flush() }

    mutating func restoreHistory(_ bytes: [UInt8]) { _ = history.restore(bytes.span) }

    /// The gauges for a log record.
    var gauges: Gauges {
        Gauges(
            cpuPercent: sample?.cpu?.percent, memoryPercent: sample?.memory?.percent,
            diskPercent: sample?.diskPercent)
    }

    private static func note(_ transition: HealthTransition) -> Note {
        let severity: Severity =
            switch transition.to {
            case .healthy: .info
            case .stressed: .warning
            case .critical: .critical
            }
        return Note(
            .health, severity,
            "Status: \(transition.to.name) (was \(transition.from.name))")
    }
}

extension HealthRules {
    /// The thresholds of a configuration.
    init(_ configuration: Configuration) {
        self.init()
        cpuIssue = Double(configuration.probe.cpuIssuePercent)
        memoryIssue = Double(configuration.probe.memoryIssuePercent)
        diskIssue = Double(configuration.probe.diskIssuePercent)
        inodeIssue = Double(configuration.probe.inodeIssuePercent)
        mounts = configuration.probe.mounts.mapValues { limits in
            MountRules(
                issue: limits.issuePercent.map { Double($0) },
                inodeIssue: limits.inodeIssuePercent.map { Double($0) },
                freeWarningBytes: limits.freeWarningGibibytes.map { UInt64($0) * 1_073_741_824 })
        }
        memoryAvailableWarningBytes =
            UInt64(configuration.probe.memoryAvailableWarningMebibytes) * 1_048_576
        diskFreeWarningBytes =
            UInt64(configuration.probe.diskFreeWarningGibibytes) * 1_073_741_824
        stressed = Double(configuration.health.stressedPercent)
        critical = Double(configuration.health.criticalPercent)
        holdMilliseconds = configuration.health.holdMilliseconds
        includeDisk = configuration.health.includeDisk
    }
}
