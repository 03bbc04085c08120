// One reading of the host, whole: what the probe saw between this `Moment` and the one before.
// A plain value: it reads no clock and no file, and nothing in it is ever guessed.  What the kernel
// does not have, or what needs two readings and has had one, is nil: a gap, never a zero and never
// a spike.  Percentages are 0...100 and unrounded; the code that prints them rounds (S1-03, S5-03).

/// Everything one round of the probe measured.
package struct Sample: Hashable, Sendable {
    /// When the counters were read.
    package var at: Moment
    /// All cores together; nil on the first sample and when the counters went back.
    package var cpu: CPUUsage?
    /// The cores that are online, in the kernel's order.
    package var cores: [CoreUsage] = []
    /// nil where /proc/loadavg could not be read.
    package var load: LoadAverage?
    /// nil where /proc/meminfo could not be read.
    package var memory: MemoryUsage?
    /// nil where /proc/meminfo could not be read.
    package var swap: SwapUsage?
    /// Its parts are nil where the kernel has none.
    package var pressure = Pressure()
    /// Whole disks that have done any I/O; a partition counts with its disk.
    package var disks: [DiskDevice] = []
    /// Disks that sit on no other disk, added up; what a mirror or volume does is counted once.
    package var diskTotal = DiskCounters()
    /// The rates of those disks together; nil on the first sample.
    package var diskRates: DiskRates?
    /// All network interfaces.
    package var interfaces: [NetworkInterface] = []
    /// Interfaces that leave the host, added up: no loopback, bridge, bond or virtual pair.
    package var networkTotal = NetworkCounters()
    /// The rates of those interfaces together; nil on the first sample.
    package var networkRates: NetworkRates?
    /// How many processes there are.
    package var processes = ProcessCounts()
    /// Since boot, suspend included.
    package var uptimeSeconds: Double?
    /// When the host booted: seconds since 1970 on the wall clock.
    package var bootTimeSeconds: Int64?
    /// The real mounts, by mount point; as the last round of statvfs(3) left them.
    package var mounts: [Mount] = []
    /// What the processors are.
    package var processor = Processor()
    /// Whether a container or a control group limits the daemon.
    package var scope = Scope.host
    /// The hypervisor has taken more than `HealthRules.stealIssue` for `StealWatch.hold`.
    package var stealLasts = false
    /// What the daemon itself costs.
    package var own = OwnCost()

    package init(at: Moment) {
        self.at = at
    }
}

extension Sample {
    /// The mount at `/`; nil before the first statvfs(3).
    package var root: Mount? { mounts.first { $0.mountpoint == "/" } }

    /// How full `/` is: the `disk` of S1-03, S5-01 and S5-09.
    package var diskPercent: Double? { root?.space?.percent }

    /// How full the fullest mount is, of those that can get fuller.
    package var fullestPercent: Double? {
        mounts.lazy.filter(\.isJudged).compactMap { $0.space?.percent }.max()
    }
}

/// How many processes there are.  Source: proc(5), /proc/[pid] and /proc/stat.
package struct ProcessCounts: Hashable, Sendable {
    /// As the last process scan counted them; nil before the first.
    package var total: Int?
    /// Tasks running or ready to run, of every process.
    package var running: Int?
    /// Tasks waiting for I/O.
    package var blocked: Int?
}

/// What the daemon itself costs.
package struct OwnCost: Hashable, Sendable {
    /// User and system time since the process started.
    package var cpuSeconds: Double?
    /// The resident set.
    package var rssBytes: UInt64?
}
