// The question how far reporters have come, and its answer.

/// Which of the streams to show.
package struct PlacesQuery: Hashable, Sendable {
    /// 1...1000.
    package var limit: Int
    /// Begin after this stream, by name; nil: at the start.
    package var after: String?
    /// Only this one; nil: all.
    package var stream: String?

    package init(limit: Int = 100, after: String? = nil, stream: String? = nil) {
        self.limit = limit
        self.after = after
        self.stream = stream
    }
}

/// Streams by name.
package struct PlacesPage: Hashable, Sendable {
    /// The last place of each.
    package var places: [Place]
    /// What to pass as `after` for the following page; nil: there is none.
    package var next: String?

    package init(places: [Place], next: String?) {
        self.places = places
        self.next = next
    }
}

extension Places {
    /// A page of streams by name.
    func page(_ query: PlacesQuery) -> PlacesPage {
        if let stream = query.stream {
            let place = last(of: stream).map { Place(stream: stream, number: $0) }
            return PlacesPage(places: place.map { [$0] } ?? [], next: nil)
        }
        let rest = all.map(\.place).filter { place in query.after.map { place.stream > $0 } ?? true
        }
        let rows = Array(rest.prefix(query.limit))
        return PlacesPage(places: rows, next: rest.count > rows.count ? rows.last?.stream : nil)
    }
}
