// A reply about incidents and silences for every form that its members can have.

@testable import OpsCore
@testable import OpsProtocol

/// Every case of `IncidentReply`, with `text` wherever there is text.
func incidentShapes(_ text: String) -> [Shape] {
    var incident = Incident(
        id: 17, group: IncidentGroup(source: text, key: text, message: text), severity: .warning,
        message: text, uid: 0, opened: 1_000, since: 0, windowEnds: 5)
    incident.details = text
    incident.links = [text]
    incident.rule = text
    incident.steps = [IncidentStep(.raised, at: 5, text: text)]
    incident.pages = [
        PageMark(channel: text, reason: .raise, number: 1, item: 0, end: nil, at: 7)
    ]
    var flood = incident
    flood.isFlood = true
    let view = IncidentView(
        incident: incident,
        notes: [IncidentNote(id: .init(incident: 17, number: 1), text: text, uid: nil, at: 9)],
        evidence: IncidentEvidence(id: 17, text: text, at: 9))
    var bare = view
    bare.incident.group.isKeyed = false
    bare.incident.isFlood = true
    var summary = IncidentSummary(hours: 1, made: 5)
    summary.sources = [.init(name: text, count: 2)]
    summary.groups = [
        .init(
            fingerprint: "c75893c52574", severity: .info, source: text, message: text, count: 2,
            incident: 17, stage: .open)
    ]
    let silence = SilenceView(
        silence: Silence(
            id: 3, severity: nil, source: text, fingerprint: text, reason: text, uid: 0,
            created: 5, deadline: 7), expires: 9, ttlSeconds: 2, holds: 0)
    let page = IncidentPage(total: 1, incidents: [incident], next: 17)
    return [
        Shape(
            "incident raise",
            .incident(.raised(Raised(outcome: .opened, incident: incident, isFlooded: false))),
            without: ["flood"]),
        Shape(
            "incident raise",
            .incident(.raised(Raised(outcome: .again, incident: flood, isFlooded: true)))),
        Shape("incident ack", .incident(.changed(incident)), without: ["flood"]),
        Shape("incident resolve", .incident(.changed(flood))),
        Shape("incident note", .incident(.noted(17, number: 1))),
        Shape("incident show", .incident(.shown(view)), without: ["flood"]),
        Shape("incident show", .incident(.shown(bare)), without: ["keyed"]),
        Shape("incident summary", .incident(.summary(summary))),
        Shape("incidents", .incident(.page(page))),
        Shape("silence add", .incident(.silence(silence))),
        Shape("silence list", .incident(.silences([silence]))),
        Shape("silence end", .incident(.silence(silence))),
    ]
}
