// What was recorded without keys since the last second: the hot path.  Counting allocates nothing
// for a model that is known; once a second it becomes changes.

/// What one model has gathered.
struct PendingSpend: Sendable {
    let model: ModelName
    private var current: (minute: Int64, amount: MicroUSD) = (0, .zero)
    private var earlier: (minute: Int64, amount: MicroUSD) = (0, .zero)

    init(_ model: ModelName) { self.model = model }

    /// All that has gathered.
    var amount: MicroUSD { current.amount &+ earlier.amount }

    @inline(__always)
    mutating func add(_ amount: MicroUSD, minute: Int64) {
        if current.minute != minute { turn(to: minute) }
        current.amount = MicroUSD(min(current.amount.micros &+ amount.micros, SpendRing.limit))
    }

    private mutating func turn(to minute: Int64) {
        if current.amount != .zero && earlier.amount == .zero { swap(&current, &earlier) }
        // With both in use (a second's work that took two minutes) it counts in the current one.
        if current.amount == .zero { current.minute = minute }
    }

    /// What has gathered, oldest first; empties it.
    mutating func drain() -> [(minute: Int64, amount: MicroUSD)] {
        let gathered = [earlier, current].filter { $0.amount != .zero }
        earlier.amount = .zero
        current.amount = .zero
        return gathered
    }
}
