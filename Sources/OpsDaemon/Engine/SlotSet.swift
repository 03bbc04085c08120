// A set of connection slots that costs a few instructions an operation and, once it has been as large
// as it gets, no allocation: every turn puts each busy connection into one or two of these.

/// Slots, each at most once; in no order to rely on.
struct SlotSet {
    private(set) var slots: [Int] = []
    /// Where each slot stands in `slots`; -1: it is not there.
    private var places: [Int32] = []
    /// What was taken before, to be used again.
    private var spare: [Int] = []

    var isEmpty: Bool { slots.isEmpty }

    func contains(_ slot: Int) -> Bool { slot < places.count && places[slot] >= 0 }

    mutating func insert(_ slot: Int) {
        while places.count <= slot { places.append(-1) }
        if places[slot] >= 0 { return }
        places[slot] = Int32(slots.count)
        slots.append(slot)
    }

    mutating func insert(all others: SlotSet) {
        for slot in others.slots { insert(slot) }
    }

    /// The last one takes its place.
    mutating func remove(_ slot: Int) {
        guard contains(slot), let last = slots.popLast() else { return }
        let place = Int(places[slot])
        places[slot] = -1
        if last == slot { return }
        slots[place] = last
        places[last] = Int32(place)
    }

    /// All of them; the set is empty then.
    mutating func take() -> [Int] {
        spare.removeAll(keepingCapacity: true)
        swap(&slots, &spare)
        for index in spare.indices { places[spare[index]] = -1 }
        return spare
    }
}
