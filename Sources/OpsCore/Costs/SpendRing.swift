// Exact amounts by minute or by hour, as running sums: any window is one subtraction.  A late
// amount, or a correction, moves the sums from its period on.  Sums wrap rather than trap;
// differences stay right.

/// An amount of one minute or hour.
package struct PeriodSpend: Hashable, Sendable {
    /// Minutes or hours since 1970 on the service clock.
    package var period: Int64
    /// What was counted in it.
    package var amount: MicroUSD

    package init(period: Int64, amount: MicroUSD) {
        self.period = period
        self.amount = amount
    }
}

/// The newest `length` periods.
struct SpendRing: Sendable {
    /// 25 hours: the window, and the hour that a report may be late.
    static let minutes: Int64 = 1_500
    /// 31 days.
    static let hours: Int64 = 744
    /// What all periods have together stays within this: what is beyond is not counted.  It is a
    /// trillion dollars, so a cap is long reached; and no sum comes near its end.
    static let limit: Int64 = 1 << 60

    let length: Int64
    /// The newest period with a sum of its own; nil: nothing was counted yet.
    private(set) var head: Int64?
    /// The first period ever counted.
    private var first: Int64 = 0
    /// At `period mod (length + 1)`: all that was counted up to and with that period.
    private var sums: [Int64] = []

    init(length: Int64) { self.length = length }

    /// Adds an amount, which may be negative; one that is out of reach is not counted.
    mutating func add(_ amount: MicroUSD, at period: Int64) {
        guard period >= 0, period < 1 << 40 else { return }
        guard let head else {
            sums = [Int64](repeating: 0, count: Int(length) + 1)
            self.head = period
            first = period
            sums[slot(period)] = min(amount.micros, Self.limit)
            return
        }
        if period <= head - length { return }
        first = min(first, period)
        if period > head {
            let newest = sums[slot(head)]
            // After a gap as long as the ring every slot is the same.
            var fill = max(head + 1, period - length)
            while fill <= period {
                sums[slot(fill)] = newest
                fill += 1
            }
            self.head = period
        }
        let end = max(head, period)
        let there = window(length, endingWith: end).micros
        let added = min(amount.micros, max(0, Self.limit - there))
        if added == 0 { return }
        for later in period...end { sums[slot(later)] &+= added }
    }

    /// What was counted in the `length` periods that end with `last`; never less than nothing.
    func window(_ length: Int64, endingWith last: Int64) -> MicroUSD {
        let counted = sum(through: last) &- sum(through: last - min(length, self.length))
        return MicroUSD(max(0, counted))
    }

    /// What was counted in one period.
    func amount(at period: Int64) -> MicroUSD { window(1, endingWith: period) }

    /// The periods with anything in them, oldest first.
    var entries: [PeriodSpend] {
        guard let head else { return [] }
        var entries: [PeriodSpend] = []
        var period = max(first, head - length + 1)
        var before = sum(through: period - 1)
        while period <= head {
            let sum = sums[slot(period)]
            if sum != before {
                entries.append(PeriodSpend(period: period, amount: MicroUSD(sum &- before)))
            }
            before = sum
            period += 1
        }
        return entries
    }

    private func sum(through period: Int64) -> Int64 {
        guard let head else { return 0 }
        return sums[slot(min(head, max(period, head - length)))]
    }

    private func slot(_ period: Int64) -> Int {
        let slot = period % (length + 1)
        return Int(slot < 0 ? slot + length + 1 : slot)
    }
}
