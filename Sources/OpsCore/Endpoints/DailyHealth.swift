// The daily check (S4-01): do all endpoints answer as they should, and what have the rules of
// opswatch found since the day before?

/// What the daily check found.
package struct DailyHealth: Hashable, Sendable {
    /// An endpoint that is not up.
    package struct Failure: Hashable, Sendable {
        /// Its name.
        package var name: String
        /// How it stands.
        package var state: EndpointState
        /// Why.
        package var reason: String?
    }

    /// What a rule of opswatch has found.
    package struct Finding: Hashable, Sendable {
        /// Its name.
        package var rule: String
        /// Lines.
        package var matches: UInt64

        package init(rule: String, matches: UInt64) {
            self.rule = rule
            self.matches = matches
        }
    }

    /// An incident that opswatch raised.
    package struct Raised: Hashable, Sendable {
        /// Its number.
        package var id: UInt64
        /// How bad it is.
        package var severity: Severity
        /// Who said so.
        package var source: String
        /// What is wrong.
        package var message: String
    }

    /// When, wall clock seconds since 1970.
    package var ts: Int64
    /// Since when findings count, wall clock seconds since 1970.
    package var since: Int64
    /// Endpoints by how they stand.
    package var counts: [EndpointState: Int] = [:]
    /// Endpoints that are not up, by name.
    package var failures: [Failure] = []
    /// Rules of opswatch that found something, by name.
    package var findings: [Finding] = []
    /// What opswatch raised since, oldest first; at most `DailyHealth.raisedLimit`.
    package var raised: [Raised] = []

    /// Incidents that are listed.
    package static let raisedLimit = 100

    /// Nothing is wrong.
    package var isOK: Bool { failures.isEmpty && raised.isEmpty }

    /// One line for people.
    package var summary: String {
        var parts: [String] = []
        if !failures.isEmpty {
            let names = failures.prefix(20).map { "\($0.name) \($0.state.rawValue)" }
            let more = failures.count > 20 ? ", and \(failures.count - 20) more" : ""
            parts.append("endpoints: " + names.joined(separator: ", ") + more)
        }
        if !raised.isEmpty {
            let names = raised.prefix(20).map { "\($0.source) (\($0.id))" }
            let more = raised.count > 20 ? ", and \(raised.count - 20) more" : ""
            parts.append("log rules: " + names.joined(separator: ", ") + more)
        }
        return parts.joined(separator: "; ")
    }

    package init(ts: Int64, since: Int64) {
        self.ts = ts
        self.since = since
    }
}

extension State {
    /// The daily check now.
    /// - Parameter sources: what opswatch's rules for incidents name as their source.
    package func dailyHealth(sources: Set<String>, since: Int64, at now: Moment) -> DailyHealth {
        let boot = now.bootMilliseconds
        var health = DailyHealth(ts: (boot + clockOffset) / 1_000, since: since)
        for one in domains.endpoints.live {
            let state = one.state(at: boot)
            health.counts[state, default: 0] += 1
            if state == .up { continue }
            health.failures.append(
                DailyHealth.Failure(
                    name: one.name, state: state,
                    reason: state == .unknown && one.endpoint?.state != .unknown
                        ? "opscheck has told nothing of it" : one.endpoint?.reason))
        }
        health.raised = domains.incidents.table.sorted
            .filter { $0.opened >= since && sources.contains($0.group.source) }
            .suffix(DailyHealth.raisedLimit)
            .map {
                DailyHealth.Raised(
                    id: $0.id, severity: $0.severity, source: $0.group.source,
                    message: $0.message)
            }
        return health
    }

    /// Raises an incident where the daily check has failed, and ends it where it has not.
    package func dailyHealthChanges(
        _ health: DailyHealth, _ severity: Severity?, at now: Moment
    ) -> [Change] {
        let (source, key) = ("opsd", "daily_health")
        guard let severity, !health.isOK else {
            return resolve(source: source, key: key, at: now)
        }
        let terms = RaiseTerms(
            severity, source: source, message: "The daily health check has failed", key: key,
            details: health.summary)
        return (try? raise(terms, by: .daemon, at: now))?.changes ?? []
    }
}
