// What of a domain an event is about: one case a domain.

/// The thing that an event is about, besides an address.
package enum EventSubject: Hashable, Sendable {
    /// The list of this name.
    case list(String)
    indirect case objective(ObjectiveSubject)
}

/// An objective as the subject of an event.
package struct ObjectiveSubject: Hashable, Sendable {
    package var objective: ObjectiveName
    /// Which of its alerts: `1h`, `6h`, `1d`, `3d` or `no_data`.
    package var alert: String?
    /// When the alert began, wall clock seconds since 1970.
    package var since: Int64?
    /// The highest burn of its long window, thousandths.
    package var peakBurn: Int64?
    /// How long it lasted.
    package var durationSeconds: Int64?

    package init(
        objective: ObjectiveName, alert: String? = nil, since: Int64? = nil,
        peakBurn: Int64? = nil, durationSeconds: Int64? = nil
    ) {
        self.objective = objective
        self.alert = alert
        self.since = since
        self.peakBurn = peakBurn
        self.durationSeconds = durationSeconds
    }
}
