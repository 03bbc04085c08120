// Connections in line, first come, first served, where there may be thousands of them: to join, to
// leave from anywhere and to ask who has been served since costs the same few instructions however
// long the line is, and nothing is allocated once it has reached its size.

/// A queue of slots, each at most once.
struct SlotLine {
    private struct Place {
        /// -1: none.
        var before: Int32 = -1
        /// -1: none.
        var after: Int32 = -1
        /// Grows with each that joins; 0: not in line.
        var ticket: UInt64 = 0
    }

    private var places: [Place] = []
    private var first: Int32 = -1
    private var last: Int32 = -1
    private(set) var count = 0
    /// The ticket of the one that joined last.
    private(set) var lastTicket: UInt64 = 0

    var isEmpty: Bool { first < 0 }

    func contains(_ slot: Int) -> Bool { slot < places.count && places[slot].ticket > 0 }

    /// Whether all that were in line when `ticket` was the last have left it.
    func hasPassed(_ ticket: UInt64) -> Bool { first < 0 || places[Int(first)].ticket > ticket }

    /// Appends a slot to the line, unless it is in it already.
    mutating func append(_ slot: Int) {
        while places.count <= slot { places.append(Place()) }
        if places[slot].ticket > 0 { return }
        lastTicket += 1
        places[slot] = Place(before: last, after: -1, ticket: lastTicket)
        if last >= 0 { places[Int(last)].after = Int32(slot) } else { first = Int32(slot) }
        last = Int32(slot)
        count += 1
    }

    /// Whether the predicate holds for a slot in line.
    func contains(where predicate: (Int) -> Bool) -> Bool {
        var slot = first
        while slot >= 0 {
            if predicate(Int(slot)) { return true }
            slot = places[Int(slot)].after
        }
        return false
    }

    /// The one behind a slot in line, or the first; nil: there is none.
    func next(after slot: Int?) -> Int? {
        let next = slot.map { contains($0) ? places[$0].after : -1 } ?? first
        return next < 0 ? nil : Int(next)
    }

    /// Removes and returns the first.
    mutating func popFirst() -> Int? {
        if first < 0 { return nil }
        let slot = Int(first)
        remove(slot)
        return slot
    }

    /// Removes a slot from the line.
    mutating func remove(_ slot: Int) {
        guard contains(slot) else { return }
        let place = places[slot]
        if place.before >= 0 {
            places[Int(place.before)].after = place.after
        } else {
            first = place.after
        }
        if place.after >= 0 {
            places[Int(place.after)].before = place.before
        } else {
            last = place.before
        }
        places[slot] = Place()
        count -= 1
    }
}
