// What may happen to objectives and to the deploy gate, as log records.  Deltas and baselines are
// numbered within their objective and applied once; everything else is absolute ("is firing since
// T") and may be applied again.  Each carries all that its event says.

/// What may happen to objectives and to the gate.
package enum ServiceRecord: Hashable, Sendable {
    case observed(ObservedDelta)
    case alerted(AlertChange)
    case rebaselined(Rebaseline)
    case gateHeld(GateChange)
    case gateOverridden(GateOverride)
    /// `uid` nil: its time was over.
    case gateOverrideEnded(uid: UInt32?)
    /// The objective is no longer configured: everything kept of it goes.
    case objectiveDropped(ObjectiveName)
}

/// What became of an alert.
package enum AlertPhase: UInt8, Hashable, Sendable, CaseIterable {
    case firing
    /// It goes on, with a higher peak; no event.
    case higher
    case resolved
    /// There is no data any more: it is not known whether it is over.
    case unknown
}

/// A change of one alert of one objective.
package struct AlertChange: Hashable, Sendable {
    /// The objective.
    package var name: ObjectiveName
    /// Which of its alerts.
    package var kind: AlertKind
    /// What became of it.
    package var phase: AlertPhase
    /// Milliseconds on the service clock.
    package var started: Int64
    /// The same as wall clock seconds since 1970, for the event.
    package var startedWall: Int64
    /// The highest burn of the long window, thousandths.
    package var peak: Int64
    /// How long it has lasted.
    package var durationSeconds: Int64

    package init(
        name: ObjectiveName, kind: AlertKind, phase: AlertPhase, started: Int64,
        startedWall: Int64, peak: Int64, durationSeconds: Int64
    ) {
        self.name = name
        self.kind = kind
        self.phase = phase
        self.started = started
        self.startedWall = startedWall
        self.peak = peak
        self.durationSeconds = durationSeconds
    }
}

/// A new baseline of an objective.
package struct Rebaseline: Hashable, Sendable {
    /// The objective.
    package var name: ObjectiveName
    /// Of the count that the objective's deltas and baselines share.
    package var number: UInt64
    /// Milliseconds on the service clock.
    package var at: Int64
    /// The old baseline's figures, for the event.
    package var summary: String
    /// Why, for people.
    package var reason: String
    /// Who asked for it.
    package var uid: UInt32

    package init(
        name: ObjectiveName, number: UInt64, at: Int64, summary: String, reason: String,
        uid: UInt32
    ) {
        self.name = name
        self.number = number
        self.at = at
        self.summary = summary
        self.reason = reason
        self.uid = uid
    }
}

/// A change of an objective's part in the gate.
package struct GateChange: Hashable, Sendable {
    /// The objective.
    package var name: ObjectiveName
    /// Its part in the gate from now on.
    package var hold: GateHold
    /// Whether the part closed or opened, which makes an event.
    package var isTurn: Bool
    /// Why, for the event.
    package var details: String

    package init(name: ObjectiveName, hold: GateHold, isTurn: Bool, details: String) {
        self.name = name
        self.hold = hold
        self.isTurn = isTurn
        self.details = details
    }
}
