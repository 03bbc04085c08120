// A page of the event tail.

/// `events` (S5-07); `total` counts all kept events that match.
package struct EventPage: Hashable, Sendable {
    /// Kept events that match the severity, on all pages.
    package var total: Int
    /// Newest first.
    package var events: [Event]
    package var next: UInt64?
}
