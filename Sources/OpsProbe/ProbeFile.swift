// The files that a sample is made of, in one list: the daemon opens them once and reads each from its
// beginning with pread(2), all into one buffer, one after the other.  What is not here costs nothing:
// /proc/vmstat alone would be a third of a sample's time and says nothing that is asked for.

/// A file that is read for every sample.
package enum ProbeFile: UInt8, Hashable, Sendable, CaseIterable {
    case stat, memory, load, uptime, network, disks
    case cpuPressure, memoryPressure, ioPressure
    case ownMemory

    package var path: String {
        switch self {
        case .stat: "/proc/stat"
        case .memory: "/proc/meminfo"
        case .load: "/proc/loadavg"
        case .uptime: "/proc/uptime"
        case .network: "/proc/net/dev"
        case .disks: "/proc/diskstats"
        case .cpuPressure: "/proc/pressure/cpu"
        case .memoryPressure: "/proc/pressure/memory"
        case .ioPressure: "/proc/pressure/io"
        case .ownMemory: "/proc/self/statm"
        }
    }

    /// Without these there is no health; the others may be missing (no PSI, no disks, a sandbox).
    package var isRequired: Bool { self == .stat || self == .memory }

    /// Whether one read gives it whole; the others have a record a device.  Source: which of them the
    /// kernel opens with single_open() (fs/proc, kernel/sched/psi.c).
    package var isOneRecord: Bool { self != .network && self != .disks }

    /// A buffer that holds any of them on a machine of a thousand cores.  Only pages that are read
    /// into are resident.
    package static let bufferBytes = 262_144
}

/// A file that is read at start and then now and then, because what it says seldom changes.
package enum ProbePath {
    /// For `MountTable`.
    package static let mounts = "/proc/self/mountinfo"
    /// For `ProcessorScan`; can take milliseconds, so at most once a minute.
    package static let processors = "/proc/cpuinfo"
    /// For `Processor.maxMegahertz`; absent on most virtual machines.
    package static let maxFrequency = "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"
    /// For `ScopeScan`.
    package static let ownCgroup = "/proc/self/cgroup"
    /// For `RouteTable.gateways(ipv4:)` and `gateways(ipv6:)`.
    package static let routes = "/proc/net/route"
    package static let routesIPv6 = "/proc/net/ipv6_route"
    /// For `LoginTable`.
    package static let logins = "/run/utmp"
    /// Its entries whose names are numbers are for `ProcessTable`.
    package static let processes = "/proc"
}
