// Endpoints as a domain: their records applied, what a snapshot takes of them, what ends by itself.

extension Change {
    /// A record of an endpoint.
    package static func endpoint(_ record: EntityRecord<Endpoint>) -> Change {
        .domain(.endpoint(record))
    }
}

extension Endpoints: Domain {
    /// Applies a record; the event is in it.
    package mutating func apply(
        _ record: EntityRecord<Endpoint>, at instant: Instant
    ) -> EventDraft? {
        self.record(record)
    }

    /// Takes all of them at the beginning, by reference.
    package func image(_ portion: SnapshotPortion, at now: Moment) -> EndpointImage? {
        if portion != .beginning || table.isEmpty { return nil }
        return EndpointImage(endpoints: table.image)
    }

    /// An older opsd would carry the lines along, older and older.
    package var minReader: Int { table.isEmpty ? 1 : 4 }

    /// Hours and days are the service clock's, which moves by itself.
    package mutating func rebase(_ rebase: Rebase, at instant: Instant) { move(rebase) }

    /// Nothing of it is ever under way.
    package mutating func recoveryEnded() {}

    /// When the first endpoint is forgotten.
    package var nextDeadline: Int64 { table.nextDeadline }

    /// Forgets endpoints that nobody has told of for 90 days.
    package func due(
        at now: Moment, in state: borrowing State, atMost limit: Int
    ) -> [Change] {
        table.due(at: now, atMost: limit).map { .endpoint(.drop($0.id, event: nil)) }
    }

    /// Restores an endpoint of a snapshot.
    package mutating func restore(_ endpoint: Endpoint) { insert(endpoint) }
}

/// The endpoints of a snapshot.
package struct EndpointImage: DomainImage {
    fileprivate let endpoints: EntityImage<Endpoint>

    /// Hands over the endpoints by name.
    package func forEachEntry<Failure: Error>(
        _ body: (DomainEntry) throws(Failure) -> Void
    ) throws(Failure) {
        for endpoint in endpoints.sorted { try body(.endpoint(endpoint)) }
    }
}
