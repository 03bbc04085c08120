// Room for what comes: what goes when the inbox is full, and what never does.

extension Incidents {
    /// Whether there may be a place for one more: where there is none, nothing need be made to see
    /// it.
    func mayHavePlace(keeping kept: Int) -> Bool {
        count + kept < IncidentBounds.incidents || !overIDs.isEmpty
    }

    /// The changes that make room for an incident of a size; nil: there is none, for what is left
    /// is not over.  Evidence goes first, that of the oldest incident before others, then the
    /// oldest incidents that are over.
    /// - Parameter kept: places that are kept for others.
    func room(for bytes: Int, keeping kept: Int) -> [Change]? {
        var freeBytes = IncidentBounds.memoryBytes - memoryBytes - bytes
        var freePlaces = IncidentBounds.incidents - kept - count - 1
        var changes: [Change] = []
        var withoutEvidence: Set<UInt64> = []
        for id in evidenceIDs {
            if freeBytes >= 0 { break }
            guard let item = evidence[id] else { continue }
            changes.append(.incident(.evidence(.drop(id, event: nil))))
            withoutEvidence.insert(id)
            freeBytes += item.memoryBytes
        }
        for id in overIDs {
            if freeBytes >= 0 && freePlaces >= 0 { break }
            guard let incident = self[id] else { continue }
            changes.append(.incident(.incident(.drop(id, event: nil))))
            freePlaces += 1
            freeBytes += incident.memoryBytes
            for note in notes(of: id) { freeBytes += note.memoryBytes }
            if !withoutEvidence.contains(id), let item = evidence[id] {
                freeBytes += item.memoryBytes
            }
        }
        return freeBytes >= 0 && freePlaces >= 0 ? changes : nil
    }

    /// The changes that give an incident its evidence; none: it has some, is gone, or there is no
    /// room.  That of older incidents goes first.
    func evidence(for id: UInt64, _ text: String, at wall: Int64) -> [Change] {
        if self[id] == nil || evidence[id] != nil || text.isEmpty { return [] }
        let item = IncidentEvidence(id: id, text: text, at: wall)
        var free = IncidentBounds.memoryBytes - memoryBytes - item.memoryBytes
        var changes: [Change] = []
        for old in evidenceIDs {
            if free >= 0 || old > id { break }
            guard let gone = evidence[old] else { continue }
            changes.append(.incident(.evidence(.drop(old, event: nil))))
            free += gone.memoryBytes
        }
        if free < 0 { return [] }
        return changes + [.incident(.evidence(.put(item, event: nil)))]
    }
}

extension State {
    /// The changes that give an incident its evidence; none: it has some, or there is no room.
    package func evidence(for id: UInt64, _ text: String, at now: Moment) -> [Change] {
        domains.incidents.evidence(for: id, text, at: Self.wallSeconds(now))
    }

    /// The incidents that were opened since the last call, and want evidence.
    package mutating func takeFreshIncidents() -> [UInt64] { domains.incidents.takeFresh() }

    /// Raises that were only counted since the last call.
    package mutating func takeRepeatedIncidents() -> [(id: UInt64, count: UInt64)] {
        domains.incidents.takeRepeated()
    }

    /// The incidents that changed since the last call.
    package mutating func takeTouchedIncidents() -> [UInt64] { domains.incidents.takeTouched() }
}
