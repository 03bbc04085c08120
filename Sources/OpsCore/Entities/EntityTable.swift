// The table of a slow domain.  A snapshot takes it whole, by reference, at its beginning: it is in
// a few shards, and a change to one that a snapshot still holds copies that shard once.  So replay
// meets the table exactly as it was at the snapshot's number.
//
// Indexes and counts beside the table belong to the domain.  They are not durable: they are built
// anew after recovery.

/// All entities of a kind, by their ids.
package struct EntityTable<Item: Entity>: Sendable {
    private static var shardCount: Int { 16 }

    fileprivate struct Shard: Sendable {
        var items: [Item.ID: Item] = [:]
        /// When the first entity ends.
        var earliest = Int64.max

        /// Notes that an entity with this deadline is gone.  One that never ends was not the first
        /// to end: most are such, and to look at all for each change would take long.
        mutating func dropped(_ deadline: Int64) {
            if deadline == earliest, deadline != Ban.never { refresh() }
        }

        mutating func refresh() { earliest = items.values.map(\.deadline).min() ?? .max }
    }

    private var shards = [Shard](repeating: Shard(), count: shardCount)
    /// Entities held.
    package private(set) var count = 0

    /// An empty table.
    package init() {}

    /// Whether it holds nothing.
    package var isEmpty: Bool { count == 0 }

    /// The entity with this id.
    package subscript(id: Item.ID) -> Item? { shards[Self.shard(of: id)].items[id] }

    /// All of them, by their ids; costs a sort.
    package var sorted: [Item] { image.sorted }

    /// Applies a record; returns its event.  Takes any record; applied again, it changes nothing.
    package mutating func apply(_ record: EntityRecord<Item>) -> EventDraft? {
        switch record {
        case .put(let item, let event):
            insert(item)
            return event
        case .drop(let id, let event):
            let place = Self.shard(of: id)
            guard let gone = shards[place].items.removeValue(forKey: id) else { return event }
            count -= 1
            shards[place].dropped(gone.deadline)
            return event
        }
    }

    /// Adds an entity, or puts it in the place of the one with its id.
    package mutating func insert(_ item: Item) {
        let place = Self.shard(of: item.id)
        let before = shards[place].items.updateValue(item, forKey: item.id)
        if before == nil { count += 1 }
        if let before { shards[place].dropped(before.deadline) }
        shards[place].earliest = min(shards[place].earliest, item.deadline)
    }

    /// When the first entity ends, milliseconds of boot time; `Int64.max`: none does.
    package var nextDeadline: Int64 {
        var next = Int64.max
        for shard in shards { next = min(next, shard.earliest) }
        return next
    }

    /// The entities that have ended, at most `limit`, the first to end first.
    package func due(at now: Moment, atMost limit: Int) -> [Item] {
        var due: [Item] = []
        for shard in shards where shard.earliest <= now.bootMilliseconds {
            due += shard.items.values.filter { $0.deadline <= now.bootMilliseconds }
        }
        due.sort { ($0.deadline, $0.id) < ($1.deadline, $1.id) }
        return Array(due.prefix(limit))
    }

    /// Moves every deadline to another boot.
    /// - Parameter others: moves the other times of an entity.
    package mutating func rebase(_ rebase: Rebase, _ others: (inout Item) -> Void = { _ in }) {
        for place in shards.indices {
            shards[place].items = shards[place].items.mapValues { item in
                var moved = item
                if item.deadline != Ban.never { moved.deadline = rebase.moved(item.deadline) }
                others(&moved)
                return moved
            }
            shards[place].refresh()
        }
    }

    /// The whole table as it is now, by reference.
    package var image: EntityImage<Item> { EntityImage(shards: shards) }

    private static func shard(of id: Item.ID) -> Int {
        Int(UInt(bitPattern: id.hashValue) % UInt(shardCount))
    }
}

/// A table as it was when the image was made.
package struct EntityImage<Item: Entity>: Sendable {
    fileprivate let shards: [EntityTable<Item>.Shard]

    /// The entities sorted by id, so that the same table is written as the same bytes.
    package var sorted: [Item] {
        shards.flatMap { $0.items.values }.sorted { $0.id < $1.id }
    }
}
