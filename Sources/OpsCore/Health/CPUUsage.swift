// Where the processors' time went between two readings, and what the processors are.
// Usage is user + system: a core that waits for a disk (iowait) or that the hypervisor gave to
// somebody else (steal) is not used, so both stand apart.

/// Shares of the time between two samples, in percent of that time.  Source: proc(5), /proc/stat.
package struct CPUUsage: Hashable, Sendable {
    /// user and nice; guests are in it.
    package var user: Double
    /// system, irq and softirq.
    package var system: Double
    /// Idle while a disk was waited for.
    package var iowait: Double
    /// Taken by the hypervisor for others.
    package var steal: Double

    package init(user: Double, system: Double, iowait: Double, steal: Double) {
        self.user = user
        self.system = system
        self.iowait = iowait
        self.steal = steal
    }

    /// Usage: 0...100.
    package var percent: Double { min(user + system, 100) }
}

/// One core's shares.
package struct CoreUsage: Hashable, Sendable {
    /// The kernel's number of the core; offline cores leave holes.
    package var index: Int
    /// nil when the core is new or its counters went back.
    package var usage: CPUUsage?

    package init(index: Int, usage: CPUUsage?) {
        self.index = index
        self.usage = usage
    }
}

/// Length of the run queue, averaged.  Source: proc(5), /proc/loadavg.
package struct LoadAverage: Hashable, Sendable {
    /// Over 1 minute.
    package var one: Double
    /// Over 5 minutes.
    package var five: Double
    /// Over 15 minutes.
    package var fifteen: Double
    /// Threads that can run now.
    package var runnable: Int
    /// Threads that exist.
    package var threads: Int

    package init(one: Double, five: Double, fifteen: Double, runnable: Int = 0, threads: Int = 0) {
        self.one = one
        self.five = five
        self.fifteen = fifteen
        self.runnable = runnable
        self.threads = threads
    }
}

/// What the processors are (S3-01).
package struct Processor: Hashable, Sendable {
    /// Logical processors online; 0 before the first sample.
    package var count: Int
    /// Cores, hyperthreads counted once; nil where the machine does not say.
    package var physical: Int?
    /// Frequency now, averaged over the cores; nil where the machine does not say.
    package var currentMegahertz: Double?
    /// The highest frequency of any core; nil where the machine does not say.
    package var maxMegahertz: Double?

    package init(
        count: Int = 0, physical: Int? = nil, currentMegahertz: Double? = nil,
        maxMegahertz: Double? = nil
    ) {
        self.count = count
        self.physical = physical
        self.currentMegahertz = currentMegahertz
        self.maxMegahertz = maxMegahertz
    }
}
