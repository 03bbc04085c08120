// What every log record carries besides its change: when it was decided on both clocks, and how
// loaded the host was.  `apply` takes its time from here, so replay sees what the live run saw.

/// CPU, memory and disk use at one moment, in tenths of a per cent; absent before the first sample.
package struct Gauges: Hashable, Sendable {
    /// What stands for "not known" in the packed form.
    package static let absent = UInt16.max

    /// Usage of all cores, tenths of a per cent, or `absent`.
    package var cpu: UInt16
    /// Memory in use, tenths of a per cent, or `absent`.
    package var memory: UInt16
    /// How full `/` is, tenths of a per cent, or `absent`.
    package var disk: UInt16

    /// Packed values, tenths of a per cent or `absent`.
    package init(cpu: UInt16 = absent, memory: UInt16 = absent, disk: UInt16 = absent) {
        self.cpu = cpu
        self.memory = memory
        self.disk = disk
    }

    /// Per cents (0...100) rounded to tenths; nil is absent.
    package init(cpuPercent: Double?, memoryPercent: Double?, diskPercent: Double?) {
        func pack(_ percent: Double?) -> UInt16 {
            guard let percent, percent.isFinite, percent >= 0, percent < 6_000 else {
                return Gauges.absent
            }
            return UInt16(percent * 10 + 0.5)
        }
        self.init(cpu: pack(cpuPercent), memory: pack(memoryPercent), disk: pack(diskPercent))
    }
}

/// The moment and the gauges of a decision; one per log record.
package struct Stamp: Hashable, Sendable {
    /// When it was decided; the time of everything that follows from it.
    package var moment: Moment
    /// How loaded the host was then.
    package var gauges: Gauges

    package init(moment: Moment, gauges: Gauges = Gauges()) {
        self.moment = moment
        self.gauges = gauges
    }
}
