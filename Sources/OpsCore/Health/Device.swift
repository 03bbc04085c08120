// Disks and interfaces: counters that only grow, and the rates between two readings of them.
// A counter that went back (a wrap, a device removed and added again) makes the device's rates a
// gap for one sample.  Rates are never computed over no time.

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
    /// The kernel's name of it: `sda`, `eth0`.
    package var name: String
    /// What it counted since boot, or since the device appeared.
    package var counters: Counters
    /// The rates since the sample before; nil on the first sample and after a counter went back.
    package var rates: Counters.Rates?

    @inlinable
    package init(name: String, counters: Counters, rates: Counters.Rates? = nil) {
        self.name = name
        self.counters = counters
        self.rates = rates
    }
}

/// A whole disk, with what it did.
package typealias DiskDevice = Device<DiskCounters>
/// A network interface, with what it carried.
package typealias NetworkInterface = Device<NetworkCounters>

/// Growth per second from `earlier` to `later`; nil when it went back.
private func rate(_ earlier: UInt64, _ later: UInt64, _ seconds: Double) -> Double? {
    later < earlier ? nil : Double(later - earlier) / seconds
}

/// Source: Documentation/admin-guide/iostats.rst; a sector is 512 bytes on every device.
package struct DiskCounters: DeviceCounters {
    /// Reads completed.
    package var reads: UInt64 = 0
    /// Bytes read.
    package var readBytes: UInt64 = 0
    /// Writes completed.
    package var writes: UInt64 = 0
    /// Bytes written.
    package var writtenBytes: UInt64 = 0
    /// Time with at least one request in flight; the kernel wraps it after 49 days.
    package var busyMilliseconds: UInt64 = 0

    /// All zero.
    package init() {}

    /// Growth per second since `earlier`; nil when a counter went back or no time passed.
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

    /// Both disks' counters together, wrapping.
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
    /// Reads completed per second.
    package var readsPerSecond: Double = 0
    /// Bytes read per second.
    package var readBytesPerSecond: Double = 0
    /// Writes completed per second.
    package var writesPerSecond: Double = 0
    /// Bytes written per second.
    package var writtenBytesPerSecond: Double = 0
    /// 0...100; of several disks, the busiest one's.
    package var busyPercent: Double = 0

    /// Both disks together; of their busy times, the larger.
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
    /// Bytes received.
    package var receivedBytes: UInt64 = 0
    /// Packets received.
    package var receivedPackets: UInt64 = 0
    /// Bad packets received.
    package var receiveErrors: UInt64 = 0
    /// Received packets dropped for want of room.
    package var receiveDrops: UInt64 = 0
    /// Bytes sent.
    package var sentBytes: UInt64 = 0
    /// Packets sent.
    package var sentPackets: UInt64 = 0
    /// Packets that could not be sent.
    package var sendErrors: UInt64 = 0
    /// Packets to be sent, dropped for want of room.
    package var sendDrops: UInt64 = 0

    /// All zero.
    package init() {}

    /// Growth per second since `earlier`; nil when a counter went back or no time passed.
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

    /// Both interfaces' counters together, wrapping.
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
    /// Bytes received per second.
    package var receivedBytesPerSecond: Double = 0
    /// Packets received per second.
    package var receivedPacketsPerSecond: Double = 0
    /// Bytes sent per second.
    package var sentBytesPerSecond: Double = 0
    /// Packets sent per second.
    package var sentPacketsPerSecond: Double = 0

    /// Both interfaces together.
    package static func + (one: NetworkRates, other: NetworkRates) -> NetworkRates {
        NetworkRates(
            receivedBytesPerSecond: one.receivedBytesPerSecond + other.receivedBytesPerSecond,
            receivedPacketsPerSecond: one.receivedPacketsPerSecond + other.receivedPacketsPerSecond,
            sentBytesPerSecond: one.sentBytesPerSecond + other.sentBytesPerSecond,
            sentPacketsPerSecond: one.sentPacketsPerSecond + other.sentPacketsPerSecond)
    }
}
