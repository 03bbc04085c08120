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

extension State {
    /// The places of all reporters; a satellite is shown its own alone.
    func places(_ query: PlacesQuery, by caller: Caller) -> PlacesPage {
        let isReader = caller.roles.meets(Role.read.holders)
        return domains.places.page(query, of: isReader ? nil : caller.uid)
    }
}

extension Places {
    /// A page of streams by name.
    /// - Parameter uid: only this user's; nil: those of all.
    func page(_ query: PlacesQuery, of uid: UInt32?) -> PlacesPage {
        let all = all.map(\.place).filter { uid == nil || $0.uid == uid }
        if let stream = query.stream {
            return PlacesPage(places: all.filter { $0.stream.isSame(as: stream) }, next: nil)
        }
        let rest = all.filter { place in query.after.map { place.stream > $0 } ?? true
        }
        var rows = Array(rest.prefix(query.limit))
        // A page ends with all users of a name, for the next begins after it.
        if let last = rows.last {
            rows += rest.dropFirst(rows.count).prefix { $0.stream == last.stream }
        }
        return PlacesPage(places: rows, next: rest.count > rows.count ? rows.last?.stream : nil)
    }
}
