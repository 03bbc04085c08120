// Example replies about incidents and silences.

@testable import OpsCore
@testable import OpsProtocol

extension Example {
    static let incidents: [Example] = [
        Example(
            "incident raise",
            .incident(.raised(Raised(outcome: .opened, incident: lost, isFlooded: false)))),
        Example(
            "incident raise", "counted",
            .incident(.raised(Raised(outcome: .repeated, incident: full, isFlooded: true)))),
        Example(
            "incident raise", "worse",
            .incident(.raised(Raised(outcome: .worse, incident: lost, isFlooded: false)))),
        Example(
            "incident raise", "again",
            .incident(.raised(Raised(outcome: .again, incident: lost, isFlooded: false)))),
        Example("incident ack", .incident(.changed(acked))),
        Example("incident resolve", .incident(.changed(over))),
        Example("incident note", .incident(.noted(17, number: 2))),
        Example(
            "incident show",
            .incident(
                .shown(
                    IncidentView(
                        incident: told,
                        notes: [
                            IncidentNote(
                                id: IncidentNote.ID(incident: 17, number: 1),
                                text: "failover has begun", uid: 1_000, at: noon + 20)
                        ],
                        evidence: IncidentEvidence(
                            id: 17,
                            text: "status: STRESSED, CPU 88.2%, memory 71.0%, fullest disk 81.3%\n"
                                + "most CPU, 3 s ago:\n  4711 postgres 97.3%", at: noon))))),
        Example(
            "incident show", "bare",
            .incident(.shown(IncidentView(incident: lost, notes: [], evidence: nil)))),
        Example("incident summary", .incident(.summary(summary))),
        Example(
            "incident summary", "none",
            .incident(.summary(IncidentSummary(hours: 24, made: noon)))),
        Example(
            "incidents",
            .incident(
                .page(IncidentPage(total: 4, incidents: [full, over, acked, lost], next: 12)))),
        Example(
            "incidents", "none",
            .incident(.page(IncidentPage(total: 0, incidents: [], next: nil)))),
        Example("silence add", .incident(.silence(silence))),
        Example("silence list", .incident(.silences([silence]))),
        Example("silence list", "none", .incident(.silences([]))),
        Example("silence end", .incident(.silence(silence))),
    ]

    private static let lost: Incident = {
        var incident = Incident(
            id: 17,
            group: IncidentGroup(
                source: "healthcheck", key: nil, message: "Database connection lost"),
            severity: .critical, message: "Database connection lost", uid: 1_000, opened: noon,
            since: 0, windowEnds: 3_600_000)
        incident.add(IncidentStep(.raised, at: noon, uid: 1_000, text: "critical"))
        return incident
    }()

    private static let acked: Incident = {
        var incident = lost
        incident.stage = .acknowledged
        incident.raises = 18
        incident.updated = noon + 30
        incident.add(IncidentStep(.acknowledged, at: noon + 10, uid: 0))
        return incident
    }()

    private static let told: Incident = {
        var incident = acked
        incident.details = "pool exhausted\n40 of 40 in use"
        incident.links = ["https://wiki.example.org/db"]
        incident.add(
            PageMark(
                channel: "mail", reason: .raise, number: 1, item: 12, end: .sent, at: noon + 1))
        incident.add(
            PageMark(channel: "tg", reason: .raise, number: 1, item: 13, end: nil, at: noon + 1))
        return incident
    }()

    private static let over: Incident = {
        var incident = acked
        incident.id = 18
        incident.stage = .resolved
        incident.resolved = noon + 50
        return incident
    }()

    private static let full: Incident = {
        var incident = Incident(
            id: 9_999,
            group: .flood("a-source-with-a-long-name"), severity: .warning,
            message: "flood: this source opens more incidents than are kept apart", uid: 33,
            opened: noon, since: 0, windowEnds: 3_600_000)
        incident.raises = 12_345
        incident.isFlood = true
        incident.silence = 3
        return incident
    }()

    private static let summary: IncidentSummary = {
        var summary = IncidentSummary(hours: 24, made: noon)
        summary.total = 4
        summary.fingerprints = 2
        summary.raises = 12_399
        summary.suppressed = 12_395
        summary.stages = [.open: 2, .acknowledged: 1, .resolved: 1]
        summary.severities = [.critical: 3, .warning: 1]
        summary.sources = [.init(name: "healthcheck", count: 54)]
        summary.groups = [
            .init(
                fingerprint: "c75893c52574", severity: .critical, source: "healthcheck",
                message: "Database connection lost", count: 54, incident: 18, stage: .resolved)
        ]
        return summary
    }()

    private static let silence = SilenceView(
        silence: Silence(
            id: 3, severity: .warning, source: "backup*", fingerprint: nil,
            reason: "disks are being replaced", uid: 0, created: noon, silenced: 7,
            deadline: 7_200_000), expires: noon + 7_200, ttlSeconds: 7_140, holds: 2)
}
