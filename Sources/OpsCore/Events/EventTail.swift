// The newest events, bounded: what `events`, `why` and a late watcher see at once.  All of them go
// to the journal and the trail as they happen; only these are kept in memory.
//
//   T1. At most `capacity` events are kept.
//   T2. Each topic has a share of that, the capacity divided by the number of topics.  What one
//       does not use is lent to whoever needs it.
//   T3. When there is no room, the oldest event of all topics that have more than their share goes.
//       So a flood of bans pushes out bans, and nothing that another topic has within its share.
//   T4. Of each topic the newest are kept, without a gap: `floor` says from where on.
//
// What is kept follows from what was kept and what came, and from nothing else: a replay keeps the
// same.  An event costs the same however long the tail is: its slot is that of the one that goes,
// and the places of those that went are taken out all at once, after as many events as are kept.

/// The tail.
package struct EventTail: Sendable {
    /// Where an event is; stale once its slot has another.
    private struct Place {
        var id: UInt64
        var slot: UInt32
    }

    /// The kept events of a topic, oldest first, linked by `successors`.
    private struct Chain {
        var count = 0
        var oldest: UInt32 = 0
        var newest: UInt32 = 0
        /// The id up to which events of the topic may be missing.
        var floor: UInt64 = 0
    }

    /// The most events kept.
    package private(set) var capacity: Int
    /// The id of the newest event ever; 0 before the first.
    package private(set) var lastID: UInt64 = 0
    /// By slot.
    private var events: [Event] = []
    /// By slot: the slot of the next event of the same topic.
    private var successors: [UInt32] = []
    /// Oldest first.
    private var order: [Place] = []
    /// By `Topic.index`.
    private var chains = [Chain](repeating: Chain(), count: Topic.allCases.count)
    /// The topics that have more than their share, a bit for each.
    private var over: UInt32 = 0
    private var share: Int

    /// An empty tail; a capacity below 1 is taken as 1.
    package init(capacity: Int = 1_000) {
        self.capacity = max(1, capacity)
        share = self.capacity / Topic.allCases.count
    }

    /// Events kept.
    package var count: Int { events.count }

    /// The newest kept event.
    @inline(__always)
    package var newest: Event? { order.last.map { events[Int($0.slot)] } }

    /// The kept events, oldest first.
    package var all: [Event] { places.compactMap { self[$0] } }

    /// Adds the event that `make` makes for the next id.
    @inline(__always)
    package mutating func append(_ make: (_ id: UInt64) -> Event) {
        lastID += 1
        keep(make(lastID))
    }

    /// Restores an event of a snapshot under its id; they come in the order of their ids.
    package mutating func restore(_ event: Event) {
        let before = order.last?.id ?? 0
        if event.id <= before { return }
        if event.id > before + 1 { noteMissing(through: event.id - 1) }
        lastID = max(lastID, event.id)
        keep(event)
    }

    /// Ids up to this one were given out (by a snapshot that kept fewer events).
    package mutating func restore(lastID: UInt64) { self.lastID = max(self.lastID, lastID) }

    /// Sets another bound; what is beyond it goes by T3.
    package mutating func resize(to capacity: Int) {
        let kept = all
        let floors = chains.map(\.floor)
        let last = lastID
        self = EventTail(capacity: capacity)
        for (index, floor) in floors.enumerated() { chains[index].floor = floor }
        lastID = last
        for event in kept { keep(event) }
    }

    /// Events with ids up to this one may be missing; of a topic only if none older is kept (T4).
    private mutating func noteMissing(through id: UInt64) {
        for index in chains.indices where chains[index].count == 0 {
            chains[index].floor = max(chains[index].floor, id)
        }
    }

    // MARK: Reading

    /// Places of events, oldest first; some are empty.
    package var places: Range<Int> { order.indices }

    /// The event at a place; nil: it is not kept any more.
    package subscript(place: Int) -> Event? {
        let slot = Int(order[place].slot)
        return events[slot].id == order[place].id ? events[slot] : nil
    }

    /// The topic of the event at a place, which is not copied; nil: it is not kept any more.
    package func topic(at place: Int) -> Topic? {
        let slot = Int(order[place].slot)
        return events[slot].id == order[place].id ? events[slot].kind.topic : nil
    }

    /// The id of the event at a place, kept or not.
    package func id(at place: Int) -> UInt64 { order[place].id }

    /// The first place with an id of at least `id`; the end of `places`: there is none.
    package func place(from id: UInt64) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The id up to which events of these topics may be missing; all above it are kept.
    package func floor(of topics: TopicSet) -> UInt64 {
        var floor: UInt64 = 0
        for topic in Topic.allCases where topics.contains(topic) {
            floor = max(floor, chains[topic.index].floor)
        }
        return floor
    }

    // MARK: Keeping

    private mutating func keep(_ event: consuming Event) {
        let topic = event.kind.topic.index
        let bit: UInt32 = 1 &<< UInt32(truncatingIfNeeded: topic)
        let id = event.id
        var chain = chains[topic]
        let slot: UInt32
        if events.count < capacity {
            slot = UInt32(truncatingIfNeeded: events.count)
            events.append(event)
            successors.append(0)
            chain.count += 1
        } else {
            // A flood pushes out its own events; mostly nothing else is to be looked at.
            if over != bit, let other = otherOver(than: topic, chain) {
                slot = makeRoom(in: other)
                chain.count += 1
            } else {
                slot = chain.oldest
                chain.oldest = successors[Int(slot)]
                chain.floor = events[Int(slot)].id
            }
            events[Int(slot)] = event
        }
        if chain.count > share { over |= bit }
        // The chain had no event if the new one is its only one; what went may have been its last.
        if chain.count == 1 {
            chain.oldest = slot
        } else {
            successors[Int(chain.newest)] = slot
        }
        chain.newest = slot
        chains[topic] = chain
        order.append(Place(id: id, slot: slot))
        if order.count > 2 &* capacity { removeStalePlaces() }
    }

    /// The topic whose oldest event goes by T3 when one of `topic` comes and there is no room; nil:
    /// it is one of that topic itself.
    private func otherOver(than topic: Int, _ chain: Chain) -> Int? {
        // With the new one there is one more than all shares together, so some topic is over its.
        var found: Int?
        var oldest = UInt64.max
        if chain.count >= share, chain.count > 0 { oldest = events[Int(chain.oldest)].id }
        for index in chains.indices where index != topic && chains[index].count > share {
            let id = events[Int(chains[index].oldest)].id
            if id < oldest { (oldest, found) = (id, index) }
        }
        return found
    }

    /// Lets the oldest event of a topic go, and returns its slot.
    private mutating func makeRoom(in topic: Int) -> UInt32 {
        let slot = chains[topic].oldest
        chains[topic].oldest = successors[Int(slot)]
        chains[topic].floor = events[Int(slot)].id
        chains[topic].count -= 1
        if chains[topic].count <= share { over &= ~(1 << UInt32(topic)) }
        return slot
    }

    private mutating func removeStalePlaces() {
        var kept = 0
        for index in order.indices
        where events[Int(order[index].slot)].id == order[index].id {
            order[kept] = order[index]
            kept += 1
        }
        order.removeLast(order.count - kept)
    }
}

extension EventTail: Equatable {
    /// Whether both keep the same, and go on alike.
    package static func == (one: EventTail, other: EventTail) -> Bool {
        one.capacity == other.capacity && one.lastID == other.lastID && one.all == other.all
    }
}
