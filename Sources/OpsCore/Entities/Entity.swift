// The things of a slow domain: incidents, work, jobs, caps.  There are thousands of them at most,
// they change some times a second at most, and each is written whole whenever it changes, so that a
// record is absolute by construction: applied again, in order, it does no harm.
//
// What grows without end inside a thing (notes, repeats) has records and a table of its own.

/// The fixed bounds of an entity.
package enum EntityBounds {
    /// Bytes of one whole entity as it is written, with the members that a newer version added.
    package static let bytes = 16 << 10
    /// How many of these bytes may be members that this version does not know.
    package static let unknownBytes = 4 << 10
}

/// One thing of a slow domain.
package protocol Entity: Hashable, Sendable {
    associatedtype ID: Hashable & Comparable & Sendable
    var id: ID { get }
    /// When the entity, or a part of it, ends by itself: milliseconds of boot time, or `Ban.never`.
    var deadline: Int64 { get set }
    /// Members that a newer version wrote, as they stood: `"name":value,...` without braces; empty:
    /// none.
    var unknown: String { get set }
}

/// What may happen to an entity.  The event is in the record, so that replay emits the same events
/// as the live run.
package enum EntityRecord<Item: Entity>: Hashable, Sendable {
    /// The entity is this from now on.
    case put(Item, event: EventDraft?)
    /// The entity is gone.
    case drop(Item.ID, event: EventDraft?)
}
