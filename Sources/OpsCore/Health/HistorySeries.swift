// One resolution of history: a ring of finished points, and the one that samples still go into.
// Points of this run are stamped with boot seconds, strictly increasing, whatever the wall clock
// did.

struct HistorySeries: Sendable {
    /// Seconds of a point.
    let width: Int64
    private(set) var ring: HistoryRing
    private var tally = HistoryTally()
    /// The wall second that the open point began with, divided by `width`; nil: none is open.
    private var bucket: Int64?
    /// The boot second the open point is stamped with.
    private var stamp: Int64 = 0
    /// The stamp of the last point that was opened.
    private var lastStamp: Int64?

    init(width: Int64, capacity: Int) {
        self.width = width
        ring = HistoryRing(capacity: capacity)
    }

    /// Whether a sample of this second belongs to another point than the open one.
    func isOver(at second: Int64) -> Bool {
        bucket.map { $0 != second.flooredQuotient(width) } ?? false
    }

    /// Adds a sample to the open point, and opens one where none is.  `second` is the sample's wall
    /// second; `base` is the difference between the clocks.
    mutating func add(_ sample: Sample, second: Int64, base: Int64) {
        if bucket == nil {
            let opened = second.flooredQuotient(width)
            let start = opened &* width &- base
            stamp = max(start, lastStamp.map { $0 + 1 } ?? start)
            bucket = opened
            lastStamp = stamp
        }
        tally.add(sample)
    }

    /// The open point so far; nil when there is none.
    var openPoint: HistoryPoint? {
        bucket == nil ? nil : HistoryPoint(second: stamp, figures: HistoryFigures(tally))
    }

    /// Finishes the open point, if there is one; returns whether the ring's oldest went for it.
    @discardableResult
    mutating func close() -> Bool {
        guard let point = openPoint else { return false }
        bucket = nil
        tally = HistoryTally()
        return ring.append(point)
    }

    /// Adds a point of an earlier run, which keeps its wall time.
    mutating func restore(_ point: HistoryPoint) {
        ring.append(point)
    }
}
