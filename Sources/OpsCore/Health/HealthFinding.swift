// The issues and warnings of a sample (S1-02, X-06), and of tables (State+FullTables.swift).  An
// issue makes `ok` false, a warning is listed and leaves it true.  A full mount is named; every
// mount is looked at, not only `/`.  Warnings about free space leave out small file systems: a boot
// partition of 500 MB never has 1 GB free, and is judged by its percentage alone.
//
// A message says what is wrong first, and its figures behind a colon: what does not change from one
// sample to the next comes first.

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
        case inodesHigh = "inodes_high"
        case readOnly = "read_only"
        case stealHigh = "steal_high"
        case cpuLimit = "cpu_limit"
        case memoryLimit = "memory_limit"
        case memoryLow = "memory_low"
        case diskLow = "disk_low"
        case mountStale = "mount_stale"
        case tableFull = "table_full"

        /// Whether this is an issue or a warning.
        package var level: Level {
            switch self {
            case .memoryLow, .diskLow, .mountStale: .warning
            default: .issue
            }
        }
    }

    /// What kind of finding it is.
    package let code: Code
    /// One line for people; a mount point in it is as the kernel has it, so escape it.
    package let message: String
    /// Which of several things of the kind: the mount point, or the table; empty: there is one.
    package let thing: String
    /// Whether it has lasted `health.hold`.
    package var isHeld: Bool

    package init(_ code: Code, _ message: String, thing: String = "", isHeld: Bool = true) {
        self.code = code
        self.message = message
        self.thing = thing
        self.isHeld = isHeld
    }

    /// Whether this is an issue or a warning.
    package var level: Level { code.level }
}

extension HealthRules {
    /// A file system under this many times `diskFreeWarningBytes` is small; `/` never is.
    private static let smallFactor: UInt64 = 10

    /// The findings of a sample: issues first, mounts in the sample's order.
    package func findings(in sample: Sample) -> [HealthFinding] {
        var all: [HealthFinding] = []
        if let cpu = sample.cpu?.percent, cpu > cpuIssue {
            all.append(.init(.cpuHigh, over("CPU use is high", cpu, cpuIssue)))
        }
        if sample.stealLasts, let steal = sample.cpu?.steal {
            let text = "the hypervisor takes CPU time for others: \(tenths(steal)) %, for a minute"
            all.append(.init(.stealHigh, text + " above \(tenths(stealIssue)) %"))
        }
        if let memory = sample.memory { judge(memory, &all) }
        switch sample.scope {
        case .host: break
        case .container(let limits): judge(limits, of: "the container", &all)
        case .cgroup(let limits): judge(limits, of: "opsd's control group", &all)
        }
        for mount in sample.mounts { judge(mount, &all) }
        return all.filter { $0.level == .issue } + all.filter { $0.level == .warning }
    }

    private func judge(_ memory: MemoryUsage, _ all: inout [HealthFinding]) {
        if memory.percent > memoryIssue {
            all.append(.init(.memoryHigh, over("memory use is high", memory.percent, memoryIssue)))
        }
        if memory.availableBytes < memoryAvailableWarningBytes {
            let now = megabytes(memory.availableBytes)
            let limit = megabytes(memoryAvailableWarningBytes)
            all.append(.init(.memoryLow, "little memory is available: \(now), under \(limit)"))
        }
    }

    /// A container's limits are its machine: what is above them is the host of others.  Those of a
    /// unit or a slice are opsd's own, and where it reaches them it is slowed down or killed.
    private func judge(_ limits: ScopeLimits, of whom: String, _ all: inout [HealthFinding]) {
        if let percent = limits.cpuPercent, percent > cpuIssue {
            let what = "CPU use nears the limit of \(whom)"
            let cores = " of \(hundredths(limits.cpuCores ?? 0)) CPUs"
            all.append(.init(.cpuLimit, over(what, percent, cpuIssue) + cores))
        }
        if let percent = limits.memoryPercent, percent > memoryIssue {
            let what = "memory use nears the limit of \(whom)"
            let limit = " of \(megabytes(limits.memoryLimitBytes ?? 0))"
            all.append(.init(.memoryLimit, over(what, percent, memoryIssue) + limit))
        }
    }

    private func judge(_ mount: Mount, _ all: inout [HealthFinding]) {
        let place = mount.mountpoint
        let name = "disk \(place)"
        func append(_ code: HealthFinding.Code, _ message: String) {
            all.append(.init(code, message, thing: place))
        }
        if mount.stale {
            let fault = mount.fault.map { "cannot be measured: \($0)" }
            append(.mountStale, "\(name) " + (fault ?? "does not answer"))
        }
        if mount.hasBecomeReadOnly {
            append(.readOnly, "\(name) has become read-only")
        }
        guard mount.isJudged else { return }
        if let inodes = mount.inodes {
            let limit = mounts[place]?.inodeIssue ?? inodeIssue
            if inodes.percent > limit {
                let text = over("\(name) has nearly no inodes left", inodes.percent, limit)
                append(.inodesHigh, text + ", \(inodes.free.grouped) free")
            }
        }
        guard let space = mount.space else { return }
        if isTooFull(mount) {
            append(
                .diskHigh, over("\(name) is nearly full", space.percent, diskIssue(of: place)))
        }
        let own = mounts[place]?.freeWarningBytes
        if space.availableBytes < own ?? diskFreeWarningBytes,
            own != nil || !isSmall(mount, space)
        {
            let now = megabytes(space.availableBytes)
            let limit = megabytes(own ?? diskFreeWarningBytes)
            append(.diskLow, "\(name) has little space free: \(now), under \(limit)")
        }
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
        return "\(what): \(shown) above \(tenths(limit)) %"
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

/// `value` with at most two decimals: `1.25`, `0.5`.
private func hundredths(_ value: Double) -> String {
    let scaled = UInt64(max(0, min(value * 100, 0x1p60)) + 0.5)
    let cents = scaled % 100
    if cents == 0 { return "\(scaled / 100)" }
    if cents % 10 == 0 { return "\(scaled / 100).\(cents / 10)" }
    return "\(scaled / 100)." + (cents < 10 ? "0" : "") + "\(cents)"
}
