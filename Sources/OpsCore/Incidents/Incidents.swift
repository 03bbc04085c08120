// The inbox: all incidents, their notes and evidence, and the silences.  The tables are durable;
// what stands beside them here is derived, and built anew after recovery.

/// How long incidents are told once, and kept.
package struct IncidentSettings: Hashable, Sendable {
    /// How long repeats are only counted (S2-11).
    package var dedupMilliseconds: Int64 = 3_600_000
    /// How long resolved incidents are kept.
    package var keepMilliseconds: Int64 = 30 * 86_400_000

    /// The defaults.
    package init() {}
}

/// The tables of the inbox.
package struct Incidents: Sendable {
    /// The settings in force; not durable.
    package internal(set) var settings = IncidentSettings()
    /// All incidents.
    package private(set) var table = EntityTable<Incident>()
    /// Their notes.
    package private(set) var notes = EntityTable<IncidentNote>()
    /// Their evidence.
    package private(set) var evidence = EntityTable<IncidentEvidence>()
    /// The silences.
    package private(set) var silences = EntityTable<Silence>()
    /// The newest numbers given out.
    package private(set) var numbers = IncidentNumbers()

    /// Bytes of memory that all but the silences take, about.
    package private(set) var memoryBytes = 0
    /// The incident of a group that is not over.
    private var active: [IncidentGroup: UInt64] = [:]
    /// Those that are not over, and that a rule raised.
    private var ruled: Set<UInt64> = []
    /// The newest incident of a group that is over.
    private var over: [IncidentGroup: UInt64] = [:]
    /// The fingerprint of each: to make one takes a while.
    private var fingerprints: [UInt64: String] = [:]
    /// Those that are over, and those with evidence, ascending: what goes first when it is full.
    private(set) var overIDs: [UInt64] = []
    private(set) var evidenceIDs: [UInt64] = []
    private var noteCounts: [UInt64: UInt32] = [:]
    /// Groups opened lately, by source.
    private var openings: [ExactText: Openings] = [:]
    /// When those of before were last dropped from it, milliseconds of boot time.
    private var openingsSwept: Int64 = .min
    private var touched: Set<UInt64> = []
    private var fresh: [UInt64] = []
    private var repeated: [UInt64: UInt64] = [:]
    /// Counts the changes since the start.
    package private(set) var revision: UInt64 = 0

    /// How many groups a source has opened since a time, milliseconds of boot time.
    private struct Openings {
        var since: Int64
        var count: Int
    }

    /// Incidents, the resolved ones included.
    package var count: Int { table.count }
    /// Those that are not over.
    package var activeCount: Int { active.count }

    /// Whether nothing was ever in it.
    package var isEmpty: Bool {
        table.isEmpty && notes.isEmpty && evidence.isEmpty && silences.isEmpty
            && numbers == IncidentNumbers()
    }

    /// The incident of a number.
    package subscript(id: UInt64) -> Incident? { table[id] }

    /// The one of a group that is not over.
    package func active(_ group: IncidentGroup) -> Incident? {
        active[group].flatMap { table[$0] }
    }

    /// The newest of a group that is over.
    package func newestOver(_ group: IncidentGroup) -> Incident? {
        over[group].flatMap { table[$0] }
    }

    /// The newest with a fingerprint, of those that are not over if there are some.  Several may
    /// have the same: one that has a key, and one that has none.  Looks at all.
    package func incident(fingerprint: String) -> Incident? {
        var (newest, newestActive): (UInt64?, UInt64?)
        for (id, other) in fingerprints where other == fingerprint {
            newest = max(newest ?? 0, id)
            if table[id]?.stage.isActive ?? false { newestActive = max(newestActive ?? 0, id) }
        }
        return (newestActive ?? newest).flatMap { table[$0] }
    }

    /// The fingerprint of an incident; empty: there is none of this number.
    package func fingerprint(of id: UInt64) -> String { fingerprints[id] ?? "" }

    /// The numbers of those that are not over and that a rule raised, ascending.
    var ruledIDs: [UInt64] { ruled.sorted() }

    /// The numbers of those that are not over, ascending.
    package var activeIDs: [UInt64] { active.values.sorted() }

    /// How many notes an incident has.
    package func noteCount(_ id: UInt64) -> UInt32 { noteCounts[id] ?? 0 }

    /// The notes of an incident, the oldest first.
    package func notes(of id: UInt64) -> [IncidentNote] {
        (0..<noteCount(id)).compactMap { notes[IncidentNote.ID(incident: id, number: $0 + 1)] }
    }

    /// The first silence, by number, that keeps an incident from being told.
    package func silence(holding incident: Incident) -> Silence? {
        silences.isEmpty ? nil : silences.sorted.first { $0.holds(incident) }
    }

    /// How many groups a source has opened in the minute that is under way.
    func opened(_ source: String, at bootMilliseconds: Int64) -> Int {
        guard let openings = openings[ExactText(source)],
            (0..<60_000).contains(bootMilliseconds - openings.since)
        else { return 0 }
        return openings.count
    }

    /// The incidents that changed since the last call, ascending.
    package mutating func takeTouched() -> [UInt64] {
        if touched.isEmpty { return [] }
        defer { touched.removeAll() }
        return touched.sorted()
    }

    /// Whether `takeTouched` would return something.
    package var hasTouched: Bool { !touched.isEmpty }

    /// The incidents that were opened since the last call, and want evidence.
    package mutating func takeFresh() -> [UInt64] {
        defer { fresh = [] }
        return fresh
    }

    /// Whether `takeFresh` would return something.
    package var hasFresh: Bool { !fresh.isEmpty }

    /// Raises that were only counted since the last call: how many of each, by number.
    package mutating func takeRepeated() -> [(id: UInt64, count: UInt64)] {
        if repeated.isEmpty { return [] }
        defer { repeated = [:] }
        return repeated.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Everything in it is of before: nothing is fresh, and all that is not over is to be looked
    /// at.
    mutating func settle() {
        fresh = []
        repeated = [:]
        openings = [:]
        touched = Set(active.values)
    }
}

// MARK: - Changes of the tables

extension Incidents {
    /// Applies a record of an incident, and keeps the indexes.
    mutating func apply(_ record: EntityRecord<Incident>, at instant: Instant) -> EventDraft? {
        switch record {
        case .put(let incident, _):
            if table[incident.id] == nil { noteOpening(incident, at: instant) }
            insert(incident)
        case .drop(let id, _): forget(id)
        }
        return table.apply(record)
    }

    private mutating func noteOpening(_ incident: Incident, at instant: Instant) {
        if !incident.stage.isActive { return }
        fresh.append(incident.id)
        if incident.isFlood { return }
        let now = instant.stamp.moment.bootMilliseconds
        let source = ExactText(incident.group.source)
        if opened(incident.group.source, at: now) > 0 {
            openings[source]?.count += 1
        } else {
            // Once a minute: what is younger cannot go, and a storm has thousands of sources.
            if openings.count >= 1_024, now < openingsSwept || now - 60_000 >= openingsSwept {
                openingsSwept = now
                openings = openings.filter { (0..<60_000).contains(now - $0.value.since) }
            }
            openings[source] = Openings(since: now, count: 1)
        }
    }

    /// Adds an incident, or puts it in the place of the one with its number.
    mutating func insert(_ incident: Incident) {
        if let before = table[incident.id] { unindex(before) }
        table.insert(incident)
        numbers.incident = max(numbers.incident, incident.id)
        memoryBytes += incident.memoryBytes
        touched.insert(incident.id)
        if incident.stage.isActive {
            active[incident.group] = incident.id
            if incident.rule != nil { ruled.insert(incident.id) }
        } else {
            over[incident.group] = max(over[incident.group] ?? 0, incident.id)
            overIDs.insert(sorted: incident.id)
        }
        fingerprints[incident.id] = incident.fingerprint
        revision += 1
    }

    private mutating func unindex(_ incident: Incident) {
        memoryBytes -= incident.memoryBytes
        if active[incident.group] == incident.id { active[incident.group] = nil }
        if over[incident.group] == incident.id { over[incident.group] = nil }
        ruled.remove(incident.id)
        overIDs.remove(sorted: incident.id)
        fingerprints[incident.id] = nil
        revision += 1
    }

    private mutating func forget(_ id: UInt64) {
        guard let incident = table[id] else { return }
        unindex(incident)
        touched.insert(id)
        for note in notes(of: id) { remove(note.id) }
        noteCounts[id] = nil
        removeEvidence(id)
    }

    /// A raise was only counted.
    mutating func apply(_ record: IncidentRepeat) {
        guard var incident = table[record.id] else { return }
        incident.severity = record.severity
        incident.raises = record.raises
        incident.repeats = record.repeats
        incident.updated = record.updated
        table.insert(incident)
        touched.insert(incident.id)
        repeated[incident.id, default: 0] += 1
        revision += 1
    }

    /// Applies a record of a note; a note of an incident that is gone is not kept.
    mutating func apply(_ record: EntityRecord<IncidentNote>) -> EventDraft? {
        switch record {
        case .put(let note, let event):
            if table[note.id.incident] != nil { insert(note) }
            return event
        case .drop(let id, let event):
            remove(id)
            return event
        }
    }

    /// Adds a note, or puts it in the place of the one with its number.
    mutating func insert(_ note: IncidentNote) {
        if let before = notes[note.id] { memoryBytes -= before.memoryBytes }
        notes.insert(note)
        memoryBytes += note.memoryBytes
        let count = noteCount(note.id.incident)
        noteCounts[note.id.incident] = max(count, note.id.number)
    }

    private mutating func remove(_ id: IncidentNote.ID) {
        guard let note = notes[id] else { return }
        memoryBytes -= note.memoryBytes
        _ = notes.apply(.drop(id, event: nil))
    }

    /// Applies a record of evidence; that of an incident that is gone is not kept.
    mutating func apply(_ record: EntityRecord<IncidentEvidence>) -> EventDraft? {
        switch record {
        case .put(let evidence, let event):
            if table[evidence.id] != nil { insert(evidence) }
            return event
        case .drop(let id, let event):
            removeEvidence(id)
            return event
        }
    }

    /// Adds evidence, or puts it in the place of that of the same incident.
    mutating func insert(_ item: IncidentEvidence) {
        removeEvidence(item.id)
        evidence.insert(item)
        memoryBytes += item.memoryBytes
        evidenceIDs.insert(sorted: item.id)
    }

    private mutating func removeEvidence(_ id: UInt64) {
        guard let item = evidence[id] else { return }
        memoryBytes -= item.memoryBytes
        evidenceIDs.remove(sorted: id)
        _ = evidence.apply(.drop(id, event: nil))
    }

    /// Applies a record of a silence: what it holds is held, what it held is let go.
    mutating func apply(_ record: EntityRecord<Silence>) -> EventDraft? {
        let event = silences.apply(record)
        if case .put(let silence, _) = record {
            numbers.silence = max(numbers.silence, silence.id)
        }
        let all = silences.sorted
        for id in active.values {
            guard var incident = table[id] else { continue }
            let holder = all.first { $0.holds(incident) }?.id
            if holder == incident.silence { continue }
            incident.silence = holder
            table.insert(incident)
            touched.insert(id)
        }
        return event
    }

    /// A silence held this many raises in all.
    mutating func applySilenced(id: UInt64, count: UInt64) {
        guard var silence = silences[id] else { return }
        silence.silenced = count
        silences.insert(silence)
    }

    /// Pages of some incidents stand otherwise; those of incidents that are gone do not count.
    mutating func apply(_ marks: PageMarks) {
        for id in Set(marks.pages.map(\.incident)) {
            guard var incident = table[id] else { continue }
            marks.apply(to: &incident)
            table.insert(incident)
            touched.insert(id)
        }
    }

    /// Puts back what a snapshot held.
    mutating func restore(_ part: IncidentPart) {
        switch part {
        case .numbers(let held):
            numbers.incident = max(numbers.incident, held.incident)
            numbers.silence = max(numbers.silence, held.silence)
        case .incident(let incident): insert(incident)
        case .note(let note): insert(note)
        case .evidence(let evidence): insert(evidence)
        case .silence(let silence):
            silences.insert(silence)
            numbers.silence = max(numbers.silence, silence.id)
        }
    }

    /// Moves every time to another boot.
    mutating func moveDeadlines(_ rebase: Rebase) {
        table.rebase(rebase) { incident in
            incident.windowEnds = rebase.moved(incident.windowEnds)
            incident.since = rebase.movedBack(incident.since)
        }
        silences.rebase(rebase)
        openings = [:]
    }
}

extension [UInt64] {
    /// Inserts a number into ascending ones, if it is not there.
    fileprivate mutating func insert(sorted id: UInt64) {
        let place = self.place(sorted: id)
        if place == count || self[place] != id { insert(id, at: place) }
    }

    fileprivate mutating func remove(sorted id: UInt64) {
        let place = self.place(sorted: id)
        if place < count, self[place] == id { remove(at: place) }
    }

    private func place(sorted id: UInt64) -> Int {
        if let last, last < id { return count }
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
