// Which limits apply to the daemon: those of its control group and of every visible group above it,
// version 2 or 1.  It turns bytes into a `Scope`: the daemon reads `files` in order and passes in
// their content.  Files that do not exist are left out.
//   1. The lowest limit of all levels counts.
//   2. The root group of a host has no limits.  If the visible root has limits, or files that a
//      real root does not have, it is the root of a container.

package import OpsCore

/// A file with a limit or a usage.
package struct ScopeFile: Hashable, Sendable {
    /// Its absolute path.
    package let path: String
    let level: Int
    let figure: Figure

    enum Figure: Hashable, Sendable {
        /// Version 2.
        case memoryMax, memoryCurrent, cpuMax, cpuStat
        /// Version 1.
        case memoryLimit, memoryUsage, cpuQuota, cpuPeriod, cpuUsage
        /// Both.
        case memoryStat
    }
}

/// Collects the limits.
package struct ScopeScan: Hashable, Sendable {
    /// The most levels of groups that are read, from the root.
    package static let levelLimit = 16
    /// Version 1 writes "no limit" as a number near 2^63.
    private static let unlimited: UInt64 = 1 << 60

    /// What to read; empty when the group of the daemon is unknown.
    package let files: [ScopeFile]

    private var levels = Array(repeating: Level(), count: levelLimit)
    private var isContainer = false

    private struct Level: Hashable, Sendable {
        var memoryLimit: UInt64?
        var memoryUsed: UInt64?
        var memoryReclaimable: UInt64?
        var cpuMicroseconds: UInt64?
        var cores: Double?
        var quota: UInt64?
        var period: UInt64?
    }

    /// From /proc/self/cgroup: lines of `number:controllers:path`.  Source: cgroups(7).
    package init(ownCgroup bytes: Span<UInt8>) {
        var unified: String?
        var memory: String?
        var cpu: String?
        var accounting: String?
        var lines = Lines()
        while var line = lines.next(bytes) {
            guard line.number(bytes) != nil, line.consume(":", bytes) else { continue }
            let rest = bytes.text(line.at..<line.end)
            guard let colon = rest.firstIndex(of: ":") else { continue }
            let controllers = rest[..<colon].split(separator: ",")
            let path = String(rest[rest.index(after: colon)...])
            if controllers.isEmpty { unified = path }
            if controllers.contains("memory") { memory = path }
            if controllers.contains("cpu") { cpu = path }
            if controllers.contains("cpuacct") { accounting = path }
        }
        var files: [ScopeFile] = []
        func add(_ root: String, _ path: String, _ names: [(String, ScopeFile.Figure)]) {
            for (level, folder) in ScopeScan.folders(path).enumerated() {
                for (name, figure) in names {
                    let path = root + folder + "/" + name
                    files.append(ScopeFile(path: path, level: level, figure: figure))
                }
            }
        }
        if let memory {
            add(
                "/sys/fs/cgroup/memory", memory,
                [
                    ("memory.limit_in_bytes", .memoryLimit),
                    ("memory.usage_in_bytes", .memoryUsage), ("memory.stat", .memoryStat),
                ])
        }
        if let cpu {
            add(
                "/sys/fs/cgroup/cpu", cpu,
                [("cpu.cfs_period_us", .cpuPeriod), ("cpu.cfs_quota_us", .cpuQuota)])
        }
        // The groups of both are the same, or what is used cannot be compared with the limit.
        if let accounting, accounting == cpu {
            add("/sys/fs/cgroup/cpuacct", accounting, [("cpuacct.usage", .cpuUsage)])
        }
        if let unified, memory == nil, cpu == nil {
            add(
                "/sys/fs/cgroup", unified,
                [
                    ("memory.max", .memoryMax), ("memory.current", .memoryCurrent),
                    ("memory.stat", .memoryStat), ("cpu.max", .cpuMax), ("cpu.stat", .cpuStat),
                ])
        }
        self.files = files
    }

    /// The directories from the root to `path`; only the root when the path is outside of what is
    /// visible.
    private static func folders(_ path: String) -> [String] {
        let names = path.split(separator: "/")
        guard !names.contains("..") else { return [""] }
        var folders = [""]
        for name in names.prefix(levelLimit - 1) {
            folders.append((folders.last ?? "") + "/" + name)
        }
        return folders
    }

    /// Reads the content of a file of `files`.
    package mutating func read(_ file: ScopeFile, _ bytes: Span<UInt8>) {
        guard levels.indices.contains(file.level) else { return }
        var fields = Fields(bytes)
        let number = fields.number(bytes)
        switch file.figure {
        case .memoryMax:
            levels[file.level].memoryLimit = number
            isContainer = isContainer || file.level == 0
        case .cpuMax:
            isContainer = isContainer || file.level == 0
            guard let number, let period = fields.number(bytes), period > 0 else { return }
            levels[file.level].cores = Double(number) / Double(period)
        case .memoryCurrent, .memoryUsage:
            levels[file.level].memoryUsed = number
        case .memoryStat: levels[file.level].memoryReclaimable = Self.reclaimable(bytes)
        case .cpuStat: levels[file.level].cpuMicroseconds = Self.usage(bytes)
        case .cpuUsage: levels[file.level].cpuMicroseconds = number.map { $0 / 1_000 }
        case .memoryLimit:
            guard let number, number < ScopeScan.unlimited else { return }
            levels[file.level].memoryLimit = number
            isContainer = isContainer || file.level == 0
        case .cpuPeriod:
            levels[file.level].period = number
        case .cpuQuota:
            guard let number, let period = levels[file.level].period, period > 0 else { return }
            levels[file.level].cores = Double(number) / Double(period)
            isContainer = isContainer || file.level == 0
        }
    }

    /// What the kernel takes back of a group's memory: pages of files, and caches of its own.
    /// Version 1 has the sums over the groups below under names with `total_`.
    private static func reclaimable(_ bytes: Span<UInt8>) -> UInt64? {
        var own: UInt64?
        var total: UInt64?
        var lines = Lines()
        while var line = lines.next(bytes) {
            let isTotal = line.consume("total_", bytes)
            guard
                line.consume("inactive_file ", bytes) || line.consume("active_file ", bytes)
                    || line.consume("slab_reclaimable ", bytes),
                let number = line.number(bytes)
            else { continue }
            let (sum, overflow) = ((isTotal ? total : own) ?? 0).addingReportingOverflow(number)
            if isTotal { total = overflow ? .max : sum } else { own = overflow ? .max : sum }
        }
        return total ?? own
    }

    private static func usage(_ bytes: Span<UInt8>) -> UInt64? {
        var lines = Lines()
        while var line = lines.next(bytes) {
            if line.consume("usage_usec ", bytes) { return line.number(bytes) }
        }
        return nil
    }

    /// The result of all files.
    package var scope: Scope {
        var limits = ScopeLimits()
        for level in levels {
            if let cores = level.cores, cores < limits.cpuCores ?? .infinity {
                limits.cpuCores = cores
                limits.cpuUsedMicroseconds = level.cpuMicroseconds
            }
            guard let limit = level.memoryLimit, limit < limits.memoryLimitBytes ?? .max else {
                continue
            }
            limits.memoryLimitBytes = limit
            limits.memoryUsedBytes = level.memoryUsed
            limits.memoryReclaimableBytes = level.memoryReclaimable
        }
        if isContainer { return .container(limits) }
        return limits == ScopeLimits() ? .host : .cgroup(limits)
    }
}
