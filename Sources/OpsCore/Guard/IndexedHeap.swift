// A binary heap of slots that knows where each slot stands in it, so that an entry whose deadline
// changed, or that goes, is found at once.  The entries stay in the caller's array.

/// Something with a deadline; order is (deadline, network), the same in live run and replay.
package protocol Expiring: Sendable {
    var network: Network { get }
    /// Milliseconds of boot time.
    var deadline: Int64 { get }
}

extension Expiring {
    @inline(__always)
    func precedes(_ other: some Expiring) -> Bool {
        deadline != other.deadline ? deadline < other.deadline : network < other.network
    }
}

/// Slots of an array of entries, the soonest first.
struct IndexedHeap: Sendable {
    private var slots: [UInt32] = []
    /// Where each slot stands in `slots`.
    private var places: [UInt32] = []

    /// The slot with the soonest deadline.
    var first: Int? { slots.isEmpty ? nil : Int(slots[0]) }

    init() {}

    /// A heap of all slots of `entries`.
    init(of entries: [some Expiring]) {
        slots = Array(0..<UInt32(entries.count))
        places = slots
        for position in stride(from: entries.count / 2 - 1, through: 0, by: -1) {
            sink(position, entries)
        }
    }

    /// Adds the slot `places.count`, which must be the newest of `entries`.
    mutating func append(in entries: [some Expiring]) {
        let slot = UInt32(places.count)
        places.append(UInt32(slots.count))
        slots.append(slot)
        rise(slots.count - 1, entries)
    }

    /// Restores the order after the entry of a slot has changed.
    mutating func update(_ slot: Int, in entries: [some Expiring]) {
        let position = Int(places[slot])
        rise(position, entries)
        sink(Int(places[slot]), entries)
    }

    /// Removes a slot; the last slot takes its number, as in a swap-remove of the entries, which
    /// must not have happened yet.
    mutating func remove(_ slot: Int, in entries: [some Expiring]) {
        let position = Int(places[slot])
        let end = slots.count - 1
        if position != end {
            place(slots[end], at: position)
            slots.removeLast()
            let moved = Int(slots[position])
            rise(position, entries)
            sink(Int(places[moved]), entries)
        } else {
            slots.removeLast()
        }
        let last = places.count - 1
        if slot != last {
            places[slot] = places[last]
            slots[Int(places[slot])] = UInt32(slot)
        }
        places.removeLast()
    }

    /// Frees unused memory.
    mutating func trim() {
        slots = Array(slots)
        places = Array(places)
    }

    /// Room for this many slots without growing again.
    mutating func reserve(_ count: Int) {
        slots.reserveCapacity(count)
        places.reserveCapacity(count)
    }

    private mutating func place(_ slot: UInt32, at position: Int) {
        slots[position] = slot
        places[Int(slot)] = UInt32(position)
    }

    private mutating func rise(_ start: Int, _ entries: [some Expiring]) {
        var position = start
        let slot = slots[position]
        while position > 0 {
            let parent = (position - 1) / 2
            if !entries[Int(slot)].precedes(entries[Int(slots[parent])]) { break }
            place(slots[parent], at: position)
            position = parent
        }
        place(slot, at: position)
    }

    private mutating func sink(_ start: Int, _ entries: [some Expiring]) {
        var position = start
        let slot = slots[position]
        let count = slots.count
        while true {
            var child = 2 * position + 1
            if child >= count { break }
            if child + 1 < count,
                entries[Int(slots[child + 1])].precedes(entries[Int(slots[child])])
            {
                child += 1
            }
            if !entries[Int(slots[child])].precedes(entries[Int(slot)]) { break }
            place(slots[child], at: position)
            position = child
        }
        place(slot, at: position)
    }
}
