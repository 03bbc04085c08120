// Endpoints in the engine: what the configuration says of them.  What opscheck tells is telemetry,
// and what is wrong with them is found by the rules, as everything is that opsd raises by itself.

import OpsConfig
import OpsCore

extension Engine {
    /// Takes the endpoints of the configuration.
    func adoptEndpoints() {
        let settings = configuration.endpoints
        update { $0.adopt(settings, at: now) }
    }

    /// Logs what has only been counted so far: before a stop.
    func flushEndpoints() {
        for change in update({ $0.drainEndpoints() }) { commit(change) }
    }

    /// What opswatch's rules for incidents name as their source.
    private var watchedSources: Set<String> {
        var sources: Set<String> = []
        for (name, rule) in configuration.watch.rules where rule.action == .incident {
            sources.insert(rule.reportAs ?? name)
        }
        return sources
    }

    /// The daily check now: told as an incident where it fails.
    func checkHealth(_ findings: [DailyHealth.Finding], since: Int64) -> DailyHealth {
        flushObservations()
        var health = ask { $0.dailyHealth(sources: watchedSources, since: since, at: now) }
        health.findings = findings
        let severity = configuration.incidentRules[.dailyHealth]
        if !log.isFull {
            for change in ask({ $0.dailyHealthChanges(health, severity, at: now) }) {
                commit(change)
            }
        }
        return health
    }
}
