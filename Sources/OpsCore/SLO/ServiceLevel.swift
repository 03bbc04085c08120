// All that is kept of one objective: durable, changed by `apply` alone.  A value, so that the
// snapshot thread can have a copy while the loop goes on.
//
// Its clock is the service clock, which runs on boot time: setting the wall clock moves no minute
// and empties no window (State+ServiceClock says more).  Its observations come as deltas, each with
// a number of the objective's own: one that was counted already is skipped, so replaying the log
// onto a snapshot counts nothing twice.

/// Events of one minute that were not counted yet: one log record.
package struct ObservedDelta: Hashable, Sendable {
    /// The objective it counts for.
    package var name: ObjectiveName
    /// Counts up within the objective, from 1.
    package var number: UInt64
    /// Minutes since 1970 on the service clock.
    package var minute: Int64
    /// Events of the minute.
    package var counts: Counts
    /// What to add to each bin, bins ascending.
    package var bins: [BinCount]

    package init(
        name: ObjectiveName, number: UInt64, minute: Int64, counts: Counts, bins: [BinCount]
    ) {
        self.name = name
        self.number = number
        self.minute = minute
        self.counts = counts
        self.bins = bins
    }
}

/// A burn alert, or silence, that is on.
package struct ActiveAlert: Hashable, Sendable {
    /// Milliseconds since 1970 on the service clock.
    package var started: Int64
    /// The highest burn of the long window so far, thousandths.
    package var peak: Int64

    package init(started: Int64, peak: Int64) {
        self.started = started
        self.peak = peak
    }
}

/// An objective's part in the deploy gate.
package struct GateHold: Hashable, Sendable {
    /// Whether this objective closes the gate.
    package var isClosed = false
    /// Since when, milliseconds on the service clock; nil: it never closed.
    package var since: Int64?
    /// Since when the burn has called for the opposite state; nil: it does not.
    package var pendingSince: Int64?

    package init(isClosed: Bool = false, since: Int64? = nil, pendingSince: Int64? = nil) {
        self.isClosed = isClosed
        self.since = since
        self.pendingSince = pendingSince
    }
}

/// What an objective can alert about.
package enum AlertKind: UInt8, Hashable, Sendable, CaseIterable {
    case hour, sixHours, day, threeDays
    /// There were no data for long.
    case silence
    /// A latency target is missed.
    case p95, p99

    /// The alert of a tier.
    package init(_ tier: BurnTier) {
        self =
            switch tier {
            case .hour: .hour
            case .sixHours: .sixHours
            case .day: .day
            case .threeDays: .threeDays
            }
    }

    /// The alert of a latency target.
    package init(_ target: LatencyTarget) { self = target == .p95 ? .p95 : .p99 }

    /// The tier of a burn alert; nil: it is another one.
    package var tier: BurnTier? { BurnTier(rawValue: rawValue) }
    /// The latency target; nil: the alert is about none.
    package var target: LatencyTarget? { self == .p95 ? .p95 : self == .p99 ? .p99 : nil }
    /// As in events and snapshots: `1h`, `6h`, `1d`, `3d`, `no_data`, `p95`, `p99`.
    package var name: String { tier?.name ?? target?.name ?? "no_data" }
}

/// The kept state of one objective.
package struct ServiceLevel: Sendable {
    static let minutesOfSketches: Int64 = 1_440
    /// 30 days, and the hour that a window begins in.
    static let hoursOfSketches: Int64 = 721

    /// The objective's name.
    package let name: ObjectiveName
    /// The number of the last delta or baseline that was applied.
    package internal(set) var number: UInt64 = 0
    /// Events before this do not count: milliseconds on the service clock; 0: there was no
    /// `rebaseline`.
    package internal(set) var baseline: Int64
    /// Alerts that are on.
    package internal(set) var alerts: [AlertKind: ActiveAlert] = [:]
    /// Its part in the deploy gate.
    package internal(set) var gate = GateHold()
    private var ring = MinuteRing()
    private var hours = SketchSeries(length: hoursOfSketches)
    private var minutes = SketchSeries(length: minutesOfSketches)
    /// The sum of `hours`.
    private var hoursTotal = Tally()

    package init(_ name: ObjectiveName, baseline: Int64) {
        self.name = name
        self.baseline = baseline
    }

    /// The newest minute with an event; nil: there was none since the baseline.
    package var lastMinute: Int64? { ring.head }

    /// Counts a delta, unless it was counted already.
    mutating func add(_ delta: ObservedDelta, _ scratch: inout Tally) {
        if delta.number <= number { return }
        number = delta.number
        if delta.minute < max(0, baseline / 60_000) { return }
        add(delta.counts, minute: delta.minute)
        if delta.bins.isEmpty { return }
        add(delta.bins, hour: delta.minute / 60, &scratch)
        add(delta.bins, minute: delta.minute, &scratch)
    }

    mutating func add(_ counts: Counts, minute: Int64) {
        if !counts.isZero { ring.add(counts, minute: minute) }
    }

    mutating func add(_ bins: [BinCount], minute: Int64, _ scratch: inout Tally) {
        _ = minutes.add(bins, period: minute, &scratch)
    }

    mutating func add(_ bins: [BinCount], hour: Int64, _ scratch: inout Tally) {
        let newest = max(hours.slots.last?.period ?? hour, hour)
        if hour <= newest - Self.hoursOfSketches { return }
        for bin in bins { hoursTotal.add(bin.count, bin: Int(bin.bin)) }
        for slot in hours.add(bins, period: hour, &scratch) {
            slot.sketch.remove(from: &hoursTotal)
        }
    }

    /// A new baseline: nothing counted so far counts any more.
    mutating func restart(at baseline: Int64, number: UInt64) {
        alerts = [:]
        gate = GateHold()
        if number <= self.number { return }
        self.number = number
        self.baseline = baseline
        ring = MinuteRing()
        hours = SketchSeries(length: Self.hoursOfSketches)
        minutes = SketchSeries(length: Self.minutesOfSketches)
        hoursTotal = Tally()
    }
}

// MARK: - Windows

extension ServiceLevel {
    /// What was counted in this many minutes that end with `last`.
    package func counts(_ length: Int64, endingWith last: Int64) -> Counts {
        ring.window(length, endingWith: last)
    }

    /// How many latencies were measured in this many minutes, a day at most, that end with `last`.
    package func measured(_ length: Int64, endingWith last: Int64) -> UInt64 {
        minutes.total(last - max(1, length) + 1...last)
    }

    /// The first minute whose latencies count in a window.  A day or less is exact to the minute as
    /// long as the minutes are kept; more counts the hour in which it begins as a whole or, where
    /// the minutes of that hour are not all kept, begins with the next.
    private func firstMinute(_ length: Int64, endingWith last: Int64) -> Int64 {
        let first = last - max(1, length) + 1
        if length <= Self.minutesOfSketches { return first }
        let hour = first / 60
        return (hour * 60 > last - MinuteRing.length ? hour : hour + 1) * 60
    }

    /// Latencies and exact counts of the same events.
    package func figures(
        _ length: Int64, endingWith last: Int64, _ objective: Objective
    ) -> LatencyFigures {
        let minutes = last - firstMinute(length, endingWith: last) + 1
        return LatencyFigures(
            latencies(length, endingWith: last), counts(minutes, endingWith: last), objective)
    }

    /// The latencies of this many minutes that end with `last`; `firstMinute` says which.
    package func latencies(_ length: Int64, endingWith last: Int64) -> Tally {
        var tally = Tally()
        let first = firstMinute(length, endingWith: last)
        if length <= Self.minutesOfSketches {
            minutes.add(first...last, to: &tally)
            return tally
        }
        let hour = first / 60
        let inside = last / 60 - hour + 1
        if inside * 2 < Self.hoursOfSketches {
            hours.add(hour...last / 60, to: &tally)
            return tally
        }
        tally = hoursTotal
        if let oldest = hours.slots.first?.period, oldest < hour {
            hours.remove(oldest...hour - 1, from: &tally)
        }
        return tally
    }
}

// MARK: - Handing out

/// The sketch of one hour or minute.
package struct PeriodSketch: Hashable, Sendable {
    /// Its number since 1970 on the service clock.
    package var period: Int64
    /// The bins that are not empty, ascending.
    package var bins: [BinCount]

    package init(period: Int64, bins: [BinCount]) {
        self.period = period
        self.bins = bins
    }
}

extension ServiceLevel {
    /// The minutes with events, oldest first.
    package var entries: [MinuteEntry] { ring.entries }

    /// The sketches of the hours kept, oldest first.
    package var hourSketches: [PeriodSketch] { Self.sketches(hours) }

    /// The sketches of the minutes kept, oldest first.
    package var minuteSketches: [PeriodSketch] { Self.sketches(minutes) }

    private static func sketches(_ series: SketchSeries) -> [PeriodSketch] {
        series.slots.map { PeriodSketch(period: $0.period, bins: $0.sketch.bins) }
    }

    /// About how many bytes it occupies.  Computed from its contents, not from the allocator, whose
    /// figures differ from run to run; a packed sketch has exactly the memory that it needs.
    package var bytes: Int {
        let sketches = (hours.slots + minutes.slots).reduce(0) {
            $0 + $1.sketch.packed.count + 64
        }
        let ring = ring.head == nil ? 0 : Int(MinuteRing.length + 1) * MemoryLayout<Counts>.size
        return ring + sketches + LatencyBins.count * 8
    }
}
