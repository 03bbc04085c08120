// Exact amounts by minute or by hour, as running sums: any window is one subtraction.  A late
// amount moves the sums from its period on.  Sums wrap rather than trap; differences stay right.

/// What can be summed up, wrapping.
protocol RunningAmount: Equatable, Sendable {
    static var zero: Self { get }
    static func &+ (one: Self, other: Self) -> Self
    static func &- (one: Self, other: Self) -> Self
}

/// The newest `length` periods.
struct PeriodRing<Amount: RunningAmount>: Sendable {
    let length: Int64
    /// The newest period with a sum of its own; nil: nothing was counted yet.
    private(set) var head: Int64?
    /// The first period ever counted: nothing before it is worth a look.
    private var first: Int64 = 0
    /// At `period mod (length + 1)`: all that was counted up to and with that period.  One slot
    /// more than periods: the oldest period's amount is a difference too.
    private var sums: [Amount] = []

    init(length: Int64) { self.length = length }

    /// Adds an amount to a period; false where it is out of reach, and then nothing is counted.
    @discardableResult
    mutating func add(_ amount: Amount, at period: Int64) -> Bool {
        guard period >= 0, period < Int64.max / 2 else { return false }
        guard let head else {
            sums = [Amount](repeating: .zero, count: Int(length) + 1)
            self.head = period
            first = period
            sums[slot(period)] = amount
            return true
        }
        if period <= head - length { return false }
        first = min(first, period)
        if period > head {
            let newest = sums[slot(head)]
            // After a gap as long as the ring every slot is the same: filling each once is enough.
            var fill = max(head + 1, period - length)
            while fill <= period {
                sums[slot(fill)] = newest
                fill += 1
            }
            self.head = period
        }
        for later in period...max(head, period) {
            sums[slot(later)] = sums[slot(later)] &+ amount
        }
        return true
    }

    /// What was counted in the `length` periods that end with `last`.
    func window(_ length: Int64, endingWith last: Int64) -> Amount {
        sum(through: last) &- sum(through: last - min(length, self.length))
    }

    /// The periods with anything in them, oldest first.
    func entries<Entry>(_ make: (_ period: Int64, Amount) -> Entry) -> [Entry] {
        guard let head else { return [] }
        var entries: [Entry] = []
        var period = max(first, head - length + 1)
        var before = sum(through: period - 1)
        while period <= head {
            let sum = sums[slot(period)]
            if sum != before { entries.append(make(period, sum &- before)) }
            before = sum
            period += 1
        }
        return entries
    }

    private func sum(through period: Int64) -> Amount {
        guard let head else { return .zero }
        return sums[slot(min(head, max(period, head - length)))]
    }

    private func slot(_ period: Int64) -> Int {
        let slot = period % (length + 1)
        return Int(slot < 0 ? slot + length + 1 : slot)
    }
}
