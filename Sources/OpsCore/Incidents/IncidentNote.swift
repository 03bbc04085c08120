// What grows beside an incident, each an entity of its own: what people note, and how the host was
// when it began.

/// A note of a person, or of a program.
package struct IncidentNote: Entity {
    /// Which note of which incident.
    package struct ID: Hashable, Comparable, Sendable {
        /// The incident.
        package var incident: UInt64
        /// 1 to `IncidentBounds.notes`.
        package var number: UInt32

        package init(incident: UInt64, number: UInt32) {
            self.incident = incident
            self.number = number
        }

        /// By incident, then by number.
        package static func < (one: ID, two: ID) -> Bool {
            (one.incident, one.number) < (two.incident, two.number)
        }
    }

    /// Which note.
    package var id: ID
    /// At most `IncidentBounds.noteBytes`.
    package var text: String
    /// Who wrote it; nil: opsd itself.
    package var uid: UInt32?
    /// Wall clock seconds since 1970.
    package var at: Int64
    /// It goes with its incident.
    package var deadline: Int64 = Ban.never
    /// Members that a newer version wrote.
    package var unknown: String = ""

    package init(id: ID, text: String, uid: UInt32?, at: Int64) {
        self.id = id
        self.text = text
        self.uid = uid
        self.at = at
    }
}

/// How the host was when an incident began.  Written once.
package struct IncidentEvidence: Entity {
    /// The incident.
    package var id: UInt64
    /// A few short lines, at most `IncidentBounds.evidenceBytes`.
    package var text: String
    /// When it was gathered, wall clock seconds since 1970.
    package var at: Int64
    /// It goes with its incident, or before it.
    package var deadline: Int64 = Ban.never
    /// Members that a newer version wrote.
    package var unknown: String = ""

    /// A text that is too long is cut.
    package init(id: UInt64, text: String, at: Int64) {
        self.id = id
        self.text = text.cut(toWrittenBytes: IncidentBounds.evidenceBytes)
        self.at = at
    }
}
