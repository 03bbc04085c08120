// A set of connection slots that costs a few instructions per operation and, once it has reached
// its size, no allocation: every turn inserts each busy connection into one or two of these.

/// Slots, each at most once, in an unspecified order.
struct SlotSet {
    private(set) var slots: [Int] = []
    /// The index of each slot in `slots`; -1: it is not there.
    private var indices: [Int32] = []
    /// The array that `take` returned last, to be used again.
    private var spare: [Int] = []

    var isEmpty: Bool { slots.isEmpty }

    func contains(_ slot: Int) -> Bool { slot < indices.count && indices[slot] >= 0 }

    mutating func insert(_ slot: Int) {
        while indices.count <= slot { indices.append(-1) }
        if indices[slot] >= 0 { return }
        indices[slot] = Int32(slots.count)
        slots.append(slot)
    }

    mutating func insert(all others: SlotSet) {
        for slot in others.slots { insert(slot) }
    }

    /// Removes a slot; the last one moves to its place.
    mutating func remove(_ slot: Int) {
        guard contains(slot), let last = slots.popLast() else { return }
        let index = Int(indices[slot])
        indices[slot] = -1
        if last == slot { return }
        slots[index] = last
        indices[last] = Int32(index)
    }

    /// Removes and returns all.
    mutating func take() -> [Int] {
        spare.removeAll(keepingCapacity: true)
        swap(&slots, &spare)
        for index in spare.indices { indices[spare[index]] = -1 }
        return spare
    }
}
