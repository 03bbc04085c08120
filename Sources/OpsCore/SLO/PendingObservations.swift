// Observations since the last second, by objective: the hot path.  Counting one allocates nothing;
// once a second what has gathered becomes changes.  Between two such seconds the service clock
// shows at most two minutes, so there is room for two.

/// One event of a service.
package struct Observation: Hashable, Sendable {
    /// Milliseconds, 0...`LatencyBins.longest`; nil: not measured.
    package var latencyMilliseconds: Double?
    /// Whether the event kept the promise.
    package var isGood: Bool

    package init(latencyMilliseconds: Double?, isGood: Bool) {
        self.latencyMilliseconds = latencyMilliseconds
        self.isGood = isGood
    }
}

/// Several events at once.
package struct ObservationBatch: Hashable, Sendable {
    /// Good events.
    package var good: UInt64
    /// Bad events.
    package var bad: UInt64
    /// Measured latencies; at most one per event.
    package var latencies: [Latency]

    /// A latency and how many events had it.
    package struct Latency: Hashable, Sendable {
        /// Milliseconds, 0...`LatencyBins.longest`.
        package var milliseconds: Double
        /// Events that took this long.
        package var count: UInt64

        package init(milliseconds: Double, count: UInt64 = 1) {
            self.milliseconds = milliseconds
            self.count = count
        }
    }

    package init(good: UInt64, bad: UInt64, latencies: [Latency]) {
        self.good = good
        self.bad = bad
        self.latencies = latencies
    }

    /// The batch of one event.
    package init(_ observation: Observation) {
        self.init(
            good: observation.isGood ? 1 : 0, bad: observation.isGood ? 0 : 1,
            latencies: observation.latencyMilliseconds.map { [Latency(milliseconds: $0)] } ?? [])
    }
}

/// What one objective has gathered of one minute.
struct MinuteGathering: Sendable {
    private(set) var minute: Int64 = 0
    private(set) var counts = Counts()
    private var tally = Tally()

    var isEmpty: Bool { counts.isZero && tally.total == 0 }

    mutating func begin(_ minute: Int64) { self.minute = minute }

    @inline(__always)
    mutating func add(_ observation: Observation, _ objective: Objective) {
        if observation.isGood { counts.good &+= 1 } else { counts.bad &+= 1 }
        guard let latency = observation.latencyMilliseconds else { return }
        if latency > objective.latencyP95Milliseconds { counts.overP95 &+= 1 }
        if latency > objective.latencyP99Milliseconds { counts.overP99 &+= 1 }
        tally.add(1, bin: LatencyBins.bin(latency))
    }

    mutating func add(_ batch: ObservationBatch, _ objective: Objective) {
        counts.good &+= batch.good
        counts.bad &+= batch.bad
        for latency in batch.latencies {
            if latency.milliseconds > objective.latencyP95Milliseconds {
                counts.overP95 &+= latency.count
            }
            if latency.milliseconds > objective.latencyP99Milliseconds {
                counts.overP99 &+= latency.count
            }
            tally.add(latency.count, bin: LatencyBins.bin(latency.milliseconds))
        }
    }

    /// The bins with something in them.
    var bins: [BinCount] {
        if tally.total == 0 { return [] }
        return tally.counts.enumerated().compactMap { bin, count in
            count == 0 ? nil : BinCount(bin: UInt16(truncatingIfNeeded: bin), count: count)
        }
    }

    mutating func clear() {
        counts = Counts()
        if tally.total > 0 { tally.clear() }
    }
}

/// What one objective has gathered.
struct PendingObservations: Sendable {
    let objective: Objective
    private var current = MinuteGathering()
    private var earlier = MinuteGathering()

    init(_ objective: Objective) { self.objective = objective }

    var isEmpty: Bool { current.isEmpty && earlier.isEmpty }

    @inline(__always)
    mutating func add(_ observation: Observation, minute: Int64) {
        if current.minute != minute { turn(to: minute) }
        current.add(observation, objective)
    }

    mutating func add(_ batch: ObservationBatch, minute: Int64) {
        if current.minute != minute { turn(to: minute) }
        current.add(batch, objective)
    }

    private mutating func turn(to minute: Int64) {
        if !current.isEmpty && earlier.isEmpty { swap(&current, &earlier) }
        // With both in use (a second's work that took two minutes) it counts in the current one.
        if current.isEmpty { current.begin(minute) }
    }

    /// Returns what has gathered, oldest first, and empties it.
    mutating func drain() -> [MinuteGathering] {
        let gathered = [earlier, current].filter { !$0.isEmpty }
        earlier.clear()
        current.clear()
        return gathered
    }
}
