// Connections in line, first come first served.  A connection stands in a line once.

/// A queue of slots.
struct SlotQueue {
    private var order: [(slot: Int, ticket: UInt64)] = []
    /// Those before it have been taken.
    private var next = 0
    /// Who is in line, and with which ticket; another one in `order` was left behind.
    private var tickets: [Int: UInt64] = [:]
    private var lastTicket: UInt64 = 0

    var isEmpty: Bool { tickets.isEmpty }
    var count: Int { tickets.count }

    /// Goes to the end of the line, unless it stands there already.
    mutating func append(_ slot: Int) {
        if tickets[slot] != nil { return }
        lastTicket += 1
        tickets[slot] = lastTicket
        order.append((slot, lastTicket))
    }

    /// Takes the first.
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

    /// Leaves the line.
    mutating func remove(_ slot: Int) { tickets[slot] = nil }

    /// Whether one in line is so.
    func contains(where isSo: (Int) -> Bool) -> Bool { tickets.keys.contains(where: isSo) }

    private mutating func compact() {
        if next < 1_024 || next * 2 < order.count { return }
        order.removeFirst(next)
        next = 0
    }
}
