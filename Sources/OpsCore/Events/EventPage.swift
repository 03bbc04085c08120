// A page of the event tail.

/// `events` (S5-07); `total` counts all kept events that match.
package struct EventPage: Hashable, Sendable {
    package var total: Int
    package var events: [Event]
    package var next: UInt64?

    package init(total: Int, events: [Event], next: UInt64?) {
        self.total = total
        self.events = events
        self.next = next
    }
}
