// Connections in line, first come, first served.  A connection is in a line at most once.

/// A queue of slots.
struct SlotQueue {
    private var order: [(slot: Int, ticket: UInt64)] = []
    /// The index of the first that has not been removed.
    private var next = 0
    /// Who is in line, and with which ticket; entries of `order` with other tickets are stale.
    private var tickets: [Int: UInt64] = [:]
    private var lastTicket: UInt64 = 0

    var isEmpty: Bool { tickets.isEmpty }
    var count: Int { tickets.count }

    /// Appends a slot to the line, unless it is in it already.
    mutating func append(_ slot: Int) {
        if tickets[slot] != nil { return }
        lastTicket += 1
        tickets[slot] = lastTicket
        order.append((slot, lastTicket))
    }

    /// Removes and returns the first.
    mutating func popFirst() -> Int? {
        while next < order.count {
            let (slot, ticket) = order[next]
            next += 1
            if tickets[slot] == ticket {
                tickets[slot] = nil
                compact()
                return slot
            }
        }
        order = []
        next = 0
        return nil
    }

    /// Removes a slot from the line.
    mutating func remove(_ slot: Int) { tickets[slot] = nil }

    /// Whether the predicate holds for a slot in line.
    func contains(where predicate: (Int) -> Bool) -> Bool {
        tickets.keys.contains(where: predicate)
    }

    private mutating func compact() {
        if next < 1_024 || next * 2 < order.count { return }
        order.removeFirst(next)
        next = 0
    }
}
