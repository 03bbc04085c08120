// What is kept of an endpoint: how it stands, since when, and how many checks went well in each of
// the last hours and days.

/// How an endpoint stands.
package enum EndpointState: String, Hashable, Sendable, CaseIterable {
    case up
    /// It answers as it should, and takes longer than it should.
    case slow
    case down
    /// Nobody can tell: opscheck says so, or says nothing.
    case unknown
}

/// Checks of an hour or a day.
package struct CheckCounts: Hashable, Sendable {
    /// All that could tell.
    package var all: UInt16 = 0
    /// Those that found it down; at most `all`.
    package var down: UInt16 = 0

    /// Not more that are down than there are.
    package init(all: UInt16 = 0, down: UInt16 = 0) {
        self.all = all
        self.down = min(down, all)
    }

    /// Counts stop where a number of 16 bits ends: that is a check every 1.4 s for a day.
    mutating func add(isDown: Bool) {
        if all == .max { return }
        all += 1
        if isDown { down += 1 }
    }
}

/// The newest periods, hours or days of the service clock.
package struct CheckPeriods: Hashable, Sendable {
    /// Periods that are kept.
    package let length: Int
    /// The newest period with a count; nil: there is none.
    package private(set) var last: Int64?
    /// The periods up to `last`, the newest at the end; at most `length`.
    package private(set) var counts: [CheckCounts] = []

    /// 7 days.
    package static let hours = 168
    /// 90 days.
    package static let days = 90

    /// Nothing was counted.
    package init(length: Int) { self.length = length }

    /// What was kept; nil: it is nothing that can have been.
    package init?(length: Int, last: Int64, counts: [CheckCounts]) {
        guard counts.count <= length, !counts.isEmpty, (0...(1 << 40)).contains(last) else {
            return nil
        }
        self.length = length
        self.last = last
        self.counts = counts
    }

    /// Counts a check.  A period before the newest counts in the newest: the service clock does not
    /// go back.
    mutating func add(isDown: Bool, at period: Int64) {
        let gap = period - (last ?? period)
        if last == nil { counts = [CheckCounts()] }
        if gap > 0 {
            if gap >= Int64(length) {
                counts = [CheckCounts()]
            } else {
                counts += [CheckCounts](repeating: CheckCounts(), count: Int(gap))
            }
            if counts.count > length { counts.removeFirst(counts.count - length) }
        }
        last = max(last ?? period, period)
        counts[counts.count - 1].add(isDown: isDown)
    }

    /// How much of the checks of the `length` periods that end with `period` went well, percent;
    /// nil: there was none.
    func uptime(_ length: Int64, endingWith period: Int64) -> Double? {
        guard let last else { return nil }
        var (all, down) = (0, 0)
        let first = period - length + 1
        for (index, count) in counts.enumerated() {
            let at = last - Int64(counts.count - 1 - index)
            if at < first || at > period { continue }
            all += Int(count.all)
            down += Int(count.down)
        }
        return all == 0 ? nil : Double(all - down) * 100 / Double(all)
    }
}

/// An endpoint as it is kept.
package struct Endpoint: Entity {
    /// Its name.
    package var id: String
    /// What was told last.
    package var state: EndpointState
    /// Since when, wall clock seconds since 1970.
    package var since: Int64
    /// When it was told, wall clock seconds since 1970.
    package var checked: Int64
    /// Why it is not up; at most `EndpointBounds.reasonBytes`.
    package var reason: String?
    /// Days that are left of its certificate; nil: it has none, or nobody saw it.
    package var certificateDays: Int64?
    /// Checks of the last 7 days, by the hour.
    package var hours = CheckPeriods(length: CheckPeriods.hours)
    /// Checks of the last 90 days, by the day.
    package var days = CheckPeriods(length: CheckPeriods.days)
    /// 90 days after it was told of last.
    package var deadline: Int64
    /// Members that a newer version wrote.
    package var unknown: String = ""

    package init(
        id: String, state: EndpointState, since: Int64, checked: Int64, deadline: Int64
    ) {
        self.id = id
        self.state = state
        self.since = since
        self.checked = checked
        self.deadline = deadline
    }
}

/// The fixed bounds of endpoints.
package enum EndpointBounds {
    /// Endpoints that are kept, those among them that the configuration no longer has.
    package static let kept = 4_000
    /// Bytes of a reason.
    package static let reasonBytes = 200
    /// Latencies of each that are kept, in memory.
    package static let recent = 60
    /// Without a report for this long an endpoint is forgotten, milliseconds.
    package static let keptMilliseconds: Int64 = 90 * 86_400_000
    /// What was only counted is logged after this long at the latest, milliseconds.
    package static let gatherMilliseconds: Int64 = 900_000
    /// Records of one second; the rest waits for the next.
    package static let recordsPerSecond = 100
}
