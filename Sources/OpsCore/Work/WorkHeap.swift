// Numbers of items by time, the earliest first.  An entry is not taken out when its item moves on:
// the table asks of the first one whether it still holds, and drops it if not.

/// A binary heap of items by time.
package struct WorkHeap: Sendable {
    /// An item, and when something is due for it.
    package struct Entry: Hashable, Sendable {
        /// When it is due; a heap has one unit of time, its owner's.
        package var at: Int64
        /// The number of the item.
        package var id: UInt64

        package init(at: Int64, id: UInt64) {
            self.at = at
            self.id = id
        }

        /// By time, then by number.
        package static func < (left: Entry, right: Entry) -> Bool {
            left.at != right.at ? left.at < right.at : left.id < right.id
        }
    }

    private(set) var entries: [Entry] = []

    /// None.
    package init() {}

    /// The earliest.
    package var first: Entry? { entries.first }
    var count: Int { entries.count }

    /// Adds an entry.
    package mutating func push(_ entry: Entry) {
        entries.append(entry)
        var place = entries.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard entries[place] < entries[parent] else { return }
            entries.swapAt(place, parent)
            place = parent
        }
    }

    mutating func removeFirst() {
        guard let last = entries.popLast(), !entries.isEmpty else { return }
        entries[0] = last
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < entries.count && entries[child] < entries[least] { least = child }
            if least == place { return }
            entries.swapAt(place, least)
            place = least
        }
    }

    /// Drops entries at the front that hold no longer; and all of those, where they are most.
    /// - Parameter most: how many can hold.
    package mutating func prune(most: Int, _ holds: (Entry) -> Bool) {
        while let first, !holds(first) { removeFirst() }
        if count <= 2 * most + 64 { return }
        let held = Set(entries.filter(holds))
        entries = []
        for entry in held { push(entry) }
    }
}
