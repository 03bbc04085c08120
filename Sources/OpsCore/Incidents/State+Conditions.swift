// opsd's own incidents: what is wrong by a rule, as incidents that are raised once and end by
// themselves.

extension State {
    /// The changes that raise what is wrong; none: there is an incident as severe already.
    package func raise(
        _ condition: IncidentCondition, _ severity: Severity, at now: Moment
    ) -> [Change] {
        let group = IncidentGroup(source: condition.source, key: condition.key, message: "")
        if let active = domains.incidents.active(group), active.highest.rank >= severity.rank {
            return []
        }
        let terms = RaiseTerms(
            severity, source: condition.source, message: condition.message, key: condition.key,
            details: condition.details, rule: condition.rule.rawValue)
        return (try? raise(terms, by: .daemon, at: now))?.changes ?? []
    }

    /// The changes that end opsd's own incidents, but those with these keys or of these rules; and
    /// those whose rule raises nothing any more; at most `limit` of them.
    package func resolveConditions(
        but stay: Set<String>, _ unknown: Set<IncidentRule>, _ rules: IncidentRules,
        atMost limit: Int = .max, at now: Moment
    ) -> [Change] {
        var left = limit
        return domains.incidents.ruledIDs.flatMap { id -> [Change] in
            guard let incident = incident(id), let name = incident.rule else { return [] }
            let rule = IncidentRule(rawValue: name)
            let isOff = rule.map { rules[$0] == nil } ?? true
            let isUnknown = rule.map(unknown.contains) ?? false
            if !isOff && (isUnknown || stay.contains(incident.group.key)) { return [] }
            if left == 0 { return [] }
            left -= 1
            return resolve(source: incident.group.source, key: incident.group.key, at: now)
        }
    }
}
