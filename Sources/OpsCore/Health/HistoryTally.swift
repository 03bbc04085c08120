// Samples being added up until their second, minute or chart step is over.

/// Mean and maximum of one figure over what has been added.
struct TallyMean: Hashable, Sendable {
    private var sum: Double = 0
    private var weight: Double = 0
    private var peak: Double = -.infinity

    /// nil while nothing was added.
    var mean: Double? { weight > 0 ? sum / weight : nil }
    var max: Double? { weight > 0 ? peak : nil }

    /// Adds `value`, a mean of `weight` samples.  A gap adds nothing.
    mutating func add(_ value: Double?, weight: Double) {
        add(value, peak: value, weight: weight)
    }

    /// Adds `value`, a mean of `weight` samples that went up to `peak`.  A gap adds nothing.
    mutating func add(_ value: Double?, peak: Double?, weight: Double) {
        guard let value, value.isFinite else { return }
        sum += value * weight
        self.weight += weight
        self.peak = Swift.max(self.peak, peak ?? value)
    }
}

/// A point of history in the making.
package struct HistoryTally: Hashable, Sendable {
    /// Samples added so far.
    package private(set) var samples = 0
    private(set) var cpu = TallyMean()
    private(set) var memory = TallyMean()
    private(set) var disk = TallyMean()
    private(set) var load = TallyMean()
    private(set) var received = TallyMean()
    private(set) var sent = TallyMean()
    private(set) var read = TallyMean()
    private(set) var written = TallyMean()

    /// Nothing added yet.
    package init() {}

    /// Adds a sample; what it does not have is a gap.
    package mutating func add(_ sample: Sample) {
        samples &+= 1
        cpu.add(sample.cpu?.percent, weight: 1)
        memory.add(sample.memory?.percent, weight: 1)
        disk.add(sample.diskPercent, weight: 1)
        load.add(sample.load?.one, weight: 1)
        received.add(sample.networkRates?.receivedBytesPerSecond, weight: 1)
        sent.add(sample.networkRates?.sentBytesPerSecond, weight: 1)
        read.add(sample.diskRates?.readBytesPerSecond, weight: 1)
        written.add(sample.diskRates?.writtenBytesPerSecond, weight: 1)
    }

    /// Adds a finished point, weighted by its samples.
    package mutating func add(_ point: HistoryFigures) {
        let weight = Double(max(point.samples, 1))
        samples &+= Int(point.samples)
        cpu.add(point.cpuPercent, peak: point.cpuPercentMax, weight: weight)
        memory.add(point.memoryPercent, peak: point.memoryPercentMax, weight: weight)
        disk.add(point.diskPercent, peak: point.diskPercentMax, weight: weight)
        load.add(point.load, weight: weight)
        received.add(point.receivedBytesPerSecond, weight: weight)
        sent.add(point.sentBytesPerSecond, weight: weight)
        read.add(point.readBytesPerSecond, weight: weight)
        written.add(point.writtenBytesPerSecond, weight: weight)
    }
}
