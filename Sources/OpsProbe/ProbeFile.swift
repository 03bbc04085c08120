// The files that a sample is made of: the daemon opens them once and reads each from its beginning
// with pread(2), one after another into the same buffer.  /proc/vmstat is not here: it would take a
// third of the time of a sample, and none of its numbers are needed.

/// A file that is read for every sample.
package enum ProbeFile: UInt8, Hashable, Sendable, CaseIterable {
    case stat, memory, load, uptime, network, disks
    case cpuPressure, memoryPressure, ioPressure
    case ownMemory
    case arc

    /// Its absolute path.
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
        case .arc: "/proc/spl/kstat/zfs/arcstats"
        }
    }

    /// Whether health needs it; the other files may be missing (no PSI, no disks, a sandbox).
    package var isRequired: Bool { self == .stat || self == .memory }

    /// Whether one read returns the whole file; the others have one record for each device.
    /// Source: the kernel's uses of single_open() (fs/proc, kernel/sched/psi.c).
    package var isOneRecord: Bool { self != .network && self != .disks && self != .arc }

    /// Where less is read, that is the whole file: no record is longer than the rest of a page.  An
    /// interface has 16 numbers and a disk 20, and both have short names.
    package var wholeBelow: Int { self == .network || self == .disks ? 3_584 : 0 }

    /// The size of a buffer that holds any of them on a machine with a thousand cores.  Only pages
    /// that are written become resident.
    package static let bufferBytes = 262_144
}

/// Paths of files that change rarely and are read at start and then at intervals.
package enum ProbePath {
    /// For `MountTable`: the mounts that the thread which reads it sees.
    package static let mounts = "/proc/thread-self/mountinfo"
    /// For `ProcessorScan`; reading it can take milliseconds, so at most once a minute.
    package static let processors = "/proc/cpuinfo"
    /// For `Processor.maxMegahertz`; absent on most virtual machines.
    package static let maxFrequency = "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"
    /// For `ScopeScan`.
    package static let ownCgroup = "/proc/self/cgroup"
    /// For `ResolverFile`: what programs read, and what systemd-resolved asks where the first names
    /// only systemd-resolved itself.
    package static let resolvers = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"]
    /// For `LoginTable`.
    package static let logins = "/run/utmp"
    /// For `ProcessTable`: the entries whose names are numbers.
    package static let processes = "/proc"
}
