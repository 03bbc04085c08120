// What the records of work have to tell.

/// An item, and its kind, as the subject of an event.
package struct WorkSubject: Hashable, Sendable {
    /// nil: the event is about the kind.
    package var item: UInt64?
    /// The kind of work.
    package var kind: String

    package init(_ kind: String, item: UInt64? = nil) {
        self.kind = kind
        self.item = item
    }
}

extension WorkSubject {
    var fields: [SubjectField] {
        var fields = [
            SubjectField("work_kind", stored: "work_kind", journal: "OPSD_WORK_KIND", .text(kind))
        ]
        if let item {
            fields.append(
                SubjectField(
                    "work", stored: "work", journal: "OPSD_WORK", .integer(Int64(clamping: item))))
        }
        return fields
    }

    static let storedTypes: [String: SubjectField.StoredType] = [
        "work_kind": .text, "work": .integer,
    ]

    /// nil: the members are of no work.
    init?(_ members: StoredMembers) {
        guard let kind = members.texts["work_kind"] else { return nil }
        self.init(kind, item: members.integers["work"].flatMap { UInt64(exactly: $0) })
    }
}

extension WorkRetry {
    var event: EventDraft? {
        if !parks { return nil }
        return EventDraft(
            .workParked, .warning,
            "\(kind) is parked after \(failures) failed attempts; one item a minute tries it "
                + "again: \(error)",
            subject: .work(WorkSubject(kind, item: id)))
    }
}

extension WorkEnding {
    var event: EventDraft? {
        let subject = EventSubject.work(WorkSubject(kind, item: id))
        switch end {
        case .done:
            return resumes
                ? EventDraft(.workResumed, .info, "\(kind) works again", subject: subject) : nil
        case .failed:
            return EventDraft(
                .workFailed, .warning, "\(kind): item \(id) is refused for good: \(error)",
                subject: subject)
        case .expired:
            return EventDraft(
                .workFailed, .warning,
                "\(kind): item \(id) was not done in its time"
                    + (error.isEmpty ? "" : ": \(error)"),
                subject: subject)
        case .cancelled, .superseded, .stale: return nil
        }
    }
}

extension WorkDoubt {
    var event: EventDraft {
        EventDraft(
            .workUnsure, .warning,
            "\(kind): it is not known whether item \(id) was done: look, then "
                + "`work retry \(id)` or `work cancel \(id)`",
            subject: .work(WorkSubject(kind, item: id)))
    }
}

extension WorkKindChange {
    var event: EventDraft {
        isHeld
            ? EventDraft(
                .workParked, .warning, "\(kind) is held by command", uid: uid,
                subject: .work(WorkSubject(kind)))
            : EventDraft(
                .workResumed, .info, "\(kind) goes on by command", uid: uid,
                subject: .work(WorkSubject(kind)))
    }
}
