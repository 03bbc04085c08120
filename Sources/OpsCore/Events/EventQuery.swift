// What `events` asks for: which events, how many, and from where on.  The same filter is applied to
// events of the tail here, and to lines of `events.ndjson` where these are read.

/// Which events.
package struct EventFilter: Hashable, Sendable {
    /// Only events of this topic.
    package var topic: Topic?
    /// Only events of this kind.
    package var kind: EventKind?
    /// Only events of this severity.
    package var severity: Severity?
    /// Only events about an address or network that has addresses in common with this one.
    package var network: Network?
    /// Only events from this time on, wall clock milliseconds since 1970.
    package var since: Int64?
    /// Only events before this time, wall clock milliseconds since 1970.
    package var until: Int64?

    /// All events.
    package init(
        topic: Topic? = nil, kind: EventKind? = nil, severity: Severity? = nil,
        network: Network? = nil, since: Int64? = nil, until: Int64? = nil
    ) {
        self.topic = topic
        self.kind = kind
        self.severity = severity
        self.network = network
        self.since = since
        self.until = until
    }

    /// The topics that an event which matches can have.
    package var topics: TopicSet {
        if let kind { return TopicSet([kind.topic]) }
        return topic.map { TopicSet([$0]) } ?? .all
    }

    /// Whether an event is one of them.
    package func matches(_ event: Event) -> Bool {
        if let severity, event.severity != severity { return false }
        if let kind, event.kind != kind { return false }
        if let topic, event.kind.topic != topic { return false }
        if let network, !(event.network?.overlaps(network) ?? false) { return false }
        return matches(time: event.wall / 1_000_000)
    }

    /// Whether a time, milliseconds since 1970, is within the bounds.
    package func matches(time: Int64) -> Bool {
        if let since, time < since { return false }
        if let until, time >= until { return false }
        return true
    }
}

/// A place among all events, newest first: what comes after it is older.
package enum EventPlace: Hashable, Sendable {
    /// Below this id.
    case id(UInt64)
    /// Before a line of a file.
    case line(EventLinePlace)

    /// Events have ids below this one.
    package var id: UInt64 {
        switch self {
        case .id(let id): id
        case .line(let place): place.id
        }
    }
}

/// A line of a file of events.  The file is found under whatever name it has by then; where it is
/// gone, or has another line there, the id says where to go on.
package struct EventLinePlace: Hashable, Sendable {
    /// The id of its event, or of the next older one.
    package var id: UInt64
    /// Which file.
    package var inode: UInt64
    /// Where the line begins, bytes.
    package var offset: UInt64
    /// How many events that match come before it, this one included.
    package var seen: UInt64

    package init(id: UInt64, inode: UInt64, offset: UInt64, seen: UInt64) {
        self.id = id
        self.inode = inode
        self.offset = offset
        self.seen = seen
    }
}

/// `events`: a page, newest first (S5-07).
package struct EventQuery: Hashable, Sendable {
    /// Which events.
    package var filter: EventFilter
    /// How many, 1...1000.
    package var limit: Int
    /// Only older ones than at this place; nil: from the newest on.
    package var after: EventPlace?

    package init(limit: Int = 50, _ filter: EventFilter = EventFilter(), after: EventPlace? = nil) {
        self.filter = filter
        self.limit = limit
        self.after = after
    }
}

/// A page that the tail could not fill: what it has of it, for whoever reads the files.
package struct EventSearch: Hashable, Sendable {
    /// What was asked.
    package var query: EventQuery
    /// The files have the events up to this id; those above it are in `rows`, or were on earlier
    /// pages.
    package var floor: UInt64
    /// The rows of the page that come before those of the files.
    package var rows: [EventRow]
    /// How many events that match come before those of the files, on all pages.
    package var seen: UInt64
    /// Events that match, newest first, which the files have too unless they have lost them.
    package var kept: [Event]

    package init(
        query: EventQuery, floor: UInt64, rows: [EventRow], seen: UInt64, kept: [Event]
    ) {
        self.query = query
        self.floor = floor
        self.rows = rows
        self.seen = seen
        self.kept = kept
    }

    /// Where to go on in the files.
    package var start: EventPlace {
        if case .line(let place)? = query.after { return .line(place) }
        return .id(floor + 1)
    }

    /// The page, where there are no files to be read.
    package var pageOfTail: EventPage {
        let shown = kept.prefix(query.limit - rows.count)
        return EventPage(
            total: Int(seen) + kept.count, isTotalComplete: false,
            rows: rows + shown.map { EventRow($0) },
            next: kept.count > shown.count ? shown.last.map { .id($0.id) } : nil)
    }
}

extension State {
    /// `events`: from the tail, or from the files where the tail does not reach as far.
    func events(_ query: EventQuery) -> Decision {
        let missing = events.floor(of: query.filter.topics)
        let before = query.after?.id ?? .max
        // At id 0 nothing is left, whatever is missing.
        var floor = min(missing, before == 0 ? 0 : before - 1)
        if case .line(let place)? = query.after { floor = place.id == 0 ? 0 : place.id - 1 }
        var search = EventSearch(query: query, floor: floor, rows: [], seen: 0, kept: [])
        var isMore = false
        for place in events.places.reversed() {
            guard let event = events[place], query.filter.matches(event) else { continue }
            if event.id > floor {
                search.seen += 1
                if event.id >= before { continue }
                if search.rows.count < query.limit {
                    search.rows.append(EventRow(event))
                } else {
                    isMore = true
                }
            } else {
                search.kept.append(event)
            }
        }
        if case .line(let place)? = query.after {
            search.seen = place.seen
            search.rows = []
            return Decision(nil, effect: .readEvents(search))
        }
        let isFull = search.rows.count == query.limit
        if floor > 0 && !isFull { return Decision(nil, effect: .readEvents(search)) }
        isMore = isMore || floor > 0
        return Decision(
            .events(
                EventPage(
                    total: Int(search.seen) + search.kept.count, isTotalComplete: missing == 0,
                    rows: search.rows, next: isMore ? search.rows.last?.place : nil)))
    }
}
