// The durable changes of the inbox.  Each is absolute, so applied again, in order, it does no harm;
// the event is in the record.

/// What may happen to incidents, their notes and evidence, and to silences.
package enum IncidentRecord: Hashable, Sendable {
    /// An incident is this from now on, or is forgotten with its notes and evidence.
    case incident(EntityRecord<Incident>)
    /// It was raised again, and only counted.
    case repeated(IncidentRepeat)
    case note(EntityRecord<IncidentNote>)
    case evidence(EntityRecord<IncidentEvidence>)
    case silence(EntityRecord<Silence>)
    /// A silence held this many raises in all.
    case silenced(id: UInt64, count: UInt64)
    /// Pages of one channel stand so from now on.
    case marked(PageMarks)
}

/// A raise that was only counted.
package struct IncidentRepeat: Hashable, Sendable {
    /// The incident.
    package var id: UInt64
    /// The severity of this raise.
    package var severity: Severity
    /// Raises in all.
    package var raises: UInt64
    /// Raises of this window.
    package var repeats: UInt64
    /// When, wall clock seconds since 1970.
    package var updated: Int64

    package init(id: UInt64, severity: Severity, raises: UInt64, repeats: UInt64, updated: Int64) {
        self.id = id
        self.severity = severity
        self.raises = raises
        self.repeats = repeats
        self.updated = updated
    }
}

extension Change {
    /// A record of the inbox.
    package static func incident(_ record: IncidentRecord) -> Change {
        .domain(.incident(record))
    }

    /// An incident is this from now on, shortened where it is too large to be kept.
    package static func incident(put incident: Incident, _ event: EventDraft? = nil) -> Change {
        .incident(.incident(.put(incident.fitted, event: event)))
    }
}

/// An entry of a snapshot.
package enum IncidentPart: Hashable, Sendable {
    /// The newest numbers given out, so that none is given out again.
    case numbers(IncidentNumbers)
    case incident(Incident)
    case note(IncidentNote)
    case evidence(IncidentEvidence)
    case silence(Silence)
}

/// The newest numbers given out; 0: none.
package struct IncidentNumbers: Hashable, Sendable {
    /// Of an incident.
    package var incident: UInt64
    /// Of a silence.
    package var silence: UInt64

    package init(incident: UInt64 = 0, silence: UInt64 = 0) {
        self.incident = incident
        self.silence = silence
    }
}
