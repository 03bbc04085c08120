// History as it is asked for: the last hours, in steps that fit a reply, oldest first, by pages.

/// A part of history.
package struct HistoryPage: Hashable, Sendable {
    /// Seconds from one point to the next; where nothing was measured, points are missing.
    package let stepSeconds: Int
    /// Oldest first; `second` is the start of the step, and strictly increases.
    package let points: [HistoryPoint]
    /// What to give as `after` for the next page; nil when this was the last one.
    package let next: Int64?
}

extension History {
    /// Points of a page, at most.
    package static let pageLimit = 1_000
    /// The most hours that may be asked for; history holds 30 days.
    package static let hoursLimit = 8_760

    /// The steps to choose from when the caller names none, in seconds.
    private static let steps = [
        1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400,
    ]

    /// The points of the last `hours` (1...8760), at most `limit` (1...1000) of them and only those
    /// after `after`; all clamped to their range.  Without `stepSeconds`, the finest step with
    /// which the hours fit one page.  A step under a minute is for one hour: the seconds held;
    /// above it, steps are whole minutes.  The page says which step it has.
    package func points(
        hours: Int, stepSeconds: Int? = nil, after: Int64? = nil, limit: Int = pageLimit,
        now: Moment
    ) -> HistoryPage {
        let hours = min(max(hours, 1), History.hoursLimit)
        let limit = min(max(limit, 1), History.pageLimit)
        let step = History.step(stepSeconds, hours: hours, limit: limit)
        let series = step < 60 ? seconds : minutes
        let old = step < 60 ? 0 : restored
        let base = baseSecond
        let reach = wallSecond(of: now) &- Int64(hours) * 3_600
        // The step that `after` is in was answered whole; go on where it ends.
        let answered = after.map { min(max($0, 0), 1 << 53).flooredQuotient(Int64(step)) }
        let from = max(reach, answered.map { ($0 + 1) * Int64(step) } ?? reach)

        var page = PageBuilder(step: Int64(step), limit: limit)
        let ring = series.ring
        let firstOfRun = old < ring.count ? ring[old].second : series.openPoint?.second
        let horizon = firstOfRun.map { $0 &+ base } ?? .max
        var index = ring.firstIndex(in: 0..<old, notBefore: from)
        while index < old, !page.isFull, ring[index].second <= horizon {
            page.add(ring[index].second, ring[index].figures)
            index += 1
        }
        index = ring.firstIndex(in: old..<ring.count, notBefore: from &- base)
        while index < ring.count, !page.isFull {
            page.add(ring[index].second &+ base, ring[index].figures)
            index += 1
        }
        if let open = series.openPoint, open.second &+ base >= from {
            page.add(open.second &+ base, open.figures)
        }
        return page.finished()
    }

    private static func step(_ asked: Int?, hours: Int, limit: Int) -> Int {
        let span = min(hours * 3_600, MinuteRecord.slots * 60)
        let fitting = steps.first { span / $0 <= limit } ?? 86_400
        let step = min(max(asked ?? fitting, 1), 86_400)
        if step < 60 { return hours == 1 ? step : 60 }
        return (step + 59) / 60 * 60
    }
}

/// Adds points up by steps until a page is full.
private struct PageBuilder {
    let step: Int64
    let limit: Int
    private var points: [HistoryPoint] = []
    private var start: Int64?
    private var tally = HistoryTally()
    /// Whether another step came when the page was full.
    private(set) var isFull = false

    init(step: Int64, limit: Int) {
        self.step = step
        self.limit = limit
    }

    mutating func add(_ second: Int64, _ figures: HistoryFigures) {
        guard !isFull else { return }
        let bucket = second.flooredQuotient(step) * step
        if bucket != start {
            close()
            if points.count == limit {
                isFull = true
                return
            }
            start = bucket
        }
        tally.add(figures)
    }

    mutating func finished() -> HistoryPage {
        close()
        return HistoryPage(
            stepSeconds: Int(step), points: points, next: isFull ? points.last?.second : nil)
    }

    private mutating func close() {
        guard let start else { return }
        points.append(HistoryPoint(second: start, figures: HistoryFigures(tally)))
        self.start = nil
        tally = HistoryTally()
    }
}
