// /proc/meminfo, the cache of ZFS, /proc/pressure/* and the files of one line: loadavg, uptime,
// statm.

package import OpsCore

/// Memory and swap of one reading.
struct MemoryReading: Hashable, Sendable {
    let memory: MemoryUsage
    let swap: SwapUsage

    /// From /proc/meminfo; nil without a total.  Where the kernel does not say what is available
    /// (before 3.14), it is the sum of what is free, buffered and cached.
    init?(_ bytes: Span<UInt8>) {
        var total: UInt64?
        var available: UInt64?
        var reclaimable: UInt64 = 0
        var swapTotal: UInt64 = 0
        var swapFree: UInt64 = 0
        var lines = Lines()
        while var line = lines.next(bytes) {
            if line.consume("MemTotal:", bytes) {
                total = line.kilobytes(bytes)
            } else if line.consume("MemAvailable:", bytes) {
                available = line.kilobytes(bytes)
            } else if line.consume("MemFree:", bytes) || line.consume("Buffers:", bytes)
                || line.consume("Cached:", bytes)
            {
                let (sum, overflow) = reclaimable.addingReportingOverflow(
                    line.kilobytes(bytes) ?? 0)
                reclaimable = overflow ? .max : sum
            } else if line.consume("SwapTotal:", bytes) {
                swapTotal = line.kilobytes(bytes) ?? 0
            } else if line.consume("SwapFree:", bytes) {
                swapFree = line.kilobytes(bytes) ?? 0
                break  // The rest, three quarters of the file, is not needed.
            }
        }
        guard let total, total > 0 else { return nil }
        memory = MemoryUsage(totalBytes: total, availableBytes: available ?? reclaimable)
        swap = SwapUsage(totalBytes: swapTotal, freeBytes: swapFree)
    }
}

extension Fields {
    /// A number of kB as bytes; nil if it does not fit.
    fileprivate mutating func kilobytes(_ bytes: Span<UInt8>) -> UInt64? {
        guard let value = number(bytes) else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: 1_024)
        return overflow ? nil : product
    }
}

extension LoadAverage {
    /// From /proc/loadavg: `0.04 0.03 0.00 1/87 4120`.  nil without the three averages.
    package init?(loadavg bytes: Span<UInt8>) {
        var lines = Lines()
        guard var line = lines.next(bytes), let one = line.decimal(bytes),
            let five = line.decimal(bytes), let fifteen = line.decimal(bytes)
        else { return nil }
        let runnable = line.count(bytes)
        let threads = line.consume("/", bytes) ? line.count(bytes) : nil
        self.init(
            one: one, five: five, fifteen: fifteen, runnable: runnable ?? 0, threads: threads ?? 0)
    }
}

extension PressureStall {
    /// From a file of /proc/pressure; nil without its `some` line.
    package init?(pressure bytes: Span<UInt8>) {
        var some: PressureLine?
        var full: PressureLine?
        var lines = Lines()
        while var line = lines.next(bytes) {
            if line.consume("some ", bytes) {
                some = PressureLine(&line, bytes)
            } else if line.consume("full ", bytes) {
                full = PressureLine(&line, bytes)
            }
        }
        guard let some else { return nil }
        self.init(some: some, full: full)
    }
}

extension PressureLine {
    /// `avg10=0.04 avg60=0.37 avg300=0.24 total=2822488`.
    fileprivate init?(_ line: inout Fields, _ bytes: Span<UInt8>) {
        guard line.consume("avg10=", bytes), let avg10 = line.decimal(bytes),
            line.consume(" avg60=", bytes), let avg60 = line.decimal(bytes),
            line.consume(" avg300=", bytes), let avg300 = line.decimal(bytes),
            line.consume(" total=", bytes), let total = line.number(bytes)
        else { return nil }
        self.init(avg10: avg10, avg60: avg60, avg300: avg300, totalMicroseconds: total)
    }
}

/// What the cache of ZFS gives back when memory is short: all above its least size.  MemAvailable
/// does not count it.  Source: OpenZFS, module/zfs/arc.c, /proc/spl/kstat/zfs/arcstats.
func spareBytes(arcstats bytes: Span<UInt8>) -> UInt64? {
    var size: UInt64?
    var least: UInt64?
    var lines = Lines()
    while var line = lines.next(bytes), size == nil || least == nil {
        // `name type data`.
        if line.consume("size ", bytes) {
            size = line.skip(1, bytes) ? line.number(bytes) : nil
        } else if line.consume("c_min ", bytes) {
            least = line.skip(1, bytes) ? line.number(bytes) : nil
        }
    }
    guard let size, let least else { return nil }
    return size > least ? size - least : 0
}

/// Seconds since boot by /proc/uptime; nil when it does not begin with a number.
func uptimeSeconds(_ bytes: Span<UInt8>) -> Double? {
    var lines = Lines()
    guard var line = lines.next(bytes) else { return nil }
    return line.decimal(bytes)
}

/// The resident pages by /proc/[pid]/statm: its second figure.
func residentPages(statm bytes: Span<UInt8>) -> UInt64? {
    var lines = Lines()
    guard var line = lines.next(bytes), line.skip(1, bytes) else { return nil }
    return line.number(bytes)
}
