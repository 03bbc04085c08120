// What of a domain an event is about: one case a domain.  What shows or keeps an event goes by the
// fields: JSON, the snapshot and the journal know no subject by name.

/// The thing that an event is about, besides an address.
package enum EventSubject: Hashable, Sendable {
    /// The list of this name.
    case list(String)
    indirect case objective(ObjectiveSubject)

    /// What is to be shown and kept of it, in this order.
    package var fields: [SubjectField] {
        switch self {
        // A snapshot has a list's name as the source of its event, as it was before there were
        // subjects.
        case .list(let name):
            [SubjectField("list", stored: nil, journal: "OPSD_LIST", .text(name))]
        case .objective(let subject): subject.fields
        }
    }

    /// What a snapshot keeps under this name in the line of an event; nil: not a subject's.
    package static func storedType(of name: String) -> SubjectField.StoredType? {
        ObjectiveSubject.storedTypes[name]
    }

    /// The subject that a snapshot's line of an event tells of; nil: it has none.
    /// - Parameter source: the source that the line names; where it is a list's, it is not the
    ///   event's.
    package static func read(
        _ kind: EventKind, source: inout String?, _ members: StoredMembers
    ) throws(MalformedSubject) -> EventSubject? {
        if kind.isAboutList, let name = source.flatMap({ AddressList.name(ofSource: $0) }) {
            source = nil
            return .list(name)
        }
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

    /// In the JSON of an event.
    package let name: StaticString
    /// In a snapshot; nil: kept elsewhere.
    package let stored: StaticString?
    /// In the journal: `OPSD_...`.
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
