// Exact amounts of money by minute or by hour, within a limit.

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

extension MicroUSD: RunningAmount {}

/// The newest `length` periods.
struct SpendRing: Sendable {
    /// 25 hours: the window, and the hour that a report may be late.
    static let minutes: Int64 = 1_500
    /// 31 days.
    static let hours: Int64 = 744
    /// What all periods have together stays within this: what is beyond is not counted.  It is a
    /// trillion dollars, so a cap is long reached; and no sum comes near its end.
    static let limit: Int64 = 1 << 60

    private var ring: PeriodRing<MicroUSD>

    init(length: Int64) { ring = PeriodRing(length: length) }

    /// The newest period with a sum of its own; nil: nothing was counted yet.
    var head: Int64? { ring.head }

    /// Adds an amount, which may be negative; one that is out of reach is not counted.
    mutating func add(_ amount: MicroUSD, at period: Int64) {
        guard period >= 0, period < 1 << 40 else { return }
        let end = max(ring.head ?? period, period)
        let there = window(ring.length, endingWith: end).micros
        ring.add(MicroUSD(min(amount.micros, max(0, Self.limit - there))), at: period)
    }

    /// What was counted in the `length` periods that end with `last`; never less than nothing.
    func window(_ length: Int64, endingWith last: Int64) -> MicroUSD {
        max(.zero, ring.window(length, endingWith: last))
    }

    /// What was counted in one period.
    func amount(at period: Int64) -> MicroUSD { window(1, endingWith: period) }

    /// The periods with anything in them, oldest first.
    var entries: [PeriodSpend] {
        ring.entries { PeriodSpend(period: $0, amount: $1) }
    }
}
