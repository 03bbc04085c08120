// Incidents as they are listed and summed up.

extension State {
    /// An incident with what belongs to it.
    func view(_ incident: Incident) -> IncidentView {
        IncidentView(
            incident: incident, notes: domains.incidents.notes(of: incident.id),
            evidence: domains.incidents.evidence[incident.id])
    }

    /// A page, the newest first.
    func incidents(_ query: IncidentQuery) -> IncidentPage {
        var page = IncidentPage(total: 0, incidents: [], next: nil)
        var hasMore = false
        for incident in domains.incidents.table.sorted.reversed() where query.matches(incident) {
            page.total += 1
            if let after = query.after, incident.id >= after { continue }
            if page.incidents.count < query.limit {
                page.incidents.append(incident)
            } else {
                hasMore = true
            }
        }
        if hasMore { page.next = page.incidents.last?.id }
        return page
    }

    /// What happened in the last hours.
    package func incidentSummary(hours: Int, at now: Moment) -> IncidentSummary {
        let wall = Self.wallSeconds(now)
        let since = wall - Int64(hours) * 3_600
        var summary = IncidentSummary(hours: hours, made: wall)
        var groups: [String: IncidentSummary.Group] = [:]
        var sources: [ExactText: UInt64] = [:]
        for incident in domains.incidents.table.sorted where incident.isOf(since) {
            summary.total += 1
            summary.raises += incident.raises
            summary.suppressed += incident.raises - min(incident.raises, UInt64(incident.window))
            summary.stages[incident.stage, default: 0] += 1
            summary.severities[incident.highest, default: 0] += 1
            sources[ExactText(incident.group.source), default: 0] += incident.raises
            let fingerprint = domains.incidents.fingerprint(of: incident.id)
            let before = groups[fingerprint]?.count ?? 0
            groups[fingerprint] = IncidentSummary.Group(
                fingerprint: fingerprint, severity: incident.highest,
                source: incident.group.source, message: incident.message,
                count: before + incident.raises, incident: incident.id, stage: incident.stage)
        }
        summary.fingerprints = groups.count
        summary.sources = sources.map { .init(name: $0.key.text, count: $0.value) }
            .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
        summary.sources = Array(summary.sources.prefix(IncidentSummary.sourceLimit))
        let sorted = groups.values.sorted { one, two in
            (two.severity.rank, two.count, two.incident)
                < (one.severity.rank, one.count, one.incident)
        }
        summary.groups = Array(sorted.prefix(IncidentSummary.groupLimit))
        return summary
    }
}

extension Incident {
    /// Whether it was raised or resolved since a time, wall clock seconds.
    func isOf(_ since: Int64) -> Bool { max(updated, resolved ?? 0) >= since }
}

extension IncidentQuery {
    func matches(_ incident: Incident) -> Bool {
        let isWanted =
            switch stages {
            case .all: true
            case .active: incident.stage.isActive
            case .open: incident.stage == .open
            case .acknowledged: incident.stage == .acknowledged
            case .resolved: incident.stage == .resolved
            }
        if !isWanted { return false }
        if let severity, incident.highest != severity { return false }
        if let source, !Glob.matches(source, incident.group.source) { return false }
        if let since, !incident.isOf(since) { return false }
        return true
    }
}
