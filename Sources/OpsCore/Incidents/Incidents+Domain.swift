// The inbox as a domain: its records applied, what a snapshot takes of it, what ends by itself.

extension Incidents: Domain {
    /// Several kinds of entities have records of their own in it.
    package typealias Record = IncidentRecord

    /// Applies a record; the event is in it.
    package mutating func apply(_ record: IncidentRecord, at instant: Instant) -> EventDraft? {
        switch record {
        case .incident(let record): return apply(record, at: instant)
        case .repeated(let record):
            apply(record)
            return nil
        case .note(let record): return apply(record)
        case .evidence(let record): return apply(record)
        case .silence(let record): return apply(record)
        case .silenced(let id, let count):
            applySilenced(id: id, count: count)
            return nil
        case .marked(let marks):
            apply(marks)
            return nil
        }
    }

    /// Takes all of it at the beginning, by reference.
    package func image(_ portion: SnapshotPortion, at now: Moment) -> IncidentImage? {
        if portion != .beginning || isEmpty { return nil }
        return IncidentImage(
            numbers: numbers, incidents: table.image, notes: notes.image,
            evidence: evidence.image, silences: silences.image)
    }

    /// An older opsd would carry the lines along, older and older.
    package var minReader: Int { isEmpty ? 1 : 4 }

    /// Moves every time to another boot.
    package mutating func rebase(_ rebase: Rebase, at instant: Instant) { moveDeadlines(rebase) }

    /// What was opened before is not fresh.
    package mutating func recoveryEnded() { settle() }

    /// When the first resolved incident is forgotten, or the first silence ends.
    package var nextDeadline: Int64 { min(table.nextDeadline, silences.nextDeadline) }

    /// Ends silences, and forgets resolved incidents whose time is over.
    package func due(
        at now: Moment, in state: borrowing State, atMost limit: Int
    ) -> [Change] {
        let ended = silences.due(at: now, atMost: limit).map { silence in
            Change.incident(.silence(.drop(silence.id, event: silence.end(by: nil))))
        }
        let forgotten = table.due(at: now, atMost: limit - ended.count).map { incident in
            Change.incident(.incident(.drop(incident.id, event: nil)))
        }
        return ended + forgotten
    }
}

/// The inbox of a snapshot, by reference.
package struct IncidentImage: DomainImage {
    fileprivate let numbers: IncidentNumbers
    fileprivate let incidents: EntityImage<Incident>
    fileprivate let notes: EntityImage<IncidentNote>
    fileprivate let evidence: EntityImage<IncidentEvidence>
    fileprivate let silences: EntityImage<Silence>

    /// The silences, the incidents, what belongs to them, and the numbers.
    package func forEachEntry<Failure: Error>(
        _ body: (DomainEntry) throws(Failure) -> Void
    ) throws(Failure) {
        for silence in silences.sorted { try body(.incident(.silence(silence))) }
        for incident in incidents.sorted { try body(.incident(.incident(incident))) }
        for note in notes.sorted { try body(.incident(.note(note))) }
        for item in evidence.sorted { try body(.incident(.evidence(item))) }
        try body(.incident(.numbers(numbers)))
    }
}
