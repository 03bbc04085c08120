// All that fills up, as a durable table: a record an hour for each.  What is between two hours is
// in memory, and so are the slopes, which follow from the table.

/// The fixed bounds of forecasts.
package enum TrendBounds {
    /// File systems that are followed.
    package static let disks = 32
    /// One that was not there for this many hours is forgotten.
    static let forgottenHours: Int64 = 168
    /// A look that is older than this says nothing about now, milliseconds.
    static let freshMilliseconds: Int64 = 300_000
    /// A forecast reaches this far, hours.
    static let horizonHours = 8_760.0
    /// Within this many hours by both slopes it is an incident.
    static let soonHours = 24.0
    /// How long neither says so before the incident ends, milliseconds.
    static let calmMilliseconds: Int64 = 3_600_000
}

/// What fills up.
package struct Trends: Sendable {
    private(set) var table = EntityTable<Trend>()
    /// The hour under way; not durable.
    private var watches: [TrendID: TrendWatch] = [:]
    /// Slopes at the newest hours; derived.  Missing: not worked out yet.
    private var growths: [TrendID: Growth?] = [:]
    /// Hours that are over and not logged yet.
    private var finished: [Trend] = []
    /// The minute of the last look.
    private var minute = Int64.min
    /// The hour in which it was last seen that nothing is to be forgotten.
    private var swept = Int64.min

    /// Nothing is followed.
    package init() {}

    /// One of them as it was logged.
    package subscript(id: TrendID) -> Trend? { table[id] }

    /// How one stands now; nil: it is not there.
    func watch(of id: TrendID) -> TrendWatch? { watches[id] }

    /// All that is known, by name.
    var ids: [TrendID] { Set(table.sorted.map(\.id)).union(watches.keys).sorted() }

    /// The slopes of one in an hour; nil: they are not known, or of earlier hours.
    func growth(of id: TrendID, in hour: Int64) -> Growth? {
        guard let trend = table[id], hour - trend.used.end <= 2 else { return nil }
        return growths[id] ?? trend.growth
    }

    /// Whether a look is due: once a minute.
    mutating func isTimeToLook(in minute: Int64) -> Bool {
        defer { self.minute = minute }
        return self.minute != minute
    }

    /// Takes what a look has shown.  Hours that are over wait to be logged, one at a time.
    mutating func take(_ readings: [TrendReading], hour: Int64, at now: Int64) {
        for reading in readings {
            guard var watch = watches[reading.id] else {
                if hasRoom(for: reading.id) {
                    var watch = TrendWatch(reading, hour: hour, at: now)
                    _ = watch.take(reading, hour: hour, at: now)
                    watches[reading.id] = watch
                }
                continue
            }
            let over = watch.hour
            let usual = watch.take(reading, hour: hour, at: now)
            watches[reading.id] = watch
            guard let usual else { continue }
            var trend = table[reading.id] ?? Trend(id: reading.id, size: reading.size)
            trend.add(usual, size: reading.size, at: over)
            finished.append(trend)
        }
        // Whatever is not there any more has no hour under way.
        let there = Set(readings.map(\.id))
        watches = watches.filter {
            there.contains($0.key) || now - $0.value.seen < TrendBounds.freshMilliseconds
        }
        keepCalm(at: now)
    }

    private func hasRoom(for id: TrendID) -> Bool {
        !id.isDisk || table[id] != nil || ids.count(where: \.isDisk) < TrendBounds.disks
    }

    /// The next change that is due; nil: none.  Called once a second.
    mutating func next(hour: Int64) -> Change? {
        if !finished.isEmpty { return .domain(.trend(.put(finished.removeFirst(), event: nil))) }
        if growths.count < table.count,
            let id = table.sorted.first(where: { growths[$0.id] == nil })?.id
        {
            growths[id] = .some(table[id]?.growth)
        }
        if hour == swept { return nil }
        let gone = table.sorted.first {
            watches[$0.id] == nil && hour - $0.used.end >= TrendBounds.forgottenHours
        }
        if gone == nil { swept = hour }
        return gone.map { .domain(.trend(.drop($0.id, event: nil))) }
    }

    /// When something is full by a slope, in hours from now; nil: not within a year.
    static func hoursLeft(_ reading: TrendReading, _ slope: Double) -> Double? {
        let room = Double(max(0, reading.size - reading.used))
        guard slope > 0, room < slope * TrendBounds.horizonHours else { return nil }
        return room / slope
    }

    /// By how many of its slopes it is full soon; nil: that is not known.
    func urgency(of id: TrendID, at now: Int64) -> Int? {
        guard let watch = watches[id], now - watch.seen < TrendBounds.freshMilliseconds,
            let growth = growth(of: id, in: watch.hour)
        else { return nil }
        return [growth.day, growth.week].count {
            Self.hoursLeft(watch.newest, $0).map { $0 <= TrendBounds.soonHours } ?? false
        }
    }

    /// The disks that some slope says to be full within a day, or did an hour ago, and those of
    /// which that is not known; by name.
    func uneasy(at now: Int64) -> [TrendID] {
        watches.compactMap { id, watch in
            guard id.isDisk else { return nil }
            let isCalm = watch.calmSince.map { now - $0 >= TrendBounds.calmMilliseconds } ?? false
            return isCalm ? nil : id
        }.sorted()
    }

    private mutating func keepCalm(at now: Int64) {
        for id in watches.keys {
            let isCalm = urgency(of: id, at: now) == 0
            let since = isCalm ? watches[id]?.calmSince ?? now : nil
            watches[id]?.calmSince = since
        }
    }
}

extension Trends: Domain {
    /// Applies a record.
    package mutating func apply(_ record: TrendRecord, at instant: Instant) -> EventDraft? {
        switch record {
        case .put(let trend, let event):
            growths[trend.id] = nil
            return table.apply(.put(trend, event: event))
        case .drop(let id, let event):
            growths[id] = nil
            return table.apply(.drop(id, event: event))
        }
    }

    /// Takes all of it at the beginning, by reference.
    package func image(_ portion: SnapshotPortion, at now: Moment) -> TrendImage? {
        portion != .beginning || table.isEmpty ? nil : TrendImage(trends: table.image)
    }

    /// An older opsd carries the lines along; when they come back, hours that are too old count for
    /// nothing.
    package var minReader: Int { 1 }

    /// Nothing: hours are the service clock's.
    package mutating func rebase(_ rebase: Rebase, at instant: Instant) {}

    /// Nothing is under way.
    package mutating func recoveryEnded() {}

    /// Nothing ends by itself.
    package var nextDeadline: Int64 { .max }

    /// Nothing.
    package func due(
        at now: Moment, in state: borrowing State, atMost limit: Int
    ) -> [Change] { [] }

    /// Restores one of a snapshot.
    package mutating func restore(_ trend: Trend) { table.insert(trend) }
}

/// What may happen to a trend.
package indirect enum TrendRecord: Hashable, Sendable {
    /// It is this from now on.
    case put(Trend, event: EventDraft?)
    /// It is gone.
    case drop(TrendID, event: EventDraft?)
}

/// The trends of a snapshot, by reference.
package struct TrendImage: DomainImage {
    fileprivate let trends: EntityImage<Trend>

    /// By their names.
    package func forEachEntry<Failure: Error>(
        _ body: (DomainEntry) throws(Failure) -> Void
    ) throws(Failure) {
        for trend in trends.sorted { try body(.trend(trend)) }
    }
}
