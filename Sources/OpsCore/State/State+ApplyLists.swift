// The changes of lists, applied.  As everywhere, events come from the change alone.

extension State {
    mutating func apply(_ commit: ListCommit, _ stamp: Stamp) {
        lists.commit(commit)
        var details = "list \(commit.name): \(commit.entries) networks"
        if commit.isReplacement { details += ", \(commit.added) new, \(commit.removed) gone" }
        note(
            .listCommitted, commit.name, details, commit.uid, stamp,
            expires: expires(commit.deadline))
    }

    mutating func apply(_ drop: ListDrop, _ stamp: Stamp) {
        lists.remove(drop.name)
        note(
            .listDropped, drop.name, "list \(drop.name): dropped, \(drop.entries) networks",
            drop.uid, stamp)
    }

    mutating func apply(_ end: ListEnd, _ stamp: Stamp) {
        if lists[end.name]?.deadline == end.deadline { lists.remove(end.name) }
        note(
            .listExpired, end.name,
            "list \(end.name): its time is over, \(end.entries) networks", nil, stamp)
    }

    private mutating func note(
        _ kind: EventKind, _ name: String, _ details: String, _ uid: UInt32?, _ stamp: Stamp,
        expires: Int64? = nil
    ) {
        events.append { id in
            Event(
                id: id, kind: kind, severity: .info, wall: stamp.moment.wall, gauges: stamp.gauges,
                details: details, source: AddressList.source(of: name), uid: uid,
                expires: expires)
        }
    }
}
