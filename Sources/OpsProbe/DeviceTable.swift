// Which disks and interfaces there are, and their counters of the previous reading.  The kernel
// lists them in the same order every time, so a name is compared with the one expected at its
// place, and a string is made only for a new device.  A device that vanishes is forgotten; when it
// comes back, its first reading has no rates.

import OpsCore

/// The devices of one kind as the last reading found them.
struct DeviceTable<Counters: DeviceCounters>: Sendable {
    /// The most devices that are listed; further ones are only in `total`, if they count.
    static var limit: Int { 256 }

    private(set) var devices: [Device<Counters>] = []
    /// The devices that count, added up.
    private(set) var total = Counters()
    /// The rates of those devices, added up; nil when none has rates.
    private(set) var rates: Counters.Rates?

    /// Whether a device of this name is in the total.  Called once for a listed device, when it
    /// appears.
    private let counts: @Sendable (String) -> Bool
    /// The results of `counts`, one for each device.
    private var counted: [Bool] = []
    /// Boot time of the last reading, nanoseconds.
    private var at: Int64?
    private var reading: [Device<Counters>] = []
    private var readingCounted: [Bool] = []
    private var seconds: Double = 0

    init(counts: @escaping @Sendable (String) -> Bool) {
        self.counts = counts
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
    }

    /// Adds a device of this reading.
    mutating func add(_ name: Range<Int>, _ bytes: Span<UInt8>, _ counters: Counters) {
        let hasRoom = reading.count < Self.limit
        let known = hasRoom ? place(of: name, bytes) : nil
        let before = known.map { devices[$0] }
        let text = before?.name ?? bytes.text(name)
        let isCounted = known.map { counted[$0] } ?? counts(text)
        if isCounted { total = total + counters }
        guard hasRoom else { return }
        let device = Device(
            name: text, counters: counters,
            rates: before.flatMap { counters.rates(since: $0.counters, seconds: seconds) })
        reading.append(device)
        readingCounted.append(isCounted)
        guard isCounted, let own = device.rates else { return }
        rates = rates.map { $0 + own } ?? own
    }

    /// Ends the reading: devices that were not in it are forgotten.
    mutating func end() {
        devices = reading
        reading = []
        swap(&counted, &readingCounted)
        readingCounted.removeAll(keepingCapacity: true)
    }

    /// The place of the device in the previous reading.
    private func place(of name: Range<Int>, _ bytes: Span<UInt8>) -> Int? {
        let expected = reading.count
        if expected < devices.count, bytes.matches(name, devices[expected].name) { return expected }
        return devices.firstIndex { bytes.matches(name, $0.name) }
    }
}
