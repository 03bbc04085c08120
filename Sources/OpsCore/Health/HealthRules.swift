// The numbers that health is judged by, and the judgement: pure functions of a sample.
//   1. Edges are strict: exactly 75 is HEALTHY, exactly 90 is STRESSED, exactly 80 no issue.
//   2. The unrounded figure is compared: 75.04 prints as 75.0 and is STRESSED.
//   3. A figure that is missing is not zero: unless the others settle it, there is no judgement.
// MB and GB are 1,048,576 and 1,073,741,824 bytes, as in the sources' own figures.

/// What the `[health]` section and the probe's limits of the configuration decide.
package struct HealthRules: Hashable, Sendable {
    /// Above it, CPU is an issue.  0...100.
    package var cpuIssue: Double = 80
    /// Above it, memory is an issue.  0...100.
    package var memoryIssue: Double = 85
    /// Above it, a mount is an issue.  0...100.
    package var diskIssue: Double = 85
    /// Above it, the used inodes of a mount are an issue.  0...100.
    package var inodeIssue: Double = 90
    /// Above it for `StealWatch.hold`, time that the hypervisor takes is an issue.  0...100.
    package var stealIssue: Double = 20
    /// What counts for single mounts instead, by mount point.
    package var mounts: [String: MountRules] = [:]
    /// Below it, available memory is a warning.
    package var memoryAvailableWarningBytes: UInt64 = 100 * 1_048_576
    /// Below it, a mount's free space is a warning.
    package var diskFreeWarningBytes: UInt64 = 1_073_741_824
    /// Above it, CPU or memory makes STRESSED.  0...100.
    package var stressed: Double = 75
    /// Above it, CPU or memory makes CRITICAL.  0...100.
    package var critical: Double = 90
    /// How long a change of status lasts before it is announced.
    package var holdMilliseconds: Int64 = 30_000
    /// Whether the fullest mount counts as CPU and memory do.
    package var includeDisk: Bool = false

    /// The defaults of the configuration.
    package init() {}
}

/// What counts for one mount instead; nil: what counts for all.
package struct MountRules: Hashable, Sendable {
    /// In place of `HealthRules.diskIssue`.
    package var issue: Double?
    /// In place of `HealthRules.inodeIssue`.
    package var inodeIssue: Double?
    /// In place of `HealthRules.diskFreeWarningBytes`, however small the file system is.
    package var freeWarningBytes: UInt64?

    package init(
        issue: Double? = nil, inodeIssue: Double? = nil, freeWarningBytes: UInt64? = nil
    ) {
        self.issue = issue
        self.inodeIssue = inodeIssue
        self.freeWarningBytes = freeWarningBytes
    }
}

/// S5-02, mildest first.
package enum HealthStatus: UInt8, Hashable, Sendable, Comparable, CaseIterable {
    case healthy, stressed, critical

    /// `HEALTHY`, `STRESSED` or `CRITICAL`.
    package var name: String {
        switch self {
        case .healthy: "HEALTHY"
        case .stressed: "STRESSED"
        case .critical: "CRITICAL"
        }
    }

    /// The severity an event of this status is recorded with: `info`, `warning` or `critical`.
    package var severity: String {
        switch self {
        case .healthy: "info"
        case .stressed: "warning"
        case .critical: "critical"
        }
    }

    /// Milder first.
    package static func < (one: HealthStatus, other: HealthStatus) -> Bool {
        one.rawValue < other.rawValue
    }
}

/// The S3-01 word for the same sample.
package enum HealthWord: String, Hashable, Sendable {
    case healthy, warning, degraded
}

extension HealthRules {
    /// The S5-02 status for one figure.
    package func status(ofPercent percent: Double) -> HealthStatus {
        if percent > critical { return .critical }
        return percent > stressed ? .stressed : .healthy
    }

    /// The S5-02 status of a sample: the worst of CPU and memory (and the fullest
    /// mount, with `includeDisk`).
    /// nil when one of them is missing and the others are short of CRITICAL.
    package func status(of sample: Sample) -> HealthStatus? {
        var worst = HealthStatus.healthy
        var whole = true
        func judge(_ percent: Double?) {
            guard let percent else {
                whole = false
                return
            }
            worst = max(worst, status(ofPercent: percent))
        }
        judge(sample.cpu?.percent)
        judge(sample.memory?.percent)
        if includeDisk { judge(sample.fullestPercent) }
        return whole || worst == .critical ? worst : nil
    }

    /// S3-01: degraded is CRITICAL, warning is STRESSED or a mount above `diskIssue`.  `status` is
    /// the sample's own, or the last known one where the sample has none.
    package func word(for status: HealthStatus, _ sample: Sample) -> HealthWord {
        switch status {
        case .critical: .degraded
        case .stressed: .warning
        case .healthy: sample.mounts.contains(where: isTooFull) ? .warning : .healthy
        }
    }

    /// Above which use of this mount there is an issue.
    package func diskIssue(of mountpoint: String) -> Double {
        mounts[mountpoint]?.issue ?? diskIssue
    }

    /// Whether there is an issue about the space of a mount.
    func isTooFull(_ mount: Mount) -> Bool {
        mount.isJudged && (mount.space?.percent ?? 0) > diskIssue(of: mount.mountpoint)
    }
}

/// Above which values a figure is a warning, and critical: 0...100; nil: never.
package struct HealthLevels: Hashable, Sendable {
    /// One figure's.
    package struct Pair: Hashable, Sendable {
        /// Above it: a warning.
        package var warning: Double
        /// Above it: critical.
        package var critical: Double?
    }

    /// CPU use.
    package var cpu: Pair
    /// Memory use.
    package var memory: Pair
    /// Use of `/`.
    package var disk: Pair
}

extension HealthRules {
    /// What the status and the issues together make of the figures.
    package var levels: HealthLevels {
        let disk = diskIssue(of: "/")
        return HealthLevels(
            cpu: .init(warning: min(stressed, cpuIssue), critical: critical),
            memory: .init(warning: min(stressed, memoryIssue), critical: critical),
            disk: .init(
                warning: includeDisk ? min(stressed, disk) : disk,
                critical: includeDisk ? critical : nil))
    }
}
