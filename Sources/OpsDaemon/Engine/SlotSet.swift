// A set of connection slots that costs a few instructions per operation and, once it has reached
// its size, no allocation: every turn inserts each busy connection into one or two of these.

/// Slots, each at most once; in no order to rely on.
struct SlotSet {
    private(set) var slots: [Int] = []
    /// The index of each slot in `slots`; -1: it is not there.
    private var places: [Int32] = []
    /// The array that `take` returned last, to be used again.
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

    /// Removes a slot; the last one moves to its place.
    mutating func remove(_ slot: Int) {
        guard contains(slot), let last = slots.popLast() else { return }
        let place = Int(places[slot])
        places[slot] = -1
        if last == slot { return }
        slots[place] = last
        places[last] = Int32(place)
    }

    /// Removes and returns all.
    mutating func take() -> [Int] {
        spare.removeAll(keepingCapacity: true)
        swap(&slots, &spare)
        for index in spare.indices { places[spare[index]] = -1 }
        return spare
    }
}
