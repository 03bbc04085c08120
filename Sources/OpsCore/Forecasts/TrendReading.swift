// From samples to hours: what is gathered in memory until an hour is over.

/// What one look at something that fills up has shown, KiB.
package struct TrendReading: Hashable, Sendable {
    /// Of what.
    package var id: TrendID
    /// What is used.
    package var used: Int64
    /// What there is room for; above 0.
    package var size: Int64

    package init(_ id: TrendID, used: Int64, size: Int64) {
        self.id = id
        self.used = used
        self.size = size
    }

    /// What a sample has: file systems that can be written to and have answered, memory, swap.
    package static func all(of sample: Sample) -> [TrendReading] {
        var readings: [TrendReading] = []
        func add(_ id: TrendID?, _ used: UInt64, _ size: UInt64) {
            guard let id, size >= 1_024 else { return }
            readings.append(
                TrendReading(
                    id, used: Int64(min(used, size) >> 10), size: Int64(size >> 10)))
        }
        if let memory = sample.memory { add(.memory, memory.usedBytes, memory.totalBytes) }
        if let swap = sample.swap { add(.swap, swap.usedBytes, swap.totalBytes) }
        for mount in sample.mounts where mount.isJudged && !mount.stale {
            guard let space = mount.space else { continue }
            // What users can have, as df(1) counts it: full is when they can write no more.
            let (size, overflow) = space.usedBytes.addingReportingOverflow(space.availableBytes)
            if !overflow { add(TrendID(mount: mount.mountpoint), space.usedBytes, size) }
        }
        return readings
    }
}

/// The hour under way of one thing, and how it stands now.
struct TrendWatch: Sendable {
    /// The fewest looks that make an hour.
    static let leastLooks = 10
    /// Which hour.
    var hour: Int64
    /// What was used at each look, once a minute.
    private var looks: [Int64] = []
    /// The newest look.
    var newest: TrendReading
    /// When that was, milliseconds of boot time.
    var seen: Int64
    /// Since when no slope says that it is full within a day, milliseconds of boot time; nil: one
    /// does, or that is not known.
    var calmSince: Int64?

    init(_ reading: TrendReading, hour: Int64, at now: Int64) {
        self.hour = hour
        newest = reading
        seen = now
    }

    /// Takes a look; returns what was usual in the hour that is over, if there were enough looks.
    mutating func take(_ reading: TrendReading, hour: Int64, at now: Int64) -> Int64? {
        var usual: Int64?
        if hour != self.hour {
            if looks.count >= Self.leastLooks {
                looks.sort()
                usual = looks[looks.count / 2]
            }
            looks = []
            self.hour = hour
        }
        // A round that is called too often must not make it grow.
        if looks.count < 120 { looks.append(reading.used) }
        newest = reading
        seen = now
        return usual
    }
}
