// Made-up incidents, notes, evidence and silences.

import OpsTestKit

@testable import OpsCore

extension SeededGenerator {
    mutating func incidentID() -> UInt64 { pick([1, 17, UInt64(Int64.max), next() % 100 + 1]) }

    /// Wall clock seconds.
    private mutating func second() -> Int64 { pick([0, 1_795_252_290, 1 << 33]) }

    mutating func incident() -> Incident {
        let group = IncidentGroup(
            source: text(upTo: IncidentBounds.sourceBytes / 6),
            key: pick([nil, text(upTo: IncidentBounds.keyBytes / 6)]), message: text(upTo: 900))
        var incident = Incident(
            id: incidentID(), group: group, severity: pick(Severity.allCases),
            message: text(upTo: IncidentBounds.messageBytes), uid: pick([0, 1_000, .max]),
            opened: second(), since: pick([-5_000, 0, 1 << 40]), windowEnds: deadline())
        incident.highest = pick(Severity.allCases)
        incident.details = text(upTo: IncidentBounds.detailsBytes)
        incident.links = pick([[], ["https://wiki/a b", text(upTo: 500)]])
        incident.stage = pick(IncidentStage.allCases)
        incident.rule = pick([nil, "disk", text(upTo: IncidentBounds.ruleBytes)])
        incident.updated = second()
        incident.resolved = incident.stage == .resolved ? second() : nil
        incident.raises = pick([1, 1_000, .max])
        incident.repeats = pick([0, 7, .max])
        incident.earlierRepeats = pick([0, 17])
        incident.window = pick([1, 2, .max])
        incident.acknowledgedSeverity = pick([nil, .warning])
        incident.changes = pick([[], [1_795_252_290], [1, 2, 3]])
        incident.isFlood = next() % 8 == 0
        incident.steps = (0..<Int(next() % 5)).map { _ in
            IncidentStep(
                pick(IncidentStep.Kind.allCases), at: second(), uid: pick([nil, 0, .max]),
                text: text(upTo: IncidentBounds.stepBytes))
        }
        incident.pages = (0..<Int(next() % 5)).map { _ in pageMark() }
        incident.deadline = incident.stage == .resolved ? deadline() : Ban.never
        return incident.fitted
    }

    private mutating func pageMark() -> PageMark {
        PageMark(
            channel: pick(["mail", "tg-1"]), reason: pick(PageReason.allCases),
            number: pick([0, 1, .max]), item: pick([0, 12, .max]),
            end: pick([nil] + PageEnd.allCases), at: second())
    }

    mutating func pageMarks() -> PageMarks {
        let count = pick([0, 1, 3])
        return PageMarks(
            channel: pick(["mail", String(repeating: "c", count: PagerChannel.nameBytes)]),
            item: pick([0, incidentID()]), isInDigest: flag(), end: pick([nil] + PageEnd.allCases),
            at: second(),
            pages: (0..<count).map { _ in
                MarkedPage(
                    incident: incidentID(), reason: pick(PageReason.allCases),
                    number: pick([0, 1, .max]))
            })
    }

    mutating func incidentRepeat() -> IncidentRepeat {
        IncidentRepeat(
            id: incidentID(), severity: pick(Severity.allCases), raises: pick([2, .max]),
            repeats: pick([1, .max]), updated: second())
    }

    mutating func incidentNote() -> IncidentNote {
        IncidentNote(
            id: IncidentNote.ID(
                incident: incidentID(),
                number: UInt32(next() % UInt64(IncidentBounds.notes)) + 1),
            text: text(upTo: IncidentBounds.noteBytes), uid: pick([nil, 0, .max]), at: second())
    }

    mutating func incidentEvidence() -> IncidentEvidence {
        IncidentEvidence(
            id: incidentID(), text: text(upTo: IncidentBounds.evidenceBytes), at: second())
    }

    mutating func silence() -> Silence {
        Silence(
            id: incidentID(), severity: pick([nil, .warning]), source: pick([nil, "backup*"]),
            fingerprint: pick([nil, "c75893c52574"]),
            reason: text(upTo: IncidentBounds.silenceReasonBytes), uid: pick([0, .max]),
            created: second(), silenced: pick([0, 3, .max]), deadline: deadline())
    }

    mutating func incidentSubject() -> IncidentSubject {
        pick([
            IncidentSubject(
                incident: incidentID(), fingerprint: "c75893c52574",
                source: text(upTo: IncidentBounds.sourceBytes)),
            IncidentSubject(silence: incidentID()),
        ])
    }

    mutating func incidentEvent() -> EventDraft? {
        let kind: EventKind = pick([
            .incidentOpened, .incidentAgain, .incidentWorse, .incidentAcknowledged,
            .incidentResolved, .incidentFlood, .silenceAdded, .silenceEnded,
        ])
        return pick([
            nil,
            EventDraft(
                kind, pick(Severity.allCases), text(upTo: 900), reason: pick([nil, "why"]),
                uid: pick([nil, 0, 7]), expires: pick([nil, 5]), subject: subject(kind)),
        ])
    }
}
