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

    package init(
        cpuCores: Double? = nil, memoryLimitBytes: UInt64? = nil, memoryUsedBytes: UInt64? = nil
    ) {
        self.cpuCores = cpuCores
        self.memoryLimitBytes = memoryLimitBytes
        self.memoryUsedBytes = memoryUsedBytes
    }
}
