// An incident, or a silence, as the subject of an event.

/// What an event of the inbox is about.
package struct IncidentSubject: Hashable, Sendable {
    /// The incident; nil: it is about a silence.
    package var incident: UInt64?
    /// The incident's fingerprint at that time.
    package var fingerprint: String?
    /// Who raised it.
    package var source: String?
    /// The silence.
    package var silence: UInt64?

    package init(
        incident: UInt64? = nil, fingerprint: String? = nil, source: String? = nil,
        silence: UInt64? = nil
    ) {
        self.incident = incident
        self.fingerprint = fingerprint
        self.source = source
        self.silence = silence
    }

    /// An incident as it is now.
    package init(_ incident: Incident) {
        self.init(
            incident: incident.id, fingerprint: incident.fingerprint,
            source: incident.group.source)
    }
}

extension IncidentSubject {
    var fields: [SubjectField] {
        var fields: [SubjectField] = []
        if let incident {
            fields.append(
                SubjectField(
                    "incident", stored: "incident", journal: "OPSD_INCIDENT",
                    .integer(Int64(clamping: incident))))
        }
        if let fingerprint {
            fields.append(
                SubjectField(
                    "fingerprint", stored: "fingerprint", journal: "OPSD_FINGERPRINT",
                    .text(fingerprint)))
        }
        if let source {
            fields.append(
                SubjectField(
                    "incident_source", stored: "incident_source",
                    journal: "OPSD_INCIDENT_SOURCE", .text(source)))
        }
        if let silence {
            fields.append(
                SubjectField(
                    "silence", stored: "silence", journal: "OPSD_SILENCE",
                    .integer(Int64(clamping: silence))))
        }
        return fields
    }

    static let storedTypes: [String: SubjectField.StoredType] = [
        "incident": .integer, "fingerprint": .text, "incident_source": .text, "silence": .integer,
    ]

    /// nil: the members are of neither.
    init?(_ members: StoredMembers) {
        let incident = members.integers["incident"].flatMap { UInt64(exactly: $0) }
        let silence = members.integers["silence"].flatMap { UInt64(exactly: $0) }
        if incident == nil && silence == nil { return nil }
        self.init(
            incident: incident, fingerprint: members.texts["fingerprint"],
            source: members.texts["incident_source"], silence: silence)
    }
}
