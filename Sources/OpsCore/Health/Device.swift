// Disks and interfaces: counters that only grow, and the rates between two readings of them.
// A counter that went back (a wrap, a device taken away and put back) makes the device's rates a gap
// for one sample.  Rates are never computed over no time.

/// What devices of one kind do per second.
package protocol DeviceRates: Hashable, Sendable {
    /// Both devices' rates together.
    static func + (one: Self, other: Self) -> Self
}

/// Counters of one kind of device, and what two readings of them say.
package protocol DeviceCounters: Hashable, Sendable {
    associatedtype Rates: DeviceRates
    init()
    /// The rates since `earlier`, `seconds` ago; nil when a counter went back or no time passed.
    func rates(since earlier: Self, seconds: Double) -> Rates?
    /// Both devices' counters together; sums wrap as the kernel's counters do.
    static func + (one: Self, other: Self) -> Self
}

/// One disk or interface.
package struct Device<Counters: DeviceCounters>: Hashable, Sendable {
    package var name: String
    /// Since boot, or since the device appeared.
    package var counters: Counters
    /// Since the sample before; nil on the device's first one and after a counter went back.
    package var rates: Counters.Rates?

    package init(name: String, counters: Counters, rates: Counters.Rates? = nil) {
        self.name = name
        self.counters = counters
        self.rates = rates
    }
}

package typealias DiskDevice = Device<DiskCounters>
package typealias NetworkInterface = Device<NetworkCounters>

/// Growth per second from `earlier` to `later`; nil when it went back.
private func rate(_ earlier: UInt64, _ later: UInt64, _ seconds: Double) -> Double? {
    later < earlier ? nil : Double(later - earlier) / seconds
}

/// Source: Documentation/admin-guide/iostats.rst; a sector is 512 bytes on every device.
package struct DiskCounters: DeviceCounters {
    package var reads: UInt64 = 0
    package var readBytes: UInt64 = 0
    package var writes: UInt64 = 0
    package var writtenBytes: UInt64 = 0
    /// Time with at least one request in flight; the kernel wraps it after 49 days.
    package var busyMilliseconds: UInt64 = 0

    package init() {}

    package func rates(since earlier: DiskCounters, seconds: Double) -> DiskRates? {
        guard seconds > 0,
            let reads = rate(earlier.reads, reads, seconds),
            let readBytes = rate(earlier.readBytes, readBytes, seconds),
            let writes = rate(earlier.writes, writes, seconds),
            let writtenBytes = rate(earlier.writtenBytes, writtenBytes, seconds),
            let busy = rate(earlier.busyMilliseconds, busyMilliseconds, seconds)
        else { return nil }
        return DiskRates(
            readsPerSecond: reads, readBytesPerSecond: readBytes, writesPerSecond: writes,
            writtenBytesPerSecond: writtenBytes, busyPercent: min(busy / 10, 100))
    }

    package static func + (one: DiskCounters, other: DiskCounters) -> DiskCounters {
        var sum = one
        sum.reads &+= other.reads
        sum.readBytes &+= other.readBytes
        sum.writes &+= other.writes
        sum.writtenBytes &+= other.writtenBytes
        sum.busyMilliseconds &+= other.busyMilliseconds
        return sum
    }
}

/// What a disk did per second.
package struct DiskRates: DeviceRates {
    package var readsPerSecond: Double = 0
    package var readBytesPerSecond: Double = 0
    package var writesPerSecond: Double = 0
    package var writtenBytesPerSecond: Double = 0
    /// 0...100; of several disks, the busiest one's.
    package var busyPercent: Double = 0

    package static func + (one: DiskRates, other: DiskRates) -> DiskRates {
        DiskRates(
            readsPerSecond: one.readsPerSecond + other.readsPerSecond,
            readBytesPerSecond: one.readBytesPerSecond + other.readBytesPerSecond,
            writesPerSecond: one.writesPerSecond + other.writesPerSecond,
            writtenBytesPerSecond: one.writtenBytesPerSecond + other.writtenBytesPerSecond,
            busyPercent: max(one.busyPercent, other.busyPercent))
    }
}

/// Source: proc(5), /proc/net/dev.
package struct NetworkCounters: DeviceCounters {
    package var receivedBytes: UInt64 = 0
    package var receivedPackets: UInt64 = 0
    package var receiveErrors: UInt64 = 0
    package var receiveDrops: UInt64 = 0
    package var sentBytes: UInt64 = 0
    package var sentPackets: UInt64 = 0
    package var sendErrors: UInt64 = 0
    package var sendDrops: UInt64 = 0

    package init() {}

    package func rates(since earlier: NetworkCounters, seconds: Double) -> NetworkRates? {
        guard seconds > 0,
            let receivedBytes = rate(earlier.receivedBytes, receivedBytes, seconds),
            let receivedPackets = rate(earlier.receivedPackets, receivedPackets, seconds),
            let sentBytes = rate(earlier.sentBytes, sentBytes, seconds),
            let sentPackets = rate(earlier.sentPackets, sentPackets, seconds)
        else { return nil }
        return NetworkRates(
            receivedBytesPerSecond: receivedBytes, receivedPacketsPerSecond: receivedPackets,
            sentBytesPerSecond: sentBytes, sentPacketsPerSecond: sentPackets)
    }

    package static func + (one: NetworkCounters, other: NetworkCounters) -> NetworkCounters {
        var sum = one
        sum.receivedBytes &+= other.receivedBytes
        sum.receivedPackets &+= other.receivedPackets
        sum.receiveErrors &+= other.receiveErrors
        sum.receiveDrops &+= other.receiveDrops
        sum.sentBytes &+= other.sentBytes
        sum.sentPackets &+= other.sentPackets
        sum.sendErrors &+= other.sendErrors
        sum.sendDrops &+= other.sendDrops
        return sum
    }
}

/// What an interface carried per second.
package struct NetworkRates: DeviceRates {
    package var receivedBytesPerSecond: Double = 0
    package var receivedPacketsPerSecond: Double = 0
    package var sentBytesPerSecond: Double = 0
    package var sentPacketsPerSecond: Double = 0

    package static func + (one: NetworkRates, other: NetworkRates) -> NetworkRates {
        NetworkRates(
            receivedBytesPerSecond: one.receivedBytesPerSecond + other.receivedBytesPerSecond,
            receivedPacketsPerSecond: one.receivedPacketsPerSecond + other.receivedPacketsPerSecond,
            sentBytesPerSecond: one.sentBytesPerSecond + other.sentBytesPerSecond,
            sentPacketsPerSecond: one.sentPacketsPerSecond + other.sentPacketsPerSecond)
    }
}
