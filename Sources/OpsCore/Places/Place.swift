// How far reporters have come in their logs.  A reporter says with each strike where it read it;
// what it repeats after a crash is known by its place, and counts nothing twice.

/// A place in a log that somebody reads.
package struct Place: Hashable, Sendable {
    /// The reporter's name of one log; 1 to `Bounds.streamBytes`.  Not a source: several may come
    /// from one log.
    package var stream: String
    /// Grows with every strike, and over rotations of the log.
    package var number: UInt64
    /// The user that reports: nobody moves the places of another's streams.
    package var uid: UInt32

    package init(stream: String, number: UInt64, uid: UInt32 = 0) {
        self.stream = stream
        self.number = number
        self.uid = uid
    }

    fileprivate var key: StreamKey { StreamKey(stream: ExactText(stream), uid: uid) }
}

/// Which stream: a user's, by the bytes of its name.
private struct StreamKey: Hashable {
    var stream: ExactText
    var uid: UInt32
}

/// The last place of a stream, as it is kept.
package struct StreamPlace: Hashable, Sendable {
    /// Where its reader has come to.
    package var place: Place
    /// Counts the strikes with a place, over all streams: the stream with the smallest was used
    /// longest ago.
    package var use: UInt64

    package init(_ place: Place, use: UInt64) {
        self.place = place
        self.use = use
    }
}

/// The last places of all streams; at most `Bounds.streams`.
package struct Places: Sendable {
    private var streams: [StreamKey: StreamPlace] = [:]
    private var lastUse: UInt64 = 0

    /// Streams known.
    package var count: Int { streams.count }

    /// The last place of a place's stream; nil: it is not known.
    func last(of place: Place) -> Place? { streams[place.key]?.place }

    /// Whether a new stream would push out what others hold although its user, of the role
    /// `report`, has a quarter of all.
    func isShut(to place: Place, _ share: TableShare) -> Bool {
        if !share.isQuarter || streams.count < Bounds.streams || streams[place.key] != nil {
            return false
        }
        let counts = counts
        let own = counts[place.uid] ?? 0
        return own >= TableShare.quarter(of: Bounds.streams) && mostUser(in: counts) != place.uid
    }

    private var counts: [UInt32: Int] {
        var counts: [UInt32: Int] = [:]
        for key in streams.keys { counts[key.uid, default: 0] += 1 }
        return counts
    }

    /// The user with most streams: the one that loses one.
    private func mostUser(in counts: [UInt32: Int]) -> UInt32? {
        counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
    }

    /// All of them, by name and user.
    package var all: [StreamPlace] {
        streams.values.sorted {
            ($0.place.stream, $0.place.uid) < ($1.place.stream, $1.place.uid)
        }
    }

    /// A stream has come to this place.
    mutating func note(_ place: Place) { insert(StreamPlace(place, use: lastUse + 1)) }

    /// Puts back what a snapshot held.
    mutating func insert(_ entry: StreamPlace) {
        lastUse = max(lastUse, entry.use)
        streams[entry.place.key] = entry
        if streams.count > Bounds.streams { evict() }
    }

    /// Drops the stream unused for longest, of the user that has most: a user with many streams
    /// pushes out none of another's.
    private mutating func evict() {
        guard let most = mostUser(in: counts),
            let oldest = streams.values.filter({ $0.place.uid == most })
                .min(by: { $0.use < $1.use })
        else { return }
        streams[oldest.place.key] = nil
    }
}

extension Places: Domain {
    /// A place comes with a strike, which makes the event.
    package mutating func apply(_ record: Place, at instant: Instant) -> EventDraft? {
        note(record)
        return nil
    }

    /// All of them at the beginning.
    package func image(_ portion: SnapshotPortion, at now: Moment) -> PlacesImage? {
        portion == .beginning ? PlacesImage(streams: all) : nil
    }

    /// An older opsd would carry the lines along, older and older.
    package var minReader: Int { streams.isEmpty ? 1 : 3 }

    /// Nothing of it goes by time.
    package mutating func rebase(_ rebase: Rebase, at instant: Instant) {}

    /// Nothing of it is ever under way.
    package mutating func recoveryEnded() {}

    /// Nothing of it ends.
    package var nextDeadline: Int64 { .max }

    /// Nothing of it ends.
    package func due(
        at now: Moment, in state: borrowing State, atMost limit: Int
    ) -> [Change] { [] }
}

/// The places of a snapshot.
package struct PlacesImage: DomainImage {
    fileprivate let streams: [StreamPlace]

    /// Hands over the streams by name.
    package func forEachEntry<Failure: Error>(
        _ body: (DomainEntry) throws(Failure) -> Void
    ) throws(Failure) {
        for stream in streams { try body(.place(stream)) }
    }
}
