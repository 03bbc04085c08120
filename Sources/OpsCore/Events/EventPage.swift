// A page of events, from the tail and the files.

/// One row of a page.
package struct EventRow: Hashable, Sendable {
    /// Where it comes from.
    package enum Content: Hashable, Sendable {
        /// From the tail.
        case event(Event)
        /// A line of a file, an object in JSON without its LF.
        case line([UInt8])
    }

    /// What it says.
    package var content: Content
    /// Where it is: the next page begins after it.
    package var place: EventPlace

    /// An event of the tail.
    package init(_ event: Event) {
        content = .event(event)
        place = .id(event.id)
    }

    /// A line of a file.
    package init(line: [UInt8], _ place: EventLinePlace) {
        content = .line(line)
        self.place = .line(place)
    }
}

/// `events` (S5-07).
package struct EventPage: Hashable, Sendable {
    /// Events that match, on all pages, among those that were looked at.
    package var total: Int
    /// Whether all events that there are were looked at.
    package var isTotalComplete: Bool
    /// Newest first.
    package var rows: [EventRow]
    /// Where the next page begins; nil: there is no other.
    package var next: EventPlace?
    /// Compressed files of events that were not read.
    package var compressedFiles = 0
    /// What could not be read, and why; nil: everything could.
    package var fault: String?

    package init(total: Int, isTotalComplete: Bool = true, rows: [EventRow], next: EventPlace?) {
        self.total = total
        self.isTotalComplete = isTotalComplete
        self.rows = rows
        self.next = next
    }

    /// A page of the tail.
    package init(total: Int, events: [Event], next: UInt64?) {
        self.init(total: total, rows: events.map { EventRow($0) }, next: next.map { .id($0) })
    }
}
