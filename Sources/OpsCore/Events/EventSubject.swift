// The thing of a domain that an event is about: one case for each domain.  JSON, the snapshot and
// the journal show or keep its `fields`, and know no subject by name.

/// The thing that an event is about, besides an address.
package enum EventSubject: Hashable, Sendable {
    /// The list of this name.
    case list(String)
    indirect case objective(ObjectiveSubject)
    indirect case work(WorkSubject)
    indirect case incident(IncidentSubject)
    indirect case cost(CostSubject)
    indirect case endpoint(EndpointSubject)
    indirect case queue(QueueSubject)

    /// The fields of it that are shown and kept, in this order.
    package var fields: [SubjectField] {
        switch self {
        // A snapshot keeps the name of a list as the source of the event, as it did before there
        // were subjects.
        case .list(let name):
            [SubjectField("list", stored: nil, journal: "OPSD_LIST", .text(name))]
        case .objective(let subject): subject.fields
        case .work(let subject): subject.fields
        case .incident(let subject): subject.fields
        case .cost(let subject): subject.fields
        case .endpoint(let subject): subject.fields
        case .queue(let subject): subject.fields
        }
    }

    /// The type of the value that a snapshot keeps under this name; nil: no subject has the name.
    package static func storedType(of name: String) -> SubjectField.StoredType? {
        ObjectiveSubject.storedTypes[name] ?? WorkSubject.storedTypes[name]
            ?? IncidentSubject.storedTypes[name] ?? CostSubject.storedTypes[name]
            ?? EndpointSubject.storedTypes[name] ?? QueueSubject.storedTypes[name]
    }

    /// The subject in a snapshot's line of an event; nil: the line has none.
    /// - Parameter source: the source in the line.  Where it is the source of a list, it becomes
    ///   the subject, and `source` becomes nil.
    package static func read(
        _ kind: EventKind, source: inout String?, _ members: StoredMembers
    ) throws(MalformedSubject) -> EventSubject? {
        if kind.isAboutList, let name = source.flatMap({ AddressList.name(ofSource: $0) }) {
            source = nil
            return .list(name)
        }
        if let work = WorkSubject(members) { return .work(work) }
        if let subject = IncidentSubject(members) { return .incident(subject) }
        if let subject = try CostSubject(members) { return .cost(subject) }
        if let subject = EndpointSubject(members) { return .endpoint(subject) }
        if let subject = try QueueSubject(members) { return .queue(subject) }
        return try ObjectiveSubject(members).map { .objective($0) }
    }
}

/// One field of a subject, and its name wherever it is shown.
package struct SubjectField: Sendable {
    /// A value, and how JSON shows it.
    package enum Value: Hashable, Sendable {
        case text(String)
        case integer(Int64)
        /// Wall clock seconds since 1970: a time in JSON.
        case time(Int64)
        /// Thousandths: a number with three decimals in JSON.
        case thousandths(Int64)
    }

    /// How a snapshot keeps a value.
    package enum StoredType: Sendable {
        case text, integer
    }

    /// The field's name in the JSON of an event.
    package let name: StaticString
    /// Its name in a snapshot; nil: kept elsewhere.
    package let stored: StaticString?
    /// Its name in the journal: `OPSD_...`.
    package let journal: StaticString
    /// What is shown and kept.
    package let value: Value

    init(_ name: StaticString, stored: StaticString?, journal: StaticString, _ value: Value) {
        self.name = name
        self.stored = stored
        self.journal = journal
        self.value = value
    }
}

/// The members of a subject as a snapshot has them.
package struct StoredMembers: Sendable {
    /// By the name that a snapshot has for the field.
    package var texts: [String: String] = [:]
    /// By the name that a snapshot has for the field.
    package var integers: [String: Int64] = [:]

    /// No members.
    package init() {}
}

/// A subject with a value that it cannot have.
package struct MalformedSubject: Error {
    /// What is wrong, for a fault of the store.
    package let reason: String
}

extension EventKind {
    fileprivate var isAboutList: Bool {
        switch self {
        case .listCommitted, .listDropped, .listExpired: true
        default: false
        }
    }
}
