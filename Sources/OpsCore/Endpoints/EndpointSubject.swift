// An endpoint as the subject of an event.

/// The endpoint that an event is about.
package struct EndpointSubject: Hashable, Sendable {
    /// Its name.
    package var name: String

    package init(name: String) { self.name = name }
}

extension EndpointSubject {
    var fields: [SubjectField] {
        [
            SubjectField(
                "endpoint", stored: "endpoint", journal: "OPSD_ENDPOINT", .text(name))
        ]
    }

    static let storedTypes: [String: SubjectField.StoredType] = ["endpoint": .text]

    /// nil: the members are of no endpoint.
    init?(_ members: StoredMembers) {
        guard let name = members.texts["endpoint"] else { return nil }
        self.init(name: name)
    }
}
