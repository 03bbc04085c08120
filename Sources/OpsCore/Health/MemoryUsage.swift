// Memory, swap and pressure.  Used memory is what is not available any more: total - available
// caches that the kernel gives back when asked are not used.

/// Main memory.  Source: proc(5), /proc/meminfo.
package struct MemoryUsage: Hashable, Sendable {
    /// Memory that the kernel manages.
    package let totalBytes: UInt64
    /// What new work can have without swapping; never more than the total.
    package let availableBytes: UInt64

    /// Cuts `availableBytes` to the total.
    package init(totalBytes: UInt64, availableBytes: UInt64) {
        self.totalBytes = totalBytes
        self.availableBytes = min(availableBytes, totalBytes)
    }

    /// What is not available any more: total less available.
    package var usedBytes: UInt64 { totalBytes - availableBytes }
    /// (total - available) / total, 0...100.
    package var percent: Double { share(usedBytes, of: totalBytes) }
}

/// Swap space; all zero on a host without any.  Source: proc(5), /proc/meminfo.
package struct SwapUsage: Hashable, Sendable {
    /// Swap space there is; 0: none.
    package let totalBytes: UInt64
    /// Swap space not used.
    package let freeBytes: UInt64

    /// Cuts `freeBytes` to the total.
    package init(totalBytes: UInt64, freeBytes: UInt64) {
        self.totalBytes = totalBytes
        self.freeBytes = min(freeBytes, totalBytes)
    }

    /// Swap space used.
    package var usedBytes: UInt64 { totalBytes - freeBytes }
    /// 0...100; 0 without swap.
    package var percent: Double { share(usedBytes, of: totalBytes) }
}

/// Pressure stall information; each part is nil where the kernel has none.
/// Source: Documentation/accounting/psi.rst.
package struct Pressure: Hashable, Sendable {
    /// Tasks that waited for a processor.
    package var cpu: PressureStall?
    /// Tasks that waited for memory.
    package var memory: PressureStall?
    /// Tasks that waited for a disk.
    package var io: PressureStall?
}

/// How long tasks stood still for want of one resource.
package struct PressureStall: Hashable, Sendable {
    /// At least one task stood still.
    package var some: PressureLine
    /// All tasks did; nil on kernels that do not count it for this resource.
    package var full: PressureLine?

    package init(some: PressureLine, full: PressureLine? = nil) {
        self.some = some
        self.full = full
    }
}

/// Percent of the last 10, 60 and 300 seconds, and the sum since boot.
package struct PressureLine: Hashable, Sendable {
    /// Percent of the last 10 seconds.
    package var avg10: Double
    /// Percent of the last 60 seconds.
    package var avg60: Double
    /// Percent of the last 300 seconds.
    package var avg300: Double
    /// Time stood still since boot.
    package var totalMicroseconds: UInt64

    package init(avg10: Double, avg60: Double, avg300: Double, totalMicroseconds: UInt64) {
        self.avg10 = avg10
        self.avg60 = avg60
        self.avg300 = avg300
        self.totalMicroseconds = totalMicroseconds
    }
}

/// `part` of `whole` in percent, 0...100; 0 of nothing is 0.
func share(_ part: UInt64, of whole: UInt64) -> Double {
    whole == 0 ? 0 : min(Double(part) / Double(whole) * 100, 100)
}
