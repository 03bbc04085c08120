// A model as the subject of an event about spending.

/// The model that an event is about.
package struct CostSubject: Hashable, Sendable {
    /// The model.
    package var model: ModelName

    package init(model: ModelName) { self.model = model }

    /// nil: the event is about all models together.
    static func of(_ model: ModelName?) -> EventSubject? {
        model.map { .cost(CostSubject(model: $0)) }
    }
}

extension CostSubject {
    var fields: [SubjectField] {
        [
            SubjectField(
                "model", stored: "model", journal: "OPSD_MODEL", .text(model.description))
        ]
    }

    static let storedTypes: [String: SubjectField.StoredType] = ["model": .text]

    /// nil: the members are of no model.
    init?(_ members: StoredMembers) throws(MalformedSubject) {
        guard let text = members.texts["model"] else { return nil }
        guard let model = ModelName(stored: text) else {
            throw MalformedSubject(reason: "not the name of a model")
        }
        self.init(model: model)
    }
}
