// /proc/stat: how each core has spent its time since boot, in ticks.

import OpsCore

/// The time of one core, or of all cores, since boot, in ticks of USER_HZ.  Source: proc(5),
/// /proc/stat.
struct CPUTicks: Hashable, Sendable {
    var user: UInt64 = 0
    var nice: UInt64 = 0
    var system: UInt64 = 0
    var idle: UInt64 = 0
    var iowait: UInt64 = 0
    var irq: UInt64 = 0
    var softirq: UInt64 = 0
    var steal: UInt64 = 0

    /// The numbers of a `cpu` line.  Old kernels have fewer; four are required.  guest and
    /// guest_nice are contained in user and nice, and are not read.
    init?(_ fields: inout Fields, _ bytes: Span<UInt8>) {
        guard let user = fields.number(bytes), let nice = fields.number(bytes),
            let system = fields.number(bytes), let idle = fields.number(bytes)
        else { return nil }
        self.user = user
        self.nice = nice
        self.system = system
        self.idle = idle
        iowait = fields.number(bytes) ?? 0
        irq = fields.number(bytes) ?? 0
        softirq = fields.number(bytes) ?? 0
        steal = fields.number(bytes) ?? 0
    }

    /// How the time since `earlier` was spent; nil when a counter decreased or no tick passed.
    ///
    /// idle and iowait are taken together: the kernel moves time between them (proc(5): iowait "may
    /// decrease"), and only their sum never decreases.  The growth of iowait is limited to the
    /// growth of that sum.
    func usage(since earlier: CPUTicks) -> CPUUsage? {
        guard user >= earlier.user, nice >= earlier.nice, system >= earlier.system,
            irq >= earlier.irq, softirq >= earlier.softirq, steal >= earlier.steal
        else { return nil }
        let waited = Double(idle) + Double(iowait) - Double(earlier.idle) - Double(earlier.iowait)
        guard waited >= 0 else { return nil }
        let busyUser = Double(user - earlier.user) + Double(nice - earlier.nice)
        let busySystem =
            Double(system - earlier.system) + Double(irq - earlier.irq)
            + Double(softirq - earlier.softirq)
        let stolen = Double(steal - earlier.steal)
        let total = busyUser + busySystem + stolen + waited
        guard total > 0 else { return nil }
        let blocked = iowait > earlier.iowait ? min(Double(iowait - earlier.iowait), waited) : 0
        let percent = 100 / total
        return CPUUsage(
            user: busyUser * percent, system: busySystem * percent, iowait: blocked * percent,
            steal: stolen * percent)
    }
}

/// The time of one core.
struct CoreTicks: Hashable, Sendable {
    let index: Int
    let ticks: CPUTicks
}

/// What is used of /proc/stat.  Memory is reused from one reading to the next.
struct StatReading: Hashable, Sendable {
    /// The most cores that are listed; further ones are only in `total`.
    static let coreLimit = 1_024

    /// nil when the first line is not the sum of all cores.
    private(set) var total: CPUTicks?
    private(set) var cores: [CoreTicks] = []
    private(set) var bootTimeSeconds: Int64?
    private(set) var running: Int?
    private(set) var blocked: Int?

    init() {}

    /// Replaces the reading with the content of `bytes`, which may be incomplete or empty.
    mutating func read(_ bytes: Span<UInt8>) {
        total = nil
        cores.removeAll(keepingCapacity: true)
        (bootTimeSeconds, running, blocked) = (nil, nil, nil)
        var lines = Lines()
        while var line = lines.next(bytes) {
            if line.consume("cpu", bytes) {
                readCPU(&line, bytes)
            } else if line.consume("btime ", bytes) {
                bootTimeSeconds = line.number(bytes).flatMap { Int64(exactly: $0) }
            } else if line.consume("procs_running ", bytes) {
                running = line.count(bytes)
            } else if line.consume("procs_blocked ", bytes) {
                blocked = line.count(bytes)
                return
            }
        }
    }

    private mutating func readCPU(_ line: inout Fields, _ bytes: Span<UInt8>) {
        if line.consume(" ", bytes) {
            total = CPUTicks(&line, bytes)
        } else if cores.count < StatReading.coreLimit, let index = line.count(bytes),
            let ticks = CPUTicks(&line, bytes)
        {
            cores.append(CoreTicks(index: index, ticks: ticks))
        }
    }
}
