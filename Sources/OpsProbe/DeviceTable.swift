// Which disks and interfaces there are, and their counters of the previous reading.  The kernel
// lists them in the same order every time, so a name is compared with the one expected at its
// place, and a string is made only for a new device.  A device that vanishes is forgotten; when it
// comes back, its first reading has no rates.

import OpsCore

/// The devices of one kind as the last reading found them.
struct DeviceTable<Counters: DeviceCounters>: Sendable {
    /// The most devices that are listed; further ones are only in `total`, if they count.
    static var limit: Int { 256 }
    /// Whether a device of this name is in the total, where these devices are listed.
    typealias Counting = @Sendable (_ name: String, _ listed: [Device<Counters>]) -> Bool

    private(set) var devices: [Device<Counters>] = []
    /// The devices that count, added up.
    private(set) var total = Counters()
    /// The rates of those devices, added up; nil when none has rates.
    private(set) var rates: Counters.Rates?
    /// Grows whenever a device comes or goes.
    private(set) var changes: UInt64 = 0

    /// Called for all devices when one comes or goes.
    private var counts: Counting
    /// The results of `counts`, one for each device.
    private var counted: [Bool] = []
    /// Boot time of the last reading, nanoseconds.
    private var at: Int64?
    private var reading: [Device<Counters>] = []
    /// A device of this reading was not in the last one.
    private var hasNew = false
    private var seconds: Double = 0

    init(counts: @escaping Counting) {
        self.counts = counts
    }

    /// Other devices count from the next reading on.
    mutating func count(by counts: @escaping Counting) {
        self.counts = counts
        counted = []
    }

    /// Begins a reading made at `boot` nanoseconds.
    mutating func begin(boot: Int64) {
        let (elapsed, overflow) = boot.subtractingReportingOverflow(at ?? boot)
        seconds = overflow ? 0 : Double(elapsed) / 1_000_000_000
        at = boot
        total = Counters()
        rates = nil
        reading = []
        reading.reserveCapacity(devices.count)
        hasNew = false
    }

    /// Adds a device of this reading.
    mutating func add(_ name: Range<Int>, _ bytes: Span<UInt8>, _ counters: Counters) {
        guard reading.count < Self.limit else {
            if counts(bytes.text(name), devices) { total = total + counters }
            return
        }
        let before = place(of: name, bytes).map { devices[$0] }
        if before == nil { hasNew = true }
        reading.append(
            Device(
                name: before?.name ?? bytes.text(name), counters: counters,
                rates: before.flatMap { counters.rates(since: $0.counters, seconds: seconds) }))
    }

    /// Ends the reading: devices that were not in it are forgotten.
    mutating func end() {
        let isSame = !hasNew && reading.count == devices.count
        if !isSame { changes &+= 1 }
        let isInOrder = isSame && isSameOrder
        devices = reading
        reading = []
        if !isInOrder || counted.count != devices.count {
            counted = devices.map { counts($0.name, devices) }
        }
        for (place, device) in devices.enumerated() where counted[place] {
            total = total + device.counters
            guard let own = device.rates else { continue }
            rates = rates.map { $0 + own } ?? own
        }
    }

    private var isSameOrder: Bool {
        for place in reading.indices where reading[place].name != devices[place].name {
            return false
        }
        return true
    }

    /// The place of the device in the previous reading.
    private func place(of name: Range<Int>, _ bytes: Span<UInt8>) -> Int? {
        let expected = reading.count
        if expected < devices.count, bytes.matches(name, devices[expected].name) { return expected }
        return devices.firstIndex { bytes.matches(name, $0.name) }
    }
}
