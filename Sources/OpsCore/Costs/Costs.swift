// Spending on models: the rules in force, what is kept, and what has gathered since the last
// second.  Money is counted by model, and all of it once more in `total`, which is derived.

/// Spending of the last 31 days, reservations, and caps.
package struct Costs: Sendable {
    /// The rules in force; not durable.
    package internal(set) var rules = CostRules()
    /// By name; durable.
    package internal(set) var models: [ModelName: ModelSpend] = [:]
    /// All models together; derived, but for its level.
    package internal(set) var total = ModelSpend(.others)
    /// Caps that were set by command, nil for none; the key nil is the daily cap.  Durable.
    package internal(set) var caps: [ModelName?: MicroUSD?] = [:]
    /// The newest number given out; durable.
    package internal(set) var lastID: UInt64 = 0
    var entries = CostEntries()

    // What has gathered; not durable.
    private var pending: [PendingSpend] = []
    private var places: [ModelName: Int] = [:]
    /// Names in `pending` that are not in `models` yet.
    private var fresh = 0
    private(set) var pendingTotal = MicroUSD.zero

    /// Nothing was spent.
    package init() {}

    /// A reservation, or a record with a key, for reading.
    package func entry(_ id: UInt64) -> CostEntry? { entries[id] }
    /// Reservations that are open.
    package var openCount: Int { entries.openCount }
    /// Closed reservations and records with keys that are remembered.
    package var closedCount: Int { entries.closedCount }
    /// Nothing is kept.
    package var isEmpty: Bool {
        models.isEmpty && caps.isEmpty && entries.isEmpty && lastID == 0
            && total.alerted == .fine
    }

    // MARK: Rules

    /// The cap in force: of a model, or nil of all of them; nil: none.
    package func cap(_ model: ModelName?) -> MicroUSD? {
        if let set = caps[model] { return set }
        return configuredCap(model)
    }

    /// The cap that the configuration says.
    package func configuredCap(_ model: ModelName?) -> MicroUSD? {
        guard let model else { return rules.dailyCap }
        return rules.models[model]?.cap
    }

    /// Models that may not be used at all, and of which nothing is kept.
    var stopped: [ModelName] {
        var names = caps.compactMap { $0.value == .some(.zero) ? $0.key : nil }
        for (name, rules) in rules.models where rules.cap == .zero && caps[name] == nil {
            names.append(name)
        }
        return names.filter { models[$0] == nil }
    }

    /// Under which name a model counts: its own, if there is room for it.
    func counted(_ model: ModelName) -> ModelName {
        if models[model] != nil || rules.models[model] != nil || caps[model] != nil
            || places[model] != nil || models.count + fresh < CostBounds.models
        {
            return model
        }
        return .others
    }

    // MARK: Figures

    /// What was spent in the last 24 hours: on a model, or nil on all of them.
    func spent(_ model: ModelName?, at minute: Int64) -> MicroUSD {
        guard let model else { return total.spent(endingWith: minute) &+ pendingTotal }
        let gathered = places[model].map { pending[$0].amount } ?? .zero
        return (models[model]?.spent(endingWith: minute) ?? .zero) &+ gathered
    }

    /// What open reservations hold.
    func reserved(_ model: ModelName?) -> MicroUSD {
        model.map { models[$0]?.reserved ?? .zero } ?? total.reserved
    }

    /// The number of the next delta of a model.
    func nextNumber(_ model: ModelName) -> UInt64 { (models[model]?.number ?? 0) + 1 }

    // MARK: What gathers

    /// The hot path: counts an amount; false where the model has no room of its own.
    @inline(__always)
    mutating func gather(_ amount: MicroUSD, _ model: ModelName, minute: Int64) -> Bool {
        if let place = places[model] {
            pending[place].add(amount, minute: minute)
        } else {
            guard counted(model) == model else { return false }
            if models[model] == nil { fresh += 1 }
            places[model] = pending.count
            var spend = PendingSpend(model)
            spend.add(amount, minute: minute)
            pending.append(spend)
        }
        pendingTotal = MicroUSD(min(pendingTotal.micros &+ amount.micros, SpendRing.limit))
        return true
    }

    /// Returns what has gathered since the last call, as changes to apply in this order.
    package mutating func drainPending() -> [Change] {
        if fresh == 0 && pendingTotal == .zero { return [] }
        var changes: [Change] = []
        for place in pending.indices where pending[place].amount != .zero {
            let model = pending[place].model
            var number = nextNumber(model)
            for (minute, amount) in pending[place].drain() {
                changes.append(
                    .cost(
                        .spent(
                            SpendDelta(
                                model: model, number: number, minute: minute, amount: amount))))
                number += 1
            }
        }
        pendingTotal = .zero
        fresh = 0
        // Models go in time; what gathers for those that stay has a place again at once.
        if pending.count > CostBounds.models {
            pending = []
            places = [:]
        }
        return changes
    }

    // MARK: Changes

    /// Counts a delta that was not counted yet.
    mutating func add(_ delta: SpendDelta) {
        if models[delta.model, default: ModelSpend(delta.model)].add(delta) {
            total.add(delta.amount, minute: delta.minute)
        }
    }

    /// An entry is so from now on.
    mutating func put(_ entry: CostEntry) {
        lastID = max(lastID, entry.id)
        if let old = entries.put(entry), old.state == .open { hold(.zero &- old.amount, old.model) }
        if entry.state == .open { hold(entry.amount, entry.model) }
    }

    private mutating func hold(_ amount: MicroUSD, _ model: ModelName) {
        models[model, default: ModelSpend(model)].reserved.micros &+= amount.micros
        total.reserved.micros &+= amount.micros
    }

    /// Makes what is derived anew, after a recovery.
    mutating func rebuild() {
        var total = ModelSpend(.others)
        total.alerted = self.total.alerted
        for name in models.keys {
            models[name]?.reserved = .zero
            guard let model = models[name] else { continue }
            total.restore(minutes: model.minutes.entries)
            total.restore(hours: model.hours.entries)
        }
        self.total = total
        entries.rebuild()
        var held: [(MicroUSD, ModelName)] = []
        entries.forEachOpen { held.append(($0.amount, $0.model)) }
        for (amount, model) in held { hold(amount, model) }
    }
}
