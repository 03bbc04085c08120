// Lists as a domain: their records applied, what a snapshot takes of them, what ends by itself.

extension Change {
    /// A record of lists.
    package static func list(_ record: ListRecord) -> Change { .domain(.list(record)) }
}

extension Lists: Domain {
    /// Applies a record; every one but a chunk makes an event.
    package mutating func apply(_ record: ListRecord, at instant: Instant) -> EventDraft? {
        switch record {
        case .chunk(let chunk):
            append(chunk)
            return nil
        case .committed(let record):
            commit(record)
            var details = "list \(record.name): \(record.entries) networks"
            if record.isReplacement {
                details += ", \(record.added) new, \(record.removed) gone"
            }
            return EventDraft(
                .listCommitted, .info, details, uid: record.uid,
                expires: instant.expires(record.deadline), subject: .list(record.name))
        case .dropped(let drop):
            remove(drop.name)
            return EventDraft(
                .listDropped, .info, "list \(drop.name): dropped, \(drop.entries) networks",
                uid: drop.uid, subject: .list(drop.name))
        case .expired(let end):
            if self[end.name]?.deadline == end.deadline { remove(end.name) }
            return EventDraft(
                .listExpired, .info,
                "list \(end.name): expired, \(end.entries) networks",
                subject: .list(end.name))
        }
    }

    /// Takes all lists at the beginning: a list is never changed in place, so each costs one
    /// reference.
    package func image(_ portion: SnapshotPortion, at now: Moment) -> ListImage? {
        portion == .beginning ? ListImage(lists: live(at: now)) : nil
    }

    /// An older opsd would carry some lines along and drop others.
    package var minReader: Int { isEmpty ? 1 : 2 }

    /// Moves the end of every list to another boot.
    package mutating func rebase(_ rebase: Rebase, at instant: Instant) {
        moveDeadlines(rebase.moved)
    }

    /// Forgets a list that arrived in part: nothing will complete it.
    package mutating func recoveryEnded() { forgetArriving() }

    /// The lists that have ended, the first to end first.
    package func due(
        at now: Moment, in state: borrowing State, atMost limit: Int
    ) -> [Change] {
        all.filter { $0.deadline <= now.bootMilliseconds }
            .sorted { $0.deadline < $1.deadline }
            .prefix(limit)
            .map { list in
                .list(
                    .expired(
                        ListEnd(
                            name: list.name, deadline: list.deadline,
                            entries: UInt32(list.count))))
            }
    }
}

/// The lists of a snapshot, by reference.
package struct ListImage: DomainImage {
    fileprivate let lists: [AddressList]

    /// Calls `body` with the lists by name.
    package func forEachEntry<Failure: Error>(
        _ body: (DomainEntry) throws(Failure) -> Void
    ) throws(Failure) {
        for list in lists { try body(.list(list)) }
    }
}
