// The issues and warnings of a sample (S1-02, X-06), and of tables (State+FullTables.swift).  An
// issue makes `ok` false, a warning is listed and leaves it true.  A full mount is named; every
// mount is looked at, not only `/`.  Warnings about free space leave out small file systems: a boot
// partition of 500 MB never has 1 GB free, and is judged by its percentage alone.

/// One thing that is wrong with the host, or a table of opsd that is nearly full.
package struct HealthFinding: Hashable, Sendable {
    /// Whether it makes `ok` false (an issue) or is only listed (a warning).
    package enum Level: String, Hashable, Sendable {
        case issue, warning
    }

    /// Stable words for programs.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        case cpuHigh = "cpu_high"
        case memoryHigh = "memory_high"
        case diskHigh = "disk_high"
        case memoryLow = "memory_low"
        case diskLow = "disk_low"
        case mountStale = "mount_stale"
        case tableFull = "table_full"

        /// Whether this is an issue or a warning.
        package var level: Level {
            switch self {
            case .cpuHigh, .memoryHigh, .diskHigh, .tableFull: .issue
            case .memoryLow, .diskLow, .mountStale: .warning
            }
        }
    }

    /// What kind of finding it is.
    package let code: Code
    /// One line for people; a mount point in it is as the kernel has it, so escape it.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether this is an issue or a warning.
    package var level: Level { code.level }
}

extension HealthRules {
    /// A file system under this many times `diskFreeWarningBytes` is small; `/` never is.
    private static let smallFactor: UInt64 = 10

    /// The findings of a sample: issues first, mounts in the sample's order.
    package func findings(in sample: Sample) -> [HealthFinding] {
        var issues: [HealthFinding] = []
        var warnings: [HealthFinding] = []
        if let cpu = sample.cpu?.percent, cpu > cpuIssue {
            issues.append(.init(.cpuHigh, over("CPU", cpu, cpuIssue)))
        }
        if let memory = sample.memory {
            if memory.percent > memoryIssue {
                issues.append(.init(.memoryHigh, over("memory", memory.percent, memoryIssue)))
            }
            if memory.availableBytes < memoryAvailableWarningBytes {
                let now = megabytes(memory.availableBytes)
                let limit = megabytes(memoryAvailableWarningBytes)
                warnings.append(.init(.memoryLow, "\(now) of memory available, under \(limit)"))
            }
        }
        for mount in sample.mounts {
            let name = "disk \(mount.mountpoint)"
            if mount.stale {
                warnings.append(.init(.mountStale, "\(name) does not answer"))
            }
            guard let space = mount.space else { continue }
            if space.percent > diskIssue {
                issues.append(.init(.diskHigh, over(name, space.percent, diskIssue)))
            }
            if space.availableBytes < diskFreeWarningBytes, !isSmall(mount, space) {
                let now = megabytes(space.availableBytes)
                let limit = megabytes(diskFreeWarningBytes)
                warnings.append(.init(.diskLow, "\(name) has \(now) free, under \(limit)"))
            }
        }
        return issues + warnings
    }

    /// The `ok` of S1-03: no issue; warnings do not count.
    package func isOK(_ sample: Sample) -> Bool {
        !findings(in: sample).contains { $0.level == .issue }
    }

    private func isSmall(_ mount: Mount, _ space: MountSpace) -> Bool {
        guard mount.mountpoint != "/" else { return false }
        let (bound, overflow) = diskFreeWarningBytes.multipliedReportingOverflow(
            by: HealthRules.smallFactor)
        return overflow || space.totalBytes < bound
    }

    private func over(_ what: String, _ percent: Double, _ limit: Double) -> String {
        // A figure that rounds down to its limit is still above it; say so with enough digits.
        let shown = tenths(percent) == tenths(limit) ? "just" : "at \(tenths(percent)) %,"
        return "\(what) \(shown) above \(tenths(limit)) %"
    }

    private func megabytes(_ bytes: UInt64) -> String {
        "\(tenths(Double(bytes) / 1_048_576)) MB"
    }
}

/// `value` with at most one decimal: `92.3`, `80`.  `value` is in 0...2^60.
private func tenths(_ value: Double) -> String {
    let scaled = UInt64(max(0, min(value * 10, 0x1p60)) + 0.5)
    return scaled % 10 == 0 ? "\(scaled / 10)" : "\(scaled / 10).\(scaled % 10)"
}
