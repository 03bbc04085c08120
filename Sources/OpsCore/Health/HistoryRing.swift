// A bounded ring of points that costs what it holds: storage grows by blocks of 900 points (36 KB)
// up to the capacity, and is never given back or moved.  In a full ring each new point takes the
// oldest's place.

/// One point with its place in time.
package struct HistoryPoint: Hashable, Sendable {
    /// The start of the point's second, minute or step: seconds since 1970.
    package let second: Int64
    /// What was measured then.
    package let figures: HistoryFigures

    package init(second: Int64, figures: HistoryFigures) {
        self.second = second
        self.figures = figures
    }
}

/// Points in the order they came.
struct HistoryRing: Sendable {
    static let blockPoints = 900

    let capacity: Int
    private var blocks: [[HistoryPoint]] = []
    private(set) var count = 0
    /// Where the oldest point is, once the ring is full; 0 before.
    private var oldest = 0

    init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// 0 is the oldest.
    subscript(index: Int) -> HistoryPoint {
        precondition(index >= 0 && index < count)
        let place = (oldest + index) % capacity
        return blocks[place / HistoryRing.blockPoints][place % HistoryRing.blockPoints]
    }

    /// The first index in `range` whose point is at `second` or after; `range` is in order of time.
    func firstIndex(in range: Range<Int>, notBefore second: Int64) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].second < second { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Adds the newest point; returns whether the oldest made room for it.
    @discardableResult
    mutating func append(_ point: HistoryPoint) -> Bool {
        if count == capacity {
            blocks[oldest / HistoryRing.blockPoints][oldest % HistoryRing.blockPoints] = point
            oldest = (oldest + 1) % capacity
            return true
        }
        if count % HistoryRing.blockPoints == 0 {
            blocks.append([])
            blocks[blocks.count - 1].reserveCapacity(
                min(HistoryRing.blockPoints, capacity - count))
        }
        blocks[blocks.count - 1].append(point)
        count += 1
        return false
    }
}
