// How much of the machine is the daemon's.  /proc shows the host even to a process that may only
// have a part of it; so a sample names the limits of the daemon, and leaves the figures alone.

/// How much of the machine the daemon can see and have.
package enum Scope: Hashable, Sendable {
    /// No limit but the machine's own.
    case host
    /// In a container: the daemon's control group is the root of what it sees.
    case container(ScopeLimits)
    /// On the host, in a control group with limits (a service unit, a slice).
    case cgroup(ScopeLimits)

    /// `host`, `container` or `cgroup`.
    package var name: String {
        switch self {
        case .host: "host"
        case .container: "container"
        case .cgroup: "cgroup"
        }
    }

    /// The limits of the daemon; nil: only the machine's own.
    package var limits: ScopeLimits? {
        switch self {
        case .host: nil
        case .container(let limits), .cgroup(let limits): limits
        }
    }
}

/// The tightest limits of a control group and its ancestors.
/// Source: Documentation/admin-guide/cgroup-v2.rst.
package struct ScopeLimits: Hashable, Sendable {
    /// Processors' worth of time; nil without a limit.
    package var cpuCores: Double?
    /// The limit of memory, bytes; nil: no limit.
    package var memoryLimitBytes: UInt64?
    /// What the group uses of its memory limit.
    package var memoryUsedBytes: UInt64?
    /// What of that the kernel takes back when it needs it: files that no one has changed.
    package var memoryReclaimableBytes: UInt64?
    /// CPU time that the group with the limit has used since it began; nil: not known.
    package var cpuUsedMicroseconds: UInt64?
    /// What the group used of `cpuCores` from one reading to the next; nil on the first.
    package var cpuPercent: Double?

    package init(
        cpuCores: Double? = nil, memoryLimitBytes: UInt64? = nil, memoryUsedBytes: UInt64? = nil,
        memoryReclaimableBytes: UInt64? = nil, cpuUsedMicroseconds: UInt64? = nil
    ) {
        self.cpuCores = cpuCores
        self.memoryLimitBytes = memoryLimitBytes
        self.memoryUsedBytes = memoryUsedBytes
        self.memoryReclaimableBytes = memoryReclaimableBytes
        self.cpuUsedMicroseconds = cpuUsedMicroseconds
    }

    /// What is used of the memory limit and cannot be taken back, 0...100; nil without a limit.
    package var memoryPercent: Double? {
        guard let limit = memoryLimitBytes, limit > 0, let used = memoryUsedBytes else {
            return nil
        }
        return share(used - min(memoryReclaimableBytes ?? 0, used), of: limit)
    }
}

extension Scope {
    /// The scope with the share of its CPU limit that was used since `earlier`.
    package func measured(since earlier: Scope, seconds: Double) -> Scope {
        guard var limits, let cores = limits.cpuCores, cores > 0, seconds > 0,
            let used = limits.cpuUsedMicroseconds,
            let before = earlier.limits?.cpuUsedMicroseconds, used >= before
        else { return self }
        limits.cpuPercent = min(Double(used - before) / 1_000_000 / seconds / cores * 100, 100)
        switch self {
        case .host: return self
        case .container: return .container(limits)
        case .cgroup: return .cgroup(limits)
        }
    }
}
