// Which disks and interfaces there are, and their counters of the reading before.  The kernel lists
// them in the same order every time, so a name is compared with the one expected there, and text is
// made only for a device that is new.  A device that vanishes is forgotten; when it comes back, its
// first rates are a gap.

import OpsCore

/// The devices of one kind as the last reading had them.
struct DeviceRoll<Counters: DeviceCounters>: Hashable, Sendable {
    /// Devices that are listed; further ones are in `total` if they count, and not in the list.
    static var limit: Int { 256 }

    private(set) var devices: [Device<Counters>] = []
    /// The devices that count, added up.
    private(set) var total = Counters()
    /// Their rates; nil when none has any.
    private(set) var rates: Counters.Rates?

    /// Boot time of the last reading, nanoseconds.
    private var at: Int64?
    private var reading: [Device<Counters>] = []
    private var seconds: Double = 0

    init() {}

    /// Opens a reading made at `boot` nanoseconds.
    mutating func begin(boot: Int64) {
        let (elapsed, overflow) = boot.subtractingReportingOverflow(at ?? boot)
        seconds = overflow ? 0 : Double(elapsed) / 1_000_000_000
        at = boot
        total = Counters()
        rates = nil
        reading = []
        reading.reserveCapacity(devices.count)
    }

    /// Adds a device of this reading; `counts` says whether it is added to the total.
    mutating func add(
        _ name: Range<Int>, _ bytes: Span<UInt8>, _ counters: Counters, counts: Bool
    ) {
        if counts { total = total + counters }
        guard reading.count < Self.limit else { return }
        let known = place(of: name, bytes)
        let before = known.map { devices[$0] }
        let device = Device(
            name: before?.name ?? bytes.text(name), counters: counters,
            rates: before.flatMap { counters.rates(since: $0.counters, seconds: seconds) })
        reading.append(device)
        guard counts, let own = device.rates else { return }
        rates = rates.map { $0 + own } ?? own
    }

    /// Closes the reading: what it did not have is forgotten.
    mutating func end() {
        devices = reading
        reading = []
    }

    /// Where the device was in the reading before.
    private func place(of name: Range<Int>, _ bytes: Span<UInt8>) -> Int? {
        let expected = reading.count
        if expected < devices.count, bytes.matches(name, devices[expected].name) { return expected }
        return devices.firstIndex { bytes.matches(name, $0.name) }
    }
}
