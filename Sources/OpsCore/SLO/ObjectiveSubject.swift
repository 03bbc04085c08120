// An objective, and one of its alerts, as the subject of an event.

/// The objective that an event is about.
package struct ObjectiveSubject: Hashable, Sendable {
    /// Which objective.
    package var objective: ObjectiveName
    /// Which of its alerts: `1h`, `6h`, `1d`, `3d` or `no_data`.
    package var alert: String?
    /// When the alert began, wall clock seconds since 1970.
    package var since: Int64?
    /// The highest burn of its long window, thousandths.
    package var peakBurn: Int64?
    /// How long it lasted.
    package var durationSeconds: Int64?
}

extension ObjectiveSubject {
    var fields: [SubjectField] {
        var fields = [
            SubjectField(
                "slo", stored: "slo", journal: "OPSD_SLO", .text(objective.description))
        ]
        if let alert {
            fields.append(
                SubjectField("alert", stored: "alert", journal: "OPSD_ALERT", .text(alert)))
        }
        if let since {
            fields.append(
                SubjectField("since", stored: "since", journal: "OPSD_SINCE", .time(since)))
        }
        if let peakBurn {
            fields.append(
                SubjectField(
                    "peak_burn", stored: "peak_permille", journal: "OPSD_PEAK_BURN",
                    .thousandths(peakBurn)))
        }
        if let durationSeconds {
            fields.append(
                SubjectField(
                    "duration_seconds", stored: "duration_seconds",
                    journal: "OPSD_DURATION_SECONDS", .integer(durationSeconds)))
        }
        return fields
    }

    static let storedTypes: [String: SubjectField.StoredType] = [
        "slo": .text, "alert": .text, "since": .integer, "peak_permille": .integer,
        "duration_seconds": .integer,
    ]

    /// nil: the members are of no objective.
    init?(_ members: StoredMembers) throws(MalformedSubject) {
        guard let text = members.texts["slo"] else { return nil }
        guard let objective = ObjectiveName(text) else {
            throw MalformedSubject(reason: "not the name of an objective")
        }
        self.init(
            objective: objective, alert: members.texts["alert"], since: members.integers["since"],
            peakBurn: members.integers["peak_permille"],
            durationSeconds: members.integers["duration_seconds"])
    }
}
