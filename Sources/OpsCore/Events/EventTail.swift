// The newest events, bounded: what `events`, `why` and a late watcher can still see.  All of them
// go to the journal and the trail as they happen; only the latest are kept here.

/// A ring of the last `capacity` events; ids grow by one without a gap inside it.
package struct EventTail: Hashable, Sendable {
    /// The most events kept.
    package private(set) var capacity: Int
    /// The id of the newest event ever; 0 before the first.
    package private(set) var lastID: UInt64 = 0
    private var ring: [Event] = []
    /// The index of the oldest once the ring is full.
    private var start = 0

    /// An empty tail; a capacity below 1 is taken as 1.
    package init(capacity: Int = 1_000) { self.capacity = max(1, capacity) }

    /// Events kept.
    package var count: Int { ring.count }

    /// The `position`th kept event, 0 the oldest.
    package subscript(position: Int) -> Event { ring[place(of: position)] }

    private func place(of position: Int) -> Int {
        let place = start + position
        return place < ring.count ? place : place - ring.count
    }

    /// The newest kept event.
    @inline(__always)
    package var newest: Event? {
        if ring.isEmpty { return nil }
        return ring[start == 0 ? ring.count - 1 : start - 1]
    }

    /// The kept events, oldest first.
    package var all: [Event] { (0..<count).map { self[$0] } }

    /// Adds the event that `make` makes for the next id.
    @inline(__always)
    package mutating func append(_ make: (_ id: UInt64) -> Event) {
        lastID += 1
        keep(make(lastID))
    }

    /// Restores an event of a snapshot under its id; they come in the order of their ids.
    package mutating func restore(_ event: Event) {
        if count > 0 && event.id <= self[count - 1].id { return }
        lastID = max(lastID, event.id)
        keep(event)
    }

    /// Ids up to this one were given out (by a snapshot that kept fewer events).
    package mutating func restore(lastID: UInt64) { self.lastID = max(self.lastID, lastID) }

    /// Sets another bound; the oldest events beyond it go.
    package mutating func resize(to capacity: Int) {
        let kept = Array(all.suffix(max(1, capacity)))
        self.capacity = max(1, capacity)
        ring = kept
        start = 0
    }

    /// The position of the first kept event with an id of at least `id`; `count`: there is none.
    package func position(from id: UInt64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self.id(at: middle) < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The id of the `position`th kept event, which is not copied.
    package func id(at position: Int) -> UInt64 { ring[place(of: position)].id }

    /// The kind of the `position`th kept event, which is not copied.
    package func kind(at position: Int) -> EventKind { ring[place(of: position)].kind }

    /// Kept events with an id above `id`, oldest first.
    package func since(_ id: UInt64) -> [Event] {
        if id == .max { return [] }
        return (position(from: id + 1)..<count).map { self[$0] }
    }

    /// A page, newest first (S5-07): up to `limit` events that match, with ids below `after`.
    func page(limit: Int, severity: Severity?, after: UInt64?) -> EventPage {
        var total = 0
        var rows: [Event] = []
        var more = false
        for position in stride(from: count - 1, through: 0, by: -1) {
            let event = self[position]
            if let severity, event.severity != severity { continue }
            total += 1
            if let after, event.id >= after { continue }
            if rows.count < limit { rows.append(event) } else { more = true }
        }
        return EventPage(total: total, events: rows, next: more ? rows.last?.id : nil)
    }

    private mutating func keep(_ event: consuming Event) {
        if ring.count < capacity {
            ring.append(event)
        } else {
            ring[start] = event
            start = start + 1 < capacity ? start + 1 : 0
        }
    }
}
