// A queue as the subject of an event.

/// The queue that an event is about.
package struct QueueSubject: Hashable, Sendable {
    /// The queue.
    package var name: QueueName

    package init(_ name: QueueName) { self.name = name }
}

extension QueueSubject {
    var fields: [SubjectField] {
        [SubjectField("queue", stored: "queue", journal: "OPSD_QUEUE", .text(name.description))]
    }

    static let storedTypes: [String: SubjectField.StoredType] = ["queue": .text]

    /// nil: the members are of no queue.
    init?(_ members: StoredMembers) throws(MalformedSubject) {
        guard let text = members.texts["queue"] else { return nil }
        guard let name = QueueName(text) else {
            throw MalformedSubject(reason: "not the name of a queue")
        }
        self.init(name)
    }
}
