// What is kept of one model, or of all of them together.

/// Spending on one model: durable, changed by `apply` alone.
package struct ModelSpend: Sendable {
    /// The name that it counts under.
    package let name: ModelName
    /// The number of the last delta that was applied.
    package internal(set) var number: UInt64 = 0
    /// The level that was told.
    package internal(set) var alerted = CostLevel.fine
    /// Derived: what open reservations hold.
    package internal(set) var reserved = MicroUSD.zero
    private(set) var minutes = SpendRing(length: SpendRing.minutes)
    private(set) var hours = SpendRing(length: SpendRing.hours)

    init(_ name: ModelName) { self.name = name }

    /// Counts a delta, and remembers that it did; false if it was counted before.
    mutating func add(_ delta: SpendDelta) -> Bool {
        if delta.number <= number { return false }
        number = delta.number
        add(delta.amount, minute: delta.minute)
        return true
    }

    /// Counts an amount in its minute and its hour.
    mutating func add(_ amount: MicroUSD, minute: Int64) {
        minutes.add(amount, at: minute)
        hours.add(amount, at: minute / 60)
    }

    mutating func restore(minutes entries: [PeriodSpend]) {
        for entry in entries { minutes.add(entry.amount, at: entry.period) }
    }

    mutating func restore(hours entries: [PeriodSpend]) {
        for entry in entries { hours.add(entry.amount, at: entry.period) }
    }

    /// What was spent in the 24 hours that end with a minute.
    func spent(endingWith minute: Int64) -> MicroUSD {
        minutes.window(CostBounds.windowMinutes, endingWith: minute)
    }

    /// Whether nothing of it counts any more.
    func isOver(at minute: Int64) -> Bool {
        let hour = minute / 60
        return reserved == .zero && hours.window(SpendRing.hours, endingWith: hour) == .zero
            && hour - (hours.head ?? 0) > SpendRing.hours
    }

    /// Memory that it takes, about, bytes.
    package var bytes: Int {
        MemoryLayout<ModelSpend>.stride + (minutes.head == nil ? 0 : 8 * 1_501)
            + (hours.head == nil ? 0 : 8 * 745)
    }

    /// All of it, in lines of a snapshot.
    var parts: [CostPart] {
        var parts: [CostPart] = [.model(name, number: number, alerted)]
        let minutes = minutes.entries
        if !minutes.isEmpty { parts.append(.minutes(name, minutes)) }
        let hours = hours.entries
        if !hours.isEmpty { parts.append(.hours(name, hours)) }
        return parts
    }
}
