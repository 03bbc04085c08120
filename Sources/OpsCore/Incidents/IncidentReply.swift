// Answers about incidents and silences.

/// One answer about incidents or silences.
package enum IncidentReply: Hashable, Sendable {
    case raised(Raised)
    /// The incident as it is from now on.
    case changed(Incident)
    case noted(UInt64, number: UInt32)
    case shown(IncidentView)
    case page(IncidentPage)
    case summary(IncidentSummary)
    /// Added or ended.
    case silence(SilenceView)
    case silences([SilenceView])
}

/// An incident with what belongs to it.
package struct IncidentView: Hashable, Sendable {
    /// The incident itself.
    package var incident: Incident
    /// The oldest first.
    package var notes: [IncidentNote]
    /// nil: there is none, or it had to go.
    package var evidence: IncidentEvidence?
}

/// Incidents, the newest first.
package struct IncidentPage: Hashable, Sendable {
    /// Those that match, on all pages.
    package var total: Int
    /// The incidents of this page.
    package var incidents: [Incident]
    /// What to pass as `after` for the following page; nil: there is none.
    package var next: UInt64?
}

/// A silence, and what it does at present.
package struct SilenceView: Hashable, Sendable {
    /// The silence itself.
    package var silence: Silence
    /// Wall clock seconds.
    package var expires: Int64?
    /// What is left of it, rounded up.
    package var ttlSeconds: Int64
    /// Incidents that are not over and not told because of it.
    package var holds: Int
}

/// What happened in the last hours (S2-09).
package struct IncidentSummary: Hashable, Sendable {
    /// Some of them, by what they have in common.
    package struct Group: Hashable, Sendable {
        /// What they have in common.
        package var fingerprint: String
        /// The highest so far.
        package var severity: Severity
        /// Who raises it.
        package var source: String
        /// That of the newest incident.
        package var message: String
        /// Raises of it.
        package var count: UInt64
        /// Of the newest incident.
        package var incident: UInt64
        /// Of the newest incident.
        package var stage: IncidentStage
    }

    /// A source, and how often it raised.
    package struct Source: Hashable, Sendable {
        /// Its name.
        package var name: String
        /// Raises of its incidents.
        package var count: UInt64
    }

    /// Sources that are named.
    package static let sourceLimit = 20
    /// Groups that are told.
    package static let groupLimit = 50

    /// How far back it looks.
    package var hours: Int
    /// When it was made, wall clock seconds.
    package var made: Int64
    /// Incidents that were raised or resolved in this time.
    package var total = 0
    /// Their fingerprints.
    package var fingerprints = 0
    /// How often they were raised since each began.
    package var raises: UInt64 = 0
    /// How many of these were only counted.
    package var suppressed: UInt64 = 0
    /// Incidents by their stage.
    package var stages: [IncidentStage: Int] = [:]
    /// Incidents by their highest severity.
    package var severities: [Severity: Int] = [:]
    /// The sources that raised most, at most `sourceLimit`.
    package var sources: [Source] = []
    /// By fingerprint, the most severe first, then the most frequent; at most `groupLimit`.
    package var groups: [Group] = []

    package init(hours: Int, made: Int64) {
        self.hours = hours
        self.made = made
    }
}
