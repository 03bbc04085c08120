// From bytes to samples: the only place that keeps the previous reading.
//
//     for file in open { builder.read(file, bytes, at: now) }  // bytes may be one reused buffer
//     let sample = builder.sample(at: now, ownCPUSeconds: spent)
//
// A file that was not read since the last sample is missing in this one.  Values that need two
// readings are nil after the first one, and after a counter decreased.  Mounts, processors, scope
// and the number of processes change rarely: they are set when they change, and are in every sample
// until then.

package import OpsCore

/// Builds the samples of one run.
package struct SampleBuilder: Sendable {
    /// As of the last round of statvfs(3).
    package var mounts: [Mount] = []
    /// As of the last `ProcessorScan`.
    package var processor = Processor()
    /// As of the last `ScopeScan`.
    package var scope = Scope.host
    /// As of the last process scan.
    package var processCount: Int?

    private let pageBytes: UInt64
    private var sample = Sample(at: Moment(boot: 0, wall: 0))
    private var arcSpare: UInt64?
    private var stat = StatReading()
    private var statBefore = StatReading()
    private var disks = DeviceTable.disks()
    private var interfaces = DeviceTable.interfaces()

    /// `pageBytes` is sysconf(3)'s _SC_PAGESIZE.
    package init(pageBytes: UInt64 = 4_096) {
        self.pageBytes = max(pageBytes, 1)
    }

    /// Grows whenever an interface comes or goes: then it is time to `adopt` what they are.
    package var interfaceChanges: UInt64 { interfaces.changes }

    /// Takes what the kernel says of the interfaces, `LinkTable.counted`.
    package mutating func adopt(links counted: [String: Bool]) { interfaces.count(by: counted) }

    /// Reads the content of `file` at `now`.  False when it is malformed; then only its values are
    /// missing in the sample.
    @discardableResult
    package mutating func read(_ file: ProbeFile, _ bytes: Span<UInt8>, at now: Moment) -> Bool {
        switch file {
        case .stat: return readStat(bytes)
        case .memory:
            let reading = MemoryReading(bytes)
            (sample.memory, sample.swap) = (reading?.memory, reading?.swap)
            return reading != nil
        case .load:
            sample.load = LoadAverage(loadavg: bytes)
            return sample.load != nil
        case .uptime:
            sample.uptimeSeconds = OpsProbe.uptimeSeconds(bytes)
            return sample.uptimeSeconds != nil
        case .network:
            interfaces.read(network: bytes, boot: now.boot)
            sample.interfaces = interfaces.devices
            (sample.networkTotal, sample.networkRates) = (interfaces.total, interfaces.rates)
            return !interfaces.devices.isEmpty
        case .disks:
            disks.read(disks: bytes, boot: now.boot)
            sample.disks = disks.devices
            (sample.diskTotal, sample.diskRates) = (disks.total, disks.rates)
            return true
        case .cpuPressure:
            sample.pressure.cpu = PressureStall(pressure: bytes)
            return sample.pressure.cpu != nil
        case .memoryPressure:
            sample.pressure.memory = PressureStall(pressure: bytes)
            return sample.pressure.memory != nil
        case .ioPressure:
            sample.pressure.io = PressureStall(pressure: bytes)
            return sample.pressure.io != nil
        case .arc:
            arcSpare = spareBytes(arcstats: bytes)
            return arcSpare != nil
        case .ownMemory:
            let pages = residentPages(statm: bytes)
            sample.own.rssBytes = pages.map { $0.multipliedReportingOverflow(by: pageBytes) }
                .flatMap { $0.overflow ? nil : $0.partialValue }
            return sample.own.rssBytes != nil
        }
    }

    /// The sample of everything read since the last one.  `ownCPUSeconds` is from getrusage(2).
    package mutating func sample(at now: Moment, ownCPUSeconds: Double? = nil) -> Sample {
        var done = Sample(at: now)
        swap(&done, &sample)
        done.at = now
        done.uptimeSeconds = done.uptimeSeconds ?? Double(now.boot) / 1_000_000_000
        done.own.cpuSeconds = ownCPUSeconds
        done.mounts = mounts
        done.scope = scope
        done.processor = processor
        if let memory = done.memory, let spare = arcSpare {
            let (available, overflow) = memory.availableBytes.addingReportingOverflow(spare)
            done.memory = MemoryUsage(
                totalBytes: memory.totalBytes, availableBytes: overflow ? .max : available)
        }
        arcSpare = nil
        if !done.cores.isEmpty { done.processor.count = done.cores.count }
        done.processes.total = processCount
        return done
    }

    private mutating func readStat(_ bytes: Span<UInt8>) -> Bool {
        swap(&stat, &statBefore)
        stat.read(bytes)
        sample.cpu = stat.total.flatMap { now in
            statBefore.total.flatMap { now.usage(since: $0) }
        }
        sample.cores = []
        sample.cores.reserveCapacity(stat.cores.count)
        for (place, core) in stat.cores.enumerated() {
            let usage = ticksBefore(core.index, at: place).flatMap { core.ticks.usage(since: $0) }
            sample.cores.append(CoreUsage(index: core.index, usage: usage))
        }
        sample.bootTimeSeconds = stat.bootTimeSeconds
        sample.processes.running = stat.running
        sample.processes.blocked = stat.blocked
        return stat.total != nil
    }

    /// The core's ticks of the previous reading; when a core came or went, the cores after it have
    /// another index.
    private func ticksBefore(_ index: Int, at place: Int) -> CPUTicks? {
        let before = statBefore.cores
        if place < before.count, before[place].index == index { return before[place].ticks }
        return before.first { $0.index == index }?.ticks
    }
}
